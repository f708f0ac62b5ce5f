-- What screens and gauges ask for all the time is counted as it changes, so that no answer scans history.
--
-- A counter that everybody updates would make everybody wait for everybody. So each change is noted as a difference, and the
-- differences are folded into sums now and then (`PostgresStore::upkeep`); an answer is the sums plus what is not folded yet.
--
-- Kind and word: 'orders' and a status, 'effects' and a state, 'webhook_events' and a state, each without a unit; 'account' and
-- an account, with its currency as the unit. Debit is positive.

CREATE TABLE designia.tally_changes (
    kind text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    amount bigint NOT NULL
)
WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_insert_threshold = -1);

CREATE TABLE designia.tallies (
    kind text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (kind, word, unit)
)
WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

CREATE FUNCTION designia.tally_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO designia.tally_changes (kind, word, unit, amount)
        SELECT 'orders', status, '', count(*) FROM after GROUP BY status;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO designia.tally_changes (kind, word, unit, amount)
        SELECT 'orders', status, '', -count(*) FROM before GROUP BY status;
    ELSE
        INSERT INTO designia.tally_changes (kind, word, unit, amount)
        SELECT 'orders', status, '', sum(amount)
        FROM (SELECT status, 1 AS amount FROM after UNION ALL SELECT status, -1 FROM before) AS changed
        GROUP BY status HAVING sum(amount) <> 0;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION designia.tally_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO designia.tally_changes (kind, word, unit, amount)
        SELECT TG_TABLE_NAME, state, '', count(*) FROM after GROUP BY state;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO designia.tally_changes (kind, word, unit, amount)
        SELECT TG_TABLE_NAME, state, '', -count(*) FROM before GROUP BY state;
    ELSE
        INSERT INTO designia.tally_changes (kind, word, unit, amount)
        SELECT TG_TABLE_NAME, state, '', sum(amount)
        FROM (SELECT state, 1 AS amount FROM after UNION ALL SELECT state, -1 FROM before) AS changed
        GROUP BY state HAVING sum(amount) <> 0;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION designia.tally_journals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO designia.tally_changes (kind, word, unit, amount)
    SELECT 'account', account, currency, sum(minor)
    FROM (SELECT debit AS account, currency, minor FROM after UNION ALL SELECT credit, currency, -minor FROM after) AS posted
    GROUP BY account, currency HAVING sum(minor) <> 0;
    RETURN NULL;
END $$;

CREATE TRIGGER orders_counted AFTER INSERT ON designia.orders
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_orders();
CREATE TRIGGER orders_recounted AFTER UPDATE ON designia.orders
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_orders();
CREATE TRIGGER orders_discounted AFTER DELETE ON designia.orders
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_orders();

CREATE TRIGGER effects_counted AFTER INSERT ON designia.effects
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_states();
CREATE TRIGGER effects_recounted AFTER UPDATE ON designia.effects
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_states();
CREATE TRIGGER effects_discounted AFTER DELETE ON designia.effects
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_states();

CREATE TRIGGER webhook_events_counted AFTER INSERT ON designia.webhook_events
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_states();
CREATE TRIGGER webhook_events_recounted AFTER UPDATE ON designia.webhook_events
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_states();
CREATE TRIGGER webhook_events_discounted AFTER DELETE ON designia.webhook_events
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_states();

CREATE TRIGGER journals_posted AFTER INSERT ON designia.journals
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION designia.tally_journals();
