package import Domain

/// OpenAI's embeddings as Ollama's `/api/embed` speaks them.
package enum OllamaEmbeddings {
    /// `input` is always sent as a list; Ollama's own keys go along.
    package static func request(_ body: JSONObject, model: String) -> JSONObject {
        let input = body["input"] ?? []
        var request: JSONObject = ["model": .string(model), "input": input.array == nil ? [input] : input]
        for key in ["truncate", "options", "keep_alive", "dimensions"] {
            if let value = body[key], !value.isNull { request[key] = value }
        }
        return request
    }

    /// `{"embeddings":[[...]]}` in OpenAI's form.
    /// - Parameter isBase64: each vector as the base64 of its floats, 32 bits, little-endian.
    package static func answer(_ answer: JSONObject, model: String, isBase64: Bool) -> JSONObject {
        let vectors = answer["embeddings"]?.array ?? answer["embedding"].map { [$0] } ?? []
        let data = vectors.enumerated().map { index, vector -> JSONValue in
            [
                "object": "embedding", "embedding": isBase64 ? .string(base64(vector.array ?? [])) : vector, "index": .int(index),
            ]
        }
        let tokens = answer["prompt_eval_count"]?.int ?? 0
        return [
            "object": "list", "data": .array(data), "model": .string(model),
            "usage": ["prompt_tokens": .int(tokens), "total_tokens": .int(tokens)],
        ]
    }

    private static func base64(_ vector: [JSONValue]) -> String {
        let bytes = vector.flatMap { number in
            withUnsafeBytes(of: Float(number.double ?? 0).bitPattern.littleEndian) { Array($0) }
        }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = (0..<3).reduce(0) { $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0) }
            let known = min(3, bytes.count - start)
            for place in 0..<4 {
                text.append(place <= known ? alphabet[group >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
