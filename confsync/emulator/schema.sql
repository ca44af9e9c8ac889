-- What the emulator remembers: one table per kind, the names of Twilio's own JSON for columns.
-- Lists of plain names are JSON text. Secrets are SHA-256 digests. `id` gives the order of creation.

CREATE TABLE account (
    sid TEXT PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE service (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    sid           TEXT NOT NULL UNIQUE,
    account_sid   TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    friendly_name TEXT NOT NULL,
    date_created  TEXT NOT NULL,
    date_updated  TEXT NOT NULL
);
CREATE INDEX service_by_account ON service (account_sid, id);

CREATE TABLE role (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    sid              TEXT NOT NULL UNIQUE,
    account_sid      TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    chat_service_sid TEXT NOT NULL REFERENCES service (sid) ON DELETE CASCADE,
    friendly_name    TEXT NOT NULL,
    type             TEXT NOT NULL CHECK (type IN ('conversation', 'service')),
    permissions      TEXT NOT NULL CHECK (json_type(permissions) = 'array'),
    date_created     TEXT NOT NULL,
    date_updated     TEXT NOT NULL
);
CREATE INDEX role_by_service ON role (chat_service_sid, id);

CREATE TABLE credential (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    sid                TEXT NOT NULL UNIQUE,
    account_sid        TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    friendly_name      TEXT,
    type               TEXT NOT NULL CHECK (type IN ('apn', 'gcm', 'fcm')),
    sandbox            INTEGER NOT NULL DEFAULT 0 CHECK (sandbox IN (0, 1)),
    certificate_digest TEXT,
    private_key_digest TEXT,
    api_key_digest     TEXT,
    secret_digest      TEXT,
    date_created       TEXT NOT NULL,
    date_updated       TEXT NOT NULL
);
CREATE INDEX credential_by_account ON credential (account_sid, id);

CREATE TABLE account_configuration (
    account_sid                   TEXT PRIMARY KEY REFERENCES account (sid) ON DELETE CASCADE,
    default_chat_service_sid      TEXT REFERENCES service (sid) ON DELETE SET NULL,
    default_messaging_service_sid TEXT,
    default_inactive_timer        TEXT,
    default_closed_timer          TEXT
);
CREATE INDEX account_configuration_by_service ON account_configuration (default_chat_service_sid);

CREATE TABLE account_webhook (
    account_sid      TEXT PRIMARY KEY REFERENCES account (sid) ON DELETE CASCADE,
    target           TEXT NOT NULL DEFAULT 'webhook' CHECK (target IN ('webhook', 'flex')),
    method           TEXT NOT NULL DEFAULT 'POST' CHECK (method IN ('GET', 'POST')),
    filters          TEXT NOT NULL DEFAULT '[]' CHECK (json_type(filters) = 'array'),
    pre_webhook_url  TEXT,
    post_webhook_url TEXT
);

CREATE TABLE service_configuration (
    chat_service_sid                      TEXT PRIMARY KEY REFERENCES service (sid) ON DELETE CASCADE,
    account_sid                           TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    default_conversation_creator_role_sid TEXT REFERENCES role (sid) ON DELETE SET NULL,
    default_conversation_role_sid         TEXT REFERENCES role (sid) ON DELETE SET NULL,
    default_chat_service_role_sid         TEXT REFERENCES role (sid) ON DELETE SET NULL,
    reachability_enabled                  INTEGER NOT NULL DEFAULT 0 CHECK (reachability_enabled IN (0, 1))
);
CREATE INDEX service_configuration_by_creator_role ON service_configuration (default_conversation_creator_role_sid);
CREATE INDEX service_configuration_by_conversation_role ON service_configuration (default_conversation_role_sid);
CREATE INDEX service_configuration_by_service_role ON service_configuration (default_chat_service_role_sid);

CREATE TABLE service_notification (
    chat_service_sid                  TEXT PRIMARY KEY REFERENCES service (sid) ON DELETE CASCADE,
    account_sid                       TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    log_enabled                       INTEGER NOT NULL DEFAULT 0 CHECK (log_enabled IN (0, 1)),
    new_message_enabled               INTEGER NOT NULL DEFAULT 0 CHECK (new_message_enabled IN (0, 1)),
    new_message_template              TEXT,
    new_message_sound                 TEXT,
    new_message_badge_count_enabled   INTEGER CHECK (new_message_badge_count_enabled IN (0, 1)),
    new_message_with_media_enabled    INTEGER CHECK (new_message_with_media_enabled IN (0, 1)),
    new_message_with_media_template   TEXT,
    added_to_conversation_enabled     INTEGER NOT NULL DEFAULT 0 CHECK (added_to_conversation_enabled IN (0, 1)),
    added_to_conversation_template    TEXT,
    added_to_conversation_sound       TEXT,
    removed_from_conversation_enabled INTEGER NOT NULL DEFAULT 0 CHECK (removed_from_conversation_enabled IN (0, 1)),
    removed_from_conversation_template TEXT,
    removed_from_conversation_sound   TEXT
);

CREATE TABLE service_webhook (
    chat_service_sid TEXT PRIMARY KEY REFERENCES service (sid) ON DELETE CASCADE,
    account_sid      TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    pre_webhook_url  TEXT,
    post_webhook_url TEXT,
    filters          TEXT CHECK (json_type(filters) = 'array'),
    method           TEXT CHECK (method IN ('GET', 'POST'))
);
