//! Webhook events.

super::statements! {
    /// Not back: whoever was slower has compared less.
    NOTE_RECONCILED = "
        INSERT INTO designia.settings (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        WHERE settings.value::bigint < excluded.value::bigint";

    /// Only the first body under an id.
    ACCEPT = "
        INSERT INTO designia.webhook_events (id, kind, received_at, body, signature, state, due_at)
        VALUES ($1, $2, $3, $4, $5, 'waiting', $3)
        ON CONFLICT (id) DO NOTHING RETURNING true";

    /// What somebody else is claiming or folding at this moment is passed over.
    CLAIM = "
        WITH due AS MATERIALIZED (
            SELECT id, due_at FROM designia.webhook_events
            WHERE state = 'waiting' AND due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        UPDATE designia.webhook_events AS event
            SET claims = event.claims + 1, due_at = $2, log = designia.logged_1(event.log, $1, 'claimed', NULL)
        FROM due WHERE event.id = due.id
        RETURNING due.due_at, event.id, event.kind, event.received_at, event.body, event.signature, event.claims";

    /// Only by the claim that holds it.
    SETTLE = "
        UPDATE designia.webhook_events
        SET state = $3, due_at = coalesce($4, due_at), note = $5, log = designia.logged_1(log, $6, $7, $5)
        WHERE id = $1 AND state = 'waiting' AND claims = $2 RETURNING true";

    REVIVE = "
        UPDATE designia.webhook_events SET state = 'waiting', due_at = $2, log = designia.logged_1(log, $2, 'revived', NULL)
        WHERE id = $1 AND state IN ('dead', 'folded') RETURNING true";

    /// Between two places, of any of the states: the latest of each are looked up, and the latest of those are the page.
    PAGE = "
        SELECT event.*
        FROM unnest($1::text[]) AS own (state) CROSS JOIN LATERAL (
            SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log::text AS log
            FROM designia.webhook_events
            WHERE webhook_events.state = own.state AND (received_at, id) < ($2, $3) AND (received_at, id) >= ($4, $5)
                AND ($6::text IS NULL OR kind = $6)
            ORDER BY received_at DESC, id DESC LIMIT $7
        ) AS event
        ORDER BY event.received_at DESC, event.id DESC LIMIT $7";

    /// The last of so many before a place, if there are as many.
    WALK_END = "
        SELECT event.received_at, event.id
        FROM unnest($1::text[]) AS own (state) CROSS JOIN LATERAL (
            SELECT received_at, id FROM designia.webhook_events
            WHERE webhook_events.state = own.state AND (received_at, id) < ($2, $3) AND (received_at, id) >= ($4, $5)
            ORDER BY received_at DESC, id DESC LIMIT $6
        ) AS event
        ORDER BY event.received_at DESC, event.id DESC OFFSET $6 - 1 LIMIT 1";

    BY_ID = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log::text AS log
        FROM designia.webhook_events WHERE id = $1";

    OF_ORDER = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log::text AS log
        FROM designia.webhook_events WHERE order_id = $1 ORDER BY received_at DESC, id DESC LIMIT $2";

    DEAD_CAUSES = "
        SELECT kind, note, count(*), min(received_at), max(received_at) FROM (
            SELECT kind, note, received_at FROM designia.webhook_events
            WHERE state = 'dead' ORDER BY received_at DESC, id DESC LIMIT $2
        ) AS dead
        GROUP BY kind, note ORDER BY count(*) DESC, kind COLLATE \"C\", note COLLATE \"C\" NULLS FIRST LIMIT $1";

    /// The sums, and what has not been folded into them yet.
    FIGURES = "
        SELECT kind, word, sum(amount)::bigint FROM (
            SELECT kind, word, amount FROM designia.tallies
            WHERE kind = 'webhook_events' OR kind = 'webhook_minutes' AND word BETWEEN $1 AND $2
            UNION ALL
            SELECT kind, word, amount FROM designia.tally_changes
            WHERE kind = 'webhook_events' OR kind = 'webhook_minutes' AND word BETWEEN $1 AND $2
        ) AS tally
        GROUP BY kind, word HAVING sum(amount) > 0 ORDER BY kind, word";

    OLDEST_WAITING = "
        SELECT received_at FROM designia.webhook_events WHERE state = 'waiting' ORDER BY received_at, id LIMIT 1";
}
