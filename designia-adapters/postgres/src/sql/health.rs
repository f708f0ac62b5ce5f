//! What `doctor` asks the server about itself. Everything here is read from the server's catalogs and statistics, and nothing
//! of it walks through a table of ours.

super::statements! {
    SETTINGS = "
        SELECT current_setting('server_version'), current_setting('fsync') = 'on',
            current_setting('full_page_writes') = 'on', current_setting('synchronous_commit'),
            current_setting('autovacuum') = 'on' AND current_setting('track_counts') = 'on'";

    /// A limit of -1 is none.
    CONNECTIONS = "
        SELECT current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint
                - coalesce(current_setting('reserved_connections', true)::bigint, 0),
            (SELECT rolconnlimit::bigint FROM pg_roles WHERE rolname = current_user),
            (SELECT datconnlimit::bigint FROM pg_database WHERE datname = current_database()),
            (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')";

    /// Without those of single days: the one over all of them is valid if each day has its part.
    INDEXES = "
        SELECT index.relname::text, pg_index.indisvalid AND pg_index.indisready
        FROM pg_index
        JOIN pg_class AS index ON index.oid = pg_index.indexrelid
        JOIN pg_namespace ON pg_namespace.oid = index.relnamespace
        WHERE pg_namespace.nspname = 'designia' AND NOT index.relispartition
        ORDER BY index.relname";

    TABLES = "
        SELECT relname::text, n_live_tup, n_dead_tup, pg_total_relation_size(relid)
        FROM pg_stat_user_tables WHERE schemaname = 'designia' ORDER BY relname";

    /// The transaction that has been open longest, how to end it, and for how many seconds. Of other roles' sessions the server
    /// says nothing unless ours may read all statistics.
    OLDEST_TRANSACTION = "
        SELECT what, remedy, seconds::bigint FROM (
            SELECT format('session %s (%s)', pid, coalesce(nullif(application_name, ''), usename)),
                format('SELECT pg_terminate_backend(%s)', pid), extract(epoch FROM now() - xact_start)
            FROM pg_stat_activity
            WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                AND datname = current_database()
            UNION ALL
            SELECT format('the prepared transaction %s', gid), format('ROLLBACK PREPARED %L', gid),
                extract(epoch FROM now() - prepared)
            FROM pg_prepared_xacts WHERE database = current_database()
        ) AS open (what, remedy, seconds)
        ORDER BY seconds DESC LIMIT 1";

    /// How many transactions ago the oldest snapshot was taken that somebody still sees, and the database was frozen.
    AGES = "
        SELECT
            (SELECT coalesce(max(age), 0)::bigint FROM (
                SELECT age(backend_xmin) FROM pg_stat_activity WHERE backend_xmin IS NOT NULL
                UNION ALL SELECT age(xmin) FROM pg_replication_slots WHERE xmin IS NOT NULL
                UNION ALL SELECT age(transaction) FROM pg_prepared_xacts
            ) AS seen (age)),
            (SELECT age(datfrozenxid)::bigint FROM pg_database WHERE datname = current_database())";
}
