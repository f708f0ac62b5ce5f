//! Webhook events.

super::statements! {
    /// Not back: whoever was slower has compared less.
    NOTE_RECONCILED = "
        INSERT INTO settings (name, value) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        WHERE CAST(value AS INTEGER) < CAST(excluded.value AS INTEGER)";

    /// Only the first body under an id.
    ACCEPT = "
        INSERT INTO webhook_events (id, kind, received_at, body, state, due_at)
        VALUES (?1, ?2, ?3, ?4, 'waiting', ?3)
        ON CONFLICT (id) DO NOTHING";

    DUE = "
        SELECT rowid, id, kind, received_at, body, claims FROM webhook_events INDEXED BY webhook_events_due
        WHERE state = 'waiting' AND due_at <= ?1 ORDER BY due_at, id LIMIT ?2";

    ANY_DUE = "
        SELECT due_at FROM webhook_events INDEXED BY webhook_events_due
        WHERE state = 'waiting' AND due_at <= ?1 LIMIT 1";

    CLAIM = "
        UPDATE webhook_events SET claims = claims + 1, due_at = ?1 WHERE rowid IN (SELECT value FROM json_each(?2))";

    /// Only by the claim that holds it.
    SETTLE = "
        UPDATE webhook_events SET state = ?3, due_at = coalesce(?4, due_at), note = ?5
        WHERE id = ?1 AND state = 'waiting' AND claims = ?2";

    REVIVE = "UPDATE webhook_events SET state = 'waiting', due_at = ?2 WHERE id = ?1 AND state = 'dead'";

    PAGE = "
        SELECT id, kind, received_at, body, claims, due_at, note FROM webhook_events
        WHERE state = ?1 AND (received_at, id) < (?3, ?4) ORDER BY received_at DESC, id DESC LIMIT ?2";

    FIRST_PAGE = "
        SELECT id, kind, received_at, body, claims, due_at, note FROM webhook_events
        WHERE state = ?1 ORDER BY received_at DESC, id DESC LIMIT ?2";
}
