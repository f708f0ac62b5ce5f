-- What a person looks for among orders: deadlines, what needs somebody, what was earned today.
--
-- Both columns follow from the aggregate alone. For the orders that are here already the program fills them, some at a time and in
-- transactions of their own (`src/restate.rs`), from a list that is made here: those that wait for money or for a person. To
-- make it every order is looked into once, which takes some ten seconds for a million, and nobody else reads orders meanwhile.

ALTER TABLE designia.orders
    -- When an order that waits for money expires.
    ADD COLUMN expires_at timestamptz,
    -- By when a person should first look at it.
    ADD COLUMN attention_at timestamptz;

CREATE INDEX orders_expiring ON designia.orders (expires_at, id) WHERE expires_at IS NOT NULL;
CREATE INDEX orders_attention ON designia.orders (attention_at, id) WHERE attention_at IS NOT NULL;

-- Orders of which the two columns are still to be stated: those from before, and those that a node of an earlier release writes.
CREATE TABLE designia.unstated_orders (
    order_id uuid PRIMARY KEY REFERENCES designia.orders (id) ON DELETE CASCADE
);

INSERT INTO designia.unstated_orders (order_id)
SELECT id FROM designia.orders
WHERE status = 'pending_payment'
    OR EXISTS (SELECT 1 FROM designia.refunds WHERE order_id = orders.id AND state = 'failed')
    OR json_typeof(state -> 'hold') = 'object'
    OR json_array_length(state -> 'quarantined') > 0;

-- Counted like the rest (`0002_tallies.sql`): 'due' and an hour, as a number counted from 1970, are the orders that expire in it;
-- 'attention' without a word those that need a person. 'captured' and 'refunded' and a day, counted from 1970, with a currency as
-- the unit, are what came and went at the provider on it: `refunded` is less by what a refund brought back that failed after all,
-- and may be less than nothing. Hours that are done with and days that are a week old are forgotten by the upkeep.

CREATE OR REPLACE FUNCTION designia.tally_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO designia.tally_changes (kind, word, unit, amount)
        SELECT kind, word, '', count(*) FROM after CROSS JOIN LATERAL (VALUES
            ('orders', status), ('due', div(extract(epoch FROM nullif(expires_at, 'infinity')), 3600)::bigint::text),
            ('attention', CASE WHEN attention_at IS NULL THEN NULL ELSE '' END)
        ) AS counted (kind, word)
        WHERE word IS NOT NULL GROUP BY kind, word;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO designia.tally_changes (kind, word, unit, amount)
        SELECT kind, word, '', -count(*) FROM before CROSS JOIN LATERAL (VALUES
            ('orders', status), ('due', div(extract(epoch FROM nullif(expires_at, 'infinity')), 3600)::bigint::text),
            ('attention', CASE WHEN attention_at IS NULL THEN NULL ELSE '' END)
        ) AS counted (kind, word)
        WHERE word IS NOT NULL GROUP BY kind, word;
    ELSE
        INSERT INTO designia.tally_changes (kind, word, unit, amount)
        SELECT kind, word, '', sum(amount) FROM (
            SELECT status, expires_at, attention_at, 1 AS amount FROM after
            UNION ALL SELECT status, expires_at, attention_at, -1 FROM before
        ) AS changed CROSS JOIN LATERAL (VALUES
            ('orders', status), ('due', div(extract(epoch FROM nullif(expires_at, 'infinity')), 3600)::bigint::text),
            ('attention', CASE WHEN attention_at IS NULL THEN NULL ELSE '' END)
        ) AS counted (kind, word)
        WHERE word IS NOT NULL GROUP BY kind, word HAVING sum(amount) <> 0;
    END IF;
    RETURN NULL;
END $$;

