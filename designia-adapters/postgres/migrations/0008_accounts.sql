-- Accounts, and what belongs to them.
--
-- `accounts.state` is the whole aggregate as JSON and is what is loaded; the other columns restate it for indexes and
-- constraints. Passwords are in there as hashes, seeds sealed; codes are nowhere.

CREATE TABLE designia.accounts (
    id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    -- In lower case, as is the public name: what they are looked up by.
    email text COLLATE "C" NOT NULL CONSTRAINT accounts_email_key UNIQUE,
    username text COLLATE "C" NOT NULL CONSTRAINT accounts_username_key UNIQUE,
    role text COLLATE "C" NOT NULL CHECK (role IN ('customer', 'seller', 'admin')),
    standing text COLLATE "C" NOT NULL CHECK (standing IN ('unverified', 'active', 'disabled', 'deleted')),
    created_at timestamptz NOT NULL,
    state text NOT NULL
);

CREATE INDEX accounts_newest ON designia.accounts (created_at, id);
CREATE INDEX accounts_by_role ON designia.accounts (role, created_at, id);
CREATE INDEX accounts_by_standing ON designia.accounts (standing, created_at, id);

CREATE TABLE designia.account_identities (
    provider text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    account uuid NOT NULL REFERENCES designia.accounts (id) ON DELETE RESTRICT,
    CONSTRAINT account_identities_key PRIMARY KEY (provider, subject)
);

CREATE INDEX account_identities_of_account ON designia.account_identities (account);

CREATE TABLE designia.sessions (
    id uuid PRIMARY KEY,
    account uuid NOT NULL REFERENCES designia.accounts (id) ON DELETE RESTRICT,
    generation bigint NOT NULL CHECK (generation > 0),
    created_at timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    -- When it is over, one way or the other.
    over_at timestamptz NOT NULL GENERATED ALWAYS AS (least(coalesce(ended_at, expires_at), expires_at)) STORED,
    client text NOT NULL,
    from_address text
);

CREATE INDEX sessions_of_account ON designia.sessions (account, created_at, id);
CREATE INDEX sessions_over ON designia.sessions (over_at);

CREATE TABLE designia.challenges (
    id uuid PRIMARY KEY,
    account uuid NOT NULL REFERENCES designia.accounts (id) ON DELETE RESTRICT,
    purpose text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    attempts bigint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    closed_at timestamptz,
    over_at timestamptz NOT NULL GENERATED ALWAYS AS (least(coalesce(closed_at, expires_at), expires_at)) STORED
);

CREATE INDEX challenges_of_account ON designia.challenges (account, purpose, created_at, id);
CREATE INDEX challenges_over ON designia.challenges (over_at);

CREATE TABLE designia.seller_applications (
    id uuid PRIMARY KEY,
    account uuid NOT NULL UNIQUE REFERENCES designia.accounts (id) ON DELETE RESTRICT,
    version bigint NOT NULL CHECK (version > 0),
    state text COLLATE "C" NOT NULL,
    submitted_at timestamptz NOT NULL,
    -- The whole of it, as JSON.
    body text NOT NULL
);

CREATE INDEX seller_applications_oldest ON designia.seller_applications (submitted_at, id);
CREATE INDEX seller_applications_by_state ON designia.seller_applications (state, submitted_at, id);

CREATE TABLE designia.account_events (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account uuid NOT NULL REFERENCES designia.accounts (id) ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    kind text COLLATE "C" NOT NULL,
    by_account uuid,
    from_address text,
    note text
);

CREATE INDEX account_events_of_account ON designia.account_events (account, no);

