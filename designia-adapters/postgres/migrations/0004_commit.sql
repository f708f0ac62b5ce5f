-- A commit as one call: it does everything, or raises a refusal and does nothing.
--
-- Rows that come in numbers are parallel arrays, and NULL where there are none. They are read by their subscripts:
-- `unnest` of as many arrays copies each of them once more, which is ten times as dear for hundreds of rows. The functions
-- carry a number: one that takes something else is added under the next, and these stay for the nodes that have not been
-- restarted yet.
--
-- Locks are taken in one order everywhere, so that two commits can wait for each other but not in a circle: request key,
-- order, effect, webhook event, the provider's names, products by id.
--
-- Refusals: DS001 the request was answered before (DETAIL: with which order), DS002 the order has changed, DS003 another
-- worker has taken over, DS005 too little stock (DETAIL: of what). A provider's name that belongs to another order breaks a
-- unique constraint, which names it.

-- Writes orders with what happened to them and what follows from it.
CREATE FUNCTION designia.write_orders_1(
    -- The orders as they are afterwards, and the versions that were decided against; 0 for one that is not to exist yet.
    ids uuid[], expected bigint[], versions bigint[], buyers uuid[], statuses text[], payment_statuses text[],
    currencies text[], totals bigint[], placed timestamptz[], updated timestamptz[], next_ticks timestamptz[], states text[],
    seller_orders uuid[], sellers uuid[],
    event_orders uuid[], event_seqs bigint[], event_ats timestamptz[], event_causes text[], event_bodies text[],
    attempt_orders uuid[], attempt_nos bigint[], attempt_sessions text[], attempt_payments text[], attempt_states text[],
    attempt_currencies text[], attempt_amounts bigint[], attempt_captures bigint[],
    refund_orders uuid[], refund_nos bigint[], refund_attempts bigint[], refund_names text[], refund_states text[],
    refund_currencies text[], refund_amounts bigint[],
    foreign_orders uuid[], foreign_names text[], foreign_attempts bigint[], foreign_states text[],
    foreign_currencies text[], foreign_amounts bigint[],
    effect_orders uuid[], effect_events bigint[], effect_idxs bigint[], effect_keys text[], effect_kinds text[],
    effect_ats timestamptz[], effect_requests text[],
    journal_orders uuid[], journal_events bigint[], journal_ats timestamptz[], journal_debits text[],
    journal_credits text[], journal_currencies text[], journal_minors bigint[],
    -- By how much each product's stock changes in all.
    stock_products uuid[], stock_deltas bigint[],
    movement_orders uuid[], movement_products uuid[], movement_reasons text[], movement_rounds bigint[],
    movement_quantities bigint[], movement_ats timestamptz[]
) RETURNS void LANGUAGE plpgsql
-- A plan is kept as long as its session, and the first ones are made when the tables are nearly empty: what is right for ten
-- rows would walk through a million.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    written bigint := 0;
    changed bigint := 0;
    short record;
