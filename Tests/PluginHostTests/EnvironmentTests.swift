import Domain
import Foundation
import PluginHost
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite(.serialized) struct EnvironmentTests {
    /// A wheel is a zip file with a few text files.
    private static let makeWheel = """
        import sys, zipfile
        name = "haneul_fixture_package"
        with zipfile.ZipFile(sys.argv[1] + f"/{name}-1.5-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}.py", "def greet(name): return 'package says ' + name\\n")
            info = f"{name}-1.5.dist-info"
            wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: haneul-fixture-package\\nVersion: 1.5\\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
            wheel.writestr(f"{info}/RECORD", "")
        """

    @Test func `requirements are installed once and are there for the function`() async throws {
        let folder = NSTemporaryDirectory() + "haneul-wheels-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let maker = Process()
        maker.executableURL = URL(filePath: "/usr/bin/env")
        maker.arguments = [FunctionFixture.python, "-c", Self.makeWheel, folder]
        try maker.run()
        maker.waitUntilExit()
        // The installer's own configuration says where packages come from.
        setenv("PIP_NO_INDEX", "1", 1)
        setenv("PIP_FIND_LINKS", folder, 1)
        defer {
            unsetenv("PIP_NO_INDEX")
            unsetenv("PIP_FIND_LINKS")
        }
        let host = FunctionFixture.host(data: folder + "/data")
        let code = try FunctionFixture.code("packaged_pipe")
        #expect(code.requirements == ["haneul-fixture-package>=1.0,<2"])
        #expect(await host.isInstalled(code.requirements) == false)
        let missing = await #expect(throws: AppError.self) { try await host.inspect(code) }
        #expect(missing?.code == .unavailable)

        let lines = Lines()
        try await host.install(code.requirements) { lines.add($0) }
        #expect(lines.all.contains { $0.contains("Installing") })
        #expect(lines.all.last == "Installed")
        #expect(await host.isInstalled(code.requirements))
        #expect(try await host.pipe(FunctionFixture.body("hi"), in: FunctionCall(code)).text() == "package says hi")
        let again = Lines()
        try await host.install(code.requirements) { again.add($0) }
        #expect(again.all.isEmpty)

        let error = await #expect(throws: AppError.self) { try await host.install(["haneul-no-such-package"]) { _ in } }
        #expect(error?.code == .badRequest)
        #expect(error?.message.contains("haneul-no-such-package") == true)
        await host.stop()
    }

    @Test(arguments: ["--index-url=http://evil", "-e .", "git+https://x/y", "../x.whl", "a;b", "pkg @ file:///x", "a b\nc/d", ""])
    func `what is not the name of a package is refused`(requirement: String) async throws {
        let error = await #expect(throws: AppError.self) { try await FunctionFixture.shared.install([requirement]) { _ in } }
        #expect(error?.code == .badRequest)
        #expect(await FunctionFixture.shared.isInstalled([requirement]) == false)
    }
}

private final class Lines: @unchecked Sendable {
    // Guarded by the lock.
    private var lines: [String] = []
    private let lock = NSLock()
    func add(_ line: String) { lock.withLock { lines.append(line) } }
    var all: [String] { lock.withLock { lines } }
}
