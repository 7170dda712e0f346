/// Kinds of file that are known to hold no text, or none that is read.
enum UnsupportedKinds {
    private static let types: [String: String] = [
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "bmp": "image/bmp",
        "tif": "image/tiff", "tiff": "image/tiff", "ico": "image/x-icon", "heic": "image/heic", "avif": "image/avif",
        "psd": "image/vnd.adobe.photoshop",
        "svg": "image/svg+xml",
        "mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg", "m4a": "audio/mp4", "flac": "audio/flac", "aac": "audio/aac",
        "mp4": "video/mp4", "mov": "video/quicktime", "avi": "video/x-msvideo", "mkv": "video/x-matroska", "webm": "video/webm",
        "zip": "application/zip", "7z": "application/x-7z-compressed", "rar": "application/vnd.rar", "gz": "application/gzip",
        "tgz": "application/gzip", "bz2": "application/x-bzip2", "xz": "application/x-xz", "zst": "application/zstd", "tar": "application/x-tar",
        "exe": "application/x-msdownload", "dll": "application/x-msdownload", "so": "application/x-sharedlib", "bin": "application/octet-stream",
        "jar": "application/java-archive", "class": "application/java-vm", "wasm": "application/wasm", "iso": "application/x-iso9660-image",
        "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint", "msg": "application/vnd.ms-outlook",
        "xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        "sqlite": "application/vnd.sqlite3", "db": "application/vnd.sqlite3", "parquet": "application/vnd.apache.parquet",
        "ttf": "font/ttf", "otf": "font/otf", "woff": "font/woff", "woff2": "font/woff2",
        "pages": "application/vnd.apple.pages", "numbers": "application/vnd.apple.numbers", "key": "application/vnd.apple.keynote",
    ]

    private static let mediaTypes = Set(types.values).subtracting(["application/octet-stream"])

    static func type(extension name: String) -> String? { types[name] }

    static func contains(mediaType: String) -> Bool {
        if mediaTypes.contains(mediaType) || mediaType == "application/x-zip-compressed" { return true }
        return ["image/", "audio/", "font/"].contains { mediaType.hasPrefix($0) }
    }
}
