-- What a console asks about webhook events and effects: what was done about each, by an index or a counter.
--
-- A log is a JSON array with an array for each line: at in microseconds since 1970, what, note; of a call also the outcome
-- before the note. The latest fifty lines are kept.

-- The provider's header as it came; NULL for what was fetched.
ALTER TABLE webhook_events ADD signature TEXT;
ALTER TABLE webhook_events ADD log TEXT NOT NULL DEFAULT '[]';
ALTER TABLE effects ADD calls TEXT NOT NULL DEFAULT '[]';

CREATE TRIGGER webhook_events_keep_signatures BEFORE UPDATE OF signature ON webhook_events BEGIN
    SELECT RAISE(ABORT, 'the first signature of a webhook event is kept for ever');
END;

DROP INDEX webhook_events_of_order;
CREATE INDEX webhook_events_of_order ON webhook_events (order_id, received_at, id) WHERE order_id IS NOT NULL;

-- What is done leaves it, which is nearly all that there is.
CREATE INDEX effects_not_done ON effects (state, due_at, order_id, event, idx) WHERE state <> 'done';

-- How many events came in, by minute: the minute's number since 1970 in twelve digits, so that words are in order.
CREATE TRIGGER webhook_events_received AFTER INSERT ON webhook_events BEGIN
    INSERT INTO counters
    VALUES ('webhook_minutes', printf('%012d', (NEW.received_at - ((NEW.received_at % 60000000) + 60000000) % 60000000) / 60000000), 1)
    ON CONFLICT DO UPDATE SET amount = amount + 1;
END;

-- Only the latest are kept.
CREATE TRIGGER webhook_minutes_pass AFTER INSERT ON counters WHEN NEW.kind = 'webhook_minutes' BEGIN
    DELETE FROM counters WHERE kind = 'webhook_minutes' AND word < (
        SELECT word FROM counters WHERE kind = 'webhook_minutes' ORDER BY word DESC LIMIT 1 OFFSET 239
    );
END;

PRAGMA user_version = 12;
