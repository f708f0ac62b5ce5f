-- Conversations of two people, their messages, and complaints about messages.
--
-- Whoever writes to a conversation locks its row first. So numbers are given in the order of commits, and nothing here deadlocks.

CREATE TABLE designia.chat_conversations (
    id uuid PRIMARY KEY,
    lower uuid NOT NULL,
    higher uuid NOT NULL,
    -- 'general', 'product:' or 'order:' and an id.
    subject text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    active_at timestamptz NOT NULL,
    -- The number of the last message, and how many of all are the lower one's.
    last_seq bigint NOT NULL DEFAULT 0,
    lower_sent bigint NOT NULL DEFAULT 0 CHECK (lower_sent BETWEEN 0 AND last_seq),
    -- Up to which message each has read, how many of those the other one sent, and since when.
    lower_read bigint NOT NULL DEFAULT 0 CHECK (lower_read BETWEEN 0 AND last_seq),
    lower_seen bigint NOT NULL DEFAULT 0 CHECK (lower_seen BETWEEN 0 AND last_seq - lower_sent),
    lower_read_at timestamptz,
    higher_read bigint NOT NULL DEFAULT 0 CHECK (higher_read BETWEEN 0 AND last_seq),
    higher_seen bigint NOT NULL DEFAULT 0 CHECK (higher_seen BETWEEN 0 AND lower_sent),
    higher_read_at timestamptz,
    CHECK (lower < higher),
    CONSTRAINT chat_conversations_key UNIQUE (lower, higher, subject)
)
WITH (fillfactor = 80);

-- A row for each of the two: what lists and badges are read from.
CREATE TABLE designia.chat_inbox (
    account uuid NOT NULL,
    conversation uuid NOT NULL REFERENCES designia.chat_conversations (id) ON DELETE CASCADE,
    active_at timestamptz NOT NULL,
    unread bigint NOT NULL DEFAULT 0 CHECK (unread >= 0),
    CONSTRAINT chat_inbox_key PRIMARY KEY (account, conversation)
)
WITH (fillfactor = 80);

CREATE INDEX chat_inbox_latest ON designia.chat_inbox (account, active_at, conversation);
CREATE INDEX chat_inbox_unread ON designia.chat_inbox (account, unread) WHERE unread > 0;
CREATE INDEX chat_inbox_of_conversation ON designia.chat_inbox (conversation);

CREATE TABLE designia.chat_messages (
    conversation uuid NOT NULL REFERENCES designia.chat_conversations (id) ON DELETE CASCADE,
    seq bigint NOT NULL CHECK (seq > 0),
    id uuid NOT NULL CONSTRAINT chat_messages_id_key UNIQUE,
    sender uuid NOT NULL,
    client_id text COLLATE "C",
    text text NOT NULL CHECK (char_length(text) <= 4000),
    image text COLLATE "C",
    created_at timestamptz NOT NULL,
    hidden_at timestamptz,
    -- How many messages up to this one are the lower one's: what is unread follows by arithmetic.
    lower_sent bigint NOT NULL,
    CONSTRAINT chat_messages_key PRIMARY KEY (conversation, seq),
    CHECK (text <> '' OR image IS NOT NULL)
);

CREATE UNIQUE INDEX chat_messages_by_client ON designia.chat_messages (conversation, sender, client_id)
    WHERE client_id IS NOT NULL;

CREATE TABLE designia.chat_reports (
    id uuid PRIMARY KEY,
    message uuid NOT NULL REFERENCES designia.chat_messages (id) ON DELETE CASCADE,
    conversation uuid NOT NULL,
    reporter uuid NOT NULL,
    reason text COLLATE "C" NOT NULL CHECK (reason IN ('spam', 'harassment', 'inappropriate', 'scam', 'other')),
    description text NOT NULL CHECK (char_length(description) <= 2000),
    created_at timestamptz NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
    resolver uuid,
    note text,
    resolved_at timestamptz,
    CONSTRAINT chat_reports_by_reporter UNIQUE (message, reporter),
    CHECK ((state = 'open') = (resolver IS NULL)),
    CHECK ((resolver IS NULL) = (note IS NULL) AND (resolver IS NULL) = (resolved_at IS NULL))
);

CREATE INDEX chat_reports_newest ON designia.chat_reports (created_at, id);
CREATE INDEX chat_reports_by_state ON designia.chat_reports (state, created_at, id);

