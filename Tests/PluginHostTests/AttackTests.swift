import Domain
import Foundation
import PluginHost
import Testing

/// Functions that mean harm; each has an outcome that is written down in docs/functions.md.
@Suite(.serialized) struct AttackTests {
    /// What machines offer differs: everything, and what is left without namespaces (as in most containers).
    static let machines: [[String]] = [[], ["namespaces"]]

    static func pipe(_ lines: String, asynchronous: Bool = false) -> FunctionCode {
        let body = lines.split(separator: "\n", omittingEmptySubsequences: false).map { "        " + $0 }.joined(separator: "\n")
        return FunctionCode(
            "import os, sys, time, threading, ctypes, socket, signal, subprocess, asyncio\nclass Pipe:\n"
                + "    \(asynchronous ? "async " : "")def pipe(self, body, __user__=None, __event_emitter__=None):\n\(body)\n")
    }

    private func run(_ code: FunctionCode, on host: PythonFunctionHost) async throws -> String {
        try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code)).text()
    }

    /// That another function is none the worse for it.
    private func expectOthersFine(_ host: PythonFunctionHost) async throws {
        #expect(try await run(FunctionFixture.code("echo_pipe"), on: host) == "echo: x")
    }

    @Test(arguments: [false, true]) func `an endless loop ends with its time`(asynchronous: Bool) async throws {
        var limits = FunctionFixture.limits
        limits.callSeconds = 1
        limits.graceSeconds = 0.3
        let host = FunctionFixture.host(limits: limits)
        // Loading takes its own time, before the call.
        let code = Self.pipe("if body.get('go'):\n    while True: pass\nreturn 'loaded'", asynchronous: asynchronous)
        #expect(try await run(code, on: host) == "loaded")
        let error = await #expect(throws: AppError.self) { try await host.pipe(["go": true], in: FunctionCall(code)) }
        #expect(error?.code == .timeout)
        try await expectOthersFine(host)
        #expect(try await run(code, on: host) == "loaded")
        await host.stop()
    }

    @Test func `an endless loop at load time ends too`() async throws {
        var limits = WorkerLimits()
        limits.loadSeconds = 3
        let host = FunctionFixture.host(limits: limits)
        let error = await #expect(throws: AppError.self) { try await host.inspect(FunctionCode("while True: pass")) }
        #expect(error?.code == .timeout)
        await host.stop()
    }

    @Test(arguments: machines) func `a fork bomb does not start`(without: [String]) async throws {
        let host = FunctionFixture.host(without: without)
        let code = Self.pipe("try:\n    while True: os.fork()\nexcept OSError as e:\n    return type(e).__name__")
        #expect(try await run(code, on: host) == "PermissionError")
        try await expectOthersFine(host)
        await host.stop()
    }

    @Test func `where programs are allowed a fork bomb hits its limit and dies with its worker`() async throws {
        var limits = FunctionFixture.limits
        limits.tasks = 64
        limits.threads = 16
        let host = FunctionFixture.host(limits: limits, processes: true)
        guard await host.protections().active.contains("uid") else { return }
        let code = Self.pipe(
            "count = 0\ntry:\n    while True:\n        if os.fork() == 0:\n            time.sleep(600)\n            os._exit(0)\n        count += 1\n"
                + "except OSError as e:\n    return f'{type(e).__name__} {count < 64} {subprocess is not None}'")
        #expect(try await run(code, on: host) == "BlockingIOError True True")
        try await expectOthersFine(host)
        await host.stop()
        #expect(try Self.processes(named: code.id).isEmpty)
        let fine = Self.pipe("return subprocess.run(['/bin/echo', 'hi'], capture_output=True, text=True).stdout")
        let again = FunctionFixture.host(processes: true)
        #expect(try await run(fine, on: again) == "hi\n")
        await again.stop()
    }

    @Test func `ten gigabytes of memory are not there`() async throws {
        let host = FunctionFixture.shared
        let error = await #expect(throws: AppError.self) { try await run(Self.pipe("x = bytearray(10 << 30)\nreturn str(len(x))"), on: host) }
        #expect(error?.message == "MemoryError")
        let many = Self.pipe("import mmap\nblocks = []\nwhile True: blocks.append(mmap.mmap(-1, 1 << 26))")
        await #expect(throws: AppError.self) { try await run(many, on: host) }
        try await expectOthersFine(host)
    }

    @Test func `printing without end stops the worker and fills nothing`() async throws {
        let host = FunctionFixture.shared
        let code = Self.pipe("line = 'x' * 100000 + chr(10)\nfor _ in range(100000): print(line)\nreturn 'done'")
        let error = await #expect(throws: AppError.self) { try await run(code, on: host) }
        #expect(error?.message == "The function printed too much and was stopped.")
        #expect(await host.log(of: code.id).reduce(0) { $0 + $1.utf8.count } <= 200 * 2000)
        try await expectOthersFine(host)
    }

    @Test(arguments: machines) func `the server's files and environment cannot be read, and nothing outside be written`(without: [String])
        async throws
    {
        let folder = NSTemporaryDirectory() + "haneul-victim-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "secret".write(toFile: folder + "/haneul.db", atomically: true, encoding: .utf8)
        let host = FunctionFixture.host(without: without)
        let home = NSHomeDirectory()
        let code = Self.pipe(
            """
            result = []
            def attempt(name, work):
                try:
                    work()
                    result.append(name)
                except Exception:
                    pass
            folder = "\(folder)"
            attempt("read", lambda: open(folder + "/haneul.db").read())
            attempt("list", lambda: os.listdir(folder))
            attempt("home", lambda: [n for n in os.listdir("\(home)") if n not in ".pyenv .local .cache"][0])
            attempt("write", lambda: open(folder + "/new", "w"))
            attempt("overwrite", lambda: open(folder + "/haneul.db", "w"))
            attempt("unlink", lambda: os.unlink(folder + "/haneul.db"))
            attempt("system", lambda: open("/usr/lib/haneul-was-here", "w"))
            attempt("etc", lambda: open("/etc/shadow").read())
            attempt("parent", lambda: open(f"/proc/{os.getppid() or 1}/environ", "rb").read() if os.getpid() != 1 else open("/proc/2/environ"))
            attempt("memory", lambda: open(f"/proc/{os.getppid()}/mem", "rb+"))
            with open(os.path.join(os.environ["TMPDIR"], "own"), "w") as file: file.write("mine")
            return f"{result} {sorted(k for k in os.environ if 'SECRET' in k or 'HANEUL' in k or 'KEY' in k)}"
            """)
        #expect(try await run(code, on: host) == "[] []")
        #expect(try String(contentsOfFile: folder + "/haneul.db", encoding: .utf8) == "secret")
        #expect(!FileManager.default.fileExists(atPath: folder + "/new"))
        await host.stop()
    }

    @Test(arguments: machines) func `nothing can be reached without the network`(without: [String]) async throws {
        let host = FunctionFixture.host(without: without)
        let code = Self.pipe(
            """
            result = []
            for kind, address in ((socket.AF_INET, ("127.0.0.1", 22)), (socket.AF_INET, ("1.1.1.1", 53)), (socket.AF_UNIX, "/var/run/docker.sock")):
                for style in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    try:
                        socket.socket(kind, style).connect(address)
                        result.append(str(address))
                    except OSError as e:
                        result.append(type(e).__name__)
            return str(set(result))
            """)
        #expect(try await run(code, on: host) == "{'PermissionError'}")
        await host.stop()
    }

    @Test(arguments: machines) func `the server and other processes cannot be signalled or traced`(without: [String]) async throws {
        let host = FunctionFixture.host(without: without)
        let server = ProcessInfo.processInfo.processIdentifier
        let code = Self.pipe(
            """
            result = []
            for target in (\(server), os.getppid(), -1):
                try:
                    if target in (0, 1): raise ProcessLookupError
                    os.kill(target, signal.SIGKILL)
                    # For -1 the kernel says yes when it was allowed nothing: that this process still lives is the answer.
                    if target > 0: result.append("killed")
                except OSError as e:
                    pass
            libc = ctypes.CDLL(None, use_errno=True)
            for name, call in (("ptrace", lambda: libc.ptrace(16, \(server), 0, 0)), ("deathsig", lambda: libc.prctl(1, 0, 0, 0, 0)),
                               ("unshare", lambda: libc.unshare(0x10000000)), ("mount", lambda: libc.mount(b"x", b"/tmp", b"tmpfs", 0, None)),
                               ("root", lambda: libc.setuid(0) if os.getuid() else libc.chroot(b"/tmp"))):
                if call() == 0: result.append(name)
            return str(result)
            """)
        #expect(try await run(code, on: host) == "[]")
        try await expectOthersFine(host)
        await host.stop()
    }

    @Test func `exiting in the middle of an answer is an error of that answer`() async throws {
        let host = FunctionFixture.shared
        let code = Self.pipe("def g():\n    yield 'a'\n    time.sleep(0.05)\n    os._exit(0)\nreturn g()")
        guard case .pieces(let pieces) = try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code)) else {
            Issue.record("no pieces")
            return
        }
        var texts: [FunctionPiece] = []
        let error = await #expect(throws: AppError.self) { for try await piece in pieces { texts.append(piece) } }
        #expect(texts == [.text("a")])
        #expect(error?.code == .upstreamFailed)
        try await expectOthersFine(host)
    }

    @Test(arguments: [
        "b'\\xff\\xff\\xff\\xff' + b'x' * 100", "b'\\x00\\x00\\x00\\x01x'", "b'\\x00\\x00\\x00\\x09\\x63' + b'\\x00' * 8",
        "b'\\x00\\x00\\x00\\x09\\x01' + b'\\x00' * 8", "b'\\x00\\x00\\x00\\x09\\x14' + b'\\x00' * 8", "os.urandom(4096).replace(b'\\x00', b'\\xff')",
    ]) func `lying frames end the worker, not the server`(bytes: String) async throws {
        let host = FunctionFixture.shared
        let code = Self.pipe("os.write(10, \(bytes))\ntime.sleep(60)\nreturn 'x'")
        let error = await #expect(throws: AppError.self) { try await run(code, on: host) }
        #expect(error?.code == .upstreamFailed)
        try await expectOthersFine(host)
    }

    @Test func `a call that is not one's own cannot be answered or used`() async throws {
        let host = FunctionFixture.shared
        // Frames for calls that the worker was never given: a value, and a request in somebody's name.
        let code = Self.pipe(
            """
            import struct, json
            for number in range(1, 200):
                for kind, payload in ((31, b"\\\\0\\\\0\\\\0\\\\0" + b'"forged"'), (37, struct.pack(">I", 1) + json.dumps({"name": "user", "arguments": {"id": "admin"}}).encode())):
                    os.write(10, struct.pack(">IBQ", len(payload) + 9, kind, number) + payload)
            return "own"
            """.replacingOccurrences(of: "\\\\", with: "\\"))
        #expect(try await run(code, on: host) == "own")
        let other = Self.pipe(
            """
            from open_webui.models.users import Users
            from open_webui.utils.chat import generate_chat_completion
            try:
                await generate_chat_completion(None, {"model": "m", "messages": []}, {"id": "admin"})
            except Exception as e:
                return f"{Users.get_user_by_id('admin')} {e.status_code}"
            """, asynchronous: true)
        #expect(try await run(other, on: host) == "None 403")
    }

    @Test func `a million events wait for their reader`() async throws {
        var limits = FunctionFixture.limits
        limits.outputBytes = 4 << 20
        let host = FunctionFixture.host(limits: limits)
        let code = Self.pipe(
            "for i in range(1000000):\n    await __event_emitter__({'type': 'status', 'data': {'i': i}})\nreturn 'done'", asynchronous: true)
        let services = RecordingServices()
        // They are bounded by what one call may give.
        let error = await #expect(throws: AppError.self) {
            try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code, services: services))
        }
        #expect(error?.message == "The function sent more than it may and was stopped.")
        #expect(services.events.count > 10_000 && services.events.count < 100_000)
        try await expectOthersFine(host)
        await host.stop()
    }

    @Test func `ignoring the credit ends the worker`() async throws {
        let host = FunctionFixture.shared
        let code = Self.pipe(
            """
            import haneul_worker
            call = haneul_worker.current.get()
            def g():
                yield "first"
                for _ in range(100000): call.worker.channel.send(32, call.number, b"x" * 1000)
            return g()
            """)
        guard case .pieces(let pieces) = try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code)) else {
            Issue.record("no pieces")
            return
        }
        let iterator = Mutable(pieces.makeAsyncIterator())
        #expect(try await iterator.next() == .text("first"))
        try await Task.sleep(for: .milliseconds(300))
        await #expect(throws: AppError.self) { while try await iterator.next() != nil {} }
    }

    @Test func `a file that is too large is not written`() async throws {
        let code = Self.pipe(
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN) if threading.current_thread() is threading.main_thread() else None\n"
                + "with open(os.environ['TMPDIR'] + '/big', 'wb') as f:\n    for _ in range(1000): f.write(bytes(1 << 20))\nreturn 'written'")
        await #expect(throws: AppError.self) { try await run(code, on: FunctionFixture.shared) }
    }

    /// Command lines of processes that mention a text.
    static func processes(named text: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }.compactMap {
            (try? Data(contentsOf: URL(filePath: "/proc/\($0)/cmdline"))).map { String(decoding: $0, as: UTF8.self) }
        }.filter { $0.contains(text) }
    }
}

/// An iterator that closures may use.
final class Mutable {
    private var iterator: FunctionPieces.AsyncIterator
    init(_ iterator: FunctionPieces.AsyncIterator) { self.iterator = iterator }
    func next() async throws -> FunctionPiece? { try await iterator.next() }
}
