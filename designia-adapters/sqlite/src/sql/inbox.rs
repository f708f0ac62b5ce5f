//! Webhook events.

super::statements! {
    /// Not back: whoever was slower has compared less.
    NOTE_RECONCILED = "
        INSERT INTO settings (name, value) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        WHERE CAST(value AS INTEGER) < CAST(excluded.value AS INTEGER)";

    /// Only the first body under an id.
    ACCEPT = "
        INSERT INTO webhook_events (id, kind, received_at, body, signature, state, due_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?3)
        ON CONFLICT (id) DO NOTHING";

    DUE = "
        SELECT rowid, id, kind, received_at, body, signature, claims FROM webhook_events INDEXED BY webhook_events_due
        WHERE state = 'waiting' AND due_at <= ?1 ORDER BY due_at, id LIMIT ?2";

    ANY_DUE = "
        SELECT due_at FROM webhook_events INDEXED BY webhook_events_due
        WHERE state = 'waiting' AND due_at <= ?1 LIMIT 1";

    CLAIM = "
        UPDATE webhook_events SET
            claims = claims + 1,
            due_at = ?1,
            log = json_insert(
                iif(json_array_length(log) < 50, log, json_remove(log, '$[0]')), '$[#]', json_array(?3, 'claimed', NULL)
            )
        WHERE rowid IN (SELECT value FROM json_each(?2))";

    /// Only by the claim that holds it.
    SETTLE = "
        UPDATE webhook_events SET
            state = ?3,
            due_at = coalesce(?4, due_at),
            note = ?5,
            log = json_insert(
                iif(json_array_length(log) < 50, log, json_remove(log, '$[0]')), '$[#]', json_array(?6, ?7, ?5)
            )
        WHERE id = ?1 AND state = 'waiting' AND claims = ?2";

    REVIVE = "
        UPDATE webhook_events SET
            state = 'waiting',
            due_at = ?2,
            log = json_insert(
                iif(json_array_length(log) < 50, log, json_remove(log, '$[0]')), '$[#]', json_array(?2, 'revived', NULL)
            )
        WHERE id = ?1 AND state IN ('dead', 'folded')";

    /// Between two places. Three ranges of one index are merged as they are read.
    PAGE = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log FROM webhook_events
        WHERE state = 'waiting' AND (received_at, id) < (?1, ?2) AND (received_at, id) >= (?3, ?4)
            AND (?5 IS NULL OR kind = ?5)
        UNION ALL
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log FROM webhook_events
        WHERE state = 'folded' AND (received_at, id) < (?1, ?2) AND (received_at, id) >= (?3, ?4)
            AND (?5 IS NULL OR kind = ?5)
        UNION ALL
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log FROM webhook_events
        WHERE state = 'dead' AND (received_at, id) < (?1, ?2) AND (received_at, id) >= (?3, ?4)
            AND (?5 IS NULL OR kind = ?5)
        ORDER BY received_at DESC, id DESC LIMIT ?6";

    PAGE_BY_STATE = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log FROM webhook_events
        WHERE state = ?7 AND (received_at, id) < (?1, ?2) AND (received_at, id) >= (?3, ?4)
            AND (?5 IS NULL OR kind = ?5)
        ORDER BY received_at DESC, id DESC LIMIT ?6";

    /// The last of so many before a place, if there are as many.
    WALK_END = "
        SELECT received_at, id FROM webhook_events
        WHERE state = 'waiting' AND (received_at, id) < (?1, ?2) AND (received_at, id) >= (?3, ?4)
        UNION ALL
        SELECT received_at, id FROM webhook_events
        WHERE state = 'folded' AND (received_at, id) < (?1, ?2) AND (received_at, id) >= (?3, ?4)
        UNION ALL
        SELECT received_at, id FROM webhook_events
        WHERE state = 'dead' AND (received_at, id) < (?1, ?2) AND (received_at, id) >= (?3, ?4)
        ORDER BY received_at DESC, id DESC LIMIT 1 OFFSET ?5 - 1";

    WALK_END_BY_STATE = "
        SELECT received_at, id FROM webhook_events
        WHERE state = ?6 AND (received_at, id) < (?1, ?2) AND (received_at, id) >= (?3, ?4)
        ORDER BY received_at DESC, id DESC LIMIT 1 OFFSET ?5 - 1";

    BY_ID = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log FROM webhook_events
        WHERE id = ?1";

    OF_ORDER = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log FROM webhook_events
        WHERE order_id = ?1 ORDER BY received_at DESC, id DESC LIMIT ?2";

    DEAD_CAUSES = "
        SELECT kind, note, count(*), min(received_at), max(received_at) FROM (
            SELECT kind, note, received_at FROM webhook_events
            WHERE state = 'dead' ORDER BY received_at DESC, id DESC LIMIT ?2
        )
        GROUP BY kind, note ORDER BY count(*) DESC, kind, note LIMIT ?1";

    FIGURES = "
        SELECT kind, word, amount FROM counters WHERE kind = 'webhook_events' AND amount > 0
        UNION ALL
        SELECT kind, word, amount FROM counters WHERE kind = 'webhook_minutes' AND word BETWEEN ?1 AND ?2";

    OLDEST_WAITING = "
        SELECT received_at FROM webhook_events WHERE state = 'waiting' ORDER BY received_at, id LIMIT 1";
}
