//! Settings, and what a migration asks.

super::statements! {
    SQLITE_VERSION = "SELECT sqlite_version()";

    CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)";

    SETTING = "SELECT value FROM settings WHERE name = ?1";

    PUT_SETTING = "
        INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    /// The next orders after a row that wait for money, or for a person: once, for orders that were stored before this was
    /// stated of them.
    WITH_DEADLINES = "
        SELECT rowid, id, state FROM orders
        WHERE rowid > ?1 AND (
            status = 'pending_payment'
            OR EXISTS (SELECT 1 FROM refunds WHERE order_id = orders.id AND state = 'failed')
            OR json_type(state, '$.hold') = 'object' OR json_array_length(state, '$.quarantined') > 0
        )
        ORDER BY rowid LIMIT ?2";

    RESTATE = "UPDATE orders SET expires_at = ?1, attention_at = ?2 WHERE rowid = ?3";
}
