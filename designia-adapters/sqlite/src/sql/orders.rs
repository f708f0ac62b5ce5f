//! Loading, committing, locating and claiming orders.

super::statements! {
    LOAD = "SELECT state FROM orders WHERE id = ?1";

    LOCATE = "
        SELECT order_id FROM attempts WHERE session_ref = ?1
        UNION ALL
        SELECT order_id FROM attempts WHERE payment_ref = ?2
        LIMIT 1";

    /// Only if the order is not there yet.
    INSERT = "
        INSERT INTO orders (
            id, buyer, status, payment_status, currency, total_minor, placed_at, updated_at,
            next_tick_at, tick_due_at, version, state
        )
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11)
        ON CONFLICT (id) DO NOTHING";

    INSERT_SELLERS = "
        INSERT INTO order_sellers (order_id, seller, buyer, status, placed_at)
        SELECT ?1, unhex(value), ?2, ?3, ?4 FROM json_each(?5)";

    /// Only if the order still has the version that the decision was made against. An ended claim ends with it.
    UPDATE = "
        UPDATE orders
        SET status = ?2, payment_status = ?3, updated_at = ?4, next_tick_at = ?5, tick_due_at = ?5, version = ?6, state = ?7
        WHERE id = ?1 AND version = ?8";

    HAS_VERSION = "SELECT 1 FROM orders WHERE id = ?1 AND version = ?2";

    INSERT_EVENTS = "
        INSERT INTO events (order_id, seq, at, cause, event)
        SELECT ?1, value ->> 0, value ->> 1, value -> 2, value -> 3 FROM json_each(?2)";

    /// Those that changed, and those that are new.
    PUT_ATTEMPTS = "
        INSERT INTO attempts (order_id, no, session_ref, payment_ref, state, currency, amount_minor, captured_minor)
        SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
        FROM json_each(?2) WHERE true
        ON CONFLICT (order_id, no) DO UPDATE SET
            session_ref = excluded.session_ref, payment_ref = excluded.payment_ref,
            state = excluded.state, captured_minor = excluded.captured_minor
        WHERE (attempts.session_ref, attempts.payment_ref, attempts.state, attempts.captured_minor)
            IS NOT (excluded.session_ref, excluded.payment_ref, excluded.state, excluded.captured_minor)";

    PUT_REFUNDS = "
        INSERT INTO refunds (order_id, no, attempt, provider_id, state, currency, amount_minor)
        SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
        FROM json_each(?2) WHERE true
        ON CONFLICT (order_id, no) DO UPDATE SET provider_id = excluded.provider_id, state = excluded.state
        WHERE (refunds.provider_id, refunds.state) IS NOT (excluded.provider_id, excluded.state)";

    PUT_FOREIGN_REFUNDS = "
        INSERT INTO foreign_refunds (order_id, provider_id, attempt, state, currency, amount_minor)
        SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
        FROM json_each(?2) WHERE true
        ON CONFLICT (order_id, provider_id) DO UPDATE SET state = excluded.state
        WHERE foreign_refunds.state <> excluded.state";

    /// The first of some names that is on an attempt already. Asked when a commit has broken their uniqueness.
    TAKEN_REFERENCE = "
        SELECT name.value
        FROM json_each(?2) AS name
        WHERE EXISTS (SELECT 1 FROM attempts WHERE session_ref = name.value AND order_id <> ?1)
            OR EXISTS (SELECT 1 FROM attempts WHERE payment_ref = name.value AND order_id <> ?1)
            OR EXISTS (SELECT 1 FROM refunds WHERE provider_id = name.value AND order_id <> ?1)
        LIMIT 1";

    /// Moves the stock of each product by its sum, and leaves a product alone of which there is too little.
    MOVE_STOCK = "
        UPDATE products SET stock = stock + move.delta
        FROM (SELECT unhex(value ->> 0) AS product, value ->> 1 AS delta FROM json_each(?1)) AS move
        WHERE products.id = move.product AND products.stock + move.delta >= 0
        RETURNING id";

    STOCK = "SELECT stock FROM products WHERE id = ?1";

    INSERT_MOVEMENTS = "
        INSERT INTO stock_movements (order_id, product, reason, round, quantity, at)
        SELECT ?1, unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?2)";

    INSERT_JOURNALS = "
        INSERT INTO journals (order_id, event, at, debit, credit, currency, minor)
        SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?2)";

    INSERT_REQUEST_KEY = "
        INSERT INTO request_keys (buyer, key, fingerprint, order_id, answered_at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (buyer, key) DO NOTHING";

    REQUEST_ANSWER = "SELECT order_id, fingerprint FROM request_keys WHERE buyer = ?1 AND key = ?2";

    DUE = "SELECT rowid, id, state FROM orders WHERE tick_due_at <= ?1 ORDER BY tick_due_at, id LIMIT ?2";

    CLAIM = "UPDATE orders SET tick_due_at = ?1 WHERE rowid IN (SELECT value FROM json_each(?2))";
}
