import Domain
import Telemetry
import Testing

struct TraceParentTests {
    let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `a place is read and written as W3C says`() throws {
        let place = try #require(TraceParent(text, state: "vendor=1"))
        #expect(place.text == text)
        #expect((place.traceID, place.spanText, place.isSampled) == ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true))
        #expect(TraceParent(text.dropLast(2) + "00")?.isSampled == false)
        #expect(TraceParent(text.dropLast(2) + "03")?.isSampled == true)
        let child = place.child()
        #expect((child.traceID, child.isSampled, child.state) == (place.traceID, true, "vendor=1"))
        #expect(child.spanID != place.spanID)
    }

    @Test func `a later version may say more`() {
        #expect(TraceParent("cc" + text.dropFirst(2) + "-what-comes") != nil)
        #expect(TraceParent("cc" + text.dropFirst(2)) != nil)
    }

    @Test(arguments: [
        "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x", "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
    ])
    func `what is no place is ignored`(text: String) {
        #expect(TraceParent(text) == nil)
    }

    @Test func `a state that is too long is not passed on`() {
        #expect(TraceParent(text, state: String(repeating: "x", count: 513))?.state == "")
    }
}

struct TraceConfigurationTests {
    func configuration(_ environment: [String: String]) throws -> TraceConfiguration? {
        TraceConfiguration(settings: try Settings(environment: environment), version: "1")
    }

    @Test func `nothing is traced unless a collector is named`() throws {
        #expect(try configuration([:]) == nil)
        #expect(try configuration(["OTEL_SERVICE_NAME": "x"]) == nil)
        #expect(try configuration(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"]) == nil)
    }

    @Test(arguments: [
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"], "http://c:4318/v1/traces"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/x/"], "http://c:4318/x/v1/traces"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://d/t"], "https://d/t"),
    ])
    func `addresses`(environment: [String: String], endpoint: String) throws {
        #expect(try configuration(environment)?.endpoint == endpoint)
    }

    @Test func `headers, attributes and the sampler`() throws {
        let found = try #require(
            try configuration([
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b, x = y,bad", "OTEL_SERVICE_NAME": "s",
                "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,env=test", "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
                "OTEL_TRACES_SAMPLER_ARG": "0.25",
            ]))
        #expect(found.headers.map { "\($0.name)=\($0.value)" } == ["api-key=a b", "x=y"])
        #expect(found.resource.filter { $0.key == "service.name" }.map(\.value) == ["s"])
        #expect(found.resource.contains { $0.key == "env" && $0.value == "test" })
        #expect((found.sampler, found.followsParent) == (.ratio(0.25), true))
    }

    @Test(arguments: [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://c"), ("OTEL_TRACES_SAMPLER", "sometimes"), ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
    ])
    func `values that cannot be used are named`(name: String, value: String) {
        let error = #expect(throws: AppError.self) { try Settings(environment: [name: value]) }
        #expect(error?.message.contains(name) == true)
    }
}
