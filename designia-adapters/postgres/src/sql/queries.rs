//! Pages, histories and counts.
//!
//! A page of orders is one range of the index that begins with what the filter names. Each filter has its own statement,
//! since a condition that may or may not apply would keep PostgreSQL from using an index. The first page begins after the
//! greatest key that there can be.

super::statements! {
    ALL_ORDERS = "
        SELECT id, state FROM designia.orders
        WHERE (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT $3";

    BY_STATUS = "
        SELECT id, state FROM designia.orders
        WHERE status = $4 AND (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT $3";

    BY_BUYER = "
        SELECT id, state FROM designia.orders
        WHERE buyer = $4 AND (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT $3";

    BY_BUYER_AND_STATUS = "
        SELECT id, state FROM designia.orders
        WHERE buyer = $4 AND status = $5 AND (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT $3";

    /// The range is cut out before the orders are looked up, so that no plan can do it the other way round.
    BY_SELLER = "
        SELECT id, state FROM (
            SELECT order_id, placed_at FROM designia.order_sellers
            WHERE seller = $4 AND (placed_at, order_id) < ($1, $2)
            ORDER BY placed_at DESC, order_id DESC LIMIT $3
        ) AS part JOIN designia.orders ON orders.id = part.order_id
        ORDER BY part.placed_at DESC, part.order_id DESC";

    BY_SELLER_AND_STATUS = "
        SELECT id, state FROM (
            SELECT order_id, placed_at FROM designia.order_sellers
            WHERE seller = $4 AND status = $5 AND (placed_at, order_id) < ($1, $2)
            ORDER BY placed_at DESC, order_id DESC LIMIT $3
        ) AS part JOIN designia.orders ON orders.id = part.order_id
        ORDER BY part.placed_at DESC, part.order_id DESC";

    /// Walks what one buyer ordered.
    BY_BUYER_AND_SELLER = "
        SELECT id, state FROM designia.orders
        WHERE buyer = $4 AND (placed_at, id) < ($1, $2)
            AND EXISTS (SELECT 1 FROM designia.order_sellers WHERE order_id = orders.id AND seller = $5)
        ORDER BY placed_at DESC, id DESC LIMIT $3";

    /// Walks what one buyer ordered and has come as far.
    BY_BUYER_STATUS_AND_SELLER = "
        SELECT id, state FROM designia.orders
        WHERE buyer = $4 AND status = $5 AND (placed_at, id) < ($1, $2)
            AND EXISTS (SELECT 1 FROM designia.order_sellers WHERE order_id = orders.id AND seller = $6)
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

    /// The sums, and what has not been folded into them yet.
    BALANCES = "
        SELECT word, unit, sum(amount)::bigint FROM (
            SELECT word, unit, amount FROM designia.tallies WHERE kind = 'account'
            UNION ALL
            SELECT word, unit, amount FROM designia.tally_changes WHERE kind = 'account'
        ) AS tally
        GROUP BY word, unit";
}
