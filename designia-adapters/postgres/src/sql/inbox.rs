//! Webhook events.

super::statements! {
    /// Not back: whoever was slower has compared less.
    NOTE_RECONCILED = "
        INSERT INTO designia.settings (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        WHERE settings.value::bigint < excluded.value::bigint";

    /// Only the first body under an id.
    ACCEPT = "
        INSERT INTO designia.webhook_events (id, kind, received_at, body, state, due_at)
        VALUES ($1, $2, $3, $4, 'waiting', $3)
        ON CONFLICT (id) DO NOTHING RETURNING true";

    /// What somebody else is claiming or folding at this moment is passed over.
    CLAIM = "
        WITH due AS MATERIALIZED (
            SELECT id, due_at FROM designia.webhook_events
            WHERE state = 'waiting' AND due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        UPDATE designia.webhook_events AS event SET claims = event.claims + 1, due_at = $2
        FROM due WHERE event.id = due.id
        RETURNING due.due_at, event.id, event.kind, event.received_at, event.body, event.claims";

    /// Only by the claim that holds it.
    SETTLE = "
        UPDATE designia.webhook_events SET state = $3, due_at = coalesce($4, due_at), note = $5
        WHERE id = $1 AND state = 'waiting' AND claims = $2 RETURNING true";

    REVIVE = "
        UPDATE designia.webhook_events SET state = 'waiting', due_at = $2 WHERE id = $1 AND state = 'dead' RETURNING true";

    PAGE = "
        SELECT id, kind, received_at, body, claims, due_at, note FROM designia.webhook_events
        WHERE state = $1 AND (received_at, id) < ($3, $4) ORDER BY received_at DESC, id DESC LIMIT $2";

    FIRST_PAGE = "
        SELECT id, kind, received_at, body, claims, due_at, note FROM designia.webhook_events
        WHERE state = $1 ORDER BY received_at DESC, id DESC LIMIT $2";
}
