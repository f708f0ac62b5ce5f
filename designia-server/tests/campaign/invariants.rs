//! The promises as SQL over the schema `designia`: each query returns a line for everything that breaks its rule, and should
//! return none once everything has come to rest.

/// Every rule about the database.
pub(crate) const RULES: [(&str, &str); 22] = [
    ("at most one payment of an order is kept", ONE_PAYMENT_KEPT),
    ("what was captured is what went back and what the order costs", MONEY_ADDS_UP),
    ("a cancelled or refunded order keeps no money", NOTHING_KEPT),
    ("refunds never exceed what was captured", REFUNDS_FIT),
    ("no refund is under way or failed", REFUNDS_RESTED),
    ("nobody refunded past us, and nothing is doubted", NO_STRANGERS),
    ("a name of the provider's is one thing's", NAMES_UNIQUE),
    ("stock is never negative and never leaks", STOCK_ADDS_UP),
    ("a movement of stock is made once", MOVEMENTS_ONCE),
    ("no more is released than was reserved", RELEASES_FIT),
    ("an order that is over holds no stock, and a live one all of it", STOCK_HELD),
    ("a final state is left only to compensate", FINAL_STATES),
    ("an order is confirmed or cancelled once", DECIDED_ONCE),
    ("no order waits for money or for the provider", NO_ORDER_WAITS),
    ("every outside call has its answer", EFFECTS_RESTED),
    ("only what was not wanted any more, or came too late, is refused", EFFECTS_REFUSED),
    ("an attempt is opened, and a refund asked for, by one call", CALLS_ONCE),
    ("every webhook is folded", WEBHOOKS_FOLDED),
    ("every counter is right", COUNTERS),
    ("the books sum to zero, and say what orders say", LEDGER),
    ("history has no gap", HISTORY),
    ("an order was asked for by one request", REQUESTS),
];

/// Gives each product its stock, and remembers it where no node looks.
pub(crate) fn remember_stock(names: &str, stock: i64) -> String {
    format!(
        "UPDATE designia.products SET stock = {stock} WHERE slug IN ({names});
        CREATE SCHEMA campaign;
        CREATE TABLE campaign.stock AS SELECT id AS product, stock FROM designia.products;"
    )
}

const ONE_PAYMENT_KEPT: &str = "
    SELECT format('order %s keeps the money of %s attempts', order_id, count(*)) FROM (
        SELECT attempts.order_id, captured_minor - coalesce(sum(refunds.amount_minor), 0) AS kept
        FROM designia.attempts
        LEFT JOIN designia.refunds ON refunds.order_id = attempts.order_id AND refunds.attempt = attempts.no
            AND refunds.state = 'succeeded'
        GROUP BY attempts.order_id, attempts.no
    ) AS money WHERE kept > 0 GROUP BY order_id HAVING count(*) > 1";

