-- What was answered to requests that a client may repeat: kept for a day, and no part of what is copied.

CREATE TABLE designia.repeatable_requests (
    account uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    -- Of what the request creates.
    id uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    token bigint NOT NULL CHECK (token > 0),
    -- NULL until it was answered: all three or none.
    status integer CHECK (status BETWEEN 100 AND 599),
    headers text,
    body bytea,
    PRIMARY KEY (account, key),
    CHECK ((status IS NULL) = (headers IS NULL) AND (status IS NULL) = (body IS NULL))
);

CREATE INDEX repeatable_requests_oldest ON designia.repeatable_requests (begun_at);
