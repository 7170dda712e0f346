import Domain

extension RouteDescriptions {
    private static let base = Shape.named(
        "Knowledge",
        [
            "id": .id, "user_id": .id, "name": .text("Harbour rules"), "description": .text("What ships may do."), "meta": .map.nullable,
            "access_grants": .list(.grant), "created_at": .time, "updated_at": .time,
            "files": .list(["id": .id, "hash": .string.nullable, "meta": .fileMeta, "created_at": .time, "updated_at": .time]).nullable,
            "write_access": .bool.optional, "warnings": .record(["message": .string, "errors": .list(.string)]).optional,
        ])
    private static let listed = base.adding(["user": Shape.profile.nullable, "file_count": .integer])
    private static let form: Shape = ["name": .text("Harbour rules"), "description": .text("What ships may do."), "access_grants": .grants.maybe]
    private static let directory = Shape.named(
        "KnowledgeDirectory",
        [
            "id": .id, "knowledge_id": .id, "parent_id": .id.nullable, "name": .text("2026"), "user_id": .id, "created_at": .time,
            "updated_at": .time,
        ])
    private static let oneFile: Shape = ["file_id": .id, "directory_id": .id.maybe]
    private static let member = Shape.file.adding([
        "data": .null, "user": Shape.profile.nullable, "knowledge_id": .id, "directory_id": .id.nullable, "directory_path": .text("2026").nullable,
        "has_original": .bool,
    ])
    private static let search = RouteDescription.Parameter.text("query", "Part of the name or the description.")
    private static let place: Shape = ["filename": .text("rules.md"), "path": .text("2026")]

    static let knowledge = RouteDescriptions(
        "/api/v1/knowledge", missing: 400,
        [
            "GET /": .answers(["items": .list(listed), "total": .integer]).with(.page),
            "GET /search": .answers(["items": .list(listed), "total": .integer]).with(search, .page),
            "GET /list": .answers(.list(base)),
            "POST /create": .answers(base).takes(form),
            "GET /{id}": .answers(base).or(404),
            "POST /{id}/update": .answers(base).takes(form),
            "POST /{id}/access/update": .answers(base).takes(["access_grants": .grants]),
            "POST /{id}/reset": .answers(base).with(.flag("include_directories", "Whether directories go, too.")),
            "DELETE /{id}/delete": .answers(.done),
            "GET /{id}/dirs": .answers(.list(directory)),
            "POST /{id}/dirs/create": .answers(directory).takes(["name": .text("2026"), "parent_id": .id.maybe]).or(404, 409),
            "POST /{id}/dirs/{dir_id}/update": .answers(directory).takes(["name": .text("2026").maybe, "parent_id": .id.maybe]).or(404, 409),
            "DELETE /{id}/dirs/{dir_id}/delete": .answers(.done).or(404),
            "POST /{id}/file/move": .answers(.done).takes(oneFile).or(404),
            "POST /{id}/sync/diff": .answers([
                "added": .list(place), "modified": .list(place.adding(["stale_file_id": .id])), "deleted": .list(place.adding(["file_id": .id])),
                "mkdir": .list(.text("2026")), "rmdir": .list(.text("2025")), "unmodified_count": .integer, "directory_map": .map(of: .id),
            ]).takes(["manifest": .list(["filename": .text("rules.md"), "path": .text("2026").maybe, "checksum": .text("9f86d081...")])]),
            "POST /{id}/sync/cleanup": .answers(["status": .yes, "files_removed": .integer, "dirs_removed": .integer]).takes([
                "file_ids": .list(.id), "dir_ids": .list(.id).maybe,
            ]),
            "GET /search/files": .answers(["items": .list(member), "directories": .list(.any).showing([]), "total": .integer]).with(search, .page),
            "GET /{id}/files": .answers([
                "items": .list(member), "directories": .list(.any).showing([]), "breadcrumbs": .list(.any).showing([]), "total": .integer,
            ]).with(search, .page, .number("limit", "How many on a page, up to 1000."), .text("directory_id", "A directory; `root` for the top."))
                .or(404),
            "GET /{id}/files/pending": .answers(.list(.file)),
            "POST /{id}/file/add": .answers(base).takes(oneFile).or(404, 409, 503),
            "POST /{id}/files/batch/add": .answers(base).takes(.list(oneFile)).or(404),
            "POST /{id}/file/update": .answers(base).takes(oneFile).or(404),
            "POST /{id}/file/remove": .answers(base).takes(oneFile).with(.flag("delete_file", "Whether the file itself goes, too.")).or(404),
            "POST /reindex": .answers(.done),
            "POST /metadata/reindex": .answers(["total": .integer, "success": .integer]),
            "GET /{id}/export": .sends("application/zip"),
        ])
}
