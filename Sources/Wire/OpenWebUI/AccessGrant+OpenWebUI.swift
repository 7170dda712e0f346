package import Domain

extension AccessGrant {
    /// Reads `access_grants`. What is no grant is left out, as clients expect.
    package static func list(_ values: [JSONValue], for resource: ResourceID) -> [AccessGrant] {
        var seen = Set<String>()
        return values.compactMap { value in
            guard let type = value["principal_type"]?.string.flatMap(PrincipalType.init(rawValue:)), let id = value["principal_id"]?.string,
                !id.isEmpty,
                let permission = value["permission"]?.string.flatMap(Permission.init(rawValue:)),
                seen.insert("\(type.rawValue) \(id) \(permission.rawValue)").inserted
            else { return nil }
            return AccessGrant(resource: resource, principalType: type, principalID: id, permission: permission)
        }
    }
}
