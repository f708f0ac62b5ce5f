//! Accounts, and what belongs to them.

super::statements! {
    BY_ID = "SELECT state FROM accounts WHERE id = ?1";

    BY_EMAIL = "SELECT state FROM accounts WHERE email = ?1";

    BY_USERNAME = "SELECT state FROM accounts WHERE username = ?1";

    BY_IDENTITY = "
        SELECT state FROM accounts
        WHERE id = (SELECT account FROM account_identities WHERE provider = ?1 AND subject = ?2)";

    BY_IDS = "SELECT state FROM accounts WHERE id IN (SELECT unhex(value) FROM json_each(?1))";

    PAGE = "
        SELECT state FROM accounts WHERE (created_at, id) < (?1, ?2) ORDER BY created_at DESC, id DESC LIMIT ?3";

    PAGE_BY_STANDING = "
        SELECT state FROM accounts WHERE standing = ?4 AND (created_at, id) < (?1, ?2)
        ORDER BY created_at DESC, id DESC LIMIT ?3";

    PAGE_BY_ROLE = "
        SELECT state FROM accounts
        WHERE role = ?4 AND (?5 IS NULL OR standing = ?5) AND (created_at, id) < (?1, ?2)
        ORDER BY created_at DESC, id DESC LIMIT ?3";

    /// Those whose address or public name is in a range of the alphabet.
    PAGE_BY_START = "
        SELECT state FROM accounts
        WHERE id IN (
            SELECT id FROM accounts WHERE email >= ?6 AND email < ?7
            UNION SELECT id FROM accounts WHERE username >= ?6 AND username < ?7
        ) AND (?4 IS NULL OR role = ?4) AND (?5 IS NULL OR standing = ?5) AND (created_at, id) < (?1, ?2)
        ORDER BY created_at DESC, id DESC LIMIT ?3";

    INSERT = "
        INSERT INTO accounts (id, version, email, username, role, standing, created_at, state)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING";

    UPDATE = "
        UPDATE accounts SET version = ?2, email = ?3, username = ?4, role = ?5, standing = ?6, created_at = ?7, state = ?8
        WHERE id = ?1 AND version = ?9";

    DROP_IDENTITIES = "DELETE FROM account_identities WHERE account = ?1";

    ADD_IDENTITY = "INSERT INTO account_identities (provider, subject, account) VALUES (?1, ?2, ?3)";

    SESSION = "
        SELECT id, account, generation, refreshed_at, created_at, expires_at, ended_at, client, from_address
        FROM sessions WHERE id = ?1";

    LIVE_SESSIONS = "
        SELECT id, account, generation, refreshed_at, created_at, expires_at, ended_at, client, from_address
        FROM sessions WHERE account = ?1 AND ended_at IS NULL AND expires_at > ?2
        ORDER BY created_at DESC, id DESC";

    OPEN_SESSION = "
        INSERT INTO sessions (id, account, generation, refreshed_at, created_at, expires_at, ended_at, client, from_address)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    PUT_SESSION = "
        UPDATE sessions SET generation = ?4, refreshed_at = ?5, expires_at = ?6, ended_at = ?7, client = ?8, from_address = ?9
        WHERE id = ?1 AND generation = ?2 AND ended_at IS ?3";

    /// All of an account's but one, or all.
    END_SESSIONS = "UPDATE sessions SET ended_at = ?2 WHERE account = ?1 AND ended_at IS NULL AND id IS NOT ?3";

    CHALLENGE = "
        SELECT id, account, purpose, created_at, expires_at, attempts, closed_at FROM challenges WHERE id = ?1";

    LATEST_CHALLENGE = "
        SELECT id, account, purpose, created_at, expires_at, attempts, closed_at
        FROM challenges WHERE account = ?1 AND purpose = ?2 ORDER BY created_at DESC, id DESC LIMIT 1";

    CLOSE_CHALLENGES = "
        UPDATE challenges SET closed_at = ?3 WHERE account = ?1 AND purpose = ?2 AND closed_at IS NULL";

    OPEN_CHALLENGE = "
        INSERT INTO challenges (id, account, purpose, created_at, expires_at, attempts, closed_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

    MEET_CHALLENGE = "
        UPDATE challenges SET closed_at = ?3
        WHERE id = ?1 AND account = ?2 AND closed_at IS NULL AND expires_at > ?3";

    ATTEMPT = "
        UPDATE challenges SET attempts = attempts + 1
        WHERE id = ?1 AND closed_at IS NULL AND expires_at > ?2 AND attempts < ?3
        RETURNING id, account, purpose, created_at, expires_at, attempts, closed_at";

    APPLICATION = "SELECT body FROM seller_applications WHERE id = ?1";

    APPLICATION_OF = "SELECT body FROM seller_applications WHERE account = ?1";

    APPLICATIONS = "
        SELECT body FROM seller_applications WHERE (submitted_at, id) > (?1, ?2) ORDER BY submitted_at, id LIMIT ?3";

    APPLICATIONS_BY_STATE = "
        SELECT body FROM seller_applications WHERE state = ?4 AND (submitted_at, id) > (?1, ?2)
        ORDER BY submitted_at, id LIMIT ?3";

    INSERT_APPLICATION = "
        INSERT INTO seller_applications (id, account, version, state, submitted_at, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";

    UPDATE_APPLICATION = "
        UPDATE seller_applications SET version = ?3, state = ?4, submitted_at = ?5, body = ?6
        WHERE id = ?1 AND account = ?2 AND version = ?3 - 1";

    /// By rising id, for whoever moves house.
    EXPORT = "SELECT state FROM accounts WHERE id > ?1 ORDER BY id LIMIT ?2";

    APPLICATIONS_OF = "
        SELECT body FROM seller_applications WHERE account IN (SELECT unhex(value) FROM json_each(?1))";

    EVENTS_OF = "
        SELECT account, no, at, kind, by_account, from_address, note FROM account_events
        WHERE account IN (SELECT unhex(value) FROM json_each(?1)) ORDER BY no";

    ADD_EVENT = "
        INSERT INTO account_events (account, at, kind, by_account, from_address, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    EVENTS = "
        SELECT no, at, kind, by_account, from_address, note FROM account_events
        WHERE account = ?1 AND no < ?2 ORDER BY no DESC LIMIT ?3";

    FORGET_SESSIONS = "
        DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE over_at < ?1 ORDER BY over_at LIMIT ?2)";

    FORGET_CHALLENGES = "
        DELETE FROM challenges WHERE id IN (SELECT id FROM challenges WHERE over_at < ?1 ORDER BY over_at LIMIT ?2)";

    UNVERIFIED = "
        SELECT a.id FROM accounts AS a
        WHERE a.standing = 'unverified' AND a.created_at < ?1 AND a.role = 'customer' AND a.state ->> 'last_login' IS NULL
            AND NOT EXISTS (SELECT 1 FROM sessions WHERE account = a.id)
            AND NOT EXISTS (SELECT 1 FROM orders WHERE buyer = a.id)
        ORDER BY a.created_at, a.id LIMIT ?2";

    IS_UNVERIFIED = "
        SELECT 1 FROM accounts AS a
        WHERE a.id = ?1 AND a.standing = 'unverified' AND a.created_at < ?2 AND a.role = 'customer'
            AND a.state ->> 'last_login' IS NULL AND NOT EXISTS (SELECT 1 FROM sessions WHERE account = a.id)
            AND NOT EXISTS (SELECT 1 FROM orders WHERE buyer = a.id)";

    DROP_CHALLENGES = "DELETE FROM challenges WHERE account = ?1";

    DROP_APPLICATIONS = "DELETE FROM seller_applications WHERE account = ?1";

    DROP_EVENTS = "DELETE FROM account_events WHERE account = ?1";

    DROP = "DELETE FROM accounts WHERE id = ?1";
}
