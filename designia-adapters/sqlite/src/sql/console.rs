//! Tasks and queues, for people. A page is a range of one index; what else it filters by is looked up in the rows.

super::statements! {
    PAGE = "SELECT * FROM tasks WHERE id < ?1 AND id >= ?3 ORDER BY id DESC LIMIT ?2";

    PAGE_BY_STATE = "
        SELECT * FROM tasks
        WHERE state = ?4 AND id < ?1 AND id >= ?3 AND (?5 IS NULL OR kind = ?5) AND (?6 IS NULL OR queue = ?6)
        ORDER BY id DESC LIMIT ?2";

    PAGE_BY_KIND = "
        SELECT * FROM tasks WHERE kind = ?4 AND id < ?1 AND id >= ?3 AND (?5 IS NULL OR queue = ?5)
        ORDER BY id DESC LIMIT ?2";

    PAGE_BY_QUEUE = "SELECT * FROM tasks WHERE queue = ?4 AND id < ?1 AND id >= ?3 ORDER BY id DESC LIMIT ?2";

    COUNTS = "SELECT queue, state, amount FROM task_counts";

    QUEUES = "SELECT name, paused FROM task_queues";

    /// When the longest due task that waits was due, by queue.
    OLDEST_DUE = "
        SELECT own.value, min((
            SELECT due_at FROM tasks
            WHERE queue = own.value AND priority = rank.value AND ended_at IS NULL AND due_at <= ?2
                AND +state IN ('PENDING', 'RETRY')
            ORDER BY due_at, id LIMIT 1
        ))
        FROM json_each(?1) AS own CROSS JOIN json_each('[0,1,2]') AS rank GROUP BY own.value";

    WORKERS = "SELECT name, status FROM task_workers WHERE beat_at >= ?1 ORDER BY +name";

    SET_PAUSED = "
        INSERT INTO task_queues (name, paused) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET paused = excluded.paused";

    WAITING = "
        SELECT * FROM tasks
        WHERE queue = ?1 AND ended_at IS NULL AND +state IN ('PENDING', 'RETRY') ORDER BY priority, due_at, id LIMIT ?2";

    CLEAN_UP = "
        DELETE FROM tasks WHERE seq IN (SELECT seq FROM tasks WHERE ended_at < ?1 ORDER BY ended_at LIMIT ?2)";
}
