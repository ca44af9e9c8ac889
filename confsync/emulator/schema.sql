-- The emulator's state: one table per resource, with the property names of Twilio's JSON as columns.
-- Lists of plain names are JSON text. Secrets are SHA-256 digests. `id` is the order of creation.

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

-- Twilio keeps the SID of a service that was deleted.
CREATE TABLE phone_address (
    id                                     INTEGER PRIMARY KEY AUTOINCREMENT,
    sid                                    TEXT NOT NULL UNIQUE,
    account_sid                            TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    type                                   TEXT NOT NULL COLLATE NOCASE,
    address                                TEXT NOT NULL COLLATE NOCASE,
    friendly_name                          TEXT,
    address_country                        TEXT,
    auto_creation_enabled                  INTEGER NOT NULL DEFAULT 0 CHECK (auto_creation_enabled IN (0, 1)),
    auto_creation_type                     TEXT NOT NULL DEFAULT 'default',
    auto_creation_conversation_service_sid TEXT,
    auto_creation_webhook_url              TEXT,
    auto_creation_webhook_method           TEXT,
    auto_creation_webhook_filters          TEXT CHECK (json_type(auto_creation_webhook_filters) = 'array'),
    auto_creation_studio_flow_sid          TEXT,
    auto_creation_studio_retry_count       INTEGER,
    date_created                           TEXT NOT NULL,
    date_updated                           TEXT NOT NULL
);
CREATE INDEX phone_address_by_account ON phone_address (account_sid, id);
CREATE UNIQUE INDEX phone_address_by_address ON phone_address (account_sid, address);

CREATE TABLE user (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    sid              TEXT NOT NULL UNIQUE,
    account_sid      TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    chat_service_sid TEXT NOT NULL REFERENCES service (sid) ON DELETE CASCADE,
    role_sid         TEXT REFERENCES role (sid) ON DELETE SET NULL,
    identity         TEXT NOT NULL,
    friendly_name    TEXT,
    attributes       TEXT NOT NULL DEFAULT '{}',
    date_created     TEXT NOT NULL,
    date_updated     TEXT NOT NULL
);
CREATE INDEX user_by_service ON user (chat_service_sid, id);
CREATE UNIQUE INDEX user_by_identity ON user (chat_service_sid, identity);
CREATE INDEX user_by_role ON user (role_sid);

-- Timers are stored twice: their duration in seconds, and when they expire.
CREATE TABLE conversation (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT,
    sid                    TEXT NOT NULL UNIQUE,
    account_sid            TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    chat_service_sid       TEXT NOT NULL REFERENCES service (sid) ON DELETE CASCADE,
    messaging_service_sid  TEXT,
    friendly_name          TEXT,
    unique_name            TEXT,
    attributes             TEXT NOT NULL DEFAULT '{}',
    state                  TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'inactive', 'closed')),
    timers_inactive        INTEGER,
    timers_closed          INTEGER,
    date_inactive          TEXT,
    date_closed            TEXT,
    bindings_email_address TEXT,
    bindings_email_name    TEXT,
    created_by             TEXT NOT NULL DEFAULT 'system',
    next_number            INTEGER NOT NULL DEFAULT 0,
    date_created           TEXT NOT NULL,
    date_updated           TEXT NOT NULL
);
CREATE INDEX conversation_by_service ON conversation (chat_service_sid, id);
CREATE UNIQUE INDEX conversation_by_unique_name ON conversation (chat_service_sid, unique_name);
CREATE INDEX conversation_to_inactivate ON conversation (date_inactive)
    WHERE state = 'active' AND date_inactive IS NOT NULL;
CREATE INDEX conversation_to_close ON conversation (date_closed)
    WHERE state <> 'closed' AND date_closed IS NOT NULL;

CREATE TABLE participant (
    id                                  INTEGER PRIMARY KEY AUTOINCREMENT,
    sid                                 TEXT NOT NULL UNIQUE,
    account_sid                         TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    chat_service_sid                    TEXT NOT NULL,
    conversation_sid                    TEXT NOT NULL REFERENCES conversation (sid) ON DELETE CASCADE,
    user_sid                            TEXT REFERENCES user (sid) ON DELETE CASCADE,
    role_sid                            TEXT REFERENCES role (sid) ON DELETE SET NULL,
    identity                            TEXT,
    messaging_binding_address           TEXT COLLATE NOCASE,
    messaging_binding_proxy_address     TEXT COLLATE NOCASE,
    messaging_binding_projected_address TEXT,
    attributes                          TEXT NOT NULL DEFAULT '{}',
    last_read_message_index             INTEGER,
    last_read_timestamp                 TEXT,
    notification_level                  TEXT NOT NULL DEFAULT 'default',
    date_created                        TEXT NOT NULL,
    date_updated                        TEXT NOT NULL
);
CREATE INDEX participant_by_conversation ON participant (conversation_sid, id);
CREATE UNIQUE INDEX participant_by_identity ON participant (conversation_sid, identity);
CREATE INDEX participant_by_service ON participant (chat_service_sid, identity, id);
CREATE INDEX participant_by_user ON participant (user_sid, id);
CREATE INDEX participant_by_address ON participant (messaging_binding_address, id)
    WHERE messaging_binding_address IS NOT NULL;
CREATE INDEX participant_by_role ON participant (role_sid);