-- The accounts alone don't tell what was paid from a refund that came back; the event does.
CREATE OR REPLACE FUNCTION designia.tally_journals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO designia.tally_changes (kind, word, unit, amount)
    SELECT kind, word, unit, sum(amount) FROM (
        SELECT 'account' AS kind, debit AS word, currency AS unit, minor AS amount FROM after
        UNION ALL SELECT 'account', credit, currency, -minor FROM after
        UNION ALL SELECT 'refunded', ((at AT TIME ZONE 'UTC')::date - date '1970-01-01')::text, currency, minor
            FROM after WHERE credit = 'provider_balance'
        UNION ALL SELECT
                CASE caused.event ->> 'type' WHEN 'payment_captured' THEN 'captured' ELSE 'refunded' END,
                ((after.at AT TIME ZONE 'UTC')::date - date '1970-01-01')::text, currency,
                CASE caused.event ->> 'type' WHEN 'payment_captured' THEN minor ELSE -minor END
            FROM after JOIN designia.events AS caused
                ON caused.order_id = after.order_id AND caused.seq = after.event
            WHERE debit = 'provider_balance'
    ) AS posted
    GROUP BY kind, word, unit HAVING sum(amount) <> 0;
    RETURN NULL;
END $$;

INSERT INTO designia.tally_changes (kind, word, unit, amount)
SELECT kind, day::text, currency, sum(minor) FROM (
    SELECT day, currency, CASE WHEN is_capture THEN 'captured' ELSE 'refunded' END AS kind,
        CASE WHEN is_capture OR is_gone THEN minor ELSE -minor END AS minor
    FROM (
        SELECT (journals.at AT TIME ZONE 'UTC')::date - date '1970-01-01' AS day, currency, minor,
            credit = 'provider_balance' AS is_gone,
            debit = 'provider_balance' AND events.event ->> 'type' = 'payment_captured' AS is_capture
        FROM designia.journals JOIN designia.events ON events.order_id = journals.order_id AND seq = journals.event
        WHERE 'provider_balance' IN (debit, credit)
            AND journals.at > (
                SELECT max(at) FROM designia.journals WHERE 'provider_balance' IN (debit, credit)
            ) - interval '9 days'
    ) AS moved
) AS booked GROUP BY kind, day, currency HAVING sum(minor) <> 0;

-- The commit (`0004_commit.sql`) with the two columns.

-- Writes orders with what happened to them and what follows from it.
CREATE FUNCTION designia.write_orders_2(
    -- The orders as they are afterwards, and the versions that were decided against; 0 for one that is not to exist yet.
    ids uuid[], expected bigint[], versions bigint[], buyers uuid[], statuses text[], payment_statuses text[],
    currencies text[], totals bigint[], placed timestamptz[], updated timestamptz[], next_ticks timestamptz[],
    expiries timestamptz[], attentions timestamptz[], states text[],
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
                next_tick_at, tick_due_at, expires_at, attention_at, version, state
            )
            SELECT
                ids[i], buyers[i], statuses[i], payment_statuses[i], currencies[i], totals[i], placed[i], updated[i],
                next_ticks[i], next_ticks[i], expiries[i], attentions[i], versions[i], states[i]::json
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
                next_tick_at = next_ticks[i], tick_due_at = next_ticks[i], expires_at = expiries[i],
                attention_at = attentions[i], version = versions[i], state = states[i]::json
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

-- What a node of an earlier release calls: it knows nothing of the two columns, so they are to be stated by one that does.
CREATE OR REPLACE FUNCTION designia.write_orders_1(
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
) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM designia.write_orders_2(
        ids, expected, versions, buyers, statuses, payment_statuses, currencies, totals, placed, updated,
        next_ticks, NULL, NULL, states, seller_orders, sellers, event_orders, event_seqs, event_ats,
        event_causes, event_bodies, attempt_orders, attempt_nos, attempt_sessions, attempt_payments,
        attempt_states, attempt_currencies, attempt_amounts, attempt_captures, refund_orders, refund_nos,
        refund_attempts, refund_names, refund_states, refund_currencies, refund_amounts, foreign_orders,
        foreign_names, foreign_attempts, foreign_states, foreign_currencies, foreign_amounts, effect_orders,
        effect_events, effect_idxs, effect_keys, effect_kinds, effect_ats, effect_requests, journal_orders,
        journal_events, journal_ats, journal_debits, journal_credits, journal_currencies, journal_minors,
        stock_products, stock_deltas, movement_orders, movement_products, movement_reasons, movement_rounds,
        movement_quantities, movement_ats
    );
    INSERT INTO designia.unstated_orders (order_id)
    SELECT ids[i] FROM generate_subscripts(ids, 1) AS i
    ON CONFLICT DO NOTHING;
END $$;
