package import Domain
import Hummingbird
import Wire

/// `GET /api/config`: what a page needs before and after sign-in.
package struct ConfigController: Controller {
    private let settings: Settings
    private let users: any UserStore
    private let policy: PermissionPolicy
    private let version: String

    package init(settings: Settings, users: any UserStore, policy: PermissionPolicy, version: String) {
        self.settings = settings
        self.users = users
        self.policy = policy
        self.version = version
    }

    package func addRoutes(to routes: RouteTable) {
        routes.on(
            .get, "/api/config", access: .open, scope: .account,
            RouteDocumentation("Configuration", "What a page needs; more with a session.")
        ) { _, context in
            .json(.object(try await config(context.principal)))
        }
    }

    private func config(_ principal: Principal?) async throws -> JSONObject {
        let hasProvider = !settings[.openIDProviderURL].isEmpty && !settings[.oauthClientID].isEmpty
        let providers: JSONObject = hasProvider ? ["oidc": .string(settings[.oauthProviderName])] : [:]
        var config: JSONObject = [
            "status": true, "name": .string(settings[.name]), "version": .string(version), "default_locale": .string(settings[.defaultLocale]),
            "i18n": [:], "oauth": ["providers": .object(providers), "auto_redirect": false],
        ]
        var features: JSONObject = [
            "slim": false, "auth": true, "auth_trusted_header": .bool(!settings[.trustedEmailHeader].isEmpty && !settings[.trustedProxies].isEmpty),
            "enable_signup_password_confirmation": false, "enable_ldap": false,
            "enable_signup": .bool(settings[.enableSignup]), "enable_login_form": .bool(settings[.enableLoginForm]), "enable_websocket": true,
        ]
        guard let principal else {
            if try await users.count() == 0 {
                config["onboarding"] = true
                features["enable_signup"] = true
            }
            config["features"] = .object(features)
            return config
        }
        features.merge(sessionFeatures())
        config["features"] = .object(features)
        config.merge([
            "default_models": .string(settings[.defaultModels]), "default_pinned_models": .string(settings[.defaultPinnedModels]),
            "default_prompt_suggestions": settings[.promptSuggestions],
            "code": ["engine": "pyodide", "interpreter_engine": "pyodide"],
            "audio": ["tts": ["engine": "", "voice": "", "split_on": "punctuation"], "stt": ["engine": ""]],
            "file": ["max_size": .null, "max_count": .null, "image_compression": ["width": .null, "height": .null]],
            "permissions": .object(try await policy.permissions(userID: principal.userID).tree),
            "google_drive": ["client_id": "", "api_key": ""],
            "onedrive": ["client_id_personal": "", "client_id_business": "", "sharepoint_url": "", "sharepoint_tenant_id": ""],
            "ui": ["pending_user_overlay_title": "", "pending_user_overlay_content": "", "response_watermark": ""], "license_metadata": .null,
        ])
        return config
    }

    /// Switches of Open WebUI's page: what this server has is on, what it has not is off.
    private func sessionFeatures() -> JSONObject {
        let foreign = AccountSettingsController.foreignValues(settings)
        func foreignSwitch(_ name: String) -> JSONValue { foreign[name] ?? false }
        return [
            "enable_api_keys": .bool(settings[.enableAPIKeys]), "enable_password_change_form": foreignSwitch("ENABLE_PASSWORD_CHANGE_FORM"),
            "enable_public_active_users_count": false, "enable_direct_connections": false, "enable_folders": foreignSwitch("ENABLE_FOLDERS"),
            "folder_max_file_count": foreign["FOLDER_MAX_FILE_COUNT"] ?? "", "enable_channels": foreignSwitch("ENABLE_CHANNELS"),
            "enable_calendar": foreignSwitch("ENABLE_CALENDAR"), "enable_automations": foreignSwitch("ENABLE_AUTOMATIONS"),
            "enable_notes": foreignSwitch("ENABLE_NOTES"), "enable_web_search": false, "enable_code_execution": false,
            "enable_code_interpreter": false, "enable_image_generation": false, "enable_image_edit": false, "enable_autocomplete_generation": false,
            "enable_community_sharing": foreignSwitch("ENABLE_COMMUNITY_SHARING"),
            "enable_message_rating": foreignSwitch("ENABLE_MESSAGE_RATING"), "enable_user_webhooks": foreignSwitch("ENABLE_USER_WEBHOOKS"),
            "enable_user_status": foreignSwitch("ENABLE_USER_STATUS"), "enable_admin_export": true,
            "enable_admin_chat_access": .bool(settings[.enableAdminChatAccess]), "enable_admin_workspace_content_access": true,
            "enable_admin_analytics": true, "enable_google_drive_integration": false, "enable_onedrive_integration": false,
            "enable_onedrive_personal": false, "enable_onedrive_business": false, "enable_memories": foreignSwitch("ENABLE_MEMORIES"),
            "enable_memory_system_context": foreignSwitch("ENABLE_MEMORY_SYSTEM_CONTEXT"), "enable_evaluation_arena_models": false,
            "enable_version_update_check": false, "enable_easter_eggs": false, "enable_tool_servers": false, "enable_terminals": false,
            "enable_subagents": false, "enable_skills": true, "enable_title_generation": true, "enable_tags_generation": true,
            "enable_follow_up_generation": true, "enable_retrieval_query_generation": true, "enable_search_query_generation": false,
            "enable_audio_input": false, "enable_audio_output": false, "enable_compression": true,
        ]
    }
}
