//! Loading, committing, locating and claiming orders.

/// What a connection needs before it can commit: a view, and a trigger that does what is inserted into it.
pub(crate) const COMMIT_PROCEDURE: &str = include_str!("commit.sql");

super::statements! {
    LOAD = "SELECT state FROM orders WHERE id = ?1";

    LOCATE = "
        SELECT order_id FROM attempts WHERE session_ref = ?1
        UNION ALL
        SELECT order_id FROM attempts WHERE payment_ref = ?2
        LIMIT 1";

    /// See `commit.sql`.
    COMMIT = "
        INSERT INTO commits VALUES (
            ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
            ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33,
            ?34, ?35, ?36
        )";

    DUE = "SELECT rowid, id, state FROM orders WHERE tick_due_at <= ?1 ORDER BY tick_due_at, id LIMIT ?2";

    POSTPONE = "UPDATE orders SET tick_due_at = ?1 WHERE rowid IN (SELECT value FROM json_each(?2))";
}
