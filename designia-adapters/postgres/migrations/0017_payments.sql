-- The payments of all orders in one state, such as the refunds that failed: the latest orders first.

CREATE INDEX attempts_by_state ON designia.attempts (state, order_id);
CREATE INDEX refunds_by_state ON designia.refunds (state, order_id);
CREATE INDEX foreign_refunds_by_state ON designia.foreign_refunds (state, order_id);
