-- What must never happen is refused by the database itself, whoever writes to it. A guard costs next to nothing until it
-- is needed: its condition is evaluated without calling anything.

CREATE FUNCTION designia.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = '23000', TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER events_stay BEFORE UPDATE ON designia.events
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('history is never changed');
CREATE TRIGGER events_remain BEFORE DELETE ON designia.events
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('history is never deleted');
CREATE TRIGGER events_survive BEFORE TRUNCATE ON designia.events
    FOR EACH STATEMENT EXECUTE FUNCTION designia.refuse('history is never deleted');

CREATE TRIGGER journals_stay BEFORE UPDATE ON designia.journals
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('a journal is never changed');
CREATE TRIGGER journals_remain BEFORE DELETE ON designia.journals
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('a journal is never deleted');
CREATE TRIGGER journals_survive BEFORE TRUNCATE ON designia.journals
    FOR EACH STATEMENT EXECUTE FUNCTION designia.refuse('a journal is never deleted');

CREATE TRIGGER stock_movements_stay BEFORE UPDATE ON designia.stock_movements
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('a stock movement is never changed');
CREATE TRIGGER stock_movements_remain BEFORE DELETE ON designia.stock_movements
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('a stock movement is never deleted');
CREATE TRIGGER stock_movements_survive BEFORE TRUNCATE ON designia.stock_movements
    FOR EACH STATEMENT EXECUTE FUNCTION designia.refuse('a stock movement is never deleted');

CREATE TRIGGER orders_advance BEFORE UPDATE OF version ON designia.orders
    FOR EACH ROW WHEN (NEW.version < OLD.version)
    EXECUTE FUNCTION designia.refuse('an order never goes back to an older version');

CREATE TRIGGER attempts_advance BEFORE UPDATE OF captured_minor ON designia.attempts
    FOR EACH ROW WHEN (NEW.captured_minor < OLD.captured_minor)
    EXECUTE FUNCTION designia.refuse('captured money never becomes less');
CREATE TRIGGER attempts_keep_names BEFORE UPDATE OF session_ref, payment_ref ON designia.attempts
    FOR EACH ROW WHEN (OLD.session_ref <> NEW.session_ref OR OLD.payment_ref <> NEW.payment_ref)
    EXECUTE FUNCTION designia.refuse('the provider''s name of an attempt never changes');

CREATE TRIGGER effects_rest BEFORE UPDATE OF state ON designia.effects
    FOR EACH ROW WHEN (OLD.state IN ('done', 'refused'))
    EXECUTE FUNCTION designia.refuse('a finished effect is never taken up again');
CREATE TRIGGER effects_frozen BEFORE UPDATE OF key, kind, request, planned_at ON designia.effects
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('a planned request is frozen');

CREATE TRIGGER webhook_events_kept BEFORE UPDATE OF body, kind, received_at ON designia.webhook_events
    FOR EACH ROW EXECUTE FUNCTION designia.refuse('the first body of a webhook event is kept for ever');
