//! What the server says of the database. Everything here is read from its catalogs and statistics, and nothing of it walks through a
//! table of ours.
//!
//! A table that is divided by day is told as one, with all its parts.

super::statements! {
    DATABASE = "
        SELECT current_setting('server_version'), pg_database_size(current_database()),
            (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database())";

    /// Rows as the statistics count them, or as the last vacuum or analyze saw them if those were lost.
    TABLES = "
        SELECT own.relname::text, sum(part.rows)::bigint, coalesce(sum(part.bytes), 0)::bigint,
            sum(part.dead)::bigint, max(part.vacuumed)
        FROM (
            SELECT coalesce(pg_partition_root(stat.relid), stat.relid) AS root,
                CASE WHEN stat.n_live_tup > 0 THEN stat.n_live_tup::double precision ELSE greatest(class.reltuples, 0) END AS rows,
                pg_table_size(stat.relid) AS bytes, stat.n_dead_tup AS dead,
                greatest(stat.last_vacuum, stat.last_autovacuum) AS vacuumed
            FROM pg_stat_user_tables AS stat JOIN pg_class AS class ON class.oid = stat.relid
            WHERE stat.schemaname = 'designia'
        ) AS part
        JOIN pg_class AS own ON own.oid = part.root
        GROUP BY own.relname ORDER BY own.relname COLLATE \"C\"";

    INDEXES = "
        SELECT own.relname::text, tables.relname::text, coalesce(sum(part.bytes), 0)::bigint, sum(part.scans)::bigint
        FROM (
            SELECT coalesce(pg_partition_root(stat.indexrelid), stat.indexrelid) AS root,
                coalesce(pg_partition_root(stat.relid), stat.relid) AS root_of_table,
                pg_relation_size(stat.indexrelid) AS bytes, stat.idx_scan AS scans
            FROM pg_stat_user_indexes AS stat WHERE stat.schemaname = 'designia'
        ) AS part
        JOIN pg_class AS own ON own.oid = part.root
        JOIN pg_class AS tables ON tables.oid = part.root_of_table
        GROUP BY own.relname, tables.relname ORDER BY own.relname COLLATE \"C\"";

    MIGRATIONS = "SELECT version, name, applied_at FROM designia.schema_migrations ORDER BY version";
}
