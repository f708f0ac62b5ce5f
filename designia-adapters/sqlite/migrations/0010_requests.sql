-- What was answered to requests that a client may repeat: kept for a day, and no part of what is copied.

CREATE TABLE repeatable_requests (
    account BLOB NOT NULL CHECK (length(account) = 16),
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    -- Of what the request creates.
    id BLOB NOT NULL CHECK (length(id) = 16),
    begun_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    token INTEGER NOT NULL CHECK (token > 0),
    -- NULL until it was answered: all three or none.
    status INTEGER CHECK (status BETWEEN 100 AND 599),
    headers TEXT,
    body BLOB,
    PRIMARY KEY (account, key),
    CHECK ((status IS NULL) = (headers IS NULL) AND (status IS NULL) = (body IS NULL))
) STRICT;

CREATE INDEX repeatable_requests_oldest ON repeatable_requests (begun_at);

PRAGMA user_version = 10;
