-- A commit as one statement: inserting a row into this view does everything or, with the words of a refusal, nothing.
--
-- Both are temporary, so they live with the connection that writes and not in the file, and change without a migration.
-- One statement is one round trip to the connection's thread, which is what a commit of a dozen statements would mostly
-- cost; and a caller that goes away in the middle of it can't leave a transaction behind.
--
-- Rows that come in numbers are JSON arrays of arrays; NULL for none. A refusal is the JSON form of `Refusal`.

CREATE TEMP VIEW commits (
    -- The order as it is afterwards.
    id, buyer, status, payment_status, currency, total_minor, placed_at, updated_at, next_tick_at, expires_at,
    attention_at, version, state,
    -- What the decision was made against; 0 for an order that is not to exist yet.
    expected_version,
    -- What happened and what follows.
    sellers, events, attempts, refunds, foreign_refunds, effects, journals, stock, movements,
    -- The effect that this settles, by which claim, and what it becomes.
    settled_event, settled_idx, settled_token, settled_state, settled_due_at, settled_note,
    -- The webhook event that this folds, by which claim and when.
    folded, folded_token, folded_at,
    -- The request that this answers.
    key_buyer, request_key, fingerprint,
    -- The background tasks that this asks for.
    tasks
) AS SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL,
    NULL, NULL, NULL,
    NULL;

