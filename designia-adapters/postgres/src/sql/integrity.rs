//! What the integrity check asks: each of [`FINDINGS`] returns one line of text per thing that is wrong, and should return
//! nothing. These statements walk through tables, and are for a person who asks whether all is well.

super::statements! {
    /// What is counted as it changes is counted anew.
    FIGURES = "
        SELECT 'product ' || id || ' has other reviews or favourites than it counts' FROM designia.products
        WHERE review_count <> (SELECT count(*) FROM designia.reviews WHERE product = products.id AND removed_at IS NULL)
            OR rating_sum <> (SELECT coalesce(sum(rating), 0) FROM designia.reviews WHERE product = products.id AND removed_at IS NULL)
            OR favourites <> (SELECT count(*) FROM designia.favourites WHERE product = products.id)
        UNION ALL
        SELECT 'review ' || id || ' has other votes than it counts' FROM designia.reviews
        WHERE helpful <> (SELECT count(*) FROM designia.review_votes WHERE review = reviews.id)
        UNION ALL
        SELECT 'category ' || id || ' holds other products than it counts' FROM designia.categories
        WHERE products <> (SELECT count(*) FROM designia.products AS own WHERE own.category = categories.id AND own.active)
        UNION ALL
        SELECT 'seller ' || seller || ' has other products than are counted' FROM designia.shops
        WHERE products <> (SELECT count(*) FROM designia.products AS own WHERE own.seller = shops.seller)
            OR active_products <> (SELECT count(*) FROM designia.products AS own WHERE own.seller = shops.seller AND own.active)
        LIMIT 100";

    TALLIES = "
        WITH counted (kind, word, unit, amount) AS (
            SELECT 'orders', status, '', count(*) FROM designia.orders GROUP BY status
            UNION ALL SELECT 'effects', state, '', count(*) FROM designia.effects GROUP BY state
            UNION ALL SELECT 'webhook_events', state, '', count(*) FROM designia.webhook_events GROUP BY state
            UNION ALL SELECT 'tasks', state, queue, count(*) FROM designia.tasks GROUP BY state, queue
            UNION ALL SELECT 'ended_tasks', state, queue || ' ' || designia.task_day_1(ended_at), count(*)
            FROM designia.task_history GROUP BY 2, 3
            UNION ALL SELECT 'due', div(extract(epoch FROM expires_at), 3600)::bigint::text, '', count(*)
            FROM designia.orders WHERE expires_at < 'infinity' GROUP BY 2
            UNION ALL SELECT 'attention', '', '', count(*) FROM designia.orders WHERE attention_at IS NOT NULL
        ), tallied (kind, word, unit, amount) AS (
            SELECT kind, word, unit, sum(amount) FROM (
                SELECT * FROM designia.tallies UNION ALL SELECT * FROM designia.tally_changes
            ) AS noted WHERE kind NOT IN ('account', 'captured', 'refunded', 'webhook_minutes') GROUP BY kind, word, unit
        )
        SELECT format('there are %s %s in %s, and the counter says %s',
            coalesce(counted.amount, 0), kind, concat_ws(' of ', word, nullif(unit, '')), coalesce(tallied.amount, 0))
        FROM tallied FULL JOIN counted USING (kind, word, unit)
        WHERE coalesce(tallied.amount, 0) <> coalesce(counted.amount, 0) LIMIT 100";

    BALANCES = "
        WITH booked (word, unit, amount) AS (
            SELECT account, currency, sum(minor) FROM (
                SELECT debit AS account, currency, minor FROM designia.journals
                UNION ALL SELECT credit, currency, -minor FROM designia.journals
            ) AS posted GROUP BY account, currency
        ), tallied (word, unit, amount) AS (
            SELECT word, unit, sum(amount) FROM (
                SELECT * FROM designia.tallies UNION ALL SELECT * FROM designia.tally_changes
            ) AS noted WHERE kind = 'account' GROUP BY word, unit
        )
        SELECT format('the journals of %s sum to %s %s, and its balance is %s',
            word, coalesce(booked.amount, 0), unit, coalesce(tallied.amount, 0))
        FROM tallied FULL JOIN booked USING (word, unit)
        WHERE coalesce(tallied.amount, 0) <> coalesce(booked.amount, 0) LIMIT 100";

    /// Of a week, which is what is kept.
    MONEY_DAYS = "
        WITH moved AS (
            SELECT (journals.at AT TIME ZONE 'UTC')::date - date '1970-01-01' AS day, currency, minor, debit,
                events.event ->> 'type' = 'payment_captured' AS is_capture
            FROM designia.journals JOIN designia.events
                ON events.order_id = journals.order_id AND events.seq = journals.event
            WHERE 'provider_balance' IN (debit, credit)
        ), booked (kind, day, unit, amount) AS (
            SELECT CASE WHEN is_capture THEN 'captured' ELSE 'refunded' END, day, currency,
                sum(CASE WHEN is_capture OR debit <> 'provider_balance' THEN minor ELSE -minor END)
            FROM moved GROUP BY 1, 2, 3
        ), tallied (kind, day, unit, amount) AS (
            SELECT kind, word::bigint, unit, sum(amount) FROM (
                SELECT * FROM designia.tallies UNION ALL SELECT * FROM designia.tally_changes
            ) AS noted WHERE kind IN ('captured', 'refunded') GROUP BY 1, 2, 3
        )
        SELECT format('the journals of day %s make %s %s %s, and the counter says %s',
            day, coalesce(booked.amount, 0), unit, kind, coalesce(tallied.amount, 0))
        FROM tallied FULL JOIN booked USING (kind, day, unit)
        WHERE day >= (SELECT max(day) FROM tallied) - 7
            AND coalesce(tallied.amount, 0) <> coalesce(booked.amount, 0) LIMIT 100";

    TRIAL_BALANCE = "
        SELECT format('the balances in %s sum to %s', unit, sum(amount)) FROM (
            SELECT * FROM designia.tallies UNION ALL SELECT * FROM designia.tally_changes
        ) AS noted
        WHERE kind = 'account' GROUP BY unit HAVING sum(amount) <> 0";

    RELEASES = "
        SELECT format('order %s released more of product %s than it had reserved', released.order_id, released.product)
        FROM designia.stock_movements AS released
        LEFT JOIN designia.stock_movements AS reserved
            ON reserved.order_id = released.order_id AND reserved.product = released.product
            AND reserved.round = released.round AND reserved.reason = 'reserve'
        WHERE released.reason = 'release' AND released.quantity > coalesce(reserved.quantity, 0) LIMIT 100";

    FOREIGN_REFUNDS = "
        SELECT format('refund %s of the provider counts in %s orders', provider_id, count(*))
        FROM designia.foreign_refunds GROUP BY provider_id HAVING count(*) > 1 LIMIT 100";

    /// An id is in one of the two tables, and there once.
    TASK_IDS = "
        SELECT format('task %s is there %s times', id, count(*)) FROM (
            SELECT id FROM designia.tasks UNION ALL SELECT id FROM designia.task_history
        ) AS task
        GROUP BY id HAVING count(*) > 1 LIMIT 100";

    /// What waits has an attempt left, and what runs is held by somebody.
    TASK_STATES = "
        SELECT format('task %s is %s with %s of %s attempts and %s claims, held by %s', id, state, attempts, max_attempts,
            claims, coalesce(worker, 'nobody'))
        FROM designia.tasks
        WHERE CASE
            WHEN state IN ('STARTED', 'PROGRESS') THEN worker IS NULL OR started_at IS NULL OR claims = 0 OR attempts = 0
            ELSE revoke_asked OR attempts >= max_attempts
        END LIMIT 100";

    UNIQUE_KEYS = "
        SELECT format('%s tasks with the unique key %s wait or run', count(*), unique_key)
        FROM designia.tasks WHERE unique_key IS NOT NULL GROUP BY unique_key HAVING count(*) > 1 LIMIT 100";

    /// A restored or repaired database may have constraints that were never checked, and triggers that are turned off.
    CONSTRAINTS = "
        SELECT format('the constraint %s of %s is not enforced', conname, conrelid::regclass)
        FROM pg_constraint
        WHERE connamespace = 'designia'::regnamespace AND NOT convalidated
        UNION ALL
        SELECT format('the trigger %s of %s is turned off', tgname, tgrelid::regclass)
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE relnamespace = 'designia'::regnamespace AND tgenabled = 'D'
        UNION ALL
        SELECT format('the index %s is not valid', indexrelid::regclass)
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = 'designia'::regnamespace AND NOT indisvalid";

    /// What refers to an order or an event that is not there: a constraint keeps it from happening, unless it was turned off.
    ORPHANS = "
        SELECT format('%s refers to an order that is not there', holder) FROM (
            SELECT 'an event' AS holder, order_id FROM designia.events
            UNION ALL SELECT 'a seller''s part', order_id FROM designia.order_sellers
            UNION ALL SELECT 'an attempt', order_id FROM designia.attempts
            UNION ALL SELECT 'a refund', order_id FROM designia.refunds
            UNION ALL SELECT 'a refund of the provider', order_id FROM designia.foreign_refunds
            UNION ALL SELECT 'an effect', order_id FROM designia.effects
            UNION ALL SELECT 'a stock movement', order_id FROM designia.stock_movements
            UNION ALL SELECT 'a journal', order_id FROM designia.journals
            UNION ALL SELECT 'an answered request', order_id FROM designia.request_keys
            UNION ALL SELECT 'a webhook event', order_id FROM designia.webhook_events WHERE order_id IS NOT NULL
        ) AS referring
        WHERE NOT EXISTS (SELECT 1 FROM designia.orders WHERE id = order_id) LIMIT 100";

    /// The next orders after an id, with all that restates them. Instants are microseconds since 1970.
    NEXT_ORDERS = "
        SELECT id, state, json_build_object(
            'status', status, 'payment_status', payment_status, 'currency', currency, 'total_minor', total_minor,
            'placed_at', (extract(epoch FROM placed_at) * 1000000)::bigint,
            'updated_at', (extract(epoch FROM updated_at) * 1000000)::bigint,
            'next_tick_at', (extract(epoch FROM next_tick_at) * 1000000)::bigint,
            'expires_at', CASE WHEN expires_at < 'infinity' THEN (extract(epoch FROM expires_at) * 1000000)::bigint
                WHEN expires_at IS NOT NULL THEN 9223372036854775807 END,
            'attention_at', (extract(epoch FROM attention_at) * 1000000)::bigint,
            'version', version, 'id', id, 'buyer', buyer,
            'sellers', (
                SELECT coalesce(json_agg(json_build_array(
                    seller, status, (extract(epoch FROM placed_at) * 1000000)::bigint
                ) ORDER BY seller), '[]') FROM designia.order_sellers WHERE order_id = orders.id
            ),
            'attempts', (
                SELECT coalesce(json_agg(json_build_array(
                    no, session_ref, payment_ref, state, currency, amount_minor, captured_minor
                ) ORDER BY no), '[]') FROM designia.attempts WHERE order_id = orders.id
            ),
            'refunds', (
                SELECT coalesce(json_agg(json_build_array(
                    no, attempt, provider_id, state, currency, amount_minor
                ) ORDER BY no), '[]') FROM designia.refunds WHERE order_id = orders.id
            ),
            'foreign_refunds', (
                SELECT coalesce(json_agg(json_build_array(
                    provider_id, attempt, state, currency, amount_minor
                ) ORDER BY provider_id), '[]') FROM designia.foreign_refunds WHERE order_id = orders.id
            ),
            'stock', (
                SELECT coalesce(json_agg(json_build_array(product, held) ORDER BY product), '[]') FROM (
                    SELECT product, sum(CASE reason WHEN 'reserve' THEN quantity ELSE -quantity END) AS held
                    FROM designia.stock_movements WHERE order_id = orders.id GROUP BY product
                ) AS moved
            )
        ) AS restated
        FROM designia.orders WHERE id > $1 ORDER BY id LIMIT $2";

    HISTORIES = "
        SELECT order_id, seq, at, cause, event FROM designia.events WHERE order_id = ANY ($1) ORDER BY order_id, seq";

    EFFECTS = "
        SELECT order_id, event, idx, key, planned_at, request, state, claims, first_sent_at, due_at, note,
            calls::text AS calls
        FROM designia.effects WHERE order_id = ANY ($1) ORDER BY order_id, event, idx";
}

/// What should return nothing, and what it means if it does not.
pub(crate) const FINDINGS: [(&str, &str); 12] = [
    ("every row refers to rows that are there", ORPHANS),
    ("every rule of the schema is enforced", CONSTRAINTS),
    ("every counter is right", TALLIES),
    ("every balance is the sum of its journals", BALANCES),
    ("a day's money is the sum of its journals", MONEY_DAYS),
    ("the books sum to zero", TRIAL_BALANCE),
    ("no stock is released that was not reserved", RELEASES),
    ("a refund counts in one order", FOREIGN_REFUNDS),
    ("every figure of the catalogue is right", FIGURES),
    ("a task is there once", TASK_IDS),
    ("a task is in a state that it can be in", TASK_STATES),
    ("of the tasks with one unique key, one waits or runs", UNIQUE_KEYS),
];
