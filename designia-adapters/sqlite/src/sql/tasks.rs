//! Enqueuing, claiming and settling tasks. What waits or runs is what has not ended: the words of the partial indexes.

super::statements! {
    KNOWN = "SELECT id FROM tasks WHERE id IN (SELECT unhex(value) FROM json_each(?1))";

    HOLDERS = "
        SELECT unique_key, id FROM tasks
        WHERE ended_at IS NULL AND unique_key IN (SELECT value FROM json_each(?1))";

    /// The same as in `commit.sql`, which leaves out what is known or held.
    INSERT = "
        INSERT INTO tasks (
            id, kind, queue, priority, args, unique_key, max_attempts, enqueued_at, run_at, start_by, schedule, slot_at,
            state, due_at
        )
        SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
            value ->> 8, value ->> 9, value ->> 10, value ->> 11, 'PENDING', value ->> 8
        FROM json_each(?1)";

    /// For each of these queues that is not held, and each priority, when its first task is due or runs out; in the order in
    /// which they are to be emptied.
    LANES = "
        SELECT own.value, rank.value, (
            SELECT due_at FROM tasks
            WHERE queue = own.value AND priority = rank.value AND ended_at IS NULL ORDER BY due_at, id LIMIT 1
        )
        FROM json_each(?1) AS own CROSS JOIN json_each('[0,1,2]') AS rank
        WHERE NOT EXISTS (SELECT 1 FROM task_queues WHERE name = own.value AND paused = 1)
        ORDER BY own.key, rank.value";

    DUE = "
        SELECT * FROM tasks
        WHERE queue = ?1 AND priority = ?2 AND ended_at IS NULL AND due_at <= ?3 ORDER BY due_at, id LIMIT ?4";

    /// What `TaskRecord::claim` does to a task that waited.
    CLAIM = "
        UPDATE tasks SET
            state = 'STARTED', attempts = attempts + 1, claims = claims + 1, due_at = ?1, worker = ?2, started_at = ?3,
            progress = NULL, note = NULL
        WHERE seq IN (SELECT value FROM json_each(?4))";

    /// Rows that can't be read come up again later.
    POSTPONE = "UPDATE tasks SET due_at = ?1 WHERE seq IN (SELECT value FROM json_each(?2))";

    /// What `TaskRecord::settle` does about a success. The `+` keeps the planner from looking through all that runs.
    SUCCEED = "
        UPDATE tasks SET state = 'SUCCESS', ended_at = ?1, result = own.result, note = NULL
        FROM (
            SELECT unhex(value ->> 0) AS id, value ->> 1 AS token, value ->> 2 AS result FROM json_each(?2)
        ) AS own
        WHERE tasks.id = own.id AND claims = own.token AND +state IN ('STARTED', 'PROGRESS')
        RETURNING tasks.id";

    /// What `TaskRecord::renew` does.
    RENEW = "
        UPDATE tasks SET
            due_at = ?1,
            state = iif(own.progress IS NULL, state, 'PROGRESS'),
            progress = coalesce(own.progress, tasks.progress)
        FROM (
            SELECT unhex(value ->> 0) AS id, value ->> 1 AS token, value ->> 2 AS progress FROM json_each(?2)
        ) AS own
        WHERE tasks.id = own.id AND claims = own.token AND +state IN ('STARTED', 'PROGRESS')
        RETURNING tasks.id, claims, revoke_asked";

    BY_IDS = "SELECT * FROM tasks WHERE id IN (SELECT unhex(value) FROM json_each(?1))";

    BY_ID = "SELECT * FROM tasks WHERE id = ?1";

    /// All of a row that may change.
    WRITE = "
        UPDATE tasks SET
            start_by = ?2, state = ?3, attempts = ?4, claims = ?5, due_at = ?6, worker = ?7, started_at = ?8, ended_at = ?9,
            progress = ?10, result = ?11, failures = ?12, revoke_asked = ?13, note = ?14
        WHERE seq = ?1";

    FORGET = "DELETE FROM tasks WHERE seq IN (SELECT value FROM json_each(?1))";

    BEAT = "
        INSERT INTO task_workers (name, beat_at, status) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at, status = excluded.status";

    FORGET_WORKER = "DELETE FROM task_workers WHERE name = ?1";
}
