//! Pages, histories and counts.
//!
//! A page of orders is one range of the index that begins with what the filter names. Each filter has its own statement,
//! since a condition that may or may not apply would keep SQLite from using an index. The first page begins after the
//! greatest key that there can be.

super::statements! {
    ALL_ORDERS = "
        SELECT id, state FROM orders
        WHERE (placed_at, id) < (?1, ?2) ORDER BY placed_at DESC, id DESC LIMIT ?3";

    BY_STATUS = "
        SELECT id, state FROM orders
        WHERE status = ?4 AND (placed_at, id) < (?1, ?2) ORDER BY placed_at DESC, id DESC LIMIT ?3";

    BY_BUYER = "
        SELECT id, state FROM orders
        WHERE buyer = ?4 AND (placed_at, id) < (?1, ?2) ORDER BY placed_at DESC, id DESC LIMIT ?3";

    BY_BUYER_AND_STATUS = "
        SELECT id, state FROM orders
        WHERE buyer = ?4 AND status = ?5 AND (placed_at, id) < (?1, ?2) ORDER BY placed_at DESC, id DESC LIMIT ?3";

    BY_SELLER = "
        SELECT id, state
        FROM order_sellers AS part CROSS JOIN orders ON orders.id = part.order_id
        WHERE part.seller = ?4 AND (part.placed_at, part.order_id) < (?1, ?2)
        ORDER BY part.placed_at DESC, part.order_id DESC LIMIT ?3";

    BY_SELLER_AND_STATUS = "
        SELECT id, state
        FROM order_sellers AS part CROSS JOIN orders ON orders.id = part.order_id
        WHERE part.seller = ?4 AND part.status = ?5 AND (part.placed_at, part.order_id) < (?1, ?2)
        ORDER BY part.placed_at DESC, part.order_id DESC LIMIT ?3";

    /// Walks what one buyer ordered.
    BY_BUYER_AND_SELLER = "
        SELECT id, state FROM orders
        WHERE buyer = ?4 AND (placed_at, id) < (?1, ?2)
            AND EXISTS (SELECT 1 FROM order_sellers WHERE order_id = orders.id AND seller = ?5)
        ORDER BY placed_at DESC, id DESC LIMIT ?3";

    /// Walks what one buyer ordered and has come as far.
    BY_BUYER_STATUS_AND_SELLER = "
        SELECT id, state FROM orders
        WHERE buyer = ?4 AND status = ?5 AND (placed_at, id) < (?1, ?2)
            AND EXISTS (SELECT 1 FROM order_sellers WHERE order_id = orders.id AND seller = ?6)
        ORDER BY placed_at DESC, id DESC LIMIT ?3";

    HISTORY = "SELECT seq, at, cause, event FROM events WHERE order_id = ?1 ORDER BY seq";

    COUNTERS = "SELECT word, amount FROM counters WHERE kind = ?1 AND amount > 0";

    OLDEST_DUE_ORDER = "
        SELECT tick_due_at FROM orders WHERE tick_due_at <= ?1 ORDER BY tick_due_at LIMIT 1";

    OLDEST_DUE_EFFECT = "
        SELECT due_at FROM effects
        WHERE state IN ('planned', 'sent', 'unknown') AND due_at <= ?1 ORDER BY due_at LIMIT 1";

    BALANCES = "SELECT account, currency, minor FROM account_balances";
}
