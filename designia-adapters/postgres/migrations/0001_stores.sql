-- The stores themselves: products, orders with everything that is committed with them, webhook events, rates, settings.
--
-- Conventions: everything is in the schema `designia` and is named with it. Money is minor units beside the currency's
-- code. `orders.state` is the whole aggregate as JSON and is what is loaded; the other columns and tables restate it for
-- indexes, constraints and people. Text that is compared is compared byte by byte.

CREATE TABLE designia.products (
    id uuid PRIMARY KEY,
    seller uuid NOT NULL,
    slug text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    description text NOT NULL,
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    currency text NOT NULL CHECK (length(currency) = 3),
    stock bigint NOT NULL CHECK (stock BETWEEN 0 AND 4294967295),
    active boolean NOT NULL
)
-- Stock changes all the time and is in no index: with room on the page a change touches no index at all.
WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

CREATE INDEX products_on_sale ON designia.products (slug) WHERE active;

CREATE TABLE designia.orders (
    id uuid PRIMARY KEY,
    buyer uuid NOT NULL,
    status text COLLATE "C" NOT NULL,
    payment_status text COLLATE "C" NOT NULL,
    currency text NOT NULL CHECK (length(currency) = 3),
    total_minor bigint NOT NULL CHECK (total_minor >= 0),
    placed_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- When the order next wants to be ticked.
    next_tick_at timestamptz,
    -- The same, or when the present claim runs out: the timer of the whole engine is the index on this column.
    tick_due_at timestamptz,
    version bigint NOT NULL CHECK (version > 0),
    state json NOT NULL
)
WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

-- What is rewritten at every change stays inside its row as long as it fits a page: moving it out costs a second table.
ALTER TABLE designia.orders ALTER state SET STORAGE MAIN;

CREATE INDEX orders_due ON designia.orders (tick_due_at) WHERE tick_due_at IS NOT NULL;
CREATE INDEX orders_newest ON designia.orders (placed_at, id);
CREATE INDEX orders_by_status ON designia.orders (status, placed_at, id);
CREATE INDEX orders_by_buyer ON designia.orders (buyer, placed_at, id);
CREATE INDEX orders_by_buyer_and_status ON designia.orders (buyer, status, placed_at, id);

-- One row per order and seller, for the sellers' lists. Status and instant repeat the order's, so that a page is one range of
-- one index.
CREATE TABLE designia.order_sellers (
    order_id uuid NOT NULL REFERENCES designia.orders (id) ON DELETE RESTRICT,
    seller uuid NOT NULL,
    status text COLLATE "C" NOT NULL,
    placed_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, seller)
)
WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

CREATE INDEX order_sellers_newest ON designia.order_sellers (seller, placed_at, order_id);
CREATE INDEX order_sellers_by_status ON designia.order_sellers (seller, status, placed_at, order_id);

CREATE TABLE designia.attempts (
    order_id uuid NOT NULL REFERENCES designia.orders (id) ON DELETE RESTRICT,
    no bigint NOT NULL CHECK (no > 0),
    session_ref text COLLATE "C" CONSTRAINT attempts_session_ref_key UNIQUE,
    payment_ref text COLLATE "C" CONSTRAINT attempts_payment_ref_key UNIQUE,
    state text COLLATE "C" NOT NULL,
    currency text NOT NULL CHECK (length(currency) = 3),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    captured_minor bigint NOT NULL CHECK (captured_minor >= 0),
    PRIMARY KEY (order_id, no)
);

-- Refunds that an order asked for.
CREATE TABLE designia.refunds (
    order_id uuid NOT NULL,
    no bigint NOT NULL CHECK (no > 0),
    attempt bigint NOT NULL,
    provider_id text COLLATE "C" CONSTRAINT refunds_provider_id_key UNIQUE,
    state text COLLATE "C" NOT NULL,
    currency text NOT NULL CHECK (length(currency) = 3),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (order_id, no),
    FOREIGN KEY (order_id, attempt) REFERENCES designia.attempts (order_id, no) ON DELETE RESTRICT
);

-- Refunds that somebody made at the provider, past us. They are the provider's word, which is recorded whatever it says: so
-- their attempt refers to nothing, and one that two orders were told of is for the integrity check to find.
CREATE TABLE designia.foreign_refunds (
    order_id uuid NOT NULL REFERENCES designia.orders (id) ON DELETE RESTRICT,
    provider_id text COLLATE "C" NOT NULL,
    attempt bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    currency text NOT NULL CHECK (length(currency) = 3),
    amount_minor bigint NOT NULL,
    PRIMARY KEY (order_id, provider_id)
);

CREATE INDEX foreign_refunds_by_name ON designia.foreign_refunds (provider_id);

