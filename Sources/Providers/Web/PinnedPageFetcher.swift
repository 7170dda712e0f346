import AsyncHTTPClient
package import Domain
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// Fetches pages from the open internet, and from nowhere else.
///
/// Each address is resolved once; every address that the name has must be public, and the connection goes to the one that was
/// checked, whatever the name resolves to a moment later. Redirects are followed by hand through the same checks.
package struct PinnedPageFetcher: PageFetcher {
    /// Lets addresses inside the own network through (`ENABLE_RAG_LOCAL_WEB_FETCH`).
    private let allowsPrivate: @Sendable () -> Bool
    private let largest: Int
    private let seconds: Int64
    private static let mostRedirects = 5

    package init(largest: Int = 20 << 20, seconds: Int64 = 20, allowsPrivate: @escaping @Sendable () -> Bool) {
        self.largest = largest
        self.seconds = seconds
        self.allowsPrivate = allowsPrivate
    }

    package func fetch(_ url: String) async throws -> FetchedPage {
        var target = try PageAddress(url)
        let deadline = NIODeadline.now() + .seconds(seconds)
        for _ in 0...Self.mostRedirects {
            let address = try await resolve(target)
            switch try await request(target, at: address, deadline: deadline) {
            case .page(let page): return page
            case .redirect(let location): target = try target.following(location)
            }
        }
        throw Refusal(reason: "too many redirects")
    }

    private enum Outcome {
        case page(FetchedPage)
        case redirect(String)
    }

    struct Refusal: Error { var reason: String }

    private func request(_ target: PageAddress, at address: String, deadline: NIODeadline) async throws -> Outcome {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5), read: .seconds(10)), decompression: .disabled
        )
        configuration.dnsOverride = [target.host: address]
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let outcome = try await exchange(target, client, deadline)
            try await client.shutdown()
            return outcome
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func exchange(_ target: PageAddress, _ client: HTTPClient, _ deadline: NIODeadline) async throws -> Outcome {
        var request = HTTPClientRequest(url: target.text)
        request.headers = [
            "User-Agent": "Haneul", "Accept-Encoding": "identity",
            "Accept": "text/html,application/xhtml+xml,text/*,application/pdf,application/json;q=0.9",
        ]
        let response = try await client.execute(request, deadline: deadline)
        if [301, 302, 303, 307, 308].contains(response.status.code), let location = response.headers.first(name: "location") {
            return .redirect(location)
        }
        guard response.status == .ok else { throw Refusal(reason: "status \(response.status.code)") }
        var body: [UInt8] = []
        for try await piece in response.body {
            guard body.count + piece.readableBytes <= largest, NIODeadline.now() < deadline else { throw Refusal(reason: "too large or too slow") }
            body += piece.readableBytesView
        }
        return .page(FetchedPage(url: target.text, contentType: response.headers.first(name: "content-type") ?? "", body: body))
    }

    // MARK: Names

    private func resolve(_ target: PageAddress) async throws -> String {
        let (host, isAnyAllowed) = (target.host, allowsPrivate())
        return try await withCheckedThrowingContinuation { continuation in
            // Looking up a name blocks; it must not hold a thread that others wait for.
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(with: Result { try Self.address(of: host, isAnyAllowed: isAnyAllowed) })
            }
        }
    }

    /// The address to connect to, as text.
    static func address(of host: String, isAnyAllowed: Bool) throws -> String {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        guard getaddrinfo(name, nil, &hints, &list) == 0, let list else { throw Refusal(reason: "unknown host") }
        defer { freeaddrinfo(list) }
        var found: String?
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let entry = next {
            next = entry.pointee.ai_next
            guard let socketAddress = entry.pointee.ai_addr, let (bytes, text) = Self.parts(socketAddress) else {
                throw Refusal(reason: "unknown kind of address")
            }
            guard isAnyAllowed || NetworkAddress.isPublic(bytes) else { throw Refusal(reason: "\(text) is not a public address") }
            // IPv4 first: it works from everywhere.
            if found == nil || (bytes.count == 4 && found?.contains(":") == true) { found = text }
        }
        guard let found else { throw Refusal(reason: "no address") }
        return found
    }

    private static func parts(_ address: UnsafeMutablePointer<sockaddr>) -> (bytes: [UInt8], text: String)? {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        var bytes: [UInt8]
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            bytes = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { withUnsafeBytes(of: $0.pointee.sin_addr) { Array($0) } }
            guard inet_ntop(AF_INET, &bytes, &text, socklen_t(text.count)) != nil else { return nil }
        case AF_INET6:
            bytes = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) } }
            guard inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count)) != nil else { return nil }
        default: return nil
        }
        return (bytes, String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
