package import Hummingbird

/// What a browser sees until there is a page: that the server runs, and what to do next.
package enum WelcomePage {
    package static func response(name: String) -> Response {
        let name = name.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return .text(
            """
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>\(name)</title>
            <style>body{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}
            pre{overflow:auto;padding:1rem;background:#8881;border-radius:.5rem}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}</style>
            </head>
            <body>
            <h1>\(name) is running</h1>
            <p>There is no page to work on yet; the API is complete enough to work with. The first account becomes the administrator:</p>
            <pre>curl -s "$ADDRESS/api/v1/auths/signup" -H 'Content-Type: application/json' \\
              -d '{"name":"Me","email":"me@example.com","password":"change-me-please"}'</pre>
            <p>The answer holds a token. An API key that lasts comes from</p>
            <pre>curl -s -X POST "$ADDRESS/api/v1/auths/api_key" -H "Authorization: Bearer $TOKEN"</pre>
            <p>With <code>ENV=dev</code> the API is described at <a href="/docs">/docs</a>.</p>
            </body>
            </html>
            """, type: "text/html; charset=utf-8")
    }
}
