//! Totals for whoever compares two stores. They walk through every table.

super::statements! {
    /// Kind, word, currency, amount, as `Total::named` reads them.
    TOTALS = "
        SELECT 'products', NULL, NULL, count(*) FROM products
        UNION ALL SELECT 'stock', NULL, NULL, ifnull(sum(stock), 0) FROM products
        UNION ALL SELECT 'orders', status, NULL, count(*) FROM orders GROUP BY status
        UNION ALL SELECT 'versions', NULL, NULL, ifnull(sum(version), 0) FROM orders
        UNION ALL SELECT 'events', NULL, NULL, count(*) FROM events
        UNION ALL SELECT 'effects', state, NULL, count(*) FROM effects GROUP BY state
        UNION ALL SELECT 'effect_claims', NULL, NULL, ifnull(sum(claims), 0) FROM effects
        UNION ALL SELECT 'movements', reason, NULL, sum(quantity) FROM stock_movements GROUP BY reason
        UNION ALL SELECT 'journals', NULL, NULL, count(*) FROM journals
        UNION ALL SELECT 'balance', account, currency, sum(minor) FROM (
            SELECT debit AS account, currency, minor FROM journals
            UNION ALL SELECT credit, currency, -minor FROM journals
        ) GROUP BY account, currency
        UNION ALL SELECT 'requests', NULL, NULL, count(*) FROM request_keys
        UNION ALL SELECT 'webhook_events', state, NULL, count(*) FROM webhook_events GROUP BY state
        UNION ALL SELECT 'webhook_claims', NULL, NULL, ifnull(sum(claims), 0) FROM webhook_events
        UNION ALL SELECT 'rates', NULL, NULL, count(*) FROM rate_batches
        UNION ALL SELECT 'accounts', NULL, NULL, count(*) FROM accounts
        UNION ALL SELECT 'account_versions', NULL, NULL, ifnull(sum(version), 0) FROM accounts
        UNION ALL SELECT 'account_events', NULL, NULL, count(*) FROM account_events
        UNION ALL SELECT 'applications', NULL, NULL, count(*) FROM seller_applications";
}
