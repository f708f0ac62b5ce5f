-- What a person looks for among orders: deadlines, what needs somebody, what was earned today.
--
-- Both columns follow from the aggregate alone, so the program fills them for the orders that are here already
-- (`src/migrate/restate.rs`), and the triggers count what it fills.

-- When an order that waits for money expires.
ALTER TABLE orders ADD COLUMN expires_at INTEGER;
-- By when a person should first look at it.
ALTER TABLE orders ADD COLUMN attention_at INTEGER;

CREATE INDEX orders_expiring ON orders (expires_at, id) WHERE expires_at IS NOT NULL;
CREATE INDEX orders_attention ON orders (attention_at, id) WHERE attention_at IS NOT NULL;

-- 'due' and an hour, as a number counted from 1970: the orders that expire in it. An hour that is done with is forgotten at once.
CREATE TRIGGER orders_expiry_counted AFTER INSERT ON orders WHEN NEW.expires_at IS NOT NULL BEGIN
    INSERT INTO counters VALUES ('due', NEW.expires_at / 3600000000, 1) ON CONFLICT DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER orders_expiry_recounted AFTER UPDATE OF expires_at ON orders
WHEN OLD.expires_at / 3600000000 IS NOT NEW.expires_at / 3600000000 BEGIN
    UPDATE counters SET amount = amount - 1 WHERE kind = 'due' AND word = CAST(OLD.expires_at / 3600000000 AS TEXT);
    DELETE FROM counters
    WHERE kind = 'due' AND word = CAST(OLD.expires_at / 3600000000 AS TEXT) AND amount = 0;
    INSERT INTO counters SELECT 'due', NEW.expires_at / 3600000000, 1 WHERE NEW.expires_at IS NOT NULL
        ON CONFLICT DO UPDATE SET amount = amount + 1;
END;

-- 'attention' without a word: the orders that need a person.
CREATE TRIGGER orders_attention_counted AFTER INSERT ON orders WHEN NEW.attention_at IS NOT NULL BEGIN
    INSERT INTO counters VALUES ('attention', '', 1) ON CONFLICT DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER orders_attention_recounted AFTER UPDATE OF attention_at ON orders
WHEN (OLD.attention_at IS NULL) <> (NEW.attention_at IS NULL) BEGIN
    INSERT INTO counters VALUES ('attention', '', NEW.attention_at IS NOT NULL)
        ON CONFLICT DO UPDATE SET amount = amount + iif(NEW.attention_at IS NULL, -1, 1);
END;

-- What came and went at the provider on a day, counted from 1970. `refunded` is less by what a refund brought back that failed
-- after all, and may be less than nothing.
CREATE TABLE money_days (
    day INTEGER NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    captured INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    PRIMARY KEY (day, currency)
) STRICT, WITHOUT ROWID;

-- A week before the latest day is kept, which makes a row per day and currency. The accounts alone don't tell what was paid from
-- a refund that came back; the event does.
CREATE TRIGGER journals_counted AFTER INSERT ON journals
WHEN NEW.debit = 'provider_balance' OR NEW.credit = 'provider_balance' BEGIN
    INSERT INTO money_days (day, currency, captured, refunded)
    SELECT NEW.at / 86400000000, NEW.currency, iif(is_capture, NEW.minor, 0),
        CASE WHEN is_capture THEN 0 WHEN NEW.credit = 'provider_balance' THEN NEW.minor ELSE -NEW.minor END
    FROM (
        SELECT NEW.debit = 'provider_balance' AND event ->> 'type' = 'payment_captured' AS is_capture
        FROM events WHERE order_id = NEW.order_id AND seq = NEW.event
    ) WHERE true
    ON CONFLICT DO UPDATE SET captured = captured + excluded.captured, refunded = refunded + excluded.refunded;
    DELETE FROM money_days WHERE day < (SELECT max(day) FROM money_days) - 7;
END;

INSERT INTO money_days (day, currency, captured, refunded)
SELECT day, currency, sum(iif(is_capture, minor, 0)),
    sum(CASE WHEN is_capture THEN 0 WHEN is_gone THEN minor ELSE -minor END)
FROM (
    SELECT journals.at / 86400000000 AS day, currency, minor, credit = 'provider_balance' AS is_gone,
        debit = 'provider_balance' AND events.event ->> 'type' = 'payment_captured' AS is_capture
    FROM journals JOIN events ON events.order_id = journals.order_id AND seq = journals.event
    WHERE debit = 'provider_balance' OR credit = 'provider_balance'
) GROUP BY day, currency;
DELETE FROM money_days WHERE day < (SELECT max(day) FROM money_days) - 7;

PRAGMA user_version = 11;
