package import Domain

/// Knowledge bases as the API shows them.
package enum KnowledgeWire {
    package static func object(_ base: KnowledgeBase, grants: [AccessGrant], files: [File]? = nil) -> JSONObject {
        [
            "id": .string(base.id), "user_id": .string(base.userID), "name": .string(base.name), "description": .string(base.description),
            "meta": base.meta.map(JSONValue.object) ?? .null, "access_grants": .array(grants.map { .object($0.wire) }),
            "created_at": .int(base.createdAt), "updated_at": .int(base.updatedAt),
            "files": files.map { .array($0.map { .object(file($0)) }) } ?? .null,
        ]
    }

    /// A file in short.
    private static func file(_ file: File) -> JSONObject {
        [
            "id": .string(file.id), "hash": .optional(file.contentHash), "meta": .object(FileWire.meta(file)), "created_at": .int(file.createdAt),
            "updated_at": .int(file.updatedAt),
        ]
    }

    package static func directory(_ directory: KnowledgeDirectory) -> JSONObject {
        [
            "id": .string(directory.id), "knowledge_id": .string(directory.knowledgeID), "parent_id": .optional(directory.parentID),
            "name": .string(directory.name), "user_id": .string(directory.userID), "created_at": .int(directory.createdAt),
            "updated_at": .int(directory.updatedAt),
        ]
    }
}
