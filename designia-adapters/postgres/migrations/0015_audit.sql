-- What staff did, which rates were not taken, and nothing that either refers to: an action is remembered longer than whom or what it
-- was about.

CREATE TABLE designia.audit_entries (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    actor uuid NOT NULL,
    actor_name text NOT NULL,
    action text COLLATE "C" NOT NULL,
    -- The first word of the action.
    area text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(action, '.', 1)) STORED,
    -- NULL where it was about nothing by itself: both or none.
    subject_kind text COLLATE "C",
    subject_id text COLLATE "C",
    reason text,
    -- JSON, to the letter as it was given.
    detail text NOT NULL,
    outcome text COLLATE "C" NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
    -- Why it was not done.
    why text,
    request_id text,
    address text,
    CHECK ((subject_kind IS NULL) = (subject_id IS NULL)),
    CHECK ((outcome = 'done') = (why IS NULL))
);

CREATE INDEX audit_entries_newest ON designia.audit_entries (at, id);
CREATE INDEX audit_entries_by_actor ON designia.audit_entries (actor, at, id);
CREATE INDEX audit_entries_by_area ON designia.audit_entries (area, at, id);
CREATE INDEX audit_entries_by_actor_and_area ON designia.audit_entries (actor, area, at, id);
CREATE INDEX audit_entries_by_subject ON designia.audit_entries (subject_kind, subject_id, at, id)
    WHERE subject_kind IS NOT NULL;

CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON designia.audit_entries
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('what staff did is never changed');
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON designia.audit_entries
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('what staff did is never deleted');
CREATE TRIGGER audit_entries_survive BEFORE TRUNCATE ON designia.audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION designia.refuse('what staff did is never deleted');

-- Sources that gave no rates that could be used: notes, of which the last are kept.
CREATE TABLE designia.rate_refusals (
    at timestamptz NOT NULL,
    source text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (at, source)
);
