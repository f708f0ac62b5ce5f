//! Claiming and settling effects.

super::statements! {
    /// An effect that was certainly not sent begins anew; one that may have been keeps its first time. What somebody else is
    /// claiming or committing at this moment is passed over.
    CLAIM = "
        WITH due AS MATERIALIZED (
            SELECT order_id, event, idx, state, first_sent_at, due_at FROM designia.effects
            WHERE state IN ('planned', 'sent', 'unknown') AND due_at <= $1
            ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        UPDATE designia.effects AS effect SET
            state = 'sent',
            claims = effect.claims + 1,
            first_sent_at = CASE effect.state WHEN 'planned' THEN $1 ELSE coalesce(effect.first_sent_at, $1) END,
            due_at = $2,
            calls = designia.called_1(effect.calls, $1, effect.state)
        FROM due
        WHERE effect.order_id = due.order_id AND effect.event = due.event AND effect.idx = due.idx
        RETURNING effect.order_id, effect.event, effect.idx, effect.key, effect.planned_at, effect.request, effect.claims,
            due.state AS was_state, due.first_sent_at AS was_first_sent_at, due.due_at AS was_due_at";

    CLAIM_OF_ORDER = "
        WITH due AS MATERIALIZED (
            SELECT order_id, event, idx, state, first_sent_at, due_at FROM designia.effects
            WHERE order_id = $4 AND state IN ('planned', 'sent', 'unknown') AND due_at <= $1
            ORDER BY due_at, event, idx LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        UPDATE designia.effects AS effect SET
            state = 'sent',
            claims = effect.claims + 1,
            first_sent_at = CASE effect.state WHEN 'planned' THEN $1 ELSE coalesce(effect.first_sent_at, $1) END,
            due_at = $2,
            calls = designia.called_1(effect.calls, $1, effect.state)
        FROM due
        WHERE effect.order_id = due.order_id AND effect.event = due.event AND effect.idx = due.idx
        RETURNING effect.order_id, effect.event, effect.idx, effect.key, effect.planned_at, effect.request, effect.claims,
            due.state AS was_state, due.first_sent_at AS was_first_sent_at, due.due_at AS was_due_at";

    /// Only by the claim that holds it.
    SETTLE = "
        UPDATE designia.effects SET
            state = $5,
            first_sent_at = CASE $5 WHEN 'planned' THEN NULL ELSE first_sent_at END,
            due_at = coalesce($6, due_at),
            note = $7,
            calls = designia.answered_1(calls, $5, $7)
        WHERE order_id = $1 AND event = $2 AND idx = $3 AND state = 'sent' AND claims = $4
        RETURNING true";

    OF_ORDER = "
        SELECT order_id, event, idx, key, planned_at, request, state, claims, first_sent_at, due_at, note,
            calls::text AS calls
        FROM designia.effects WHERE order_id = $1 ORDER BY event, idx";

    /// In a state that is not done, earliest due first.
    EARLIEST = "
        SELECT order_id, event, idx, key, planned_at, request, state, claims, first_sent_at, due_at, note,
            calls::text AS calls
        FROM designia.effects
        WHERE state = $1 AND state <> 'done' AND (due_at, order_id, event, idx) > ($2, $3, $4, $5)
        ORDER BY due_at, order_id, event, idx LIMIT $6";

    /// In a state that is not done, latest first.
    LATEST = "
        SELECT order_id, event, idx, key, planned_at, request, state, claims, first_sent_at, due_at, note,
            calls::text AS calls
        FROM designia.effects
        WHERE state = $1 AND state <> 'done' AND (due_at, order_id, event, idx) < ($2, $3, $4, $5)
        ORDER BY due_at DESC, order_id DESC, event DESC, idx DESC LIMIT $6";
}
