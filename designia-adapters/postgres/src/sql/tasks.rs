//! Tasks: see `0006_task_calls.sql` and `0007_task_locks.sql` for what the functions do.

super::statements! {
    ENQUEUE = "SELECT place, holder FROM designia.enqueue_tasks_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    EXCHANGE = "SELECT * FROM designia.exchange_tasks_1($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    PUT = "SELECT designia.put_tasks_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

    BURY = "SELECT designia.bury_tasks_1($1, $2, $3)";

    REVIVE = "SELECT designia.revive_task_1($1, $2, $3)";

    /// In one order, so that nobody waits in a circle.
    LOCK = "
        SELECT *, NULL::timestamptz AS ended_at, NULL::text AS result FROM designia.tasks
        WHERE id = ANY ($1) ORDER BY id FOR UPDATE";

    /// Passes over what somebody else is at.
    LOCK_FREE = "
        SELECT *, NULL::timestamptz AS ended_at, NULL::text AS result FROM designia.tasks
        WHERE id = ANY ($1) ORDER BY id FOR UPDATE SKIP LOCKED";

    LOCK_WAITING = "
        SELECT first.*, NULL::timestamptz AS ended_at, NULL::text AS result
        FROM generate_series(0, 2) AS rank
        CROSS JOIN LATERAL (
            SELECT * FROM designia.tasks
            WHERE queue = $1 AND priority = rank AND state IN ('PENDING', 'RETRY')
            ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS first
        LIMIT $2";

    LOCK_ENDED = "SELECT * FROM designia.task_history WHERE id = $1 LIMIT 1 FOR UPDATE";

    HOLDER = "SELECT id FROM designia.tasks WHERE unique_key = $1";

    /// Whoever holds them; not what was claimed again meanwhile.
    RENEW = "
        WITH held AS MATERIALIZED (
            SELECT wanted.place, task.id, task.queue, task.state, task.revoke_asked, wanted.progress
            FROM unnest($1::uuid[], $2::bigint[], $3::text[]) WITH ORDINALITY AS wanted (id, token, progress, place)
            JOIN designia.tasks AS task ON task.id = wanted.id
            WHERE task.claims = wanted.token AND task.state IN ('STARTED', 'PROGRESS')
            ORDER BY task.id FOR UPDATE OF task
        ), renewed AS (
            UPDATE designia.tasks AS task
            SET due_at = $4, progress = coalesce(held.progress, task.progress),
                state = CASE WHEN held.progress IS NULL THEN task.state ELSE 'PROGRESS' END
            FROM held WHERE task.id = held.id
            RETURNING task.queue, held.state AS was_state, task.state
        ), noted AS (
            INSERT INTO designia.tally_changes (kind, word, unit, amount)
            SELECT 'tasks', word, queue, sum(amount) FROM (
                SELECT was_state AS word, queue, -1 AS amount FROM renewed UNION ALL SELECT state, queue, 1 FROM renewed
            ) AS changed
            GROUP BY word, queue HAVING sum(amount) <> 0
        )
        SELECT place, revoke_asked FROM held";

    BEAT = "
        INSERT INTO designia.task_workers (name, beat_at, status) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at, status = excluded.status";

    LEAVE = "DELETE FROM designia.task_workers WHERE name = $1";

    WORKERS = "SELECT status FROM designia.task_workers WHERE beat_at >= $1 ORDER BY name";

    FORGET_WORKERS = "
        DELETE FROM designia.task_workers WHERE name = ANY (ARRAY(
            SELECT name FROM designia.task_workers WHERE beat_at < $1 ORDER BY name LIMIT 1000 FOR UPDATE SKIP LOCKED
        ))";

    /// Wherever it is.
    TASK = "
        SELECT id, queue, priority, state, due_at, NULL::timestamptz AS ended_at, claims, attempts, max_attempts,
            revoke_asked, kind, unique_key, enqueued_at, run_at, start_by, schedule, slot_at, worker, started_at, args,
            NULL::text AS result, progress, failures, note
        FROM designia.tasks WHERE id = $1
        UNION ALL
        SELECT id, queue, priority, state, due_at, ended_at, claims, attempts, max_attempts, revoke_asked, kind, unique_key,
            enqueued_at, run_at, start_by, schedule, slot_at, worker, started_at, args, result, progress, failures, note
        FROM designia.task_history WHERE id = $1
        LIMIT 1";

    /// Reads on in the order of ids, or of those of a kind, or, if none is given, of a queue. Whatever else is asked for is written
    /// so that it fits no index: that of a queue with a million rows would be read through for the few of a kind.
    PAGE = "
        SELECT * FROM (
            (SELECT id, queue, priority, state, due_at, NULL::timestamptz AS ended_at, claims, attempts, max_attempts,
                revoke_asked, kind, unique_key, enqueued_at, run_at, start_by, schedule, slot_at, worker, started_at, args,
                NULL::text AS result, progress, failures, note
            FROM designia.tasks
            WHERE id <= $1 AND id >= $3 AND ($4::text IS NULL OR kind = $4) AND ($5::text IS NULL OR queue || '' = $5)
            ORDER BY id DESC LIMIT $2)
            UNION ALL
            (SELECT id, queue, priority, state, due_at, ended_at, claims, attempts, max_attempts, revoke_asked, kind,
                unique_key, enqueued_at, run_at, start_by, schedule, slot_at, worker, started_at, args, result, progress,
                failures, note
            FROM designia.task_history
            WHERE id <= $1 AND id >= $3 AND ($4::text IS NULL OR kind = $4)
                AND ($5::text IS NULL OR CASE WHEN $4::text IS NULL THEN queue = $5 ELSE queue || '' = $5 END)
            ORDER BY id DESC LIMIT $2)
        ) AS found ORDER BY id DESC LIMIT $2";

    /// The same, of what waits or runs.
    LIVE_PAGE = "
        SELECT *, NULL::timestamptz AS ended_at, NULL::text AS result FROM designia.tasks
        WHERE state = $6 AND id <= $1 AND id >= $3 AND ($4::text IS NULL OR kind = $4) AND ($5::text IS NULL OR queue || '' = $5)
        ORDER BY id DESC LIMIT $2";

    /// The same, of what has ended.
    ENDED_PAGE = "
        SELECT * FROM designia.task_history
        WHERE state = $6 AND id <= $1 AND id >= $3 AND ($4::text IS NULL OR kind = $4)
            AND ($5::text IS NULL OR CASE WHEN $4::text IS NULL THEN queue = $5 ELSE queue || '' = $5 END)
        ORDER BY id DESC LIMIT $2";

    /// The same, of what did not go well, without looking through what did.
    FAILED_PAGE = "
        SELECT * FROM designia.task_history
        WHERE state <> 'SUCCESS' AND state = $6 AND id <= $1 AND id >= $3
            AND ($4::text IS NULL OR kind || '' = $4) AND ($5::text IS NULL OR queue || '' = $5)
        ORDER BY id DESC LIMIT $2";

    /// The sums, and what has not been folded into them yet. A queue that has been used stays among them.
    COUNTS = "
        SELECT split_part(unit, ' ', 1) AS queue, word, sum(amount)::bigint FROM (
            SELECT unit, word, amount FROM designia.tallies WHERE kind IN ('tasks', 'ended_tasks')
            UNION ALL
            SELECT unit, word, amount FROM designia.tally_changes WHERE kind IN ('tasks', 'ended_tasks')
        ) AS tally
        GROUP BY split_part(unit, ' ', 1), word";

    QUEUES = "SELECT name, paused FROM designia.task_queues ORDER BY name";

    SET_PAUSED = "
        INSERT INTO designia.task_queues (name, paused) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET paused = excluded.paused";

    OLDEST_DUE = "
        SELECT name, min(first.due_at) FROM unnest($1::text[]) AS name
        CROSS JOIN generate_series(0, 2) AS rank
        CROSS JOIN LATERAL (
            SELECT due_at FROM designia.tasks
            WHERE queue = name AND priority = rank AND due_at <= $2 AND state IN ('PENDING', 'RETRY')
            ORDER BY due_at, id LIMIT 1
        ) AS first
        GROUP BY name";

    FORGET = "SELECT designia.forget_tasks_1($1, $2)";

    /// Whole days before one.
    DAYS_BEFORE = "
        SELECT right(child.relname, 8) AS day
        FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = 'designia.task_history'::regclass AND child.relname ~ '^task_history_[0-9]{8}$'
            AND right(child.relname, 8) < designia.task_day_1($1)
        ORDER BY day";

    LOCK_TALLIES = "SELECT pg_advisory_xact_lock($1)";

    DROP_DAY = "SELECT designia.drop_task_day_1($1, $2, $3)";

    KEEP_DAY = "SELECT designia.keep_task_day_1($1)";
}
