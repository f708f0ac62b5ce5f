//! What was mailed.

super::statements! {
    /// Another attempt is counted on what waits; what has ended stays.
    BEGIN = "
        INSERT INTO designia.mails (
            id, key, kind, to_name, to_email, subject, account, order_id, state, attempts, created_at, changed_at, note, text,
            html
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (id) DO UPDATE SET attempts = mails.attempts + 1 WHERE mails.state = 'waiting'
        RETURNING id, key, kind, to_name, to_email, subject, account, order_id, state, attempts, created_at, changed_at, note,
            text, html";

    SETTLE = "
        UPDATE designia.mails SET state = $2, note = $3, changed_at = $4 WHERE id = $1 AND state = 'waiting' RETURNING true";

    REOPEN = "
        UPDATE designia.mails SET state = 'waiting', note = NULL, changed_at = $2
        WHERE id = $1 AND state <> 'waiting' AND html IS NOT NULL RETURNING true";

    MAIL = "
        SELECT id, key, kind, to_name, to_email, subject, account, order_id, state, attempts, created_at, changed_at, note,
            text, html
        FROM designia.mails WHERE id = $1";

    PAGE = "
        SELECT id, key, kind, to_name, to_email, subject, account, order_id, state, attempts, created_at, changed_at, note,
            NULL::text AS text, NULL::text AS html
        FROM designia.mails WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3";

    PAGE_BY_STATE = "
        SELECT id, key, kind, to_name, to_email, subject, account, order_id, state, attempts, created_at, changed_at, note,
            NULL::text AS text, NULL::text AS html
        FROM designia.mails WHERE state = $4 AND (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";

    PAGE_BY_ACCOUNT = "
        SELECT id, key, kind, to_name, to_email, subject, account, order_id, state, attempts, created_at, changed_at, note,
            NULL::text AS text, NULL::text AS html
        FROM designia.mails WHERE account = $4 AND (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";

    PAGE_BY_ORDER = "
        SELECT id, key, kind, to_name, to_email, subject, account, order_id, state, attempts, created_at, changed_at, note,
            NULL::text AS text, NULL::text AS html
        FROM designia.mails WHERE order_id = $4 AND (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";

    FORGET_OF = "DELETE FROM designia.mails WHERE account = $1";

    FORGET = "
        WITH old AS MATERIALIZED (
            SELECT id FROM designia.mails WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        DELETE FROM designia.mails AS mail USING old WHERE mail.id = old.id RETURNING true";
}
