//! Planning, claiming and settling effects.

super::statements! {
    DUE = "
        SELECT order_id, event, idx, key, planned_at, request, state, claims, first_sent_at FROM effects
        WHERE state IN ('planned', 'sent', 'unknown') AND due_at <= ?1
        ORDER BY due_at, order_id, event, idx LIMIT ?2";

    DUE_OF_ORDER = "
        SELECT order_id, event, idx, key, planned_at, request, state, claims, first_sent_at FROM effects
        WHERE order_id = ?3 AND state IN ('planned', 'sent', 'unknown') AND due_at <= ?1
        ORDER BY due_at, event, idx LIMIT ?2";

    /// An effect that was certainly not sent begins anew; one that may have been keeps its first time.
    CLAIM = "
        UPDATE effects SET
            state = 'sent',
            claims = claims + 1,
            first_sent_at = CASE state WHEN 'planned' THEN ?1 ELSE coalesce(first_sent_at, ?1) END,
            due_at = ?2,
            calls = json_insert(
                iif(json_array_length(calls) < 50, calls, json_remove(calls, '$[0]')), '$[#]',
                json_array(?1, iif(state = 'planned', 'send', 'look_up'), NULL, NULL)
            )
        FROM (
            SELECT unhex(value ->> 0) AS order_id, value ->> 1 AS event, value ->> 2 AS idx FROM json_each(?3)
        ) AS due
        WHERE effects.order_id = due.order_id AND effects.event = due.event AND effects.idx = due.idx";

    /// Only by the claim that holds it.
    SETTLE = "
        UPDATE effects SET
            state = ?5,
            first_sent_at = CASE ?5 WHEN 'planned' THEN NULL ELSE first_sent_at END,
            due_at = coalesce(?6, due_at),
            note = ?7,
            calls = json_replace(calls, '$[#-1][2]', ?5, '$[#-1][3]', ?7)
        WHERE order_id = ?1 AND event = ?2 AND idx = ?3 AND state = 'sent' AND claims = ?4";

    OF_ORDER = "
        SELECT event, idx, key, planned_at, request, state, claims, first_sent_at, due_at, note, calls
        FROM effects WHERE order_id = ?1 ORDER BY event, idx";

    /// In a state that is not done, earliest due first.
    EARLIEST = "
        SELECT order_id, event, idx, key, planned_at, request, state, claims, first_sent_at, due_at, note, calls
        FROM effects
        WHERE state = ?1 AND state <> 'done' AND (due_at, order_id, event, idx) > (?2, ?3, ?4, ?5)
        ORDER BY due_at, order_id, event, idx LIMIT ?6";

    /// In a state that is not done, latest first.
    LATEST = "
        SELECT order_id, event, idx, key, planned_at, request, state, claims, first_sent_at, due_at, note, calls
        FROM effects
        WHERE state = ?1 AND state <> 'done' AND (due_at, order_id, event, idx) < (?2, ?3, ?4, ?5)
        ORDER BY due_at DESC, order_id DESC, event DESC, idx DESC LIMIT ?6";
}
