import GRDB

/// Accounts, sessions, API keys, groups and access grants.
enum M010_Accounts {
    static let migration = Migration(name: "010_accounts") { database in
        try database.execute(
            sql: """
                CREATE TABLE user (
                    id TEXT PRIMARY KEY NOT NULL,
                    email TEXT NOT NULL UNIQUE,
                    username TEXT,
                    role TEXT NOT NULL,
                    name TEXT NOT NULL,
                    profile_image_url TEXT NOT NULL,
                    bio TEXT,
                    gender TEXT,
                    date_of_birth TEXT,
                    timezone TEXT,
                    status_emoji TEXT,
                    status_message TEXT,
                    status_expires_at INTEGER,
                    settings TEXT,
                    info TEXT,
                    variables TEXT,
                    oauth TEXT,
                    password_hash TEXT,
                    sessions_revoked_at INTEGER NOT NULL DEFAULT 0,
                    last_active_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX user_created ON user (created_at);

                CREATE TABLE session (
                    id TEXT PRIMARY KEY NOT NULL,
                    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                    created_at INTEGER NOT NULL,
                    last_seen_at INTEGER NOT NULL,
                    expires_at INTEGER,
                    address TEXT NOT NULL,
                    agent TEXT NOT NULL,
                    revoked_at INTEGER
                ) STRICT;
                CREATE INDEX session_user ON session (user_id);
                CREATE INDEX session_expiry ON session (expires_at);

                CREATE TABLE api_key (
                    id TEXT PRIMARY KEY NOT NULL,
                    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                    kind TEXT NOT NULL,
                    name TEXT NOT NULL,
                    hint TEXT NOT NULL,
                    digest TEXT NOT NULL UNIQUE,
                    sealed TEXT,
                    restrictions TEXT NOT NULL,
                    expires_at INTEGER,
                    last_used_at INTEGER,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX api_key_user ON api_key (user_id);
                CREATE UNIQUE INDEX api_key_account ON api_key (user_id) WHERE kind = 'account';

                CREATE TABLE user_group (
                    id TEXT PRIMARY KEY NOT NULL,
                    user_id TEXT NOT NULL,
                    name TEXT NOT NULL,
                    description TEXT NOT NULL,
                    permissions TEXT,
                    data TEXT,
                    meta TEXT,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE TABLE user_group_member (
                    group_id TEXT NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
                    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (group_id, user_id)
                ) STRICT;
                CREATE INDEX user_group_member_user ON user_group_member (user_id);

                CREATE TABLE access_grant (
                    id TEXT PRIMARY KEY NOT NULL,
                    resource_kind TEXT NOT NULL,
                    resource_id TEXT NOT NULL,
                    principal_type TEXT NOT NULL,
                    principal_id TEXT NOT NULL,
                    permission TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    UNIQUE (resource_kind, resource_id, principal_type, principal_id, permission)
                ) STRICT;
                CREATE INDEX access_grant_principal ON access_grant (principal_type, principal_id);
                """)
    }
}
