//! Versions, settings, notifications, folding what was counted, and restating what older programs wrote.

super::statements! {
    SERVER_VERSION = "SELECT current_setting('server_version_num')::bigint, current_setting('server_version')";

    /// Asks the catalog itself: `to_regnamespace` may remember what was so before we waited for a lock.
    HAS_SCHEMA = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'designia')";

    /// The same.
    HAS_MIGRATIONS = "
        SELECT EXISTS (
            SELECT 1 FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
            WHERE nspname = 'designia' AND relname = 'schema_migrations'
        )";

    VERSION = "SELECT coalesce(max(version), 0) FROM designia.schema_migrations";

    LOCK_MIGRATIONS = "SELECT pg_advisory_xact_lock($1)";

    MIGRATED = "INSERT INTO designia.schema_migrations (version, name) VALUES ($1, $2)";

    SETTING = "SELECT value FROM designia.settings WHERE name = $1";

    PUT_SETTING = "
        INSERT INTO designia.settings (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    NOTIFY = "SELECT pg_notify($1, topic) FROM unnest($2::text[]) AS topic";

    IS_ALIVE = "SELECT true";

    /// One folds at a time; the others have nothing to wait for.
    TRY_LOCK_TALLIES = "SELECT pg_try_advisory_xact_lock($1)";

    /// In one statement, so that nobody sees a change twice or not at all.
    FOLD = "
        WITH gone AS (
            DELETE FROM designia.tally_changes
            WHERE ctid = ANY (ARRAY(SELECT ctid FROM designia.tally_changes LIMIT $1))
            RETURNING kind, word, unit, amount
        ), folded AS (
            INSERT INTO designia.tallies AS tally (kind, word, unit, amount)
            SELECT kind, word, unit, sum(amount) FROM gone GROUP BY kind, word, unit
            ON CONFLICT (kind, word, unit) DO UPDATE SET amount = tally.amount + excluded.amount
        )
        SELECT count(*) FROM gone";

    /// Of the minutes in which events came in, the latest 240 are kept: four times as many as are told of.
    FORGET_MINUTES = "
        DELETE FROM designia.tallies WHERE kind = 'webhook_minutes' AND word < (
            SELECT word FROM designia.tallies WHERE kind = 'webhook_minutes' ORDER BY word DESC OFFSET 239 LIMIT 1
        )";
    /// Hours in which nothing is due any more, and days more than a week before the latest. What is not folded yet begins anew
    /// from nothing, which is what was forgotten.
    FORGET_TALLIES = "
        DELETE FROM designia.tallies
        WHERE kind IN ('captured', 'due', 'refunded') AND CASE kind
            WHEN 'due' THEN amount = 0
            ELSE word::bigint < (
                SELECT max(word::bigint) FROM designia.tallies WHERE kind IN ('captured', 'refunded')
            ) - 7
        END";

    IS_ANY_UNSTATED = "SELECT true FROM designia.unstated_orders ORDER BY order_id LIMIT 1";

    UNSTATED = "
        SELECT id, state FROM designia.orders
        WHERE id = ANY (ARRAY(SELECT order_id FROM designia.unstated_orders ORDER BY order_id LIMIT $1))
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED";

    RESTATE = "
        UPDATE designia.orders SET expires_at = own.expires_at, attention_at = own.attention_at
        FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS own (id, expires_at, attention_at)
        WHERE orders.id = own.id";

    STATED = "DELETE FROM designia.unstated_orders WHERE order_id = ANY ($1)";
}
