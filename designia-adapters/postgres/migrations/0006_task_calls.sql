-- What is done with tasks, each as one call. The tables are those of `0005_tasks.sql`.
--
-- As with commits, rows that come in numbers are parallel arrays, and the functions carry a number: one that takes something else
-- is added under the next.

-- The day of an instant, as it stands in the names of tables and in the units of counters.
CREATE FUNCTION designia.task_day_1(at timestamptz) RETURNS text LANGUAGE sql STABLE
RETURN to_char(at AT TIME ZONE 'UTC', 'YYYYMMDD');

-- Makes a day's table, unless there is one; false if there must be none, because what ended on that day is among the others.
--
-- The table is made first and attached then, which keeps nobody from reading or writing the history of other days.
CREATE FUNCTION designia.keep_task_day_1(at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    day text := designia.task_day_1(at);
    start timestamptz := date_trunc('day', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
BEGIN
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

CREATE TYPE designia.refused_task_1 AS (
    -- Which one, from 1.
    place integer,
    -- The task that is in its place: that of its own id, or the one that has its unique key.
    holder uuid
);

-- Stores tasks that are not known, and answers with those that it did not store.
CREATE FUNCTION designia.enqueue_tasks_1(
    ids uuid[], queues text[], priorities smallint[], kinds text[], bodies text[], keys text[], limits integer[],
    enqueued timestamptz[], runs timestamptz[], starts timestamptz[], schedules text[], slots timestamptz[]
) RETURNS SETOF designia.refused_task_1 LANGUAGE plpgsql
-- A host commits over connections of its own: see `write_orders_1`.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    places integer[] := ARRAY(SELECT generate_subscripts(ids, 1));
    stored integer[] := '{}';
    fresh uuid[];
    known uuid[];
    mine integer[];
    answer designia.refused_task_1;
    rest integer[];
BEGIN
    FOR round IN 1..20 LOOP
        WITH new AS (
            INSERT INTO designia.tasks (
                id, queue, priority, state, due_at, max_attempts, kind, unique_key, enqueued_at, run_at, start_by, schedule,
                slot_at, args
            )
            SELECT
                ids[i], queues[i], priorities[i], 'PENDING', runs[i], limits[i], kinds[i], keys[i], enqueued[i], runs[i],
                starts[i], schedules[i], slots[i], bodies[i]
            FROM unnest(places) AS i
            ON CONFLICT DO NOTHING
            RETURNING id
        )
        SELECT array_agg(id) INTO fresh FROM new;
        -- Only now: what was waiting a moment ago may have ended meanwhile, and then the line above has waited for that.
        SELECT array_agg(id) INTO known FROM designia.task_history WHERE id = ANY (fresh);
        IF known IS NOT NULL THEN
            DELETE FROM designia.tasks WHERE id = ANY (known);
            fresh := ARRAY(SELECT id FROM unnest(fresh) AS id WHERE id <> ALL (known));
        END IF;
        IF cardinality(fresh) = cardinality(places) THEN
            stored := stored || places;
            EXIT;
        END IF;

        mine := ARRAY(
            SELECT DISTINCT ON (ids[i]) i FROM unnest(places) AS i
            WHERE ids[i] = ANY (fresh)
                AND (SELECT unique_key FROM designia.tasks WHERE id = ids[i]) IS NOT DISTINCT FROM keys[i]
            ORDER BY ids[i], i
        );
        stored := stored || mine;
        rest := '{}';
        FOR answer IN
            SELECT i, coalesce(
                (SELECT id FROM designia.tasks WHERE id = ids[i]),
                (SELECT id FROM designia.task_history WHERE id = ids[i] LIMIT 1),
                (SELECT id FROM designia.tasks WHERE unique_key = keys[i])
            ) FROM unnest(places) AS i WHERE i <> ALL (mine)
        LOOP
            IF answer.holder IS NULL THEN
                -- Whatever was in its place is gone again.
                rest := rest || answer.place;
            ELSE
                RETURN NEXT answer;
            END IF;
        END LOOP;
        EXIT WHEN rest = '{}';
        IF round = 20 THEN
            RAISE EXCEPTION 'others come and go too fast' USING ERRCODE = '40001';
        END IF;
        places := rest;
    END LOOP;

    INSERT INTO designia.tally_changes (kind, word, unit, amount)
    SELECT 'tasks', 'PENDING', queues[i], count(*) FROM unnest(stored) AS i GROUP BY queues[i];
END $$;

CREATE TYPE designia.exchanged_1 AS (
    -- 'settled': `places` are those that were recorded. 'claimed': a task that the caller has now; `at` is when it was due. 'odd':
    -- one that is due but isn't to be handed out just like that. 'next': `at` is when the next one is due.
    what text,
    places integer[],
    at timestamptz,
    id uuid, queue text, priority smallint, claims bigint, attempts integer, max_attempts integer, kind text, unique_key text,
    enqueued_at timestamptz, run_at timestamptz, start_by timestamptz, schedule text, slot_at timestamptz, args text
);

-- Records what went well, then hands out what is due: the ordinary course of things, in one call. What isn't ordinary is left
-- to the caller, under the same rules as everywhere.
--
-- No rows are joined to `tasks`: the plan of a join would be made while there is hardly a task, which is most of the time, and
-- kept for when there are a hundred thousand, all of which it would walk through along an index.
CREATE FUNCTION designia.exchange_tasks_1(
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
        WITH gone AS (
            DELETE FROM designia.tasks
            WHERE id = ANY (done) AND claims = tokens[array_position(done, id)] AND state IN ('STARTED', 'PROGRESS')
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

-- Makes rows what they have become, whatever that is. The caller holds their locks.
CREATE FUNCTION designia.put_tasks_1(
    ids uuid[], states text[], dues timestamptz[], claim_counts bigint[], attempt_counts integer[], workers text[],
    starteds timestamptz[], endeds timestamptz[], progresses text[], outcomes text[], failed text[], asked boolean[],
    notes text[],
    -- What is to be forgotten.
    moved uuid[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO designia.tally_changes (kind, word, unit, amount)
    SELECT kind, word, unit, sum(amount) FROM (
        SELECT 'tasks' AS kind, state AS word, queue AS unit, -1 AS amount
        FROM designia.tasks WHERE id = ANY (ids || moved)
        UNION ALL
        SELECT CASE WHEN endeds[i] IS NULL THEN 'tasks' ELSE 'ended_tasks' END, states[i],
            queue || coalesce(' ' || designia.task_day_1(endeds[i]), ''), 1
        FROM (SELECT array_position(ids, id) AS i, queue FROM designia.tasks WHERE id = ANY (ids)) AS put
    ) AS changed
    GROUP BY kind, word, unit HAVING sum(amount) <> 0;

    FOR i IN 1..coalesce(cardinality(ids), 0) LOOP
        IF endeds[i] IS NULL THEN
            UPDATE designia.tasks
            SET state = states[i], due_at = dues[i], claims = claim_counts[i], attempts = attempt_counts[i],
                worker = workers[i], started_at = starteds[i], progress = progresses[i], failures = failed[i],
                revoke_asked = asked[i], note = notes[i]
            WHERE id = ids[i];
        ELSE
            WITH gone AS (
                DELETE FROM designia.tasks WHERE id = ids[i] RETURNING *
            )
            INSERT INTO designia.task_history (
                id, queue, priority, state, due_at, ended_at, claims, attempts, max_attempts, revoke_asked, kind,
                unique_key, enqueued_at, run_at, start_by, schedule, slot_at, worker, started_at, args, result, progress,
                failures, note
            )
            SELECT
                id, queue, priority, states[i], dues[i], endeds[i], claim_counts[i], attempt_counts[i], max_attempts,
                asked[i], kind, unique_key, enqueued_at, run_at, start_by, schedule, slot_at, workers[i], starteds[i], args,
                outcomes[i], progresses[i], failed[i], notes[i]
            FROM gone;
        END IF;
    END LOOP;

    IF moved IS NOT NULL THEN
        DELETE FROM designia.tasks WHERE id = ANY (moved);
    END IF;
END $$;

-- Ends tasks that can't be read, as they are, so that they come up no more.
CREATE FUNCTION designia.bury_tasks_1(ids uuid[], at timestamptz, why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH gone AS (
        DELETE FROM designia.tasks WHERE id = ANY (ids) RETURNING *
    ), ended AS (
        INSERT INTO designia.task_history (
            id, queue, priority, state, due_at, ended_at, claims, attempts, max_attempts, revoke_asked, kind, unique_key,
            enqueued_at, run_at, start_by, schedule, slot_at, worker, started_at, args, progress, failures, note
        )
        SELECT
            id, queue, priority, 'FAILURE', due_at, at, claims, attempts, max_attempts, revoke_asked, kind, unique_key,
            enqueued_at, run_at, start_by, schedule, slot_at, worker, started_at, args, progress, failures, why
        FROM gone
    )
    INSERT INTO designia.tally_changes (kind, word, unit, amount)
    SELECT 'tasks', state, queue, -count(*) FROM gone GROUP BY state, queue
    UNION ALL
    SELECT 'ended_tasks', 'FAILURE', queue || ' ' || designia.task_day_1(at), count(*) FROM gone GROUP BY queue;
END $$;

-- Lets a task that has ended wait again, from now on. Its unique key may have been taken meanwhile, which breaks a constraint.
CREATE FUNCTION designia.revive_task_1(revived uuid, at timestamptz, why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH back AS (
        DELETE FROM designia.task_history WHERE id = revived RETURNING *
    ), waiting AS (
        INSERT INTO designia.tasks (
            id, queue, priority, state, due_at, claims, attempts, max_attempts, kind, unique_key, enqueued_at, run_at,
            schedule, slot_at, worker, started_at, args, failures, note
        )
        SELECT
            id, queue, priority, 'PENDING', at, claims, 0, max_attempts, kind, unique_key, enqueued_at, run_at,
            schedule, slot_at, worker, started_at, args, failures, why
        FROM back
    )
    INSERT INTO designia.tally_changes (kind, word, unit, amount)
    SELECT 'ended_tasks', state, queue || ' ' || designia.task_day_1(ended_at), -1 FROM back
    UNION ALL
    SELECT 'tasks', 'PENDING', queue, 1 FROM back;
END $$;

-- Forgets tasks that ended before then, at most so many: how many.
CREATE FUNCTION designia.forget_tasks_1(before timestamptz, at_most bigint) RETURNS bigint LANGUAGE sql AS $$
    WITH old AS MATERIALIZED (
        SELECT id, ended_at FROM designia.task_history WHERE ended_at < before
        ORDER BY ended_at LIMIT at_most FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM designia.task_history AS ended USING old
        WHERE ended.id = old.id AND ended.ended_at = old.ended_at
        RETURNING ended.state, ended.queue, ended.ended_at
    ), noted AS (
        INSERT INTO designia.tally_changes (kind, word, unit, amount)
        SELECT 'ended_tasks', state, queue || ' ' || designia.task_day_1(ended_at), -count(*) FROM gone GROUP BY 2, 3
    )
    SELECT count(*) FROM gone
$$;

-- Drops a day's table, if it holds no more than so many tasks or so many that they are better dropped than deleted, and answers
-- with how many they were; NULL if there are a few too many. Nobody reads or writes history meanwhile, so it is for the caller
-- to say how long this may wait for the others to finish (`lock_timeout`), and to see to it that nobody folds.
CREATE FUNCTION designia.drop_task_day_1(day text, at_most bigint, many bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    held bigint;
BEGIN
    LOCK TABLE designia.task_history IN ACCESS EXCLUSIVE MODE;
    IF to_regclass('designia.task_history_' || day) IS NULL THEN
        RETURN 0;
    END IF;
    SELECT coalesce(sum(amount), 0) INTO held FROM (
        SELECT kind, unit, amount FROM designia.tallies UNION ALL SELECT kind, unit, amount FROM designia.tally_changes
    ) AS noted
    WHERE kind = 'ended_tasks' AND split_part(unit, ' ', 2) = day;
    IF held > at_most AND held < many THEN
        RETURN NULL;
    END IF;
    EXECUTE format('DROP TABLE designia.%I', 'task_history_' || day);
    DELETE FROM designia.tallies WHERE kind = 'ended_tasks' AND split_part(unit, ' ', 2) = day;
    DELETE FROM designia.tally_changes WHERE kind = 'ended_tasks' AND split_part(unit, ' ', 2) = day;
    RETURN held;
END $$;
