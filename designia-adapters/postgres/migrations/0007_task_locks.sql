-- Who waits for whom: three calls of `0006_task_calls.sql` are made anew, so that nobody waits in a circle. They answer as before.

-- Makes a day's table, unless there is one; false if there must be none, because what ended on that day is among the others.
--
-- The table is made first and attached then, which keeps nobody from reading or writing the history of other days. Two who make
-- tables take turns before either has touched the others, on which each would keep a lock that the other's attaching waits for.
CREATE OR REPLACE FUNCTION designia.keep_task_day_1(at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    day text := designia.task_day_1(at);
    start timestamptz := date_trunc('day', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass('designia.task_history_' || day) IS NOT NULL THEN
        RETURN true;
    END IF;
    LOCK TABLE ONLY designia.task_history IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass('designia.task_history_' || day) IS NOT NULL THEN
        RETURN true;
    END IF;
    IF EXISTS (SELECT 1 FROM designia.task_history_other WHERE ended_at >= start AND ended_at < start + interval '1 day') THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE designia.%I (LIKE designia.task_history INCLUDING ALL)', 'task_history_' || day);
    EXECUTE format(
        'ALTER TABLE designia.task_history ATTACH PARTITION designia.%I FOR VALUES FROM (%L) TO (%L)',
        'task_history_' || day, start, start + interval '1 day'
    );
    RETURN true;
END $$;

-- Stores tasks that are not known, and answers with those that it did not store.
--
-- An id or a key that is stored is a lock until the transaction ends: others who want it wait. So they are stored in the order
-- in which they come, which for all callers is that of keys, and never a lower one after a higher one. An id that is taken is
-- known, whatever happens to it then, so those without a key are stored with one statement. Whoever has a key may be gone when
-- it is looked for; then this key is tried again before the next one is touched, hence one by one.
CREATE OR REPLACE FUNCTION designia.enqueue_tasks_1(
    ids uuid[], queues text[], priorities smallint[], kinds text[], bodies text[], keys text[], limits integer[],
    enqueued timestamptz[], runs timestamptz[], starts timestamptz[], schedules text[], slots timestamptz[]
) RETURNS SETOF designia.refused_task_1 LANGUAGE plpgsql
-- A host commits over connections of its own: see `write_orders_1`.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    plain integer[] := ARRAY(SELECT i FROM generate_subscripts(ids, 1) AS i WHERE keys[i] IS NULL);
    stored integer[] := '{}';
    fresh uuid[];
    known uuid[];
    answer designia.refused_task_1;
BEGIN
    IF plain <> '{}' THEN
        WITH new AS (
            INSERT INTO designia.tasks (
                id, queue, priority, state, due_at, max_attempts, kind, enqueued_at, run_at, start_by, schedule, slot_at, args
            )
            SELECT
                ids[i], queues[i], priorities[i], 'PENDING', runs[i], limits[i], kinds[i], enqueued[i], runs[i], starts[i],
                schedules[i], slots[i], bodies[i]
            FROM unnest(plain) AS i
            ON CONFLICT DO NOTHING
            RETURNING id
        )
        SELECT array_agg(id) INTO fresh FROM new;
        IF cardinality(fresh) = cardinality(plain) THEN
            stored := plain;
        ELSE
            stored := ARRAY(
                SELECT DISTINCT ON (ids[i]) i FROM unnest(plain) AS i WHERE ids[i] = ANY (fresh) ORDER BY ids[i], i
            );
            RETURN QUERY SELECT i, ids[i] FROM unnest(plain) AS i WHERE i <> ALL (stored);
        END IF;
    END IF;

    FOR i IN 1..coalesce(cardinality(ids), 0) LOOP
        CONTINUE WHEN keys[i] IS NULL;
        FOR round IN 1..20 LOOP
            INSERT INTO designia.tasks (
                id, queue, priority, state, due_at, max_attempts, kind, unique_key, enqueued_at, run_at, start_by, schedule,
                slot_at, args
            )
            VALUES (
                ids[i], queues[i], priorities[i], 'PENDING', runs[i], limits[i], kinds[i], keys[i], enqueued[i], runs[i],
                starts[i], schedules[i], slots[i], bodies[i]
            )
            ON CONFLICT DO NOTHING;
            IF FOUND THEN
                stored := stored || i;
                EXIT;
            END IF;
            SELECT i, coalesce(
                (SELECT id FROM designia.tasks WHERE id = ids[i]),
                (SELECT id FROM designia.task_history WHERE id = ids[i] LIMIT 1),
                (SELECT id FROM designia.tasks WHERE unique_key = keys[i])
            ) INTO answer;
            -- One of ours may have the key that has ended long ago, which is found out below.
            IF answer.holder = ANY (ids) AND answer.holder <> ids[i]
                AND EXISTS (SELECT 1 FROM designia.task_history WHERE id = answer.holder)
            THEN
                DELETE FROM designia.tasks WHERE id = answer.holder;
            ELSIF answer.holder IS NOT NULL THEN
                RETURN NEXT answer;
                EXIT;
            END IF;
            IF round = 20 THEN
                RAISE EXCEPTION 'others come and go too fast' USING ERRCODE = '40001';
            END IF;
        END LOOP;
    END LOOP;

    -- Only now: what was waiting a moment ago may have ended meanwhile, and then the insertion has waited for that.
    SELECT array_agg(id) INTO known FROM designia.task_history WHERE id = ANY (ARRAY(SELECT ids[i] FROM unnest(stored) AS i));
    IF known IS NOT NULL THEN
        DELETE FROM designia.tasks WHERE id = ANY (known);
        RETURN QUERY SELECT i, ids[i] FROM unnest(stored) AS i WHERE ids[i] = ANY (known);
        stored := ARRAY(SELECT i FROM unnest(stored) AS i WHERE ids[i] <> ALL (known));
    END IF;

    INSERT INTO designia.tally_changes (kind, word, unit, amount)
    SELECT 'tasks', 'PENDING', queues[i], count(*) FROM unnest(stored) AS i GROUP BY queues[i];
END $$;

-- Records what went well, then hands out what is due: the ordinary course of things, in one call. What isn't ordinary is left
-- to the caller, under the same rules as everywhere.
--
-- No rows are joined to `tasks`: the plan of a join would be made while there is hardly a task, which is most of the time, and
-- kept for when there are a hundred thousand, all of which it would walk through along an index.
CREATE OR REPLACE FUNCTION designia.exchange_tasks_1(
    at timestamptz,
    -- What went well: which tasks, by which claims, and to what it came.
    done uuid[], tokens bigint[], results text[],
    -- Who wants how many, from which queues, until when; how many may be looked at.
    claimer text, queues text[], wanted bigint, looked_at bigint, until timestamptz
) RETURNS SETOF designia.exchanged_1 LANGUAGE plpgsql AS $$
DECLARE
    day text := designia.task_day_1(at);
    unheld text[] := queues;
    given bigint;
BEGIN
    IF done IS NOT NULL THEN
        RETURN QUERY
        -- In the order of ids, as everywhere. A deletion alone would go along whichever index looked cheapest when it was planned,
        -- which is that of what is due if there was no task then.
        WITH held AS MATERIALIZED (
            SELECT id FROM designia.tasks
            WHERE id = ANY (done) AND claims = tokens[array_position(done, id)] AND state IN ('STARTED', 'PROGRESS')
            ORDER BY id FOR UPDATE
        ), gone AS (
            DELETE FROM designia.tasks WHERE id = ANY (ARRAY(SELECT held.id FROM held))
            RETURNING array_position(done, id) AS i, *
        ), ended AS (
            INSERT INTO designia.task_history (
                id, queue, priority, state, due_at, ended_at, claims, attempts, max_attempts, revoke_asked, kind, unique_key,
                enqueued_at, run_at, start_by, schedule, slot_at, worker, started_at, args, result, progress, failures
            )
            SELECT
                id, queue, priority, 'SUCCESS', due_at, at, claims, attempts, max_attempts, revoke_asked, kind, unique_key,
                enqueued_at, run_at, start_by, schedule, slot_at, worker, started_at, args, results[i], progress, failures
            FROM gone
        ), noted AS (
            INSERT INTO designia.tally_changes (kind, word, unit, amount)
            SELECT 'tasks', state, queue, -count(*) FROM gone GROUP BY state, queue
            UNION ALL
            SELECT 'ended_tasks', 'SUCCESS', queue || ' ' || day, count(*) FROM gone GROUP BY queue
        )
        SELECT 'settled', array_agg(i), NULL::timestamptz, NULL::uuid, NULL, NULL::smallint, NULL::bigint, NULL::integer,
            NULL::integer, NULL, NULL, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, NULL, NULL::timestamptz, NULL
        FROM gone;
    END IF;

    IF wanted > 0 THEN
        IF EXISTS (SELECT 1 FROM designia.task_queues WHERE paused) THEN
            unheld := ARRAY(
                SELECT name FROM unnest(queues) WITH ORDINALITY AS asked (name, place)
                WHERE NOT EXISTS (SELECT 1 FROM designia.task_queues AS held WHERE held.name = asked.name AND held.paused)
                ORDER BY place
            );
        END IF;
        -- Queue by queue and priority by priority, and no further than there are enough. What somebody else is about to claim
        -- or to settle is passed over.
        RETURN QUERY
        WITH due AS MATERIALIZED (
            SELECT first.*, first.state IN ('PENDING', 'RETRY')
                AND (first.attempts > 0 OR first.start_by IS NULL OR first.start_by >= at) AS is_plain
            FROM generate_series(0, cardinality(unheld) * 3 - 1) AS place
            CROSS JOIN LATERAL (
                SELECT task.id, task.queue, task.state, task.due_at, task.attempts, task.start_by
                FROM designia.tasks AS task
                WHERE task.queue = unheld[place / 3 + 1] AND task.priority = place % 3 AND task.due_at <= at
                ORDER BY task.due_at, task.id LIMIT looked_at FOR UPDATE SKIP LOCKED
            ) AS first
            LIMIT looked_at
        ), chosen AS MATERIALIZED (
            SELECT due.id, due.queue, due.state, due.due_at FROM due WHERE is_plain LIMIT wanted
        ), claimed AS (
            UPDATE designia.tasks AS task
            SET state = 'STARTED', attempts = task.attempts + 1, claims = task.claims + 1, due_at = until, worker = claimer,
                started_at = at, progress = NULL, note = NULL
            WHERE task.id = ANY (ARRAY(SELECT chosen.id FROM chosen))
            RETURNING task.*
        ), noted AS (
            INSERT INTO designia.tally_changes (kind, word, unit, amount)
            SELECT 'tasks', state, queue, -count(*) FROM chosen GROUP BY state, queue
            UNION ALL
            SELECT 'tasks', 'STARTED', queue, count(*) FROM chosen GROUP BY queue
        )
        SELECT 'claimed', NULL::integer[],
            (ARRAY(SELECT chosen.due_at FROM chosen))[array_position(ARRAY(SELECT chosen.id FROM chosen), claimed.id)],
            id, queue, priority, claims, attempts, max_attempts, kind, unique_key, enqueued_at, run_at, start_by, schedule,
            slot_at, args
        FROM claimed
        UNION ALL
        SELECT 'odd', NULL, NULL, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM due WHERE NOT is_plain;
        GET DIAGNOSTICS given = ROW_COUNT;

        IF given < looked_at THEN
            RETURN QUERY
            SELECT 'next', NULL::integer[], min(first.due_at), NULL::uuid, NULL, NULL::smallint, NULL::bigint, NULL::integer,
                NULL::integer, NULL, NULL, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, NULL, NULL::timestamptz,
                NULL
            FROM generate_series(0, cardinality(unheld) * 3 - 1) AS place
            CROSS JOIN LATERAL (
                SELECT task.due_at FROM designia.tasks AS task
                WHERE task.queue = unheld[place / 3 + 1] AND task.priority = place % 3 AND task.due_at > at
                ORDER BY task.due_at, task.id LIMIT 1
            ) AS first;
        END IF;
    END IF;
END $$;
