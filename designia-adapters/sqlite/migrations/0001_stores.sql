-- The stores themselves: products, orders with everything that is committed with them, webhook events, rates.
--
-- Conventions: ids are 16-byte UUIDs, instants are microseconds since 1970 in UTC, money is minor units beside the
-- currency's code. `orders.state` is the whole aggregate as JSON and is what is loaded; the other columns and tables
-- restate it for indexes, constraints and people.

CREATE TABLE products (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    seller BLOB NOT NULL CHECK (length(seller) = 16),
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    stock INTEGER NOT NULL CHECK (stock BETWEEN 0 AND 4294967295),
    active INTEGER NOT NULL CHECK (active IN (0, 1))
) STRICT;

CREATE INDEX products_on_sale ON products (slug) WHERE active = 1;

CREATE TABLE orders (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    buyer BLOB NOT NULL CHECK (length(buyer) = 16),
    status TEXT NOT NULL,
    payment_status TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    total_minor INTEGER NOT NULL CHECK (total_minor >= 0),
    placed_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- When the order next wants to be ticked.
    next_tick_at INTEGER,
    -- The same, or when the present claim runs out: the timer of the whole engine is the index on this column.
    tick_due_at INTEGER,
    version INTEGER NOT NULL CHECK (version > 0),
    state TEXT NOT NULL
) STRICT;

CREATE INDEX orders_due ON orders (tick_due_at, id) WHERE tick_due_at IS NOT NULL;
CREATE INDEX orders_newest ON orders (placed_at, id);
CREATE INDEX orders_by_status ON orders (status, placed_at, id);
CREATE INDEX orders_by_buyer ON orders (buyer, placed_at, id);
CREATE INDEX orders_by_buyer_and_status ON orders (buyer, status, placed_at, id);

-- One row per order and seller, for the sellers' lists. Status and instant repeat the order's, so that a page is one range of
-- one index.
CREATE TABLE order_sellers (
    order_id BLOB NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    seller BLOB NOT NULL CHECK (length(seller) = 16),
    status TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    PRIMARY KEY (order_id, seller)
) STRICT, WITHOUT ROWID;

CREATE INDEX order_sellers_newest ON order_sellers (seller, placed_at, order_id);
CREATE INDEX order_sellers_by_status ON order_sellers (seller, status, placed_at, order_id);

CREATE TRIGGER orders_status_to_sellers AFTER UPDATE OF status ON orders WHEN OLD.status <> NEW.status BEGIN
    UPDATE order_sellers SET status = NEW.status WHERE order_id = NEW.id;
END;

CREATE TABLE attempts (
    order_id BLOB NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    no INTEGER NOT NULL CHECK (no > 0),
    session_ref TEXT UNIQUE,
    payment_ref TEXT UNIQUE,
    state TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    captured_minor INTEGER NOT NULL CHECK (captured_minor >= 0),
    PRIMARY KEY (order_id, no)
) STRICT, WITHOUT ROWID;

-- Refunds that an order asked for.
CREATE TABLE refunds (
    order_id BLOB NOT NULL,
    no INTEGER NOT NULL CHECK (no > 0),
    attempt INTEGER NOT NULL,
    provider_id TEXT UNIQUE,
    state TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (order_id, no),
    FOREIGN KEY (order_id, attempt) REFERENCES attempts (order_id, no) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;

-- Refunds that somebody made at the provider, past us. They are the provider's word, which is recorded whatever it says: so
-- their attempt refers to nothing, and one that two orders were told of is for the integrity check to find.
CREATE TABLE foreign_refunds (
    order_id BLOB NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    provider_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (order_id, provider_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX foreign_refunds_by_name ON foreign_refunds (provider_id);

-- With row numbers, unlike its neighbours: events are often larger than an index keeps inside its pages.
CREATE TABLE events (
    order_id BLOB NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL CHECK (seq > 0),
    at INTEGER NOT NULL,
    cause TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (order_id, seq)
) STRICT;

CREATE TABLE effects (
    order_id BLOB NOT NULL,
    event INTEGER NOT NULL,
    idx INTEGER NOT NULL CHECK (idx >= 0),
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'sent', 'unknown', 'done', 'refused')),
    claims INTEGER NOT NULL DEFAULT 0 CHECK (claims >= 0),
    planned_at INTEGER NOT NULL,
    -- When it was first sent, if it may have been.
    first_sent_at INTEGER,
    due_at INTEGER NOT NULL,
    note TEXT,
    request TEXT NOT NULL,
    PRIMARY KEY (order_id, event, idx),
    FOREIGN KEY (order_id, event) REFERENCES events (order_id, seq) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;

CREATE INDEX effects_due ON effects (due_at) WHERE state IN ('planned', 'sent', 'unknown');

CREATE TABLE stock_movements (
    order_id BLOB NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    product BLOB NOT NULL REFERENCES products (id) ON DELETE RESTRICT,
    reason TEXT NOT NULL CHECK (reason IN ('reserve', 'release')),
    round INTEGER NOT NULL CHECK (round >= 0),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    at INTEGER NOT NULL,
    PRIMARY KEY (order_id, product, reason, round)
) STRICT, WITHOUT ROWID;

CREATE TABLE journals (
    order_id BLOB NOT NULL,
    event INTEGER NOT NULL,
    at INTEGER NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL CHECK (credit <> debit),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    minor INTEGER NOT NULL CHECK (minor > 0),
    PRIMARY KEY (order_id, event),
    FOREIGN KEY (order_id, event) REFERENCES events (order_id, seq) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;

-- Requests that were answered, each with the order that answers it.
CREATE TABLE request_keys (
    buyer BLOB NOT NULL CHECK (length(buyer) = 16),
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    order_id BLOB NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (buyer, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX request_keys_of_order ON request_keys (order_id);

CREATE TABLE webhook_events (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'folded', 'dead')),
    claims INTEGER NOT NULL DEFAULT 0 CHECK (claims >= 0),
    due_at INTEGER NOT NULL,
    note TEXT,
    -- The order that it changed.
    order_id BLOB REFERENCES orders (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX webhook_events_due ON webhook_events (due_at, id) WHERE state = 'waiting';
CREATE INDEX webhook_events_of_order ON webhook_events (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX webhook_events_newest ON webhook_events (state, received_at, id);

-- One publisher's rates of one day, whole, with the rates as decimal text inside the body.
CREATE TABLE rate_batches (
    publisher TEXT NOT NULL,
    -- Whether the rates came with the program and nobody was asked.
    bundled INTEGER NOT NULL CHECK (bundled IN (0, 1)),
    base TEXT NOT NULL CHECK (length(base) = 3),
    -- Days since 1970.
    as_of INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (publisher, bundled, base, as_of)
) STRICT;

CREATE INDEX rate_batches_latest ON rate_batches (as_of, fetched_at);

-- "DSGN": tells our files from anybody else's.
PRAGMA application_id = 1146308430;
PRAGMA user_version = 1;
