#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A worker and all that it started.
struct ProcessGroup: Sendable {
    let leader: pid_t

    func kill() {
        // The group exists for as long as its leader has not been waited for, which is after this.
        _ = killpg(leader, SIGKILL)
    }

    /// The CPU time that its processes have used, ended ones included; `nil` where the system does not tell.
    var processorTime: Duration? {
        guard let folder = opendir("/proc") else { return nil }
        defer { closedir(folder) }
        var ticks = 0
        var isFound = false
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.first?.isNumber == true, let figures = Self.figures(of: name), figures.group == leader else { continue }
            isFound = true
            ticks += figures.ticks
        }
        let perSecond = sysconf(Int32(_SC_CLK_TCK))
        return isFound && perSecond > 0 ? .milliseconds(ticks * 1000 / perSecond) : nil
    }

    /// Of `/proc/N/stat`: the process's group, and its time with that of its children that ended.
    private static func figures(of process: String) -> (group: pid_t, ticks: Int)? {
        guard let file = fopen("/proc/\(process)/stat", "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = fread(&bytes, 1, bytes.count, file)
        // The program's name, in brackets, may hold anything.
        guard let bracket = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(bracket + 1)..<count].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
        guard fields.count > 14, let group = pid_t(fields[2]) else { return nil }
        return (group, fields[11...14].reduce(0) { $0 + (Int($1) ?? 0) })
    }
}
