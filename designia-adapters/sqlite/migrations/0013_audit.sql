-- What staff did, which rates were not taken, and nothing that either refers to: an action is remembered longer than whom or what it
-- was about.

CREATE TABLE audit_entries (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    actor BLOB NOT NULL CHECK (length(actor) = 16),
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    -- The first word of the action.
    area TEXT NOT NULL GENERATED ALWAYS AS (substr(action, 1, instr(action || '.', '.') - 1)) VIRTUAL,
    -- NULL where it was about nothing by itself: both or none.
    subject_kind TEXT,
    subject_id TEXT,
    reason TEXT,
    -- JSON, as it was given.
    detail TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
    -- Why it was not done.
    why TEXT,
    request_id TEXT,
    address TEXT,
    CHECK ((subject_kind IS NULL) = (subject_id IS NULL)),
    CHECK ((outcome = 'done') = (why IS NULL))
) STRICT;

CREATE INDEX audit_entries_newest ON audit_entries (at, id);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor, at, id);
CREATE INDEX audit_entries_by_area ON audit_entries (area, at, id);
CREATE INDEX audit_entries_by_actor_and_area ON audit_entries (actor, area, at, id);
CREATE INDEX audit_entries_by_subject ON audit_entries (subject_kind, subject_id, at, id) WHERE subject_kind IS NOT NULL;

CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries BEGIN
    SELECT RAISE(ABORT, 'what staff did is never changed');
END;
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries BEGIN
    SELECT RAISE(ABORT, 'what staff did is never deleted');
END;

-- Sources that gave no rates that could be used: notes, of which the last are kept.
CREATE TABLE rate_refusals (
    at INTEGER NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (at, source)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 13;