CREATE TEMP TRIGGER commit_order INSTEAD OF INSERT ON commits BEGIN
    -- May it be? A repetition is told so before anything else, even if the order has changed since or the stock is gone.
    SELECT RAISE(ABORT, json_object('repeated', json_array(lower(hex(order_id)), fingerprint)))
    FROM request_keys WHERE buyer = NEW.key_buyer AND key = NEW.request_key;

    SELECT RAISE(ABORT, '{"conflict":[]}')
    WHERE ifnull((SELECT version FROM orders WHERE id = NEW.id), 0) <> NEW.expected_version;

    SELECT RAISE(ABORT, '{"stale_claim":[]}')
    WHERE NEW.settled_event IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM effects
        WHERE order_id = NEW.id AND event = NEW.settled_event AND idx = NEW.settled_idx
            AND state = 'sent' AND claims = NEW.settled_token
    );

    SELECT RAISE(ABORT, '{"stale_claim":[]}')
    WHERE NEW.folded IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM webhook_events WHERE id = NEW.folded AND state = 'waiting' AND claims = NEW.folded_token
    );

    SELECT RAISE(ABORT, json_object('foreign_reference', session_ref))
    FROM json_each(NEW.attempts) AS own CROSS JOIN attempts ON session_ref = own.value ->> 1
    WHERE order_id <> NEW.id;

    SELECT RAISE(ABORT, json_object('foreign_reference', payment_ref))
    FROM json_each(NEW.attempts) AS own CROSS JOIN attempts ON payment_ref = own.value ->> 2
    WHERE order_id <> NEW.id;

    SELECT RAISE(ABORT, json_object('foreign_reference', provider_id))
    FROM json_each(NEW.refunds) AS own CROSS JOIN refunds ON provider_id = own.value ->> 2
    WHERE order_id <> NEW.id;

    SELECT RAISE(ABORT, json_object('out_of_stock', json_array(own.value ->> 0, ifnull(products.stock, 0))))
    FROM json_each(NEW.stock) AS own LEFT JOIN products ON products.id = unhex(own.value ->> 0)
    WHERE ifnull(products.stock, 0) + (own.value ->> 1) < 0;

    -- It may. An order that is ticked or paid meanwhile ends whatever claim there was on its tick.
    INSERT INTO orders (
        id, buyer, status, payment_status, currency, total_minor, placed_at, updated_at,
        next_tick_at, tick_due_at, expires_at, attention_at, version, state
    )
    SELECT
        NEW.id, NEW.buyer, NEW.status, NEW.payment_status, NEW.currency, NEW.total_minor, NEW.placed_at, NEW.updated_at,
        NEW.next_tick_at, NEW.next_tick_at, NEW.expires_at, NEW.attention_at, NEW.version, NEW.state
    WHERE NEW.expected_version = 0;

    UPDATE orders
    SET status = NEW.status, payment_status = NEW.payment_status, updated_at = NEW.updated_at,
        next_tick_at = NEW.next_tick_at, tick_due_at = NEW.next_tick_at, expires_at = NEW.expires_at,
        attention_at = NEW.attention_at, version = NEW.version, state = NEW.state
    WHERE id = NEW.id AND version = NEW.expected_version AND NEW.version > NEW.expected_version;

    INSERT INTO order_sellers (order_id, seller, status, placed_at)
    SELECT NEW.id, unhex(value), NEW.status, NEW.placed_at FROM json_each(NEW.sellers);

    INSERT INTO request_keys (buyer, key, fingerprint, order_id, answered_at)
    SELECT NEW.key_buyer, NEW.request_key, NEW.fingerprint, NEW.id, NEW.updated_at WHERE NEW.request_key IS NOT NULL;

    UPDATE effects
    SET state = NEW.settled_state, note = NEW.settled_note, due_at = ifnull(NEW.settled_due_at, due_at),
        first_sent_at = iif(NEW.settled_state = 'planned', NULL, first_sent_at),
        calls = json_replace(calls, '$[#-1][2]', NEW.settled_state, '$[#-1][3]', NEW.settled_note)
    WHERE order_id = NEW.id AND event = NEW.settled_event AND idx = NEW.settled_idx;

    UPDATE webhook_events
    SET state = 'folded', note = NULL, order_id = NEW.id,
        log = json_insert(
            iif(json_array_length(log) < 50, log, json_remove(log, '$[0]')), '$[#]', json_array(NEW.folded_at, 'folded', NULL)
        )
    WHERE id = NEW.folded;

    INSERT INTO attempts (order_id, no, session_ref, payment_ref, state, currency, amount_minor, captured_minor)
    SELECT NEW.id, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
    FROM json_each(NEW.attempts) WHERE true
    ON CONFLICT (order_id, no) DO UPDATE SET
        session_ref = excluded.session_ref, payment_ref = excluded.payment_ref,
        state = excluded.state, captured_minor = excluded.captured_minor
    WHERE (attempts.session_ref, attempts.payment_ref, attempts.state, attempts.captured_minor)
        IS NOT (excluded.session_ref, excluded.payment_ref, excluded.state, excluded.captured_minor);

    INSERT INTO refunds (order_id, no, attempt, provider_id, state, currency, amount_minor)
    SELECT NEW.id, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
    FROM json_each(NEW.refunds) WHERE true
    ON CONFLICT (order_id, no) DO UPDATE SET provider_id = excluded.provider_id, state = excluded.state
    WHERE (refunds.provider_id, refunds.state) IS NOT (excluded.provider_id, excluded.state);

    INSERT INTO foreign_refunds (order_id, provider_id, attempt, state, currency, amount_minor)
    SELECT NEW.id, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
    FROM json_each(NEW.foreign_refunds) WHERE true
    ON CONFLICT (order_id, provider_id) DO UPDATE SET state = excluded.state
    WHERE foreign_refunds.state <> excluded.state;

    INSERT INTO events (order_id, seq, at, cause, event)
    SELECT NEW.id, value ->> 0, value ->> 1, value -> 2, value -> 3 FROM json_each(NEW.events);

    INSERT INTO effects (order_id, event, idx, key, kind, state, planned_at, due_at, request)
    SELECT NEW.id, value ->> 0, value ->> 1, value ->> 2, value ->> 3, 'planned', value ->> 4, value ->> 4, value -> 5
    FROM json_each(NEW.effects);

    INSERT INTO journals (order_id, event, at, debit, credit, currency, minor)
    SELECT NEW.id, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
    FROM json_each(NEW.journals);

    UPDATE products SET stock = stock + own.delta
    FROM (SELECT unhex(value ->> 0) AS product, value ->> 1 AS delta FROM json_each(NEW.stock)) AS own
    WHERE products.id = own.product;

    INSERT INTO stock_movements (order_id, product, reason, round, quantity, at)
    SELECT NEW.id, unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4
    FROM json_each(NEW.movements);

    -- One whose id is known, or whose unique key is taken, is left out.
    INSERT INTO tasks (
        id, kind, queue, priority, args, unique_key, max_attempts, enqueued_at, run_at, start_by, schedule, slot_at,
        state, due_at
    )
    SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
        value ->> 8, value ->> 9, value ->> 10, value ->> 11, 'PENDING', value ->> 8
    FROM json_each(NEW.tasks) WHERE true
    ON CONFLICT DO NOTHING;
END;
