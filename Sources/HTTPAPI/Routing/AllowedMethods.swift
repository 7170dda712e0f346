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
    func of(_ path: String) -> [String] {
        let wanted = Self.components(path)
        return Set(routes.withLock { $0.filter { Self.fits($0.components, wanted) } }.map(\.method)).sorted()
    }

    private static func components(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    private static func fits(_ route: [String], _ path: [String]) -> Bool {
        if route.last == "{path+}" { return path.count >= route.count && fits(Array(route.dropLast()), Array(path.prefix(route.count - 1))) }
        return route.count == path.count && zip(route, path).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }
}
