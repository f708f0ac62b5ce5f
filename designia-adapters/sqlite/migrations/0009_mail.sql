-- What was mailed to whom, and what accounts were told.
--
-- Neither decides anything, and neither refers to accounts or orders by a key that is checked: both outlive what they are
-- about by a while, and are forgotten by their age.

CREATE TABLE mails (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    to_name TEXT NOT NULL,
    to_email TEXT NOT NULL,
    subject TEXT NOT NULL,
    account BLOB CHECK (length(account) = 16),
    order_id BLOB CHECK (length(order_id) = 16),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'refused')),
    attempts INTEGER NOT NULL CHECK (attempts > 0),
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    note TEXT,
    -- NULL where it is not kept what it says: both or none.
    text TEXT,
    html TEXT,
    CHECK ((text IS NULL) = (html IS NULL))
) STRICT;

CREATE INDEX mails_newest ON mails (created_at, id);
CREATE INDEX mails_by_state ON mails (state, created_at, id);
CREATE INDEX mails_by_account ON mails (account, created_at, id) WHERE account IS NOT NULL;
CREATE INDEX mails_by_order ON mails (order_id, created_at, id) WHERE order_id IS NOT NULL;

CREATE TABLE notifications (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account BLOB NOT NULL CHECK (length(account) = 16),
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    -- JSON, as it was given.
    data TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    read_at INTEGER
) STRICT;

CREATE INDEX notifications_newest ON notifications (account, created_at, id);
CREATE INDEX notifications_unread ON notifications (account, created_at, id) WHERE read_at IS NULL;
CREATE INDEX notifications_oldest ON notifications (created_at);

-- Which kinds an account does not want by mail.
CREATE TABLE notification_mutes (
    account BLOB NOT NULL CHECK (length(account) = 16),
    kind TEXT NOT NULL,
    PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 9;
