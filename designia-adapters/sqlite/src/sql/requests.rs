//! Requests that clients may repeat.

super::statements! {
    /// Only the first under a key, and whoever takes it up when nobody is at work on it.
    BEGIN = "
        INSERT INTO repeatable_requests (account, key, fingerprint, id, begun_at, until, token)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)
        ON CONFLICT (account, key) DO UPDATE SET until = excluded.until, token = token + 1
        WHERE status IS NULL AND until <= excluded.begun_at AND fingerprint = excluded.fingerprint
        RETURNING id, token";

    KNOWN = "
        SELECT fingerprint, until, status, headers, body FROM repeatable_requests WHERE account = ?1 AND key = ?2";

    ANSWER = "
        UPDATE repeatable_requests SET status = ?4, headers = ?5, body = ?6
        WHERE account = ?1 AND key = ?2 AND token = ?3 AND status IS NULL";

    LET_GO = "
        UPDATE repeatable_requests SET until = ?4 WHERE account = ?1 AND key = ?2 AND token = ?3 AND status IS NULL";

    DROP = "DELETE FROM repeatable_requests WHERE account = ?1 AND key = ?2 AND token = ?3 AND status IS NULL";

    FORGET = "
        DELETE FROM repeatable_requests WHERE rowid IN (
            SELECT rowid FROM repeatable_requests WHERE begun_at < ?1 ORDER BY begun_at LIMIT ?2)";
}