-- What was said stays as it was said, or is erased, and keeps its number.
CREATE FUNCTION designia.refuse_chat_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER chat_messages_frozen BEFORE UPDATE OF
    conversation, seq, id, sender, client_id, text, image, created_at, lower_sent ON designia.chat_messages
    FOR EACH ROW WHEN (
        (NEW.conversation, NEW.seq, NEW.id, NEW.sender, NEW.created_at, NEW.lower_sent)
            <> (OLD.conversation, OLD.seq, OLD.id, OLD.sender, OLD.created_at, OLD.lower_sent)
        OR NEW.text <> '[erased]' OR NEW.client_id IS NOT NULL OR NEW.image IS NOT NULL
    )
    EXECUTE FUNCTION designia.refuse_chat_change('what was said is frozen');

CREATE TRIGGER chat_conversations_advance BEFORE UPDATE ON designia.chat_conversations
    FOR EACH ROW WHEN (NEW.last_seq NOT IN (OLD.last_seq, OLD.last_seq + 1))
    EXECUTE FUNCTION designia.refuse_chat_change('messages are numbered without gaps');

CREATE TRIGGER chat_reports_rest BEFORE UPDATE ON designia.chat_reports
    FOR EACH ROW WHEN (OLD.state <> 'open')
    EXECUTE FUNCTION designia.refuse_chat_change('a report is resolved once');

CREATE TYPE designia.appended_message_1 AS (
    -- False if it was there before.
    is_new boolean,
    seq bigint
);

-- Stores a message under the next number. No answer if there is no such conversation, or the sender takes no part.
CREATE FUNCTION designia.append_message_1(
    new_id uuid, talk uuid, speaker uuid, name text, said text, shown text, at timestamptz
) RETURNS SETOF designia.appended_message_1 LANGUAGE plpgsql AS $$
DECLARE
    place bigint;
    lower_count bigint;
    active timestamptz;
BEGIN
    -- The lock comes before the look: of two who send the same at once, the second finds what the first has stored.
    PERFORM FROM designia.chat_conversations WHERE id = talk AND speaker IN (lower, higher) FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT seq INTO place FROM designia.chat_messages WHERE id = new_id AND conversation = talk;
    IF NOT FOUND AND name IS NOT NULL THEN
        SELECT seq INTO place FROM designia.chat_messages
        WHERE conversation = talk AND sender = speaker AND client_id = name;
    END IF;
    IF place IS NOT NULL THEN
        RETURN NEXT ROW(false, place)::designia.appended_message_1;
        RETURN;
    END IF;
    UPDATE designia.chat_conversations
    SET last_seq = last_seq + 1, lower_sent = lower_sent + (lower = speaker)::integer, active_at = greatest(active_at, at)
    WHERE id = talk
    RETURNING last_seq, lower_sent, active_at INTO place, lower_count, active;
    INSERT INTO designia.chat_messages
        (conversation, seq, id, sender, client_id, text, image, created_at, lower_sent)
    VALUES (talk, place, new_id, speaker, name, said, shown, at, lower_count);
    UPDATE designia.chat_inbox
    SET active_at = active, unread = unread + (account <> speaker)::integer WHERE conversation = talk;
    RETURN NEXT ROW(true, place)::designia.appended_message_1;
END $$;

-- Moves a read mark forward; whether it did.
CREATE FUNCTION designia.read_messages_1(talk uuid, reader uuid, up_to bigint, at timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    row designia.chat_conversations;
    is_lower boolean;
    place bigint;
    lower_count bigint;
    seen bigint;
BEGIN
    SELECT * INTO row FROM designia.chat_conversations WHERE id = talk AND reader IN (lower, higher);
    is_lower := row.lower = reader;
    IF NOT FOUND OR least(up_to, row.last_seq) <= (CASE WHEN is_lower THEN row.lower_read ELSE row.higher_read END) THEN
        RETURN false;
    END IF;
    SELECT * INTO row FROM designia.chat_conversations WHERE id = talk FOR NO KEY UPDATE;
    place := least(up_to, row.last_seq);
    IF place <= (CASE WHEN is_lower THEN row.lower_read ELSE row.higher_read END) THEN
        RETURN false;
    END IF;
    SELECT lower_sent INTO STRICT lower_count FROM designia.chat_messages WHERE conversation = talk AND seq = place;
    IF is_lower THEN
        seen := place - lower_count;
        UPDATE designia.chat_conversations SET lower_read = place, lower_seen = seen, lower_read_at = at WHERE id = talk;
        UPDATE designia.chat_inbox SET unread = row.last_seq - row.lower_sent - seen
        WHERE account = reader AND conversation = talk;
    ELSE
        seen := lower_count;
        UPDATE designia.chat_conversations SET higher_read = place, higher_seen = seen, higher_read_at = at WHERE id = talk;
        UPDATE designia.chat_inbox SET unread = row.lower_sent - seen
        WHERE account = reader AND conversation = talk;
    END IF;
    RETURN true;
END $$;
