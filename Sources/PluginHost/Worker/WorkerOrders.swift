package import Domain

/// Limits of every worker.
package struct WorkerLimits: Sendable {
    /// Longest call, or wait for a piece of an answer; seconds.
    package var callSeconds = 300
    /// Longest time in which code may load; seconds.
    package var loadSeconds = 30
    /// How long a cancelled call may go on before its worker is ended; seconds.
    package var graceSeconds = 2.0
    /// When a worker that holds a call which does not end is ended, though other calls are in progress there; seconds.
    package var lastGraceSeconds = 15.0
    package var memoryBytes = 1 << 30
    /// Of a worker's whole life.
    package var processorSeconds = 600
    package var fileBytes = 64 << 20
    package var descriptors = 256
    /// Processes and threads.
    package var tasks = 160
    /// Calls of functions that are not asynchronous, at a time.
    package var threads = 100
    /// Bytes that one call may give or print.
    package var outputBytes = 64 << 20
    package var idleSeconds = 600.0
    /// Of one function.
    package var workers = 4
    /// Calls of one function at a time, in progress and waiting.
    package var calls = 1000

    package init() {}

    package init(_ settings: Settings) {
        callSeconds = settings[.functionTimeout]
        memoryBytes = settings[.functionMemoryMegabytes] << 20
        processorSeconds = settings[.functionProcessorSeconds]
        fileBytes = settings[.functionFileMegabytes] << 20
        tasks = settings[.functionProcesses]
        threads = max(8, min(100, settings[.functionProcesses] - 32))
        workers = settings[.functionWorkers]
        idleSeconds = Double(settings[.functionIdleSeconds])
    }
}

/// What a worker is told first: what to run, and how it is shut in.
struct WorkerOrders: Sendable {
    /// Empty for a probe, which runs nothing and says which protections hold.
    var code: FunctionCode?
    var hasNetwork = false
    var hasProcesses = false
    var scratch: String
    /// Folders of packages, the function's own first.
    var packages: [String]
    /// What must be readable beside the system's own folders.
    var readable: [String]
    var limits: WorkerLimits
    /// Protections that are left out; for tests.
    var without: [String] = []

    func bytes(source: String) -> [UInt8] {
        let orders: JSONObject = [
            "source": .string(source), "probe": .bool(code == nil), "id": .string(code?.id ?? ""), "content": .string(code?.content ?? ""),
            "network": .bool(hasNetwork), "processes": .bool(hasProcesses), "scratch": .string(scratch), "packages": .strings(packages),
            "readable": .strings(readable), "without": .strings(without),
            "limits": [
                "memory": .int(limits.memoryBytes), "processor": .int(limits.processorSeconds), "file": .int(limits.fileBytes),
                "descriptors": .int(limits.descriptors), "tasks": .int(limits.tasks), "threads": .int(limits.threads),
            ],
        ]
        return JSONValue.object(orders).jsonBytes
    }
}

/// The Python program of a worker.
enum WorkerProgram {
    /// Its modules, each after a line `#: module <name>`, in the order in which they are loaded.
    static let source = [
        ("kernel", PackageResources.kernel_py), ("root", PackageResources.root_py), ("landlock", PackageResources.landlock_py),
        ("seccomp", PackageResources.seccomp_py), ("sandbox", PackageResources.sandbox_py), ("channel", PackageResources.channel_py),
        ("call", PackageResources.call_py), ("answers", PackageResources.answers_py), ("stream", PackageResources.stream_py),
        ("specs", PackageResources.specs_py), ("missing", PackageResources.missing_py), ("awaitable", PackageResources.awaitable_py),
        ("server", PackageResources.server_py), ("rows", PackageResources.rows_py), ("parameters", PackageResources.parameters_py),
        ("messages", PackageResources.messages_py), ("web", PackageResources.web_py), ("log", PackageResources.log_py),
        ("host", PackageResources.host_py), ("worker", PackageResources.worker_py),
    ].map { "#: module haneul_\($0)\n" + String(decoding: $1, as: UTF8.self) }.joined()

    /// Reads the orders from the channel, makes modules of the source up to the one that launches, and hands over to it. What only the
    /// shut-in half needs is loaded there.
    static let boot = """
        import json,os,struct,sys,types
        def read(n):
            b=b""
            while len(b)<n:
                d=os.read(0,n-len(b))
                if not d: os._exit(0)
                b+=d
            return b
        orders=json.loads(read(struct.unpack(">I",read(4))[0]))
        texts=dict(part.split("\\n",1) for part in orders.pop("source").split("#: module ")[1:])
        def load(last):
            while True:
                name=next(iter(texts))
                module=sys.modules[name]=types.ModuleType(name)
                exec(compile(texts.pop(name),name+".py","exec"),module.__dict__)
                if name==last: return module
        load("haneul_sandbox").launch(orders,lambda *a: load("haneul_worker").main(*a))
        """
}
