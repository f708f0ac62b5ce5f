//! Pages, histories and counts.
//!
//! A page of orders is one range of the index that begins with what the filter names. Each filter has its own statement,
//! since a condition that may or may not apply would keep SQLite from using an index. The first page begins after the
//! greatest key that there can be, and dates are ends of the range. An order that doesn't cost what was asked for (the
//! currency, or none, the least and the most) comes without its state. Where the status narrows a range it is said by which
//! index: one end of the range or two are the same to SQLite as a status.

super::statements! {
    ALL_ORDERS = "
        SELECT id, orders.placed_at, CASE WHEN ?5 IS NULL OR (currency = ?5 AND total_minor BETWEEN ?6 AND ?7) THEN state END
        FROM orders
        WHERE placed_at >= ?4 AND (placed_at, id) < (?1, ?2) ORDER BY placed_at DESC, id DESC LIMIT ?3";

    BY_STATUS = "
        SELECT id, orders.placed_at, CASE WHEN ?5 IS NULL OR (currency = ?5 AND total_minor BETWEEN ?6 AND ?7) THEN state END
        FROM orders
        WHERE status = ?8 AND placed_at >= ?4 AND (placed_at, id) < (?1, ?2) ORDER BY placed_at DESC, id DESC LIMIT ?3";

    BY_BUYER = "
        SELECT id, orders.placed_at, CASE WHEN ?5 IS NULL OR (currency = ?5 AND total_minor BETWEEN ?6 AND ?7) THEN state END
        FROM orders
        WHERE buyer = ?8 AND placed_at >= ?4 AND (placed_at, id) < (?1, ?2) ORDER BY placed_at DESC, id DESC LIMIT ?3";

    BY_BUYER_AND_STATUS = "
        SELECT id, orders.placed_at, CASE WHEN ?5 IS NULL OR (currency = ?5 AND total_minor BETWEEN ?6 AND ?7) THEN state END
        FROM orders INDEXED BY orders_by_buyer_and_status
        WHERE buyer = ?8 AND status = ?9 AND placed_at >= ?4 AND (placed_at, id) < (?1, ?2) ORDER BY placed_at DESC, id DESC LIMIT ?3";

    BY_SELLER = "
        SELECT id, orders.placed_at, CASE WHEN ?5 IS NULL OR (currency = ?5 AND total_minor BETWEEN ?6 AND ?7) THEN state END
        FROM order_sellers AS part CROSS JOIN orders ON orders.id = part.order_id
        WHERE part.seller = ?8 AND part.placed_at >= ?4 AND (part.placed_at, part.order_id) < (?1, ?2)
        ORDER BY part.placed_at DESC, part.order_id DESC LIMIT ?3";

    BY_SELLER_AND_STATUS = "
        SELECT id, orders.placed_at, CASE WHEN ?5 IS NULL OR (currency = ?5 AND total_minor BETWEEN ?6 AND ?7) THEN state END
        FROM order_sellers AS part INDEXED BY order_sellers_by_status CROSS JOIN orders ON orders.id = part.order_id
        WHERE part.seller = ?8 AND part.status = ?9 AND part.placed_at >= ?4 AND (part.placed_at, part.order_id) < (?1, ?2)
        ORDER BY part.placed_at DESC, part.order_id DESC LIMIT ?3";

    /// Walks what one buyer ordered.
    BY_BUYER_AND_SELLER = "
        SELECT id, orders.placed_at, CASE WHEN ?5 IS NULL OR (currency = ?5 AND total_minor BETWEEN ?6 AND ?7) THEN state END
        FROM orders
        WHERE buyer = ?8 AND placed_at >= ?4 AND (placed_at, id) < (?1, ?2)
            AND EXISTS (SELECT 1 FROM order_sellers WHERE order_id = orders.id AND seller = ?9)
        ORDER BY placed_at DESC, id DESC LIMIT ?3";

    /// Walks what one buyer ordered and has come as far.
    BY_BUYER_STATUS_AND_SELLER = "
        SELECT id, orders.placed_at, CASE WHEN ?5 IS NULL OR (currency = ?5 AND total_minor BETWEEN ?6 AND ?7) THEN state END
        FROM orders INDEXED BY orders_by_buyer_and_status
        WHERE buyer = ?8 AND status = ?9 AND placed_at >= ?4 AND (placed_at, id) < (?1, ?2)
            AND EXISTS (SELECT 1 FROM order_sellers WHERE order_id = orders.id AND seller = ?10)
        ORDER BY placed_at DESC, id DESC LIMIT ?3";

    HISTORY = "SELECT seq, at, cause, event FROM events WHERE order_id = ?1 ORDER BY seq";

    COUNTERS = "SELECT word, amount FROM counters WHERE kind = ?1 AND amount > 0";

    OLDEST_DUE_ORDER = "
        SELECT tick_due_at FROM orders WHERE tick_due_at <= ?1 ORDER BY tick_due_at LIMIT 1";

    OLDEST_DUE_EFFECT = "
        SELECT due_at FROM effects
        WHERE state IN ('planned', 'sent', 'unknown') AND due_at <= ?1 ORDER BY due_at LIMIT 1";

    PAYMENT_DUE = "
        SELECT expires_at, id, state FROM orders
        WHERE expires_at IS NOT NULL AND (expires_at, id) > (?1, ?2) ORDER BY expires_at, id LIMIT ?3";

    ATTENTION = "
        SELECT attention_at, id, state FROM orders
        WHERE attention_at IS NOT NULL AND (attention_at, id) > (?1, ?2) ORDER BY attention_at, id LIMIT ?3";

    TIMER = "
        SELECT tick_due_at, id, state FROM orders
        WHERE tick_due_at IS NOT NULL AND (tick_due_at, id) > (?1, ?2) ORDER BY tick_due_at, id LIMIT ?3";

    /// What an hour's counter doesn't tell, and no more than is counted.
    DUE_BETWEEN = "
        SELECT count(*) FROM (SELECT 1 FROM orders WHERE expires_at >= ?1 AND expires_at < ?2 LIMIT ?3) AS found";

    FIRST_ATTENTION = "SELECT attention_at FROM orders WHERE attention_at IS NOT NULL ORDER BY attention_at LIMIT 1";

    MONEY_OF_DAY = "SELECT currency, captured, refunded FROM money_days WHERE day = ?1 ORDER BY currency";

    WITH_ATTEMPTS = "
        SELECT id, state FROM orders WHERE id IN (
            SELECT DISTINCT order_id FROM attempts WHERE state = ?1 AND order_id < ?2 ORDER BY order_id DESC LIMIT ?3
        ) ORDER BY id DESC";

    /// Those made past us stand in a table of their own.
    WITH_REFUNDS = "
        SELECT id, state FROM orders WHERE id IN (
            SELECT order_id FROM (
                SELECT * FROM (SELECT DISTINCT order_id FROM refunds
                    WHERE state = ?1 AND order_id < ?2 ORDER BY order_id DESC LIMIT ?3)
                UNION
                SELECT * FROM (SELECT DISTINCT order_id FROM foreign_refunds
                    WHERE state = ?1 AND order_id < ?2 ORDER BY order_id DESC LIMIT ?3)
            ) ORDER BY order_id DESC LIMIT ?3
        ) ORDER BY id DESC";

    ORDER_OF_REFUND = "
        SELECT order_id FROM refunds WHERE provider_id = ?1
        UNION ALL
        SELECT order_id FROM foreign_refunds WHERE provider_id = ?1
        LIMIT 1";

    BALANCES = "SELECT account, currency, minor FROM account_balances";
}
