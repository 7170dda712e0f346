import Domain

/// Reads what clients send about stored models.
enum ModelForm {
    /// The full form: `id`, `name`, `meta`, `params`, and optional `base_model_id`, `is_active`.
    static func draft(_ fields: inout FieldReader) -> ModelLibrary.Draft {
        let id = fields.string("id")
        if fields.object["id"]?.string != nil {
            if id.isEmpty || id.contains(where: \.isWhitespace) {
                fields.report("value_error", "id", "Value error, the id must not be empty and must not contain spaces")
            } else if id.utf8.count > 256 {
                fields.report("string_too_long", "id", "String should have at most 256 characters")
            }
        }
        let base = fields.optionalString("base_model_id").flatMap { $0.isEmpty ? nil : $0 }
        return ModelLibrary.Draft(
            id: id, baseModelID: base, name: fields.string("name"), params: fields.object("params"), meta: fields.object("meta"),
            isActive: fields.optionalBool("is_active") ?? true)
    }

    /// `access_grants`: `{"principal_type":"user"|"group","principal_id","permission":"read"|"write"}`.
    static func grants(_ fields: inout FieldReader, key: String = "access_grants", on id: String) -> [AccessGrant]? {
        guard let list = fields.optionalArray(key) else { return nil }
        return grants(list, on: id) { fields.report("value_error", key, $0) }
    }

    static func grants(_ list: [JSONValue], on id: String, problem: (String) -> Void) -> [AccessGrant] {
        var grants: [AccessGrant] = []
        for item in list {
            guard let type = item["principal_type"]?.string.flatMap(AccessGrant.PrincipalType.init(rawValue:)),
                let principal = item["principal_id"]?.string, !principal.isEmpty,
                let permission = item["permission"]?.string.flatMap(AccessGrant.Permission.init(rawValue:))
            else {
                problem("Value error, a grant has a principal_type (user, group), a principal_id and a permission (read, write)")
                continue
            }
            let isKnown = grants.contains { $0.principalType == type && $0.principalID == principal && $0.permission == permission }
            if !isKnown {
                grants.append(AccessGrant(resource: ResourceID(.model, id), principalType: type, principalID: principal, permission: permission))
            }
        }
        return grants
    }
}
