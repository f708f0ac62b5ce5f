//! Taking everything out by rising keys, and putting it back as it was. Histories and effects of a page are read as the
//! integrity check reads them.

super::statements! {
    FIRST_PRODUCTS = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, coalesce(l.views, 0), coalesce(l.clicks, 0),
            t.updated_at
        FROM designia.products AS p JOIN designia.product_texts AS t ON t.product = p.id
        LEFT JOIN designia.product_looks AS l ON l.product = p.id ORDER BY p.id LIMIT $1";

    NEXT_PRODUCTS = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, coalesce(l.views, 0), coalesce(l.clicks, 0),
            t.updated_at
        FROM designia.products AS p JOIN designia.product_texts AS t ON t.product = p.id
        LEFT JOIN designia.product_looks AS l ON l.product = p.id
        WHERE p.id > $2 ORDER BY p.id LIMIT $1";

    /// By id, or by the name in addresses.
    KNOWN_PRODUCTS = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, coalesce(l.views, 0), coalesce(l.clicks, 0),
            t.updated_at
        FROM designia.products AS p JOIN designia.product_texts AS t ON t.product = p.id
        LEFT JOIN designia.product_looks AS l ON l.product = p.id
        WHERE p.id = ANY ($1) OR p.slug = ANY ($2)";

    NEXT_ORDERS = "SELECT id FROM designia.orders WHERE id > $2 ORDER BY id LIMIT $1";

    FIRST_ORDERS = "SELECT id FROM designia.orders ORDER BY id LIMIT $1";

    KNOWN_ORDERS = "SELECT id FROM designia.orders WHERE id = ANY ($1)";

    ORDERS = "SELECT id, state, tick_due_at FROM designia.orders WHERE id = ANY ($1) ORDER BY id";

    MOVEMENTS = "
        SELECT order_id, product, reason, round, quantity, at FROM designia.stock_movements WHERE order_id = ANY ($1)";

    JOURNALS = "
        SELECT order_id, event, at, debit, credit, currency, minor FROM designia.journals WHERE order_id = ANY ($1)";

    REQUESTS = "
        SELECT order_id, buyer, key, fingerprint, answered_at FROM designia.request_keys WHERE order_id = ANY ($1)";

    /// After the orders were written as if nobody had claimed a tick.
    CLAIM_TICKS = "
        UPDATE designia.orders SET tick_due_at = own.due_at
        FROM unnest($1::uuid[], $2::timestamptz[]) AS own (id, due_at)
        WHERE orders.id = own.id";

    INSERT_EFFECTS = "
        INSERT INTO designia.effects (
            order_id, event, idx, key, kind, state, claims, planned_at, first_sent_at, due_at, note, request, calls
        )
        SELECT order_id, event, idx, key, kind, state, claims, planned_at, first_sent_at, due_at, note, request::json,
            calls::jsonb
        FROM unnest(
            $1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::timestamptz[],
            $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[]
        ) AS new (
            order_id, event, idx, key, kind, state, claims, planned_at, first_sent_at, due_at, note, request, calls
        )";

    INSERT_MOVEMENTS = "
        INSERT INTO designia.stock_movements (order_id, product, reason, round, quantity, at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[])";

    INSERT_REQUESTS = "
        INSERT INTO designia.request_keys (order_id, buyer, key, fingerprint, answered_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[])";

    FIRST_EVENTS = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log::text AS log
        FROM designia.webhook_events
        ORDER BY id LIMIT $1";

    NEXT_EVENTS = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log::text AS log
        FROM designia.webhook_events
        WHERE id > $2 ORDER BY id LIMIT $1";

    KNOWN_EVENTS = "
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log::text AS log
        FROM designia.webhook_events
        WHERE id = ANY ($1)";

    INSERT_EVENTS = "
        INSERT INTO designia.webhook_events (
            id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log
        )
        SELECT id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log::jsonb
        FROM unnest(
            $1::text[], $2::text[], $3::timestamptz[], $4::bytea[], $5::text[], $6::text[], $7::bigint[],
            $8::timestamptz[], $9::text[], $10::uuid[], $11::text[]
        ) AS new (id, kind, received_at, body, signature, state, claims, due_at, note, order_id, log)";

    /// No base is empty, so an empty one is before every key.
    RATES = "
        SELECT body FROM designia.rate_batches
        WHERE (publisher, bundled, base, as_of) > ($1, $2, $3, date '1970-01-01' + $4::integer)
        ORDER BY publisher, bundled, base, as_of LIMIT $5";

    KNOWN_RATES = "
        SELECT body FROM designia.rate_batches
        JOIN unnest($1::text[], $2::boolean[], $3::text[], $4::integer[]) AS own (publisher, bundled, base, day)
            ON rate_batches.publisher = own.publisher AND rate_batches.bundled = own.bundled
            AND rate_batches.base = own.base AND rate_batches.as_of = date '1970-01-01' + own.day";

    SETTINGS = "SELECT name, value FROM designia.settings WHERE name <> $1 ORDER BY name";

    KNOWN_SETTINGS = "SELECT name, value FROM designia.settings WHERE name = ANY ($1)";

    INSERT_SETTINGS = "INSERT INTO designia.settings (name, value) SELECT * FROM unnest($1::text[], $2::text[])";

    /// Kind, word, currency, amount, as `Total::named` reads them. It walks through every table.
    TOTALS = "
        SELECT 'products', NULL, NULL, count(*) FROM designia.products
        UNION ALL SELECT 'stock', NULL, NULL, coalesce(sum(stock), 0)::bigint FROM designia.products
        UNION ALL SELECT 'orders', status, NULL, count(*) FROM designia.orders GROUP BY status
        UNION ALL SELECT 'versions', NULL, NULL, coalesce(sum(version), 0)::bigint FROM designia.orders
        UNION ALL SELECT 'events', NULL, NULL, count(*) FROM designia.events
        UNION ALL SELECT 'effects', state, NULL, count(*) FROM designia.effects GROUP BY state
        UNION ALL SELECT 'effect_claims', NULL, NULL, coalesce(sum(claims), 0)::bigint FROM designia.effects
        UNION ALL SELECT 'movements', reason, NULL, sum(quantity)::bigint FROM designia.stock_movements GROUP BY reason
        UNION ALL SELECT 'journals', NULL, NULL, count(*) FROM designia.journals
        UNION ALL SELECT 'balance', account, currency, sum(minor)::bigint FROM (
            SELECT debit AS account, currency, minor FROM designia.journals
            UNION ALL SELECT credit, currency, -minor FROM designia.journals
        ) AS posted GROUP BY account, currency
        UNION ALL SELECT 'requests', NULL, NULL, count(*) FROM designia.request_keys
        UNION ALL SELECT 'webhook_events', state, NULL, count(*) FROM designia.webhook_events GROUP BY state
        UNION ALL SELECT 'webhook_claims', NULL, NULL, coalesce(sum(claims), 0)::bigint FROM designia.webhook_events
        UNION ALL SELECT 'rates', NULL, NULL, count(*) FROM designia.rate_batches
        UNION ALL SELECT 'accounts', NULL, NULL, count(*) FROM designia.accounts
        UNION ALL SELECT 'account_versions', NULL, NULL, coalesce(sum(version), 0)::bigint FROM designia.accounts
        UNION ALL SELECT 'account_events', NULL, NULL, count(*) FROM designia.account_events
        UNION ALL SELECT 'applications', NULL, NULL, count(*) FROM designia.seller_applications";
}