const MONEY_ADDS_UP: &str = "
    WITH money AS (
        SELECT id, status,
            (SELECT coalesce(sum(captured_minor), 0) FROM designia.attempts WHERE order_id = orders.id) AS captured,
            (SELECT coalesce(sum(amount_minor), 0) FROM designia.refunds
                WHERE order_id = orders.id AND state = 'succeeded') AS back,
            (SELECT coalesce(sum((part #>> '{total,minor}')::bigint), 0)
                FROM json_array_elements((
                    SELECT event #> '{contents,consignments}' FROM designia.events WHERE order_id = orders.id AND seq = 1
                )) AS part
                WHERE NOT EXISTS (
                    SELECT 1 FROM designia.events WHERE order_id = orders.id
                        AND event ->> 'type' = 'consignment_cancelled' AND event ->> 'seller' = part ->> 'seller'
                )) AS cost
        FROM designia.orders
    )
    SELECT format('order %s, %s: captured %s, back %s, costs %s', id, status, captured, back, cost) FROM money
    WHERE captured - back <> CASE WHEN status IN ('cancelled', 'refunded') THEN 0 ELSE cost END";

const NOTHING_KEPT: &str = "
    SELECT format('order %s is %s and %s', id, status, payment_status) FROM designia.orders
    WHERE status IN ('cancelled', 'refunded') AND payment_status NOT IN ('pending', 'failed', 'refunded')";

const REFUNDS_FIT: &str = "
    SELECT format('attempt %s of order %s captured %s and gives back %s', no, order_id, captured_minor, back)
    FROM designia.attempts JOIN (
        SELECT order_id, attempt AS no, sum(amount_minor) AS back FROM designia.refunds
        WHERE state <> 'failed' GROUP BY order_id, attempt
    ) AS refunded USING (order_id, no) WHERE back > captured_minor";

const REFUNDS_RESTED: &str = "
    SELECT format('refund %s of order %s is %s', no, order_id, state) FROM designia.refunds WHERE state <> 'succeeded'";

const NO_STRANGERS: &str = "
    SELECT format('order %s: refund %s is a stranger''s', order_id, provider_id) FROM designia.foreign_refunds
    UNION ALL SELECT format('order %s: %s', order_id, event) FROM designia.events WHERE event ->> 'type' = 'quarantined'";

const NAMES_UNIQUE: &str = "
    SELECT format('%s is the name of %s things', name, count(*)) FROM (
        SELECT session_ref AS name FROM designia.attempts
        UNION ALL SELECT payment_ref FROM designia.attempts
        UNION ALL SELECT provider_id FROM designia.refunds
        UNION ALL SELECT provider_id FROM designia.foreign_refunds
    ) AS names WHERE name IS NOT NULL GROUP BY name HAVING count(*) > 1";

const STOCK_ADDS_UP: &str = "
    SELECT format('of %s there were %s, are %s, and orders hold %s', slug, initial.stock, products.stock, held)
    FROM designia.products JOIN campaign.stock AS initial ON initial.product = products.id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE reason WHEN 'reserve' THEN quantity ELSE -quantity END), 0) AS held
        FROM designia.stock_movements WHERE product = products.id
    ) AS moved
    WHERE products.stock < 0 OR held < 0 OR products.stock + held <> initial.stock";

const MOVEMENTS_ONCE: &str = "
    SELECT format('order %s, product %s, %s in round %s: %s times', order_id, product, reason, round, count(*))
    FROM designia.stock_movements GROUP BY order_id, product, reason, round HAVING count(*) > 1";

const RELEASES_FIT: &str = "
    SELECT format('order %s released %s of product %s in round %s', order_id, released.quantity, product, round)
    FROM designia.stock_movements AS released
    LEFT JOIN (SELECT * FROM designia.stock_movements WHERE reason = 'reserve') AS reserved
        USING (order_id, product, round)
    WHERE released.reason = 'release' AND released.quantity > coalesce(reserved.quantity, 0)";

