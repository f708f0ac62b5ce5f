//! Taking everything out by rising keys, and putting it back as it was.
//!
//! Ids come as a JSON array of hexadecimal text, rows as one array per row with the order's id first.

super::statements! {
    PRODUCTS = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, t.views, t.clicks,
            t.updated_at
        FROM products AS p CROSS JOIN product_texts AS t ON t.product = p.id WHERE p.id > ?1 ORDER BY p.id LIMIT ?2";

    ORDER_IDS = "SELECT id FROM orders WHERE id > ?1 ORDER BY id LIMIT ?2";

    KNOWN_ORDERS = "SELECT id FROM orders WHERE id IN (SELECT unhex(value) FROM json_each(?1))";

    ORDERS = "
        SELECT id, state, tick_due_at FROM orders
        WHERE id IN (SELECT unhex(value) FROM json_each(?1)) ORDER BY id";

    HISTORIES = "
        SELECT order_id, seq, at, cause, event FROM events
        WHERE order_id IN (SELECT unhex(value) FROM json_each(?1))";

    EFFECTS = "
        SELECT order_id, event, idx, key, planned_at, request, state, claims, first_sent_at, due_at, note, calls
        FROM effects
        WHERE order_id IN (SELECT unhex(value) FROM json_each(?1))";

    MOVEMENTS = "
        SELECT order_id, product, reason, round, quantity, at FROM stock_movements
        WHERE order_id IN (SELECT unhex(value) FROM json_each(?1))";

    JOURNALS = "
        SELECT order_id, event, at, debit, credit, currency, minor FROM journals
        WHERE order_id IN (SELECT unhex(value) FROM json_each(?1))";

    REQUESTS = "
        SELECT order_id, buyer, key, fingerprint, answered_at FROM request_keys
        WHERE order_id IN (SELECT unhex(value) FROM json_each(?1))";

    FIRST_EVENTS = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log FROM webhook_events
        WHERE id >= '' ORDER BY id LIMIT ?1";

    EVENTS = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log FROM webhook_events
        WHERE id > ?2 ORDER BY id LIMIT ?1";

    EVENTS_BY_ID = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log FROM webhook_events
        WHERE id IN (SELECT value FROM json_each(?1))";

    RATES = "
        SELECT as_of, body FROM rate_batches WHERE (publisher, bundled, base, as_of) > (?1, ?2, ?3, ?4)
        ORDER BY publisher, bundled, base, as_of LIMIT ?5";

    RATES_OF = "
        SELECT as_of, body FROM rate_batches WHERE publisher = ?1 AND bundled = ?2 AND base = ?3 AND as_of = ?4";

    SETTINGS = "SELECT name, value FROM settings WHERE name >= '' ORDER BY name";

    INSERT_ORDERS = "
        INSERT INTO orders (
            id, buyer, status, payment_status, currency, total_minor, placed_at, updated_at,
            next_tick_at, tick_due_at, expires_at, attention_at, version, state
        )
        SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
            value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value -> 13
        FROM json_each(?1)";

    INSERT_SELLERS = "
        INSERT INTO order_sellers (order_id, seller, status, placed_at)
        SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3 FROM json_each(?1)";

    INSERT_ATTEMPTS = "
        INSERT INTO attempts (order_id, no, session_ref, payment_ref, state, currency, amount_minor, captured_minor)
        SELECT unhex(value ->> 0), value ->> '$[1][0]', value ->> '$[1][1]', value ->> '$[1][2]', value ->> '$[1][3]',
            value ->> '$[1][4]', value ->> '$[1][5]', value ->> '$[1][6]'
        FROM json_each(?1)";

    INSERT_REFUNDS = "
        INSERT INTO refunds (order_id, no, attempt, provider_id, state, currency, amount_minor)
        SELECT unhex(value ->> 0), value ->> '$[1][0]', value ->> '$[1][1]', value ->> '$[1][2]', value ->> '$[1][3]',
            value ->> '$[1][4]', value ->> '$[1][5]'
        FROM json_each(?1)";

    INSERT_FOREIGN_REFUNDS = "
        INSERT INTO foreign_refunds (order_id, provider_id, attempt, state, currency, amount_minor)
        SELECT unhex(value ->> 0), value ->> '$[1][0]', value ->> '$[1][1]', value ->> '$[1][2]', value ->> '$[1][3]',
            value ->> '$[1][4]'
        FROM json_each(?1)";

    INSERT_HISTORIES = "
        INSERT INTO events (order_id, seq, at, cause, event)
        SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value -> 3, value -> 4 FROM json_each(?1)";

    INSERT_EFFECTS = "
        INSERT INTO effects (
            order_id, event, idx, key, kind, state, claims, planned_at, first_sent_at, due_at, note, request, calls
        )
        SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
            value ->> 7, value ->> 8, value ->> 9, value ->> 10, value -> 11, value -> 12
        FROM json_each(?1)";

    INSERT_MOVEMENTS = "
        INSERT INTO stock_movements (order_id, product, reason, round, quantity, at)
        SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4, value ->> 5
        FROM json_each(?1)";

    INSERT_JOURNALS = "
        INSERT INTO journals (order_id, event, at, debit, credit, currency, minor)
        SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
        FROM json_each(?1)";

    INSERT_REQUESTS = "
        INSERT INTO request_keys (order_id, buyer, key, fingerprint, answered_at)
        SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4 FROM json_each(?1)";

    /// One by one: a body is large, and would only grow inside an array.
    INSERT_EVENT = "
        INSERT INTO webhook_events (id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
}
