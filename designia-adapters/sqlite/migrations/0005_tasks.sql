-- Background tasks and schedules.
--
-- A task that has ended stays in its row: the indexes that workers use hold only what waits or runs, so history costs them
-- nothing, and moving rows to a table of their own would write each of them twice.

CREATE TABLE tasks (
    -- Shorter to refer to than the id, and given in the order in which tasks came.
    seq INTEGER PRIMARY KEY,
    -- What was asked.
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    -- 0 goes first.
    priority INTEGER NOT NULL CHECK (priority IN (0, 1, 2)),
    args TEXT NOT NULL,
    unique_key TEXT,
    max_attempts INTEGER NOT NULL CHECK (max_attempts > 0),
    enqueued_at INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    start_by INTEGER,
    schedule TEXT,
    slot_at INTEGER,
    -- How far it has come.
    state TEXT NOT NULL CHECK (state IN ('PENDING', 'STARTED', 'PROGRESS', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED')),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND max_attempts),
    -- How often it was claimed; also the token of the latest claim.
    claims INTEGER NOT NULL DEFAULT 0 CHECK (claims >= attempts),
    -- When it is next due, or the present lease runs out.
    due_at INTEGER NOT NULL,
    worker TEXT,
    started_at INTEGER,
    ended_at INTEGER,
    progress TEXT,
    result TEXT,
    -- NULL for none.
    failures TEXT,
    revoke_asked INTEGER NOT NULL DEFAULT 0 CHECK (revoke_asked IN (0, 1)),
    note TEXT,
    CHECK ((ended_at IS NOT NULL) = (state IN ('SUCCESS', 'FAILURE', 'REVOKED'))),
    CHECK ((schedule IS NULL) = (slot_at IS NULL))
) STRICT;

-- What waits or runs, in the order in which it is handed out.
CREATE INDEX tasks_due ON tasks (queue, priority, due_at, id) WHERE ended_at IS NULL;
-- Of the tasks with one key, one waits or runs.
CREATE UNIQUE INDEX tasks_by_key ON tasks (unique_key) WHERE unique_key IS NOT NULL AND ended_at IS NULL;
CREATE INDEX tasks_ended ON tasks (ended_at) WHERE ended_at IS NOT NULL;
-- For the pages that people look at.
CREATE INDEX tasks_by_state ON tasks (state, id);
CREATE INDEX tasks_by_kind ON tasks (kind, id);
CREATE INDEX tasks_by_queue ON tasks (queue, id);

-- A row per queue and state that ever was; a queue that has been used is known by its rows here.
CREATE TABLE task_counts (
    queue TEXT NOT NULL,
    state TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (queue, state)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tasks_counted AFTER INSERT ON tasks BEGIN
    INSERT INTO task_counts VALUES (NEW.queue, NEW.state, 1) ON CONFLICT DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER tasks_recounted AFTER UPDATE OF state ON tasks WHEN OLD.state <> NEW.state BEGIN
    UPDATE task_counts SET amount = amount - 1 WHERE queue = OLD.queue AND state = OLD.state;
    INSERT INTO task_counts VALUES (NEW.queue, NEW.state, 1) ON CONFLICT DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER tasks_uncounted AFTER DELETE ON tasks BEGIN
    UPDATE task_counts SET amount = amount - 1 WHERE queue = OLD.queue AND state = OLD.state;
END;

-- What was asked stays as it was asked; only how late it may start is forgotten when it is tried again by hand.
CREATE TRIGGER tasks_frozen BEFORE UPDATE OF
    id, kind, queue, priority, args, unique_key, max_attempts, enqueued_at, run_at, schedule, slot_at ON tasks
BEGIN
    SELECT RAISE(ABORT, 'what a task asks for is frozen');
END;
CREATE TRIGGER tasks_rest BEFORE UPDATE OF state ON tasks WHEN OLD.state = 'SUCCESS' BEGIN
    SELECT RAISE(ABORT, 'a task that is done is never taken up again');
END;
CREATE TRIGGER tasks_advance BEFORE UPDATE OF claims ON tasks WHEN NEW.claims < OLD.claims BEGIN
    SELECT RAISE(ABORT, 'a claim is never taken back');
END;

-- Queues that somebody has held or let go on.
CREATE TABLE task_queues (
    name TEXT NOT NULL PRIMARY KEY,
    paused INTEGER NOT NULL CHECK (paused IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE task_workers (
    name TEXT NOT NULL PRIMARY KEY,
    beat_at INTEGER NOT NULL,
    -- What the worker says about itself, as JSON.
    status TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX task_workers_alive ON task_workers (beat_at);

-- Workers that died without a word are forgotten a week later, when the next new one comes.
CREATE TRIGGER task_workers_forgotten AFTER INSERT ON task_workers BEGIN
    DELETE FROM task_workers WHERE beat_at < NEW.beat_at - 604800000000;
END;

CREATE TABLE schedules (
    name TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    -- The same as in the record, for people.
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    next_at INTEGER,
    -- The whole of it, as JSON.
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 5;
