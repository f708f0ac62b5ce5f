//! Schedules.

super::statements! {
    DEFINE = "
        INSERT INTO designia.schedules (name, record, enabled, next_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO NOTHING RETURNING true";

    LOCK = "SELECT record FROM designia.schedules WHERE name = $1 FOR UPDATE";

    PUT = "UPDATE designia.schedules SET record = $2, enabled = $3, next_at = $4 WHERE name = $1";

    ALL_SCHEDULES = "SELECT record FROM designia.schedules ORDER BY name";

    REMOVE = "DELETE FROM designia.schedules WHERE name = $1 RETURNING true";
}
