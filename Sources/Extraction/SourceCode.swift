/// Files in which a line that begins with `#` is a comment or a directive and not a heading.
enum SourceCode {
    static let extensions: Set<String> = [
        "swift", "py", "pyi", "ipynb", "rb", "pl", "pm", "php", "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "c", "h", "cc",
        "cpp", "cxx", "hh", "hpp", "hxx", "m", "mm", "cs", "fs", "fsx", "java", "kt", "kts", "scala", "groovy", "gradle", "go", "rs", "zig", "nim",
        "d",
        "r", "jl", "lua", "tcl", "ex", "exs", "erl", "hrl", "hs", "ml", "mli", "clj", "cljs", "lisp", "el", "scm", "dart", "sql", "sh", "bash",
        "zsh", "fish", "ksh", "ps1", "psm1", "bat", "cmd", "awk", "sed", "vim", "mk", "mak", "cmake", "make", "dockerfile", "tf", "hcl", "proto",
        "graphql", "gql", "thrift", "css", "scss", "sass", "less", "yaml", "yml", "toml", "ini", "cfg", "conf", "properties", "env", "editorconfig",
        "gitignore", "dockerignore", "service", "desktop", "asm", "s", "v", "vhd", "vhdl", "sv", "f", "f90", "f95", "for", "pas", "vb", "vbs", "cob",
        "diff", "patch",
    ]

    static let mediaTypes: Set<String> = [
        "text/x-python", "text/x-script.python", "application/x-python-code", "text/javascript", "application/javascript", "text/x-shellscript",
        "application/x-sh", "application/x-shellscript", "text/x-c", "text/x-c++", "text/x-java-source", "text/x-ruby", "text/x-perl", "text/x-yaml",
        "text/yaml", "application/yaml", "application/x-yaml", "application/toml", "text/css", "text/x-makefile", "text/x-swift", "text/x-go",
    ]
}
