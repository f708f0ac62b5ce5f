//! Requests that clients may repeat.

super::statements! {
    /// Only the first under a key, and whoever takes it up when nobody is at work on it.
    BEGIN = "
        INSERT INTO designia.repeatable_requests AS known (account, key, fingerprint, id, begun_at, until, token)
        VALUES ($1, $2, $3, $4, $5, $6, 1)
        ON CONFLICT (account, key) DO UPDATE SET until = excluded.until, token = known.token + 1
        WHERE known.status IS NULL AND known.until <= excluded.begun_at AND known.fingerprint = excluded.fingerprint
        RETURNING id, token";

    KNOWN = "
        SELECT fingerprint, until, status, headers, body FROM designia.repeatable_requests
        WHERE account = $1 AND key = $2";

    ANSWER = "
        UPDATE designia.repeatable_requests SET status = $4, headers = $5, body = $6
        WHERE account = $1 AND key = $2 AND token = $3 AND status IS NULL RETURNING true";

    LET_GO = "
        UPDATE designia.repeatable_requests SET until = $4
        WHERE account = $1 AND key = $2 AND token = $3 AND status IS NULL RETURNING true";

    DROP = "
        DELETE FROM designia.repeatable_requests
        WHERE account = $1 AND key = $2 AND token = $3 AND status IS NULL RETURNING true";

    /// What another node forgets at this moment is passed over.
    FORGET = "
        WITH old AS MATERIALIZED (
            SELECT account, key FROM designia.repeatable_requests WHERE begun_at < $1
            ORDER BY begun_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        DELETE FROM designia.repeatable_requests AS request USING old
        WHERE request.account = old.account AND request.key = old.key RETURNING true";
}
