//! Schedules.

super::statements! {
    ALL_SCHEDULES = "SELECT name, record FROM schedules ORDER BY name";

    LOAD = "SELECT record FROM schedules WHERE name = ?1";

    PUT = "
        INSERT INTO schedules (name, version, enabled, next_at, record) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (name) DO UPDATE SET
            version = excluded.version, enabled = excluded.enabled, next_at = excluded.next_at, record = excluded.record";

    REMOVE = "DELETE FROM schedules WHERE name = ?1";
}
