//! Loading, committing, locating and changing orders.

super::statements! {
    LOAD = "SELECT state FROM designia.orders WHERE id = $1";

    LOCATE = "
        SELECT order_id FROM designia.attempts WHERE session_ref = $1
        UNION ALL
        SELECT order_id FROM designia.attempts WHERE payment_ref = $2
        LIMIT 1";

    /// See `0014_inbox_console.sql`.
    COMMIT = "
        SELECT designia.commit_order_2(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
            $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40,
            $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60,
            $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79
        )";

    /// See `0013_orders.sql`.
    WRITE = "
        SELECT designia.write_orders_2(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
            $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40,
            $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60,
            $61, $62, $63, $64
        )";

    /// In order, so that no plan looks for one elsewhere than in the index.
    IS_ANY_DUE = "SELECT true FROM designia.orders WHERE tick_due_at <= $1 ORDER BY tick_due_at LIMIT 1";

    /// Locked until they are changed, and passed over by whoever else looks meanwhile.
    DUE = "
        SELECT id, state FROM designia.orders
        WHERE tick_due_at <= $1 ORDER BY tick_due_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED";

    DUE_ALONE = "
        SELECT id, state FROM designia.orders
        WHERE tick_due_at <= $1 AND id = $2 FOR NO KEY UPDATE SKIP LOCKED";

    POSTPONE = "UPDATE designia.orders SET tick_due_at = $1 WHERE id = ANY ($2) AND tick_due_at <= $3";
}
