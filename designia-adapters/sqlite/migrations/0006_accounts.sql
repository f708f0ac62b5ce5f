-- Accounts, and what belongs to them.
--
-- `accounts.state` is the whole aggregate as JSON and is what is loaded; the other columns restate it for indexes and
-- constraints. Passwords are in there as hashes, seeds sealed; codes are nowhere.

CREATE TABLE accounts (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    -- In lower case, as is the public name: what they are looked up by.
    email TEXT NOT NULL UNIQUE,
    username TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('customer', 'seller', 'admin')),
    standing TEXT NOT NULL CHECK (standing IN ('unverified', 'active', 'disabled', 'deleted')),
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;

CREATE INDEX accounts_newest ON accounts (created_at, id);
CREATE INDEX accounts_by_role ON accounts (role, created_at, id);
CREATE INDEX accounts_by_standing ON accounts (standing, created_at, id);

CREATE TABLE account_identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    account BLOB NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT,
    PRIMARY KEY (provider, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_identities_of_account ON account_identities (account);

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account BLOB NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT,
    generation INTEGER NOT NULL CHECK (generation > 0),
    created_at INTEGER NOT NULL,
    refreshed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- When it is over, one way or the other.
    over_at INTEGER NOT NULL GENERATED ALWAYS AS (min(coalesce(ended_at, expires_at), expires_at)) STORED,
    client TEXT NOT NULL,
    from_address TEXT
) STRICT;

CREATE INDEX sessions_of_account ON sessions (account, created_at, id);
CREATE INDEX sessions_over ON sessions (over_at);

CREATE TABLE challenges (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account BLOB NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT,
    purpose TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    closed_at INTEGER,
    over_at INTEGER NOT NULL GENERATED ALWAYS AS (min(coalesce(closed_at, expires_at), expires_at)) STORED
) STRICT;

CREATE INDEX challenges_of_account ON challenges (account, purpose, created_at, id);
CREATE INDEX challenges_over ON challenges (over_at);

CREATE TABLE seller_applications (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account BLOB NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE RESTRICT,
    version INTEGER NOT NULL CHECK (version > 0),
    state TEXT NOT NULL,
    submitted_at INTEGER NOT NULL,
    -- The whole of it, as JSON.
    body TEXT NOT NULL
) STRICT;

CREATE INDEX seller_applications_oldest ON seller_applications (submitted_at, id);
CREATE INDEX seller_applications_by_state ON seller_applications (state, submitted_at, id);

CREATE TABLE account_events (
    no INTEGER NOT NULL PRIMARY KEY,
    account BLOB NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    by_account BLOB,
    from_address TEXT,
    note TEXT
) STRICT;

CREATE INDEX account_events_of_account ON account_events (account, no);

PRAGMA user_version = 6;
