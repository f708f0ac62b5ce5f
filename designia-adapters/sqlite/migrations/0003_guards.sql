-- What must never happen is refused by the file itself, whoever writes to it.

CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN
    SELECT RAISE(ABORT, 'history is never changed');
END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN
    SELECT RAISE(ABORT, 'history is never deleted');
END;

CREATE TRIGGER journals_stay BEFORE UPDATE ON journals BEGIN
    SELECT RAISE(ABORT, 'a journal is never changed');
END;
CREATE TRIGGER journals_remain BEFORE DELETE ON journals BEGIN
    SELECT RAISE(ABORT, 'a journal is never deleted');
END;

CREATE TRIGGER stock_movements_stay BEFORE UPDATE ON stock_movements BEGIN
    SELECT RAISE(ABORT, 'a stock movement is never changed');
END;
CREATE TRIGGER stock_movements_remain BEFORE DELETE ON stock_movements BEGIN
    SELECT RAISE(ABORT, 'a stock movement is never deleted');
END;

CREATE TRIGGER orders_advance BEFORE UPDATE OF version ON orders WHEN NEW.version < OLD.version BEGIN
    SELECT RAISE(ABORT, 'an order never goes back to an older version');
END;
CREATE TRIGGER attempts_advance BEFORE UPDATE OF captured_minor ON attempts
WHEN NEW.captured_minor < OLD.captured_minor BEGIN
    SELECT RAISE(ABORT, 'captured money never becomes less');
END;
CREATE TRIGGER attempts_keep_names BEFORE UPDATE OF session_ref, payment_ref ON attempts
WHEN OLD.session_ref <> NEW.session_ref OR OLD.payment_ref <> NEW.payment_ref BEGIN
    SELECT RAISE(ABORT, 'the provider''s name of an attempt never changes');
END;

CREATE TRIGGER effects_rest BEFORE UPDATE OF state ON effects WHEN OLD.state IN ('done', 'refused') BEGIN
    SELECT RAISE(ABORT, 'a finished effect is never taken up again');
END;
CREATE TRIGGER effects_frozen BEFORE UPDATE OF key, kind, request, planned_at ON effects BEGIN
    SELECT RAISE(ABORT, 'a planned request is frozen');
END;

CREATE TRIGGER webhook_events_kept BEFORE UPDATE OF body, kind, received_at ON webhook_events BEGIN
    SELECT RAISE(ABORT, 'the first body of a webhook event is kept for ever');
END;

PRAGMA user_version = 3;