const STOCK_HELD: &str = "
    WITH wanted AS (
        SELECT orders.id AS order_id, (line ->> 'product')::uuid AS product,
            CASE WHEN orders.status IN ('cancelled', 'refunded') OR EXISTS (
                SELECT 1 FROM designia.events WHERE order_id = orders.id
                    AND event ->> 'type' = 'consignment_cancelled' AND event ->> 'seller' = part ->> 'seller'
            ) THEN 0 ELSE (line ->> 'quantity')::bigint END AS quantity
        FROM designia.orders
        JOIN designia.events AS placed ON placed.order_id = orders.id AND placed.seq = 1,
            json_array_elements(placed.event #> '{contents,consignments}') AS part,
            json_array_elements(part -> 'lines') AS line
    ), held AS (
        SELECT order_id, product, sum(CASE reason WHEN 'reserve' THEN quantity ELSE -quantity END) AS quantity
        FROM designia.stock_movements GROUP BY order_id, product
    )
    SELECT format('order %s holds %s of product %s instead of %s', order_id, held.quantity, product, wanted.quantity)
    FROM wanted FULL JOIN held USING (order_id, product)
    WHERE held.quantity IS DISTINCT FROM wanted.quantity";

/// Money may still come and go back; nothing is promised, shipped or started any more, unless late money reinstated the order.
const FINAL_STATES: &str = "
    SELECT format('order %s: %s after its cancellation', later.order_id, later.event ->> 'type')
    FROM designia.events AS cancelled
    JOIN designia.events AS later ON later.order_id = cancelled.order_id AND later.seq > cancelled.seq
    WHERE cancelled.event ->> 'type' = 'cancelled'
        AND later.event ->> 'type' NOT IN ('attempt_opened', 'payment_declined', 'payment_captured', 'attempt_closed',
            'void_requested', 'payment_asked', 'refund_requested', 'refund_moved', 'refund_asked', 'money_held',
            'hold_ended', 'reinstated')
        AND NOT EXISTS (
            SELECT 1 FROM designia.events AS between WHERE between.order_id = cancelled.order_id
                AND between.event ->> 'type' = 'reinstated' AND between.seq BETWEEN cancelled.seq AND later.seq
        )
    UNION ALL
    SELECT format('order %s: a part is %s after its cancellation', later.order_id, later.event ->> 'type')
    FROM designia.events AS cancelled
    JOIN designia.events AS later ON later.order_id = cancelled.order_id AND later.seq > cancelled.seq
    WHERE cancelled.event ->> 'type' = 'consignment_cancelled' AND later.event ->> 'type' LIKE 'consignment_%'
        AND later.event ->> 'seller' = cancelled.event ->> 'seller'
    UNION ALL
    SELECT format('order %s: a part is cancelled after it was shipped', later.order_id)
    FROM designia.events AS shipped
    JOIN designia.events AS later ON later.order_id = shipped.order_id AND later.seq > shipped.seq
    WHERE shipped.event ->> 'type' = 'consignment_shipped' AND later.event ->> 'type' = 'consignment_cancelled'
        AND later.event ->> 'seller' = shipped.event ->> 'seller'";

const DECIDED_ONCE: &str = "
    SELECT format('order %s: %s is %s times in its history', order_id, event ->> 'type', count(*))
    FROM designia.events WHERE event ->> 'type' IN ('placed', 'confirmed', 'cancelled', 'reinstated', 'closing_began')
    GROUP BY order_id, event ->> 'type' HAVING count(*) > 1
    UNION ALL
    SELECT format('order %s: attempt %s was captured %s times', order_id, event ->> 'attempt', count(*))
    FROM designia.events WHERE event ->> 'type' = 'payment_captured'
    GROUP BY order_id, event ->> 'attempt' HAVING count(*) > 1";

const NO_ORDER_WAITS: &str = "
    SELECT format('order %s is %s and %s, next due at %s', id, status, payment_status, next_tick_at)
    FROM designia.orders WHERE status IN ('pending_payment', 'expiring') OR next_tick_at IS NOT NULL";

const EFFECTS_RESTED: &str = "
    SELECT format('effect %s is %s: %s', key, state, note) FROM designia.effects
    WHERE state NOT IN ('done', 'refused')";

const EFFECTS_REFUSED: &str = "
    SELECT format('effect %s was refused: %s', key, note) FROM designia.effects
    WHERE state = 'refused' AND kind <> 'open_payment'";

const CALLS_ONCE: &str = "
    SELECT format('order %s: %s %s in %s effects', order_id, kind, thing, count(*)) FROM (
        SELECT order_id, kind, request #>> '{open,payment,attempt}' AS thing FROM designia.effects
        WHERE kind = 'open_payment'
        UNION ALL SELECT order_id, kind, request #>> '{refund,refund}' FROM designia.effects WHERE kind = 'refund'
    ) AS calls GROUP BY order_id, kind, thing HAVING count(*) > 1
    UNION ALL
    SELECT format('refund %s of order %s was never asked for', no, order_id) FROM designia.refunds
    WHERE NOT EXISTS (
        SELECT 1 FROM designia.effects WHERE effects.order_id = refunds.order_id AND kind = 'refund'
            AND request #>> '{refund,refund}' = refunds.no::text
    )";

const WEBHOOKS_FOLDED: &str = "
    SELECT format('event %s (%s) is %s: %s', id, kind, state, note) FROM designia.webhook_events WHERE state <> 'folded'";

const COUNTERS: &str = "
    WITH counted (kind, word, unit, amount) AS (
        SELECT 'orders', status, '', count(*) FROM designia.orders GROUP BY status
        UNION ALL SELECT 'effects', state, '', count(*) FROM designia.effects GROUP BY state
        UNION ALL SELECT 'webhook_events', state, '', count(*) FROM designia.webhook_events GROUP BY state
        UNION ALL SELECT 'tasks', state, queue, count(*) FROM designia.tasks GROUP BY state, queue
        UNION ALL SELECT 'ended_tasks', state, queue || ' ' || designia.task_day_1(ended_at), count(*)
        FROM designia.task_history GROUP BY 2, 3
        UNION ALL SELECT 'account', account, currency, sum(minor) FROM (
            SELECT debit AS account, currency, minor FROM designia.journals
            UNION ALL SELECT credit, currency, -minor FROM designia.journals
        ) AS posted GROUP BY account, currency
        UNION ALL SELECT 'due', div(extract(epoch FROM expires_at), 3600)::bigint::text, '', count(*)
        FROM designia.orders WHERE expires_at < 'infinity' GROUP BY 2
        UNION ALL SELECT 'attention', '', '', count(*) FROM designia.orders WHERE attention_at IS NOT NULL
    ), told AS (
        SELECT kind, word, unit, sum(amount) AS amount FROM (
            SELECT * FROM designia.tallies UNION ALL SELECT * FROM designia.tally_changes
        ) AS noted
        -- Minutes and days that are long over are forgotten.
        WHERE kind NOT IN ('captured', 'refunded', 'webhook_minutes') GROUP BY kind, word, unit
    )
    SELECT format('%s %s %s: counted %s, told %s', kind, word, unit, counted.amount, told.amount)
    FROM counted FULL JOIN told USING (kind, word, unit)
    WHERE coalesce(counted.amount, 0) <> coalesce(told.amount, 0)";

const LEDGER: &str = "
    WITH posted AS (
        SELECT debit AS account, currency, minor FROM designia.journals
        UNION ALL SELECT credit, currency, -minor FROM designia.journals
    ), balances AS (
        SELECT account, currency, sum(minor) AS minor FROM posted GROUP BY account, currency
    ), kept AS (
        SELECT currency, sum(minor) AS minor FROM (
            SELECT currency, captured_minor AS minor FROM designia.attempts
            UNION ALL SELECT currency, -amount_minor FROM designia.refunds WHERE state = 'succeeded'
        ) AS money GROUP BY currency
    )
    SELECT format('all accounts in %s sum to %s', currency, sum(minor)) FROM balances
    GROUP BY currency HAVING sum(minor) <> 0
    UNION ALL
    SELECT format('%s in %s is %s, and orders keep %s', account, currency, balances.minor, kept.minor)
    FROM balances JOIN kept USING (currency)
    WHERE balances.minor <> CASE account
        WHEN 'provider_balance' THEN kept.minor WHEN 'buyer_funds' THEN -kept.minor ELSE 0 END";

const HISTORY: &str = "
    SELECT format('order %s is at version %s with %s events from %s to %s', id, version, count(seq), min(seq), max(seq))
    FROM designia.orders LEFT JOIN designia.events ON events.order_id = orders.id
    GROUP BY id, version HAVING count(seq) <> version OR min(seq) <> 1 OR max(seq) <> version";

const REQUESTS: &str = "
    SELECT format('order %s answers %s requests', id, count(key))
    FROM designia.orders LEFT JOIN designia.request_keys ON request_keys.order_id = orders.id
    GROUP BY id HAVING count(key) <> 1";
