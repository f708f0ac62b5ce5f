-- What a console asks about webhook events and effects: what was done about each, by an index or a counter.
--
-- A log is a JSON array with an array for each line: at in microseconds since 1970, what, note; of a call also the outcome
-- before the note. The latest fifty lines are kept.

ALTER TABLE designia.webhook_events
    -- The provider's header as it came; NULL for what was fetched.
    ADD signature text,
    ADD log jsonb NOT NULL DEFAULT '[]';

ALTER TABLE designia.effects ADD calls jsonb NOT NULL DEFAULT '[]';

CREATE TRIGGER webhook_events_keep_signatures BEFORE UPDATE OF signature ON designia.webhook_events
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('the first signature of a webhook event is kept for ever');

DROP INDEX designia.webhook_events_of_order;
CREATE INDEX webhook_events_of_order ON designia.webhook_events (order_id, received_at, id) WHERE order_id IS NOT NULL;

-- What is done leaves it, which is nearly all that there is.
CREATE INDEX effects_not_done ON designia.effects (state, due_at, order_id, event, idx) WHERE state <> 'done';

CREATE FUNCTION designia.micros_1(at timestamptz) RETURNS bigint LANGUAGE sql STABLE
RETURN (extract(epoch FROM at) * 1000000)::bigint;

-- An event's log with one more step.
CREATE FUNCTION designia.logged_1(log jsonb, at timestamptz, what text, note text) RETURNS jsonb LANGUAGE sql STABLE
RETURN (CASE WHEN jsonb_array_length(log) < 50 THEN log ELSE log - 0 END)
    || jsonb_build_array(jsonb_build_array(designia.micros_1(at), what, note));

-- An effect's calls with one more, of which nobody knows yet what came.
CREATE FUNCTION designia.called_1(calls jsonb, at timestamptz, state text) RETURNS jsonb LANGUAGE sql STABLE
RETURN (CASE WHEN jsonb_array_length(calls) < 50 THEN calls ELSE calls - 0 END)
    || jsonb_build_array(jsonb_build_array(
        designia.micros_1(at), CASE state WHEN 'planned' THEN 'send' ELSE 'look_up' END, NULL::text, NULL::text
    ));

-- An effect's calls with what came of the last.
CREATE FUNCTION designia.answered_1(calls jsonb, outcome text, note text) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_set(
    jsonb_set(calls, '{-1,2}', to_jsonb(outcome)), '{-1,3}', coalesce(to_jsonb(note), 'null')
);

-- How many events came in, by minute. Kind 'webhook_minutes', and as the word the minute's number since 1970 in twelve
-- digits, so that words are in order. Only the latest are kept (`PostgresStore::upkeep`).
CREATE FUNCTION designia.tally_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO designia.tally_changes (kind, word, unit, amount)
    SELECT 'webhook_minutes', to_char(floor(extract(epoch FROM received_at) / 60), 'FM000000000000'), '', count(*)
    FROM after GROUP BY 2;
    RETURN NULL;
END $$;

CREATE TRIGGER webhook_events_received AFTER INSERT ON designia.webhook_events
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_received();

-- One order's commit, as `commit_order_1`, which stays for the nodes that have not been restarted yet: first what may refuse it, in
-- this order, then what it writes.
CREATE FUNCTION designia.commit_order_2(
    committed uuid, decided_against bigint, decided_at timestamptz,
    -- The request that this answers.
    key_buyer uuid, request_key text, request_fingerprint text,
    -- The effect that this settles, by which claim, and what it becomes.
    settled_event bigint, settled_idx bigint, settled_token bigint, settled_state text, settled_due_at timestamptz,
    settled_note text,
    -- The webhook event that this folds, by which claim and when.
    folded text, folded_token bigint, folded_at timestamptz,
    -- As for `write_orders_2`.
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
            first_sent_at = CASE settled_state WHEN 'planned' THEN NULL ELSE first_sent_at END,
            calls = designia.answered_1(calls, settled_state, settled_note)
        WHERE order_id = committed AND event = settled_event AND idx = settled_idx
            AND state = 'sent' AND claims = settled_token;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another worker has taken over' USING ERRCODE = 'DS003';
        END IF;
    END IF;
    IF folded IS NOT NULL THEN
        UPDATE designia.webhook_events
        SET state = 'folded', note = NULL, order_id = committed, log = designia.logged_1(log, folded_at, 'folded', NULL)
        WHERE id = folded AND state = 'waiting' AND claims = folded_token;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another worker has taken over' USING ERRCODE = 'DS003';
        END IF;
    END IF;

    PERFORM designia.write_orders_2(
        ids, expected, versions, buyers, statuses, payment_statuses, currencies, totals, placed, updated, next_ticks,
        expiries, attentions, states,
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