BEGIN
    IF ids IS NOT NULL THEN
        IF 0 = ANY (expected) THEN
            INSERT INTO designia.orders (
                id, buyer, status, payment_status, currency, total_minor, placed_at, updated_at,
                next_tick_at, tick_due_at, version, state
            )
            SELECT
                ids[i], buyers[i], statuses[i], payment_statuses[i], currencies[i], totals[i], placed[i], updated[i],
                next_ticks[i], next_ticks[i], versions[i], states[i]::json
            FROM generate_subscripts(ids, 1) AS i
            WHERE expected[i] = 0
            ON CONFLICT (id) DO NOTHING;
            GET DIAGNOSTICS written = ROW_COUNT;

            INSERT INTO designia.order_sellers (order_id, seller, status, placed_at)
            SELECT seller_orders[i], sellers[i], statuses[own], placed[own]
            FROM generate_subscripts(sellers, 1) AS i
            CROSS JOIN LATERAL array_position(ids, seller_orders[i]) AS own
            -- An order of that id may have been there.
            ON CONFLICT DO NOTHING;
        END IF;
        IF 0 <> ANY (expected) THEN
            -- An order that is changed meanwhile ends whatever claim there was on its tick.
            UPDATE designia.orders AS old
            SET status = statuses[i], payment_status = payment_statuses[i], updated_at = updated[i],
                next_tick_at = next_ticks[i], tick_due_at = next_ticks[i], version = versions[i], state = states[i]::json
            FROM generate_subscripts(ids, 1) AS i
            WHERE old.id = ids[i] AND old.version = expected[i] AND versions[i] > expected[i];
            GET DIAGNOSTICS changed = ROW_COUNT;

            UPDATE designia.order_sellers AS part
            SET status = statuses[i]
            FROM generate_subscripts(ids, 1) AS i
            WHERE part.order_id = ids[i] AND expected[i] > 0 AND part.status <> statuses[i];
        END IF;
        IF written + changed <> cardinality(ids) THEN
            RAISE EXCEPTION 'the order has changed meanwhile' USING ERRCODE = 'DS002';
        END IF;
    END IF;

    IF attempt_orders IS NOT NULL THEN
        INSERT INTO designia.attempts AS old (
            order_id, no, session_ref, payment_ref, state, currency, amount_minor, captured_minor
        )
        SELECT
            attempt_orders[i], attempt_nos[i], attempt_sessions[i], attempt_payments[i], attempt_states[i],
            attempt_currencies[i], attempt_amounts[i], attempt_captures[i]
        FROM generate_subscripts(attempt_orders, 1) AS i
        ON CONFLICT (order_id, no) DO UPDATE SET
            session_ref = excluded.session_ref, payment_ref = excluded.payment_ref,
            state = excluded.state, captured_minor = excluded.captured_minor
        WHERE (old.session_ref, old.payment_ref, old.state, old.captured_minor)
            IS DISTINCT FROM (excluded.session_ref, excluded.payment_ref, excluded.state, excluded.captured_minor);
    END IF;
    IF refund_orders IS NOT NULL THEN
        INSERT INTO designia.refunds AS old (order_id, no, attempt, provider_id, state, currency, amount_minor)
        SELECT
            refund_orders[i], refund_nos[i], refund_attempts[i], refund_names[i], refund_states[i], refund_currencies[i],
            refund_amounts[i]
        FROM generate_subscripts(refund_orders, 1) AS i
        ON CONFLICT (order_id, no) DO UPDATE SET provider_id = excluded.provider_id, state = excluded.state
        WHERE (old.provider_id, old.state) IS DISTINCT FROM (excluded.provider_id, excluded.state);
    END IF;
    IF foreign_orders IS NOT NULL THEN
        INSERT INTO designia.foreign_refunds AS old (order_id, provider_id, attempt, state, currency, amount_minor)
        SELECT
            foreign_orders[i], foreign_names[i], foreign_attempts[i], foreign_states[i], foreign_currencies[i],
            foreign_amounts[i]
        FROM generate_subscripts(foreign_orders, 1) AS i
        ON CONFLICT (order_id, provider_id) DO UPDATE SET state = excluded.state
        WHERE old.state <> excluded.state;
    END IF;

    IF stock_products IS NOT NULL THEN
        PERFORM 1 FROM designia.products WHERE id = ANY (stock_products) ORDER BY id FOR NO KEY UPDATE;
        IF 0 > ANY (stock_deltas) THEN
            SELECT stock_products[i] AS product, coalesce(products.stock, 0) AS available INTO short
            FROM generate_subscripts(stock_products, 1) AS i
            LEFT JOIN designia.products ON products.id = stock_products[i]
            WHERE coalesce(products.stock, 0) + stock_deltas[i] < 0
            ORDER BY i LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'too little stock' USING ERRCODE = 'DS005', DETAIL = row_to_json(short)::text;
            END IF;
        END IF;
        UPDATE designia.products
        SET stock = stock + stock_deltas[i]
        FROM generate_subscripts(stock_products, 1) AS i
        WHERE products.id = stock_products[i];
    END IF;

    IF event_orders IS NOT NULL THEN
        INSERT INTO designia.events (order_id, seq, at, cause, event)
        SELECT event_orders[i], event_seqs[i], event_ats[i], event_causes[i]::json, event_bodies[i]::json
        FROM generate_subscripts(event_orders, 1) AS i;
    END IF;
    IF effect_orders IS NOT NULL THEN
        INSERT INTO designia.effects (order_id, event, idx, key, kind, state, planned_at, due_at, request)
        SELECT
            effect_orders[i], effect_events[i], effect_idxs[i], effect_keys[i], effect_kinds[i], 'planned', effect_ats[i],
            effect_ats[i], effect_requests[i]::json
        FROM generate_subscripts(effect_orders, 1) AS i;
    END IF;
    IF journal_orders IS NOT NULL THEN
        INSERT INTO designia.journals (order_id, event, at, debit, credit, currency, minor)
        SELECT
            journal_orders[i], journal_events[i], journal_ats[i], journal_debits[i], journal_credits[i],
            journal_currencies[i], journal_minors[i]
        FROM generate_subscripts(journal_orders, 1) AS i;
    END IF;
    IF movement_orders IS NOT NULL THEN
        INSERT INTO designia.stock_movements (order_id, product, reason, round, quantity, at)
        SELECT
            movement_orders[i], movement_products[i], movement_reasons[i], movement_rounds[i], movement_quantities[i],
            movement_ats[i]
        FROM generate_subscripts(movement_orders, 1) AS i;
    END IF;
END $$;

