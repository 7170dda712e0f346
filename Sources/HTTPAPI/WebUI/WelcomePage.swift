import Domain
package import Hummingbird

/// What a browser sees where no page is installed.
package enum WelcomePage {
    package static func response(name: String) -> Response {
        .text("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>\(name)</title><h1>\(name)</h1>", type: "text/html; charset=utf-8")
    }
}
