-- Conversations of two people, their messages, and complaints about messages.

CREATE TABLE chat_conversations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    lower BLOB NOT NULL CHECK (length(lower) = 16),
    higher BLOB NOT NULL CHECK (length(higher) = 16),
    -- 'general', 'product:' or 'order:' and an id.
    subject TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    active_at INTEGER NOT NULL,
    -- The number of the last message, and how many of all are the lower one's.
    last_seq INTEGER NOT NULL DEFAULT 0,
    lower_sent INTEGER NOT NULL DEFAULT 0 CHECK (lower_sent BETWEEN 0 AND last_seq),
    -- Up to which message each has read, how many of those the other one sent, and since when.
    lower_read INTEGER NOT NULL DEFAULT 0 CHECK (lower_read BETWEEN 0 AND last_seq),
    lower_seen INTEGER NOT NULL DEFAULT 0 CHECK (lower_seen BETWEEN 0 AND last_seq - lower_sent),
    lower_read_at INTEGER,
    higher_read INTEGER NOT NULL DEFAULT 0 CHECK (higher_read BETWEEN 0 AND last_seq),
    higher_seen INTEGER NOT NULL DEFAULT 0 CHECK (higher_seen BETWEEN 0 AND lower_sent),
    higher_read_at INTEGER,
    CHECK (lower < higher),
    UNIQUE (lower, higher, subject)
) STRICT;

CREATE TRIGGER chat_conversations_advance BEFORE UPDATE OF last_seq ON chat_conversations
    WHEN NEW.last_seq NOT IN (OLD.last_seq, OLD.last_seq + 1) BEGIN
    SELECT RAISE(ABORT, 'messages are numbered without gaps');
END;

-- A row for each of the two: what lists and badges are read from.
CREATE TABLE chat_inbox (
    account BLOB NOT NULL,
    conversation BLOB NOT NULL REFERENCES chat_conversations (id) ON DELETE CASCADE,
    active_at INTEGER NOT NULL,
    unread INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0),
    PRIMARY KEY (account, conversation)
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_inbox_latest ON chat_inbox (account, active_at, conversation);
CREATE INDEX chat_inbox_unread ON chat_inbox (account, unread) WHERE unread > 0;
CREATE INDEX chat_inbox_of_conversation ON chat_inbox (conversation);

CREATE TABLE chat_messages (
    conversation BLOB NOT NULL REFERENCES chat_conversations (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL CHECK (seq > 0),
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    sender BLOB NOT NULL,
    client_id TEXT,
    text TEXT NOT NULL CHECK (length(text) <= 4000),
    image TEXT,
    created_at INTEGER NOT NULL,
    hidden_at INTEGER,
    -- How many messages up to this one are the lower one's: what is unread follows by arithmetic.
    lower_sent INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq),
    CHECK (text <> '' OR image IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX chat_messages_by_client ON chat_messages (conversation, sender, client_id)
    WHERE client_id IS NOT NULL;

-- What is said stays as it was, or is erased.
CREATE TRIGGER chat_messages_frozen BEFORE UPDATE OF
    conversation, seq, id, sender, client_id, text, image, created_at, lower_sent ON chat_messages
    WHEN (NEW.conversation, NEW.seq, NEW.id, NEW.sender, NEW.created_at, NEW.lower_sent)
        <> (OLD.conversation, OLD.seq, OLD.id, OLD.sender, OLD.created_at, OLD.lower_sent)
        OR NEW.text <> '[erased]' OR NEW.client_id IS NOT NULL OR NEW.image IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'what was said is frozen');
END;

CREATE TABLE chat_reports (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    message BLOB NOT NULL REFERENCES chat_messages (id) ON DELETE CASCADE,
    conversation BLOB NOT NULL,
    reporter BLOB NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('spam', 'harassment', 'inappropriate', 'scam', 'other')),
    description TEXT NOT NULL CHECK (length(description) <= 2000),
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
    resolver BLOB,
    note TEXT,
    resolved_at INTEGER,
    UNIQUE (message, reporter),
    CHECK ((state = 'open') = (resolver IS NULL)),
    CHECK ((resolver IS NULL) = (note IS NULL) AND (resolver IS NULL) = (resolved_at IS NULL))
) STRICT;

CREATE INDEX chat_reports_newest ON chat_reports (created_at, id);
CREATE INDEX chat_reports_by_state ON chat_reports (state, created_at, id);

CREATE TRIGGER chat_reports_rest BEFORE UPDATE OF state ON chat_reports WHEN OLD.state <> 'open' BEGIN
    SELECT RAISE(ABORT, 'a report is resolved once');
END;

PRAGMA user_version = 8;
