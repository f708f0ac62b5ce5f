//! Accounts, and what belongs to them: see `0008_accounts.sql` for what the commit does.

super::statements! {
    BY_ID = "SELECT state FROM designia.accounts WHERE id = $1";

    BY_EMAIL = "SELECT state FROM designia.accounts WHERE email = $1";

    BY_USERNAME = "SELECT state FROM designia.accounts WHERE username = $1";

    BY_IDENTITY = "
        SELECT state FROM designia.accounts
        WHERE id = (SELECT account FROM designia.account_identities WHERE provider = $1 AND subject = $2)";

    BY_IDS = "SELECT state FROM designia.accounts WHERE id = ANY ($1)";

    PAGE = "
        SELECT state FROM designia.accounts WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3";

    PAGE_BY_STANDING = "
        SELECT state FROM designia.accounts WHERE standing = $4 AND (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";

    PAGE_BY_ROLE = "
        SELECT state FROM designia.accounts
        WHERE role = $4 AND ($5::text IS NULL OR standing = $5) AND (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";

    /// Those whose address or public name is in a range of the alphabet.
    PAGE_BY_START = "
        SELECT state FROM designia.accounts
        WHERE id IN (
            SELECT id FROM designia.accounts WHERE email >= $6 AND email < $7
            UNION SELECT id FROM designia.accounts WHERE username >= $6 AND username < $7
        ) AND ($4::text IS NULL OR role = $4) AND ($5::text IS NULL OR standing = $5) AND (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";

    COMMIT = "
        SELECT designia.commit_account_1(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20
        )";

    SESSION = "
        SELECT id, account, generation, refreshed_at, created_at, expires_at, ended_at, client, from_address
        FROM designia.sessions WHERE id = $1";

    LIVE_SESSIONS = "
        SELECT id, account, generation, refreshed_at, created_at, expires_at, ended_at, client, from_address
        FROM designia.sessions WHERE account = $1 AND ended_at IS NULL AND expires_at > $2
        ORDER BY created_at DESC, id DESC";

    PUT_SESSION = "
        UPDATE designia.sessions
        SET generation = $4, refreshed_at = $5, expires_at = $6, ended_at = $7, client = $8, from_address = $9
        WHERE id = $1 AND generation = $2 AND ended_at IS NOT DISTINCT FROM $3 RETURNING 1";

    CHALLENGE = "
        SELECT id, account, purpose, created_at, expires_at, attempts, closed_at
        FROM designia.challenges WHERE id = $1";

    LATEST_CHALLENGE = "
        SELECT id, account, purpose, created_at, expires_at, attempts, closed_at
        FROM designia.challenges WHERE account = $1 AND purpose = $2 ORDER BY created_at DESC, id DESC LIMIT 1";

    ATTEMPT = "
        UPDATE designia.challenges SET attempts = attempts + 1
        WHERE id = $1 AND closed_at IS NULL AND expires_at > $2 AND attempts < $3
        RETURNING id, account, purpose, created_at, expires_at, attempts, closed_at";

    APPLICATION = "SELECT body FROM designia.seller_applications WHERE id = $1";

    APPLICATION_OF = "SELECT body FROM designia.seller_applications WHERE account = $1";

    APPLICATIONS = "
        SELECT body FROM designia.seller_applications WHERE (submitted_at, id) > ($1, $2)
        ORDER BY submitted_at, id LIMIT $3";

    APPLICATIONS_BY_STATE = "
        SELECT body FROM designia.seller_applications WHERE state = $4 AND (submitted_at, id) > ($1, $2)
        ORDER BY submitted_at, id LIMIT $3";

    /// By rising id, for whoever moves house.
    FIRST_EXPORTED = "SELECT state FROM designia.accounts ORDER BY id LIMIT $1";

    NEXT_EXPORTED = "SELECT state FROM designia.accounts WHERE id > $2 ORDER BY id LIMIT $1";

    APPLICATIONS_OF = "SELECT body FROM designia.seller_applications WHERE account = ANY ($1)";

    EVENTS_OF = "
        SELECT account, no, at, kind, by_account, from_address, note FROM designia.account_events
        WHERE account = ANY ($1) ORDER BY no";

    INSERT_APPLICATION = "
        INSERT INTO designia.seller_applications (id, account, version, state, submitted_at, body)
        VALUES ($1, $2, $3, $4, $5, $6)";

    EVENTS = "
        SELECT no, at, kind, by_account, from_address, note FROM designia.account_events
        WHERE account = $1 AND no < $2 ORDER BY no DESC LIMIT $3";

    /// Rows that somebody is using are left for the next time.
    FORGET_SESSIONS = "
        DELETE FROM designia.sessions WHERE id = ANY (ARRAY(
            SELECT id FROM designia.sessions WHERE over_at < $1 ORDER BY over_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )) RETURNING 1";

    FORGET_CHALLENGES = "
        DELETE FROM designia.challenges WHERE id = ANY (ARRAY(
            SELECT id FROM designia.challenges WHERE over_at < $1 ORDER BY over_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )) RETURNING 1";

    /// `OFFSET 0` has each account looked up in the indexes, however few there are.
    UNVERIFIED = "
        SELECT a.id FROM designia.accounts AS a
        WHERE a.standing = 'unverified' AND a.created_at < $1 AND a.role = 'customer'
            AND a.state::json ->> 'last_login' IS NULL
            AND NOT EXISTS (SELECT FROM designia.sessions WHERE account = a.id OFFSET 0)
            AND NOT EXISTS (SELECT FROM designia.orders WHERE buyer = a.id OFFSET 0)
        ORDER BY a.created_at, a.id LIMIT $2";

    /// Locked, so that nobody verifies them meanwhile; who does so just now keeps theirs.
    STILL_UNVERIFIED = "
        SELECT a.id FROM designia.accounts AS a
        WHERE a.id = ANY ($1) AND a.standing = 'unverified' AND a.created_at < $2 AND a.role = 'customer'
            AND a.state::json ->> 'last_login' IS NULL
            AND NOT EXISTS (SELECT FROM designia.sessions WHERE account = a.id OFFSET 0)
            AND NOT EXISTS (SELECT FROM designia.orders WHERE buyer = a.id OFFSET 0)
        ORDER BY a.id FOR UPDATE OF a SKIP LOCKED";

    DROP_IDENTITIES = "DELETE FROM designia.account_identities WHERE account = ANY ($1)";

    DROP_CHALLENGES = "DELETE FROM designia.challenges WHERE account = ANY ($1)";

    DROP_APPLICATIONS = "DELETE FROM designia.seller_applications WHERE account = ANY ($1)";

    DROP_EVENTS = "DELETE FROM designia.account_events WHERE account = ANY ($1)";

    DROP = "DELETE FROM designia.accounts WHERE id = ANY ($1)";
}
