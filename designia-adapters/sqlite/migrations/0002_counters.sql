-- What screens and gauges ask for all the time is counted as it changes, so that no answer scans history.

CREATE TABLE counters (
    kind TEXT NOT NULL,
    word TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (kind, word)
) STRICT, WITHOUT ROWID;

INSERT INTO counters SELECT 'orders', status, count(*) FROM orders GROUP BY status;
INSERT INTO counters SELECT 'effects', state, count(*) FROM effects GROUP BY state;
INSERT INTO counters SELECT 'webhook_events', state, count(*) FROM webhook_events GROUP BY state;

CREATE TRIGGER orders_counted AFTER INSERT ON orders BEGIN
    INSERT INTO counters VALUES ('orders', NEW.status, 1) ON CONFLICT DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER orders_recounted AFTER UPDATE OF status ON orders WHEN OLD.status <> NEW.status BEGIN
    UPDATE counters SET amount = amount - 1 WHERE kind = 'orders' AND word = OLD.status;
    INSERT INTO counters VALUES ('orders', NEW.status, 1) ON CONFLICT DO UPDATE SET amount = amount + 1;
END;

CREATE TRIGGER effects_counted AFTER INSERT ON effects BEGIN
    INSERT INTO counters VALUES ('effects', NEW.state, 1) ON CONFLICT DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER effects_recounted AFTER UPDATE OF state ON effects WHEN OLD.state <> NEW.state BEGIN
    UPDATE counters SET amount = amount - 1 WHERE kind = 'effects' AND word = OLD.state;
    INSERT INTO counters VALUES ('effects', NEW.state, 1) ON CONFLICT DO UPDATE SET amount = amount + 1;
END;

CREATE TRIGGER webhook_events_counted AFTER INSERT ON webhook_events BEGIN
    INSERT INTO counters VALUES ('webhook_events', NEW.state, 1) ON CONFLICT DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER webhook_events_recounted AFTER UPDATE OF state ON webhook_events WHEN OLD.state <> NEW.state BEGIN
    UPDATE counters SET amount = amount - 1 WHERE kind = 'webhook_events' AND word = OLD.state;
    INSERT INTO counters VALUES ('webhook_events', NEW.state, 1) ON CONFLICT DO UPDATE SET amount = amount + 1;
END;

-- The running sum of every account; debit is positive.
CREATE TABLE account_balances (
    account TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    minor INTEGER NOT NULL,
    PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

INSERT INTO account_balances
SELECT account, currency, sum(minor) FROM (
    SELECT debit AS account, currency, minor FROM journals
    UNION ALL
    SELECT credit, currency, -minor FROM journals
) GROUP BY account, currency;

CREATE TRIGGER journals_posted AFTER INSERT ON journals BEGIN
    INSERT INTO account_balances VALUES (NEW.debit, NEW.currency, NEW.minor)
        ON CONFLICT DO UPDATE SET minor = minor + excluded.minor;
    INSERT INTO account_balances VALUES (NEW.credit, NEW.currency, -NEW.minor)
        ON CONFLICT DO UPDATE SET minor = minor + excluded.minor;
END;

PRAGMA user_version = 2;