-- The commit of one account, as one call. What belongs to it comes as JSON, one object for each row.
CREATE FUNCTION designia.commit_account_1(
    committed uuid,
    new_version bigint,
    decided_against bigint,
    new_email text,
    new_username text,
    new_role text,
    new_standing text,
    made_at timestamptz,
    new_state text,
    providers text[],
    subjects text[],
    at_time timestamptz,
    met uuid,
    ends_sessions boolean,
    spared uuid,
    session text,
    challenge text,
    application text,
    application_body text,
    happened text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    opened designia.sessions := jsonb_populate_record(NULL::designia.sessions, session::jsonb);
    asked designia.challenges := jsonb_populate_record(NULL::designia.challenges, challenge::jsonb);
    applied designia.seller_applications := jsonb_populate_record(NULL::designia.seller_applications, application::jsonb);
BEGIN
    IF decided_against = 0 THEN
        INSERT INTO designia.accounts (id, version, email, username, role, standing, created_at, state)
        VALUES (committed, new_version, new_email, new_username, new_role, new_standing, made_at, new_state)
        ON CONFLICT (id) DO NOTHING;
    ELSE
        UPDATE designia.accounts
        SET version = new_version, email = new_email, username = new_username, role = new_role,
            standing = new_standing, created_at = made_at, state = new_state
        WHERE id = committed AND version = decided_against;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the account has changed meanwhile' USING ERRCODE = 'DS002';
    END IF;
    DELETE FROM designia.account_identities
    WHERE account = committed AND (provider, subject) NOT IN (SELECT * FROM unnest(providers, subjects));
    INSERT INTO designia.account_identities (provider, subject, account)
    SELECT named.provider, named.subject, committed
    FROM unnest(providers, subjects) AS named (provider, subject)
    WHERE NOT EXISTS (
        SELECT FROM designia.account_identities AS known
        WHERE known.provider = named.provider AND known.subject = named.subject AND known.account = committed
    );

    IF met IS NOT NULL THEN
        UPDATE designia.challenges SET closed_at = at_time
        WHERE id = met AND account = committed AND closed_at IS NULL AND expires_at > at_time;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the challenge is not open any more' USING ERRCODE = 'DS006';
        END IF;
    END IF;
    IF ends_sessions THEN
        UPDATE designia.sessions SET ended_at = at_time
        WHERE account = committed AND ended_at IS NULL AND id IS DISTINCT FROM spared;
    END IF;
    IF opened.id IS NOT NULL THEN
        INSERT INTO designia.sessions
            (id, account, generation, refreshed_at, created_at, expires_at, ended_at, client, from_address)
        VALUES (
            opened.id, opened.account, opened.generation, opened.refreshed_at, opened.created_at, opened.expires_at,
            opened.ended_at, opened.client, opened.from_address
        );
    END IF;
    IF asked.id IS NOT NULL THEN
        UPDATE designia.challenges SET closed_at = at_time
        WHERE account = committed AND purpose = asked.purpose AND closed_at IS NULL;
        INSERT INTO designia.challenges (id, account, purpose, created_at, expires_at, attempts, closed_at)
        VALUES (
            asked.id, asked.account, asked.purpose, asked.created_at, asked.expires_at, asked.attempts, asked.closed_at
        );
    END IF;
    IF applied.id IS NOT NULL THEN
        IF applied.version = 1 THEN
            INSERT INTO designia.seller_applications (id, account, version, state, submitted_at, body)
            VALUES (applied.id, applied.account, 1, applied.state, applied.submitted_at, application_body)
            ON CONFLICT DO NOTHING;
        ELSE
            UPDATE designia.seller_applications
            SET version = applied.version, state = applied.state, submitted_at = applied.submitted_at,
                body = application_body
            WHERE id = applied.id AND account = applied.account AND version = applied.version - 1;
        END IF;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the application has changed meanwhile' USING ERRCODE = 'DS002';
        END IF;
    END IF;
    INSERT INTO designia.account_events (account, at, kind, by_account, from_address, note)
    SELECT account, at, kind, by_account, from_address, note
    FROM jsonb_to_recordset(happened::jsonb)
        AS event (account uuid, at timestamptz, kind text, by_account uuid, from_address text, note text);
END $$;
