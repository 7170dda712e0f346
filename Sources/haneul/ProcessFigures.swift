import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What the operating system says of this process. Everything is 0 where there is no `/proc`.
struct ProcessFigures {
    var residentBytes = 0
    var virtualBytes = 0
    var openDescriptors = 0
    var maximumDescriptors = 0
    var threads = 0
    /// Seconds of processor time.
    var processorSeconds = 0.0

    static func current() -> ProcessFigures {
        var figures = ProcessFigures()
        let pages = words("/proc/self/statm")
        if pages.count > 1 {
            figures.virtualBytes = (Int(pages[0]) ?? 0) * pageSize
            figures.residentBytes = (Int(pages[1]) ?? 0) * pageSize
        }
        // Without the one that reads the folder.
        figures.openDescriptors = max(0, ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0) - 1)
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 { figures.maximumDescriptors = Int(clamping: limit.rlim_cur) }
        // Fields behind the name, which may hold spaces.
        let stat = (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? ""
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        if fields.count > 17 {
            figures.processorSeconds = (Double(fields[11]) ?? 0) / ticks + (Double(fields[12]) ?? 0) / ticks
            figures.threads = Int(fields[17]) ?? 0
        }
        return figures
    }

    private static let pageSize = sysconf(Int32(_SC_PAGESIZE))
    private static let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))

    private static func words(_ path: String) -> [Substring] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split { $0 == " " || $0 == "\n" }
    }
}
