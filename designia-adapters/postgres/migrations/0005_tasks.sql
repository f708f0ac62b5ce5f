-- Background tasks and schedules.
--
-- A task is in one of two tables: in `tasks` while it waits or runs, in `task_history` once it has ended. So what workers
-- look through stays as small as what there is to do, however much has been done. An id is in one of the two, whoever writes.
--
-- Counters are differences in `tally_changes`, as everywhere: kind 'tasks', a state, and the queue as the unit, for what waits
-- or runs; kind 'ended_tasks', a state, and queue and day as the unit, for what has ended, so that a day that is dropped whole
-- takes its counters along. The functions of `0006_task_calls.sql` note them, once per call and not once per row.

CREATE TABLE designia.tasks (
    id uuid PRIMARY KEY,
    queue text COLLATE "C" NOT NULL,
    -- 0 goes first.
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 2),
    state text COLLATE "C" NOT NULL CHECK (state IN ('PENDING', 'STARTED', 'PROGRESS', 'RETRY')),
    -- When it is due; while it runs, when its lease runs out, which is the same thing.
    due_at timestamptz NOT NULL,
    claims bigint NOT NULL DEFAULT 0 CHECK (claims >= 0),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts integer NOT NULL CHECK (max_attempts > 0),
    revoke_asked boolean NOT NULL DEFAULT false,
    kind text COLLATE "C" NOT NULL,
    unique_key text COLLATE "C" CONSTRAINT tasks_unique_key_key UNIQUE,
    enqueued_at timestamptz NOT NULL,
    run_at timestamptz NOT NULL,
    start_by timestamptz,
    schedule text COLLATE "C",
    slot_at timestamptz,
    worker text COLLATE "C",
    started_at timestamptz,
    -- Text that is JSON: to the letter as it was given, and not read here.
    args text NOT NULL,
    progress text,
    failures text,
    note text
)
-- Each row is changed and soon deleted, so there is much to tidy up and little to look through.
WITH (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 5000,
    autovacuum_vacuum_insert_threshold = -1
);

-- What is due, in the order in which it goes; also what a worker left behind.
CREATE INDEX tasks_due ON designia.tasks (queue, priority, due_at, id);

CREATE TABLE designia.task_history (
    id uuid NOT NULL,
    queue text COLLATE "C" NOT NULL,
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 2),
    state text COLLATE "C" NOT NULL CHECK (state IN ('SUCCESS', 'FAILURE', 'REVOKED')),
    due_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    claims bigint NOT NULL CHECK (claims >= 0),
    attempts integer NOT NULL CHECK (attempts >= 0),
    max_attempts integer NOT NULL CHECK (max_attempts > 0),
    revoke_asked boolean NOT NULL,
    kind text COLLATE "C" NOT NULL,
    unique_key text COLLATE "C",
    enqueued_at timestamptz NOT NULL,
    run_at timestamptz NOT NULL,
    start_by timestamptz,
    schedule text COLLATE "C",
    slot_at timestamptz,
    worker text COLLATE "C",
    started_at timestamptz,
    args text NOT NULL,
    result text,
    progress text,
    failures text,
    note text,
    PRIMARY KEY (id, ended_at)
)
-- By the day, in UTC, on which they ended: `task_history_20261122`. See `keep_task_day_1`.
PARTITION BY RANGE (ended_at);

-- To forget by.
CREATE INDEX task_history_ended ON designia.task_history (ended_at);
-- The few that people look for among the many that went well.
CREATE INDEX task_history_failed ON designia.task_history (id) WHERE state <> 'SUCCESS';

-- What ends on a day for which there is no table.
CREATE TABLE designia.task_history_other PARTITION OF designia.task_history DEFAULT;

CREATE TABLE designia.task_queues (
    name text COLLATE "C" PRIMARY KEY,
    paused boolean NOT NULL
);

CREATE INDEX task_queues_paused ON designia.task_queues (name) WHERE paused;

CREATE TABLE designia.task_workers (
    name text COLLATE "C" PRIMARY KEY,
    beat_at timestamptz NOT NULL,
    status text NOT NULL
)
WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

CREATE TABLE designia.schedules (
    name text COLLATE "C" PRIMARY KEY,
    -- The whole record as JSON; the other columns restate it for people.
    record text NOT NULL,
    enabled boolean NOT NULL,
    next_at timestamptz
)
WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Compressing this way costs about as much as writing what it saves. A server that was built without it compresses the old way.
DO $$
BEGIN
    ALTER TABLE designia.tasks ALTER args SET COMPRESSION lz4;
    ALTER TABLE designia.task_history ALTER args SET COMPRESSION lz4;
    ALTER TABLE designia.task_history ALTER result SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END $$;
