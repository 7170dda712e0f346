import HTTPTypes
import Synchronization

/// The methods of every path. Filled when all routes are known.
final class AllowedMethods: Sendable {
    private struct Route {
        let method: String
        let components: [String]
    }

    private let routes = Mutex<[Route]>([])

    func learn(_ entries: [RouteEntry]) {
        routes.withLock { $0 = entries.map { Route(method: $0.method.rawValue, components: Self.components($0.path)) } }
    }

    /// In alphabetical order; none for a path without routes.
    ///
    /// A word goes before a parameter, as in the router: of `/chats/all` and `/chats/{id}` the first says what `/chats/all` takes.
    func of(_ path: String) -> [String] {
        let wanted = Self.components(path)
        let fitting = routes.withLock { $0.filter { Self.fits($0.components, wanted) } }
        guard let best = fitting.map({ Self.rank($0.components) }).min(by: { $0.lexicographicallyPrecedes($1) }) else { return [] }
        return Set(fitting.filter { Self.rank($0.components) == best }.map(\.method)).sorted()
    }

    /// Smaller is more exact.
    private static func rank(_ route: [String]) -> [Int] { route.map { $0 == "{path+}" ? 2 : $0.hasPrefix("{") ? 1 : 0 } }

    private static func components(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    private static func fits(_ route: [String], _ path: [String]) -> Bool {
        if route.last == "{path+}" { return path.count >= route.count && fits(Array(route.dropLast()), Array(path.prefix(route.count - 1))) }
        return route.count == path.count && zip(route, path).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }
}
