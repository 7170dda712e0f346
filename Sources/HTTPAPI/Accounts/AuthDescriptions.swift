import Domain

extension RouteDescriptions {
    private static let newAccount: Shape = [
        "name": .text("Ada Lovelace"), "email": .email, "password": .text("Passw0rd!"), "profile_image_url": .text("/user.png").maybe,
    ]

    static let auths = RouteDescriptions(
        "/api/v1/auths",
        [
            "POST /signup": .answers(.session).takes(newAccount).or(403, 429),
            "POST /signin": .answers(.session).takes(["email": .email, "password": .text("Passw0rd!")]).or(403, 429),
            "POST /signout": .answers(.status),
            "GET /": .answers(
                .session.adding([
                    "bio": .string.nullable, "gender": .string.nullable, "date_of_birth": .string.nullable, "status_emoji": .string.nullable,
                    "status_message": .string.nullable, "status_expires_at": .time.nullable,
                ])),
            "POST /update/profile": .answers(.profile).takes([
                "name": .text("Ada Lovelace"), "profile_image_url": .text("/user.png"), "bio": .text("Mathematician").maybe,
                "gender": .string.maybe, "date_of_birth": .text("1815-12-10").maybe,
            ]),
            "POST /update/password": .answers(.done).takes(["password": .text("Passw0rd!"), "new_password": .text("An0ther!")]),
            "POST /update/timezone": .answers(.status).takes(["timezone": .text("Asia/Seoul")]),
            "POST /add": .answers(.profile.adding(["token": .string, "token_type": .constant("Bearer")])).takes(
                newAccount.adding(["role": .role.maybe])),
        ])

    static let accountSettings = RouteDescriptions(
        "/api/v1/auths/admin",
        [
            "GET /config": .answers(accountConfig),
            "POST /config": .answers(accountConfig).takes(accountConfig),
            "GET /details": .answers(["name": .text("Ada Lovelace").nullable, "email": .email.nullable]),
        ])

    private static let accountConfig = Shape.named(
        "AccountSettings",
        [
            "SHOW_ADMIN_DETAILS": .bool, "ADMIN_EMAIL": .text("").maybe, "WEBUI_URL": .text(""), "ENABLE_SIGNUP": .bool,
            "ENABLE_LOGIN_FORM": .bool.maybe, "ENABLE_API_KEYS": .bool, "ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS": .bool,
            "API_KEYS_ALLOWED_ENDPOINTS": .text(""), "DEFAULT_USER_ROLE": .role, "DEFAULT_GROUP_ID": .text(""),
            "JWT_EXPIRES_IN": .text("4w").said("A number with s, m, h, d or w; -1 for never."),
        ])

    static let oauth = RouteDescriptions(
        "/oauth",
        [
            "GET /{provider}/login": .redirects("To the identity provider."),
            "GET /{provider}/callback": .redirects("To the page, signed in or with an error.").with(all: back),
            "GET /{provider}/login/callback": .redirects("To the page, signed in or with an error.").with(all: back),
        ])

    private static let back: [RouteDescription.Parameter] = [
        .text("state", "What the way there began with."), .text("code", "What the identity provider gives."),
        .text("error", "Why it did not let the person in."),
    ]

    // MARK: Keys and sessions

    private static let keyLimits = Shape.named(
        "APIKeyLimits",
        [
            "scopes": .list(.choice(of: KeyRestrictions.Scope.allCases.map(\.rawValue))).maybe, "models": .list(.text("llama3.2:latest")).maybe,
            "knowledge": .list(.id).maybe, "paths": .list(.text("/api/chat")).maybe, "addresses": .list(.text("10.0.0.0/8")).maybe,
            "requests_per_minute": .count(60).maybe, "tokens_per_minute": .count(10_000).maybe, "tokens_per_day": .count(100_000).maybe,
            "tokens_per_month": .count(1_000_000).maybe, "cost_per_day": .number.maybe, "cost_per_month": .number.maybe,
        ])

    private static let key = Shape.named(
        "APIKey",
        [
            "id": .id, "user_id": .id, "kind": .choice("named", "account"), "name": .text("Indexer"), "hint": .text("sk-...4f2a"),
            "limits": .map, "expires_at": .time.nullable, "last_used_at": .time.nullable, "created_at": .time,
        ])

    private static let secret: Shape = ["api_key": .text("sk-0123456789abcdef")]
    private static let future = Shape.count(4_000_000_000).said("Seconds since 1970; in the future.").maybe

    static let apiKeys = RouteDescriptions(
        "/api/v1/auths",
        [
            "POST /api_key": .answers(secret),
            "GET /api_key": .answers(secret).or(404),
            "DELETE /api_key": .answers(.done),
            "GET /api_keys": .answers(.list(key)),
            "POST /api_keys": .answers(key.adding(secret)).takes(["name": .text("Indexer"), "expires_at": future, "limits": keyLimits.maybe]),
            "POST /api_keys/{id}/update": .answers(key).takes([
                "name": .text("Indexer").maybe, "expires_at": future, "limits": keyLimits.maybe,
            ]),
            "DELETE /api_keys/{id}": .answers(.done),
            "GET /api_keys/{id}/usage": .answers(
                .list(["day": .text("2026-11-22"), "requests": .integer, "tokens": .integer, "cost": .number])),
            "GET /admin/api_keys": .answers(.list(key)),
        ])

    private static let place = Shape.named(
        "SignInPlace",
        [
            "id": .id, "created_at": .time, "last_seen_at": .time, "expires_at": .time.nullable, "address": .text("192.0.2.7"),
            "agent": .text("Mozilla/5.0"), "current": .bool,
        ])

    static let sessions = RouteDescriptions(
        "/api/v1/auths",
        [
            "GET /sessions": .answers(.list(place)),
            "DELETE /sessions": .answers(.done),
            "DELETE /sessions/{id}": .answers(.done),
            "GET /admin/sessions/{id}": .answers(.list(place)),
            "DELETE /admin/sessions/{id}": .answers(.done),
        ])

    static let audit = RouteDescriptions(
        "/api/v1/audit",
        [
            "GET ": .answers(["items": .list(auditEvent), "total": .integer]).with(all: auditFilter).with(.page),
            "GET /export": .sends("application/x-ndjson").with(all: auditFilter),
        ])

    private static let auditEvent = Shape.named(
        "AuditEvent",
        [
            "id": .id, "at": .time, "actor_id": .id.nullable, "actor": .email, "credential": .text("session"), "action": .text("user.update"),
            "object_id": .id, "object": .text("ada@example.com"), "detail": .map, "address": .text("192.0.2.7"),
        ])

    private static let auditFilter: [RouteDescription.Parameter] = [
        .text("actor_id", "Who did it."), .text("action", "What was done, as `user.update`."), .text("object_id", "To what."),
        .number("since", "From when on, in seconds since 1970."),
    ]
}
