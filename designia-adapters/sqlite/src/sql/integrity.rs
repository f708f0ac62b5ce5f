//! What the integrity check asks: each of [`FINDINGS`] returns one line of text per thing that is wrong, and should return
//! nothing. These statements walk through tables, and are for a person who asks whether all is well.

super::statements! {
    /// What is counted as it changes is counted anew.
    FIGURES = "
        SELECT 'product ' || lower(hex(id)) || ' has other reviews or favourites than it counts' FROM products
        WHERE review_count <> (SELECT count(*) FROM reviews WHERE product = products.id AND removed_at IS NULL)
            OR rating_sum <> (SELECT ifnull(sum(rating), 0) FROM reviews WHERE product = products.id AND removed_at IS NULL)
            OR favourites <> (SELECT count(*) FROM favourites WHERE product = products.id)
        UNION ALL
        SELECT 'review ' || id || ' has other votes than it counts' FROM reviews
        WHERE helpful <> (SELECT count(*) FROM review_votes WHERE review = reviews.id)
        UNION ALL
        SELECT 'category ' || id || ' holds other products than it counts' FROM categories
        WHERE products <> (SELECT count(*) FROM products AS own WHERE own.category = categories.id AND own.active = 1)
        UNION ALL
        SELECT 'seller ' || lower(hex(seller)) || ' has other products than are counted' FROM shops
        WHERE products <> (SELECT count(*) FROM products AS own WHERE own.seller = shops.seller)
            OR active_products <> (SELECT count(*) FROM products AS own WHERE own.seller = shops.seller AND own.active = 1)
        LIMIT 100";

    PAGES = "PRAGMA integrity_check(100)";

    FOREIGN_KEYS = "
        SELECT \"table\" || ' refers to a row of ' || parent || ' that is not there' FROM pragma_foreign_key_check LIMIT 100";

    COUNTERS = "
        WITH counted (kind, word, amount) AS (
            SELECT 'orders', status, count(*) FROM orders GROUP BY status
            UNION ALL SELECT 'effects', state, count(*) FROM effects GROUP BY state
            UNION ALL SELECT 'webhook_events', state, count(*) FROM webhook_events GROUP BY state
            UNION ALL SELECT 'due', CAST(expires_at / 3600000000 AS TEXT), count(*) FROM orders
                WHERE expires_at IS NOT NULL GROUP BY expires_at / 3600000000
            UNION ALL SELECT 'attention', '', count(*) FROM orders WHERE attention_at IS NOT NULL
        )
        SELECT 'there are ' || ifnull(counted.amount, 0) || ' ' || kind || ' in ' || word
            || ', and the counter says ' || ifnull(counters.amount, 0)
        FROM (SELECT * FROM counters WHERE kind <> 'webhook_minutes') AS counters FULL JOIN counted USING (kind, word)
        WHERE ifnull(counters.amount, 0) <> ifnull(counted.amount, 0) LIMIT 100";

    BALANCES = "
        WITH booked (account, currency, minor) AS (
            SELECT account, currency, sum(minor) FROM (
                SELECT debit AS account, currency, minor FROM journals
                UNION ALL SELECT credit, currency, -minor FROM journals
            ) GROUP BY account, currency
        )
        SELECT 'the journals of ' || account || ' sum to ' || ifnull(booked.minor, 0) || ' ' || currency
            || ', and its balance is ' || ifnull(account_balances.minor, 0)
        FROM account_balances FULL JOIN booked USING (account, currency)
        WHERE ifnull(account_balances.minor, 0) <> ifnull(booked.minor, 0) LIMIT 100";

    /// Of a week, which is what is kept.
    MONEY_DAYS = "
        WITH booked (day, currency, captured, refunded) AS (
            SELECT journals.at / 86400000000, currency, sum(iif(events.event ->> 'type' = 'payment_captured', minor, 0)), sum(CASE
                WHEN events.event ->> 'type' = 'payment_captured' THEN 0 WHEN debit = 'provider_balance' THEN -minor ELSE minor
            END)
            FROM journals JOIN events ON events.order_id = journals.order_id AND seq = journals.event
            WHERE 'provider_balance' IN (debit, credit) GROUP BY 1, 2
        )
        SELECT 'the journals of day ' || day || ' make ' || ifnull(booked.captured, 0) || ' and ' || ifnull(booked.refunded, 0)
            || ' ' || currency || ', and the counters say ' || ifnull(money_days.captured, 0) || ' and '
            || ifnull(money_days.refunded, 0)
        FROM money_days FULL JOIN booked USING (day, currency)
        WHERE day >= (SELECT max(day) FROM money_days) - 7
            AND (money_days.captured, money_days.refunded) IS NOT (booked.captured, booked.refunded) LIMIT 100";

    TRIAL_BALANCE = "
        SELECT 'the balances in ' || currency || ' sum to ' || sum(minor)
        FROM account_balances GROUP BY currency HAVING sum(minor) <> 0";

    RELEASES = "
        SELECT 'order ' || lower(hex(released.order_id)) || ' released more of product ' || lower(hex(released.product))
            || ' than it had reserved'
        FROM stock_movements AS released
        LEFT JOIN stock_movements AS reserved
            ON reserved.order_id = released.order_id AND reserved.product = released.product
            AND reserved.round = released.round AND reserved.reason = 'reserve'
        WHERE released.reason = 'release' AND released.quantity > ifnull(reserved.quantity, 0) LIMIT 100";

    FOREIGN_REFUNDS = "
        SELECT 'refund ' || provider_id || ' of the provider counts in ' || count(*) || ' orders'
        FROM foreign_refunds GROUP BY provider_id HAVING count(*) > 1 LIMIT 100";

    TASK_COUNTS = "
        WITH counted (queue, state, amount) AS (SELECT queue, state, count(*) FROM tasks GROUP BY queue, state)
        SELECT 'there are ' || ifnull(counted.amount, 0) || ' tasks of ' || queue || ' in ' || state
            || ', and the counter says ' || ifnull(task_counts.amount, 0)
        FROM task_counts FULL JOIN counted USING (queue, state)
        WHERE ifnull(task_counts.amount, 0) <> ifnull(counted.amount, 0) LIMIT 100";

    HOLDS = "
        SELECT 'task ' || lower(hex(id)) || ' is in ' || state || ' and ' || iif(claims = 0, 'was never claimed', 'nobody has it')
        FROM tasks WHERE state IN ('STARTED', 'PROGRESS', 'SUCCESS')
            AND (claims = 0 OR attempts = 0 OR worker IS NULL OR started_at IS NULL) LIMIT 100";

    RESULTS = "
        SELECT 'task ' || lower(hex(id)) || ' is in ' || state || iif(result IS NULL, ' and has no', ' and has a') || ' result'
        FROM tasks WHERE (result IS NOT NULL) <> (state = 'SUCCESS') LIMIT 100";

    /// The next tasks after a row.
    NEXT_TASKS = "SELECT * FROM tasks WHERE seq > ?1 ORDER BY seq LIMIT ?2";

    SCHEDULES = "SELECT name, version, enabled, next_at, record FROM schedules";

    /// The next orders after an id, with all that restates them.
    NEXT_ORDERS = "
        SELECT id, state, status, payment_status, currency, total_minor, placed_at, updated_at, next_tick_at, expires_at,
            attention_at, version, buyer,
            (SELECT json_group_array(json_array(lower(hex(seller)), status, placed_at)) FROM (
                SELECT * FROM order_sellers WHERE order_id = orders.id ORDER BY seller
            )) AS sellers,
            (SELECT json_group_array(json_array(
                no, session_ref, payment_ref, state, currency, amount_minor, captured_minor
            )) FROM (SELECT * FROM attempts WHERE order_id = orders.id ORDER BY no)) AS attempts,
            (SELECT json_group_array(json_array(no, attempt, provider_id, state, currency, amount_minor)) FROM (
                SELECT * FROM refunds WHERE order_id = orders.id ORDER BY no
            )) AS refunds,
            (SELECT json_group_array(json_array(provider_id, attempt, state, currency, amount_minor)) FROM (
                SELECT * FROM foreign_refunds WHERE order_id = orders.id ORDER BY provider_id
            )) AS foreign_refunds,
            (SELECT json_group_array(json_array(lower(hex(product)), held)) FROM (
                SELECT product, sum(iif(reason = 'reserve', quantity, -quantity)) AS held
                FROM stock_movements WHERE order_id = orders.id GROUP BY product ORDER BY product
            )) AS stock
        FROM orders WHERE id > ?1 ORDER BY id LIMIT ?2";
}

/// What should return nothing, and what it means if it does not.
pub(crate) const FINDINGS: [(&str, &str); 12] = [
    ("every row refers to rows that are there", FOREIGN_KEYS),
    ("every counter is right", COUNTERS),
    ("every balance is the sum of its journals", BALANCES),
    ("a day's money is the sum of its journals", MONEY_DAYS),
    ("the books sum to zero", TRIAL_BALANCE),
    ("no stock is released that was not reserved", RELEASES),
    ("a refund counts in one order", FOREIGN_REFUNDS),
    ("every counter of tasks is right", TASK_COUNTS),
    ("what runs or is done was claimed", HOLDS),
    ("what is done has a result", RESULTS),
    ("every figure of the catalogue is right", FIGURES),
    ("the file is undamaged", PAGES),
];
