-- What was mailed to whom, and what accounts were told.
--
-- Neither decides anything, and neither refers to accounts or orders by a key that is checked: both outlive what they are
-- about by a while, and are forgotten by their age.

CREATE TABLE designia.mails (
    id uuid PRIMARY KEY,
    key text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    to_name text NOT NULL,
    to_email text NOT NULL,
    subject text NOT NULL,
    account uuid,
    order_id uuid,
    state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'sent', 'refused')),
    attempts bigint NOT NULL CHECK (attempts > 0),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    note text,
    -- NULL where it is not kept what it says: both or none.
    text text,
    html text,
    CHECK ((text IS NULL) = (html IS NULL))
);

CREATE INDEX mails_newest ON designia.mails (created_at, id);
CREATE INDEX mails_by_state ON designia.mails (state, created_at, id);
CREATE INDEX mails_by_account ON designia.mails (account, created_at, id) WHERE account IS NOT NULL;
CREATE INDEX mails_by_order ON designia.mails (order_id, created_at, id) WHERE order_id IS NOT NULL;

CREATE TABLE designia.notifications (
    id uuid PRIMARY KEY,
    account uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    title text NOT NULL,
    message text NOT NULL,
    -- JSON, to the letter as it was given.
    data text NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz
);

CREATE INDEX notifications_newest ON designia.notifications (account, created_at, id);
CREATE INDEX notifications_unread ON designia.notifications (account, created_at, id) WHERE read_at IS NULL;
CREATE INDEX notifications_oldest ON designia.notifications (created_at);

-- Which kinds an account does not want by mail.
CREATE TABLE designia.notification_mutes (
    account uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    PRIMARY KEY (account, kind)
);
