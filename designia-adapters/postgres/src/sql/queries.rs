//! Pages, histories and counts.
//!
//! A page of orders is one range of the index that begins with what the filter names. Each filter has its own statement,
//! since a condition that may or may not apply would keep PostgreSQL from using an index. The first page begins after the
//! greatest key that there can be, and dates are ends of the range. An order that doesn't cost what was asked for (the
//! currency, or none, the least and the most) comes without its state.

super::statements! {
    ALL_ORDERS = "
        SELECT id, orders.placed_at, CASE WHEN $5::text IS NULL OR (currency = $5 AND total_minor BETWEEN $6 AND $7) THEN state END
        FROM designia.orders
        WHERE placed_at >= $4 AND (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT $3";

    BY_STATUS = "
        SELECT id, orders.placed_at, CASE WHEN $5::text IS NULL OR (currency = $5 AND total_minor BETWEEN $6 AND $7) THEN state END
        FROM designia.orders
        WHERE status = $8 AND placed_at >= $4 AND (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT $3";

    BY_BUYER = "
        SELECT id, orders.placed_at, CASE WHEN $5::text IS NULL OR (currency = $5 AND total_minor BETWEEN $6 AND $7) THEN state END
        FROM designia.orders
        WHERE buyer = $8 AND placed_at >= $4 AND (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT $3";

    BY_BUYER_AND_STATUS = "
        SELECT id, orders.placed_at, CASE WHEN $5::text IS NULL OR (currency = $5 AND total_minor BETWEEN $6 AND $7) THEN state END
        FROM designia.orders
        WHERE buyer = $8 AND status = $9 AND placed_at >= $4 AND (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT $3";

    /// The range is cut out before the orders are looked up, so that no plan can do it the other way round.
    BY_SELLER = "
        SELECT id, orders.placed_at, CASE WHEN $5::text IS NULL OR (currency = $5 AND total_minor BETWEEN $6 AND $7) THEN state END
        FROM (
            SELECT order_id, placed_at FROM designia.order_sellers
            WHERE seller = $8 AND placed_at >= $4 AND (placed_at, order_id) < ($1, $2)
            ORDER BY placed_at DESC, order_id DESC LIMIT $3
        ) AS part JOIN designia.orders ON orders.id = part.order_id
        ORDER BY part.placed_at DESC, part.order_id DESC";

    BY_SELLER_AND_STATUS = "
        SELECT id, orders.placed_at, CASE WHEN $5::text IS NULL OR (currency = $5 AND total_minor BETWEEN $6 AND $7) THEN state END
        FROM (
            SELECT order_id, placed_at FROM designia.order_sellers
            WHERE seller = $8 AND status = $9 AND placed_at >= $4 AND (placed_at, order_id) < ($1, $2)
            ORDER BY placed_at DESC, order_id DESC LIMIT $3
        ) AS part JOIN designia.orders ON orders.id = part.order_id
        ORDER BY part.placed_at DESC, part.order_id DESC";

    /// Walks what one buyer ordered.
    BY_BUYER_AND_SELLER = "
        SELECT id, orders.placed_at, CASE WHEN $5::text IS NULL OR (currency = $5 AND total_minor BETWEEN $6 AND $7) THEN state END
        FROM designia.orders
        WHERE buyer = $8 AND placed_at >= $4 AND (placed_at, id) < ($1, $2)
            AND EXISTS (SELECT 1 FROM designia.order_sellers WHERE order_id = orders.id AND seller = $9)
        ORDER BY placed_at DESC, id DESC LIMIT $3";

    /// Walks what one buyer ordered and has come as far.
    BY_BUYER_STATUS_AND_SELLER = "
        SELECT id, orders.placed_at, CASE WHEN $5::text IS NULL OR (currency = $5 AND total_minor BETWEEN $6 AND $7) THEN state END
        FROM designia.orders
        WHERE buyer = $8 AND status = $9 AND placed_at >= $4 AND (placed_at, id) < ($1, $2)
            AND EXISTS (SELECT 1 FROM designia.order_sellers WHERE order_id = orders.id AND seller = $10)
        ORDER BY placed_at DESC, id DESC LIMIT $3";

    HISTORY = "SELECT order_id, seq, at, cause, event FROM designia.events WHERE order_id = $1 ORDER BY seq";

    /// The sums, and what has not been folded into them yet.
    COUNTS = "
        SELECT kind, word, sum(amount)::bigint FROM (
            SELECT kind, word, amount FROM designia.tallies WHERE kind IN ('orders', 'effects')
            UNION ALL
            SELECT kind, word, amount FROM designia.tally_changes WHERE kind IN ('orders', 'effects')
        ) AS tally
        GROUP BY kind, word HAVING sum(amount) <> 0";

    OLDEST_DUE = "
        SELECT
            (SELECT tick_due_at FROM designia.orders WHERE tick_due_at <= $1 ORDER BY tick_due_at LIMIT 1),
            (SELECT due_at FROM designia.effects
                WHERE state IN ('planned', 'sent', 'unknown') AND due_at <= $1 ORDER BY due_at LIMIT 1)";

    PAYMENT_DUE = "
        SELECT expires_at, id, state FROM designia.orders
        WHERE expires_at IS NOT NULL AND (expires_at, id) > ($1, $2) ORDER BY expires_at, id LIMIT $3";

    ATTENTION = "
        SELECT attention_at, id, state FROM designia.orders
        WHERE attention_at IS NOT NULL AND (attention_at, id) > ($1, $2) ORDER BY attention_at, id LIMIT $3";

    /// The index is of the instants alone; orders of one instant are sorted as they come.
    TIMER = "
        SELECT tick_due_at, id, state FROM designia.orders
        WHERE tick_due_at >= $1 AND (tick_due_at, id) > ($1, $2) ORDER BY tick_due_at, id LIMIT $3";

    /// The sums, and what has not been folded into them yet. Of money, that of one day.
    FIGURES = "
        SELECT kind, word, unit, sum(amount)::bigint FROM (
            SELECT kind, word, unit, amount FROM designia.tallies
            WHERE kind IN ('attention', 'due') OR (kind IN ('captured', 'refunded') AND word = $1)
            UNION ALL
            SELECT kind, word, unit, amount FROM designia.tally_changes
            WHERE kind IN ('attention', 'due') OR (kind IN ('captured', 'refunded') AND word = $1)
        ) AS tally
        GROUP BY kind, word, unit HAVING sum(amount) <> 0 ORDER BY kind, word, unit";

    /// What the counters don't tell: how many were due since the hour began, but no more than are counted, and by when somebody
    /// is needed first.
    DEADLINES = "
        SELECT
            (SELECT count(*) FROM (
                SELECT 1 FROM designia.orders WHERE expires_at >= $1 AND expires_at < $2 ORDER BY expires_at, id LIMIT $3
            ) AS due),
            (SELECT attention_at FROM designia.orders
                WHERE attention_at IS NOT NULL ORDER BY attention_at, id LIMIT 1)";

    ORDER_OF_REFUND = "
        SELECT order_id FROM designia.refunds WHERE provider_id = $1
        UNION ALL
        SELECT order_id FROM designia.foreign_refunds WHERE provider_id = $1
        LIMIT 1";

    WITH_ATTEMPTS = "
        SELECT id, orders.state FROM (
            SELECT DISTINCT order_id FROM designia.attempts
            WHERE state = $1 AND order_id < $2 ORDER BY order_id DESC LIMIT $3
        ) AS own JOIN designia.orders ON id = order_id ORDER BY id DESC";

    /// Those made past us stand in a table of their own.
    WITH_REFUNDS = "
        SELECT id, orders.state FROM (
            SELECT DISTINCT order_id FROM (
                (SELECT DISTINCT order_id FROM designia.refunds
                WHERE state = $1 AND order_id < $2 ORDER BY order_id DESC LIMIT $3)
                UNION ALL
                (SELECT DISTINCT order_id FROM designia.foreign_refunds
                WHERE state = $1 AND order_id < $2 ORDER BY order_id DESC LIMIT $3)
            ) AS either ORDER BY order_id DESC LIMIT $3
        ) AS own JOIN designia.orders ON id = order_id ORDER BY id DESC";

    /// The sums, and what has not been folded into them yet.
    BALANCES = "
        SELECT word, unit, sum(amount)::bigint FROM (
            SELECT word, unit, amount FROM designia.tallies WHERE kind = 'account'
            UNION ALL
            SELECT word, unit, amount FROM designia.tally_changes WHERE kind = 'account'
        ) AS tally
        GROUP BY word, unit";
}
