//! Settings, and what the integrity check asks.

super::statements! {
    SQLITE_VERSION = "SELECT sqlite_version()";

    CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)";

    SETTING = "SELECT value FROM settings WHERE name = ?1";

    PUT_SETTING = "
        INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}