-- One order's commit: first what may refuse it, in this order, then what it writes.
CREATE FUNCTION designia.commit_order_1(
    committed uuid, decided_against bigint, decided_at timestamptz,
    -- The request that this answers.
    key_buyer uuid, request_key text, request_fingerprint text,
    -- The effect that this settles, by which claim, and what it becomes.
    settled_event bigint, settled_idx bigint, settled_token bigint, settled_state text, settled_due_at timestamptz,
    settled_note text,
    -- The webhook event that this folds, by which claim.
    folded text, folded_token bigint,
    -- As for `write_orders_1`.
    ids uuid[], expected bigint[], versions bigint[], buyers uuid[], statuses text[], payment_statuses text[],
    currencies text[], totals bigint[], placed timestamptz[], updated timestamptz[], next_ticks timestamptz[], states text[],
    seller_orders uuid[], sellers uuid[],
    event_orders uuid[], event_seqs bigint[], event_ats timestamptz[], event_causes text[], event_bodies text[],
    attempt_orders uuid[], attempt_nos bigint[], attempt_sessions text[], attempt_payments text[], attempt_states text[],
    attempt_currencies text[], attempt_amounts bigint[], attempt_captures bigint[],
    refund_orders uuid[], refund_nos bigint[], refund_attempts bigint[], refund_names text[], refund_states text[],
    refund_currencies text[], refund_amounts bigint[],
    foreign_orders uuid[], foreign_names text[], foreign_attempts bigint[], foreign_states text[],
    foreign_currencies text[], foreign_amounts bigint[],
    effect_orders uuid[], effect_events bigint[], effect_idxs bigint[], effect_keys text[], effect_kinds text[],
    effect_ats timestamptz[], effect_requests text[],
    journal_orders uuid[], journal_events bigint[], journal_ats timestamptz[], journal_debits text[],
    journal_credits text[], journal_currencies text[], journal_minors bigint[],
    stock_products uuid[], stock_deltas bigint[],
    movement_orders uuid[], movement_products uuid[], movement_reasons text[], movement_rounds bigint[],
    movement_quantities bigint[], movement_ats timestamptz[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found_version bigint;
    answered record;
BEGIN
    -- A repetition is told so before anything else, even if the order has changed since or the stock is gone.
    IF request_key IS NOT NULL THEN
        INSERT INTO designia.request_keys (buyer, key, fingerprint, order_id, answered_at)
        VALUES (key_buyer, request_key, request_fingerprint, committed, decided_at)
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            SELECT answer.order_id AS order, answer.fingerprint INTO answered
            FROM designia.request_keys AS answer
            WHERE answer.buyer = key_buyer AND answer.key = request_key;
            RAISE EXCEPTION 'the request was answered before'
                USING ERRCODE = 'DS001', DETAIL = row_to_json(answered)::text;
        END IF;
    END IF;

    SELECT version INTO found_version FROM designia.orders WHERE id = committed FOR NO KEY UPDATE;
    IF coalesce(found_version, 0) <> decided_against THEN
        RAISE EXCEPTION 'the order has changed meanwhile' USING ERRCODE = 'DS002';
    END IF;

    IF settled_event IS NOT NULL THEN
        UPDATE designia.effects
        SET state = settled_state, note = settled_note, due_at = coalesce(settled_due_at, due_at),
            first_sent_at = CASE settled_state WHEN 'planned' THEN NULL ELSE first_sent_at END
        WHERE order_id = committed AND event = settled_event AND idx = settled_idx
            AND state = 'sent' AND claims = settled_token;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another worker has taken over' USING ERRCODE = 'DS003';
        END IF;
    END IF;
    IF folded IS NOT NULL THEN
        UPDATE designia.webhook_events SET state = 'folded', note = NULL, order_id = committed
        WHERE id = folded AND state = 'waiting' AND claims = folded_token;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another worker has taken over' USING ERRCODE = 'DS003';
        END IF;
    END IF;

    PERFORM designia.write_orders_1(
        ids, expected, versions, buyers, statuses, payment_statuses, currencies, totals, placed, updated, next_ticks, states,
        seller_orders, sellers,
        event_orders, event_seqs, event_ats, event_causes, event_bodies,
        attempt_orders, attempt_nos, attempt_sessions, attempt_payments, attempt_states, attempt_currencies,
        attempt_amounts, attempt_captures,
        refund_orders, refund_nos, refund_attempts, refund_names, refund_states, refund_currencies, refund_amounts,
        foreign_orders, foreign_names, foreign_attempts, foreign_states, foreign_currencies, foreign_amounts,
        effect_orders, effect_events, effect_idxs, effect_keys, effect_kinds, effect_ats, effect_requests,
        journal_orders, journal_events, journal_ats, journal_debits, journal_credits, journal_currencies, journal_minors,
        stock_products, stock_deltas,
        movement_orders, movement_products, movement_reasons, movement_rounds, movement_quantities, movement_ats
    );
END $$;