CREATE TABLE scoped_webhook (
    id                         INTEGER PRIMARY KEY AUTOINCREMENT,
    sid                        TEXT NOT NULL UNIQUE,
    account_sid                TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    chat_service_sid           TEXT NOT NULL,
    conversation_sid           TEXT NOT NULL REFERENCES conversation (sid) ON DELETE CASCADE,
    target                     TEXT NOT NULL CHECK (target IN ('webhook', 'trigger', 'studio')),
    configuration_url          TEXT,
    configuration_method       TEXT,
    configuration_filters      TEXT CHECK (json_type(configuration_filters) = 'array'),
    configuration_triggers     TEXT CHECK (json_type(configuration_triggers) = 'array'),
    configuration_flow_sid     TEXT,
    configuration_replay_after INTEGER,
    date_created               TEXT NOT NULL,
    date_updated               TEXT NOT NULL
);
CREATE INDEX scoped_webhook_by_conversation ON scoped_webhook (conversation_sid, id);

-- `number` is Twilio's `index`, which is an SQL keyword. The author's participant may have left the conversation.
CREATE TABLE message (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    sid               TEXT NOT NULL UNIQUE,
    account_sid       TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    chat_service_sid  TEXT NOT NULL,
    conversation_sid  TEXT NOT NULL REFERENCES conversation (sid) ON DELETE CASCADE,
    number            INTEGER NOT NULL,
    author            TEXT NOT NULL,
    participant_sid   TEXT,
    body              TEXT,
    subject           TEXT,
    attributes        TEXT NOT NULL DEFAULT '{}',
    media_sid         TEXT,
    content_sid       TEXT,
    content_variables TEXT,
    date_created      TEXT NOT NULL,
    date_updated      TEXT NOT NULL
);
CREATE INDEX message_by_conversation ON message (conversation_sid, id);
CREATE UNIQUE INDEX message_by_number ON message (conversation_sid, number);

CREATE TABLE receipt (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    sid                 TEXT NOT NULL UNIQUE,
    account_sid         TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    chat_service_sid    TEXT NOT NULL,
    conversation_sid    TEXT NOT NULL,
    message_sid         TEXT NOT NULL REFERENCES message (sid) ON DELETE CASCADE,
    channel_message_sid TEXT,
    participant_sid     TEXT,
    status              TEXT NOT NULL CHECK (status IN ('read', 'failed', 'delivered', 'undelivered', 'sent')),
    error_code          INTEGER NOT NULL DEFAULT 0,
    date_created        TEXT NOT NULL,
    date_updated        TEXT NOT NULL
);
CREATE INDEX receipt_by_message ON receipt (message_sid, id);

CREATE TABLE binding (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    sid              TEXT NOT NULL UNIQUE,
    account_sid      TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    chat_service_sid TEXT NOT NULL REFERENCES service (sid) ON DELETE CASCADE,
    user_sid         TEXT NOT NULL REFERENCES user (sid) ON DELETE CASCADE,
    credential_sid   TEXT REFERENCES credential (sid) ON DELETE SET NULL,
    identity         TEXT NOT NULL,
    binding_type     TEXT NOT NULL CHECK (binding_type IN ('apn', 'gcm', 'fcm', 'twilsock')),
    endpoint         TEXT NOT NULL,
    message_types    TEXT NOT NULL CHECK (json_type(message_types) = 'array'),
    date_created     TEXT NOT NULL,
    date_updated     TEXT NOT NULL
);
CREATE INDEX binding_by_service ON binding (chat_service_sid, id);
CREATE INDEX binding_by_user ON binding (user_sid);
CREATE INDEX binding_by_credential ON binding (credential_sid);

-- A user, and whether push notifications can reach the user.
CREATE VIEW user_with_devices AS
SELECT user.*,
       (SELECT reachability_enabled FROM service_configuration WHERE chat_service_sid = user.chat_service_sid)
           AND EXISTS (SELECT 1 FROM binding WHERE user_sid = user.sid) AS is_notifiable
FROM user;

-- A message, and the status of each receipt.
CREATE VIEW message_with_receipts AS
SELECT message.*,
       (SELECT json_group_array(status) FROM receipt WHERE message_sid = message.sid) AS statuses
FROM message;

-- A conversation as one of its users sees it. Its id and its writable columns are those of the participant.
CREATE VIEW user_conversation AS
SELECT participant.id,
       participant.account_sid,
       participant.chat_service_sid,
       participant.conversation_sid,
       participant.user_sid,
       participant.sid AS participant_sid,
       participant.last_read_message_index,
       participant.notification_level,
       conversation.friendly_name,
       conversation.unique_name,
       conversation.attributes,
       conversation.state,
       conversation.date_inactive,
       conversation.date_closed,
       conversation.created_by,
       conversation.date_created,
       conversation.date_updated,
       (SELECT count(*) FROM message
        WHERE message.conversation_sid = participant.conversation_sid
          AND message.number > coalesce(participant.last_read_message_index, -1)) AS unread_messages_count
FROM participant JOIN conversation ON conversation.sid = participant.conversation_sid;

-- A conversation with one of its participants, for lookups by identity or address.
CREATE VIEW participant_conversation AS
SELECT participant.id,
       participant.account_sid,
       participant.chat_service_sid,
       participant.conversation_sid,
       participant.sid AS participant_sid,
       participant.user_sid AS participant_user_sid,
       participant.identity AS participant_identity,
       participant.messaging_binding_address,
       participant.messaging_binding_proxy_address,
       participant.messaging_binding_projected_address,
       conversation.friendly_name AS conversation_friendly_name,
       conversation.unique_name AS conversation_unique_name,
       conversation.attributes AS conversation_attributes,
       conversation.state AS conversation_state,
       conversation.date_inactive,
       conversation.date_closed,
       conversation.created_by AS conversation_created_by,
       conversation.date_created AS conversation_date_created,
       conversation.date_updated AS conversation_date_updated
FROM participant JOIN conversation ON conversation.sid = participant.conversation_sid;