CREATE TABLE designia.events (
    order_id uuid NOT NULL REFERENCES designia.orders (id) ON DELETE RESTRICT,
    seq bigint NOT NULL CHECK (seq > 0),
    at timestamptz NOT NULL,
    cause json NOT NULL,
    event json NOT NULL,
    PRIMARY KEY (order_id, seq)
);

CREATE TABLE designia.effects (
    order_id uuid NOT NULL,
    event bigint NOT NULL,
    idx bigint NOT NULL CHECK (idx >= 0),
    key text COLLATE "C" NOT NULL UNIQUE,
    kind text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('planned', 'sent', 'unknown', 'done', 'refused')),
    claims bigint NOT NULL DEFAULT 0 CHECK (claims >= 0),
    planned_at timestamptz NOT NULL,
    -- When it was first sent, if it may have been.
    first_sent_at timestamptz,
    due_at timestamptz NOT NULL,
    note text,
    request json NOT NULL,
    PRIMARY KEY (order_id, event, idx),
    FOREIGN KEY (order_id, event) REFERENCES designia.events (order_id, seq) ON DELETE RESTRICT
)
WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

CREATE INDEX effects_due ON designia.effects (due_at) WHERE state IN ('planned', 'sent', 'unknown');

CREATE TABLE designia.stock_movements (
    order_id uuid NOT NULL REFERENCES designia.orders (id) ON DELETE RESTRICT,
    product uuid NOT NULL REFERENCES designia.products (id) ON DELETE RESTRICT,
    reason text COLLATE "C" NOT NULL CHECK (reason IN ('reserve', 'release')),
    round bigint NOT NULL CHECK (round >= 0),
    quantity bigint NOT NULL CHECK (quantity > 0),
    at timestamptz NOT NULL,
    PRIMARY KEY (order_id, product, reason, round)
);

CREATE TABLE designia.journals (
    order_id uuid NOT NULL,
    event bigint NOT NULL,
    at timestamptz NOT NULL,
    debit text COLLATE "C" NOT NULL,
    credit text COLLATE "C" NOT NULL CHECK (credit <> debit),
    currency text COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    minor bigint NOT NULL CHECK (minor > 0),
    PRIMARY KEY (order_id, event),
    FOREIGN KEY (order_id, event) REFERENCES designia.events (order_id, seq) ON DELETE RESTRICT
);

-- Requests that were answered, each with the order that answers it. The key is taken before the order is written, so that of
-- two equal requests at once the second hears of the first and of nothing else.
CREATE TABLE designia.request_keys (
    buyer uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    order_id uuid NOT NULL REFERENCES designia.orders (id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (buyer, key)
);

CREATE INDEX request_keys_of_order ON designia.request_keys (order_id);

CREATE TABLE designia.webhook_events (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    received_at timestamptz NOT NULL,
    body bytea NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'folded', 'dead')),
    claims bigint NOT NULL DEFAULT 0 CHECK (claims >= 0),
    due_at timestamptz NOT NULL,
    note text,
    -- The order that it changed.
    order_id uuid REFERENCES designia.orders (id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED
)
WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

CREATE INDEX webhook_events_due ON designia.webhook_events (due_at) WHERE state = 'waiting';
CREATE INDEX webhook_events_of_order ON designia.webhook_events (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX webhook_events_newest ON designia.webhook_events (state, received_at, id);

-- One publisher's rates of one day, whole, with the rates as decimal text inside the body.
CREATE TABLE designia.rate_batches (
    publisher text COLLATE "C" NOT NULL,
    -- Whether the rates came with the program and nobody was asked.
    bundled boolean NOT NULL,
    base text COLLATE "C" NOT NULL CHECK (length(base) = 3),
    as_of date NOT NULL,
    fetched_at timestamptz NOT NULL,
    body json NOT NULL,
    PRIMARY KEY (publisher, bundled, base, as_of)
);

CREATE INDEX rate_batches_latest ON designia.rate_batches (as_of, fetched_at);

-- Small facts that the host keeps beside its orders, such as "the demo shop has been filled".
CREATE TABLE designia.settings (
    name text COLLATE "C" PRIMARY KEY,
    value text NOT NULL
);

-- Compressing this way costs about as much as writing what it saves. A server that was built without it compresses the old
-- way.
DO $$
BEGIN
    ALTER TABLE designia.orders ALTER state SET COMPRESSION lz4;
    ALTER TABLE designia.events ALTER event SET COMPRESSION lz4;
    ALTER TABLE designia.effects ALTER request SET COMPRESSION lz4;
    ALTER TABLE designia.webhook_events ALTER body SET COMPRESSION lz4;
    ALTER TABLE designia.rate_batches ALTER body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END $$;
