import Domain

extension RouteDescriptions {
    private static let content = Shape.map.showing([
        "title": "Harbour", "models": ["llama3.2:latest"],
        "history": ["currentId": "m1", "messages": ["m1": ["id": "m1", "role": "user", "content": "Hello"]]],
    ])
    private static let saved = Shape.named(
        "Chat",
        [
            "id": .id, "user_id": .id, "title": .text("Harbour"), "chat": content, "updated_at": .time, "created_at": .time,
            "share_id": .id.nullable, "archived": .bool, "pinned": .bool, "meta": .map, "variables": .map, "folder_id": .id.nullable,
            "current_message_id": .text("m1").nullable,
        ])
    private static let summary = Shape.named(
        "ChatSummary",
        [
            "id": .id, "title": .text("Harbour"), "updated_at": .time, "created_at": .time, "snippet": .string.nullable, "archived": .bool,
            "pinned": .bool, "folder_id": .id.nullable, "share_id": .id.nullable, "last_read_at": .time.nullable,
        ])
    private static let tag = Shape.named("Tag", ["id": .text("work"), "name": .text("work"), "user_id": .id, "meta": .null])
    private static let named: Shape = ["name": .text("work")]
    private static let list = RouteDescription.answers(.list(summary)).with(.page)
    private static let own = RouteDescription.answers(.list(summary)).with(
        .flag("include_pinned", "Pinned ones, too."), .flag("include_folders", "Those in folders, too."), .page)

    static let chats = RouteDescriptions(
        "/api/v1/chats", missing: 401,
        [
            "GET /": own, "GET /list": own, "GET /pinned": list, "GET /shared": list,
            "GET /archived": list.with(.text("query", "Words of title and messages.")),
            "GET /search": list.with(.needed("text", "Words; `tag:work`, `pinned:true` and the like narrow the search.", "harbour tag:work")),
            "GET /folder/{folder}": .answers(.list(saved)),
            "GET /folder/{folder}/list": list,
            "GET /all": .sends("application/x-ndjson"),
            "GET /all/db": .sends("application/x-ndjson"),
            "GET /all/tags": .answers(.list(tag)),
            "POST /tags": .answers(.list(summary)).takes(["name": .text("work"), "skip": .count(0).maybe, "limit": .count(50).maybe]),
            "GET /{id}/tags": .answers(.list(tag)),
            "POST /{id}/tags": .answers(.list(tag)).takes(named), "DELETE /{id}/tags": .answers(.list(tag)).takes(named),
            "DELETE /{id}/tags/all": .answers(.done),
            "POST /{id}/share": .answers(saved), "DELETE /{id}/share": .answers(.bool), "GET /share/{share}": .answers(saved),
            "GET /shared/{id}/access": .answers(
                .list(["id": .id, "principal_type": .constant("user"), "principal_id": .constant("*"), "permission": .constant("read")])
            ).or(404),
            "GET /list/user/{id}": list.with(.text("query", "Words of title and messages.")),
            "POST /{id}/unread": .answers([
                "chat_id": .id, "last_read_at": .time, "folder_id": .id.nullable, "folder_unread_counts": .map(of: .integer),
            ]).or(404),
            "POST /read": .answers(["updated_count": .integer, "folder_unread_counts": .map(of: .integer)]),
            "POST /new": .answers(saved).takes(["chat": content, "folder_id": .id.maybe, "variables": .map.maybe]).or(404),
            "POST /import": .answers(.list(saved)).takes([
                "chats": .list([
                    "chat": content, "created_at": .time.maybe, "updated_at": .time.maybe, "archived": .bool.maybe, "pinned": .bool.maybe,
                    "folder_id": .id.maybe, "meta": .map.maybe, "variables": .map.maybe,
                ])
            ]),
            "GET /{id}": .answers(saved),
            "POST /{id}": .answers(saved).takes(["chat": content]),
            "DELETE /{id}": .answers(.done).or(404),
            "DELETE /": .answers(.done),
            "POST /{id}/messages/{message}": .answers(saved).takes(["content": .text("Good morning")]),
            "GET /{id}/pinned": .answers(.bool),
            "POST /{id}/pin": .answers(saved), "POST /{id}/archive": .answers(saved),
            "POST /{id}/folder": .answers(saved).takes(["folder_id": .id.maybe]).or(404),
            "GET /all/archived": .answers(.list(saved)), "GET /archived/count": .answers(.integer),
            "GET /stats/export": .answers(["type": .text("chats"), "items": .list(statistics), "total": .integer, "page": .integer]).with(
                .page, .number("updated_at", "Changed after this time, in seconds since 1970.")),
            "GET /stats/export/{id}": .answers(statistics),
            "GET /stats/usage": .answers([
                "items": .list(
                    figures.adding([
                        "id": .id, "tags": .list(.text("work")), "last_message_at": .time, "updated_at": .time, "created_at": .time,
                    ])), "total": .integer,
            ]).with(.page, .number("items_per_page", "How many on a page, up to 1000.")),
            "POST /{id}/fork": .answers(saved).mayTake(["message_id": .text("m1").maybe]).or(404),
            "POST /{id}/clone": .answers(saved).mayTake(["title": .any.optional.showing("Copy")]),
        ])

    private static let figures: Shape = [
        "average_response_time": .number, "average_user_message_content_length": .number, "average_assistant_message_content_length": .number,
        "models": .map(of: .integer), "message_count": .integer, "history_models": .map(of: .integer), "history_message_count": .integer,
        "history_user_message_count": .integer, "history_assistant_message_count": .integer,
    ]
    private static let statistics = Shape.named(
        "ChatStatistics",
        [
            "id": .id, "user_id": .id, "created_at": .time, "updated_at": .time, "tags": .list(.text("work")), "stats": figures,
            "chat": [
                "history": [
                    "messages": .map(of: [
                        "id": .text("m1"), "role": .text("user"), "model": .text("llama3.2:latest").nullable, "content_length": .integer,
                        "timestamp": .time.nullable,
                    ]), "currentId": .text("m1").nullable,
                ]
            ],
        ])

    private static let shortFolder: Shape = [
        "id": .id, "name": .text("Harbour"), "parent_id": .id.nullable, "meta": .map.nullable, "is_expanded": .bool, "created_at": .time,
        "updated_at": .time,
    ]
    private static let folder = Shape.named(
        "Folder", shortFolder.adding(["user_id": .id, "items": .any.nullable.showing(.null), "data": .map.nullable]))
    private static let folderForm: Shape = ["name": .text("Harbour"), "parent_id": .id.maybe, "meta": .map.maybe, "data": .map.maybe]

    static let folders = RouteDescriptions(
        "/api/v1/folders",
        [
            "GET /": .answers(.list(shortFolder)),
            "POST /": .answers(folder).takes(folderForm).or(404),
            "GET /{id}": .answers(folder),
            "POST /{id}/update": .answers(folder).takes(["name": .text("Harbour").maybe, "meta": .map.maybe, "data": .map.maybe]),
            "POST /{id}/update/parent": .answers(folder).takes(["parent_id": .id.maybe]),
            "POST /{id}/update/expanded": .answers(folder).takes(["is_expanded": .bool]),
            "DELETE /{id}": .answers(.done).with(.flag("delete_contents", "Whether the chats in it go, too.")),
        ])
}
