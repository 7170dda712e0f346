import Domain
import Foundation
import PluginHost
import Testing

/// Pipes that stand for the models of an upstream; they may use the network.
@Suite struct ProxyFunctionTests {
    @Test(
        arguments: [
            ("manifold_requests", ["API_BASE_URL", "API_KEY"], ["one", "two"], "OPENAI/One", "one: hi"),
            ("manifold_httpx", ["base_url", "api_key"], ["one", "two"], "httpx/one", "one: hi"),
            ("proxy_aiohttp", ["BASE_URL", "KEY"], [""], "aiohttp proxy", "upstream: hi"),
        ] as [(String, [String], [String], String, String)])
    func `a proxy lists, answers and streams`(name: String, valves: [String], ids: [String], first: String, answer: String) async throws {
        let host = FunctionFixture.host(network: true)
        let code = try FunctionFixture.code(name)
        // The packages come from the interpreter, or from the package index where there is one.
        try await host.install(code.requirements) { _ in }
        let upstream = try Upstream()
        defer { upstream.stop() }
        let values: JSONObject = [valves[0]: .string(upstream.url), valves[1]: "sk-test"]
        let models = try await host.models(of: code, valves: values)
        #expect(models.map(\.id) == ids)
        #expect(models.first?.name == first)
        for stream in [false, true] {
            var body = FunctionFixture.body("hi", stream: stream)
            body["model"] = .string("\(name).one")
            let given = try await host.pipe(body, in: FunctionCall(code, valves: values))
            if case .value(let value) = given {
                #expect(value["choices"]?[0]?["message"]?["content"]?.string == answer)
            } else {
                #expect(try await given.text() == answer + " ")
            }
        }
        await host.stop()
    }

    @Test func `a proxy without the network is told so`() async throws {
        let code = try FunctionFixture.code("manifold_requests")
        let upstream = try Upstream()
        defer { upstream.stop() }
        let host = FunctionFixture.host()
        let values: JSONObject = ["API_BASE_URL": .string(upstream.url), "API_KEY": "x"]
        #expect(try await host.models(of: code, valves: values).map(\.id) == ["error"])
        let text = try await host.pipe(FunctionFixture.body("hi"), in: FunctionCall(code, valves: values)).text()
        #expect(text.hasPrefix("Error: "))
        await host.stop()
    }
}

/// `Tests/Functions/openai_upstream.py` as a child process.
final class Upstream {
    let url: String
    private let process = Process()
    private let input = Pipe()

    init() throws {
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [FunctionFixture.python, FunctionFixture.root.appending(path: "Functions/openai_upstream.py").path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        url = "http://127.0.0.1:\(line.trimmed)/v1"
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
