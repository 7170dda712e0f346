import HTTPTypes

/// What a browser is told about the page, beside its contents.
enum PageHeaders {
    /// Only our own files run and style the page; it is never framed; nothing outside is loaded, so that a picture in a model's
    /// answer cannot carry anything away. Markup becomes part of the page only through the sanitiser's policy.
    static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "font-src 'self'", "connect-src 'self'",
        "manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types dompurify",
    ].joined(separator: "; ")

    static let all: HTTPFields = {
        var fields = HTTPFields()
        for (name, value) in [
            ("content-security-policy", contentSecurityPolicy), ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"), ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
            (
                "permissions-policy",
                "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
            ),
        ] {
            fields[HTTPField.Name(name)!] = value
        }
        return fields
    }()
}
