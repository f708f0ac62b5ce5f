//! What accounts were told.

super::statements! {
    PUT = "
        INSERT INTO designia.notifications (id, account, kind, title, message, data, created_at, read_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING RETURNING true";

    PAGE = "
        SELECT id, account, kind, title, message, data, created_at, read_at FROM designia.notifications
        WHERE account = $4 AND (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3";

    PAGE_OF_UNREAD = "
        SELECT id, account, kind, title, message, data, created_at, read_at FROM designia.notifications
        WHERE account = $4 AND read_at IS NULL AND (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";

    UNREAD = "
        SELECT count(*) FROM (
            SELECT 1 FROM designia.notifications WHERE account = $1 AND read_at IS NULL LIMIT $2
        ) AS unread";

    READ = "
        UPDATE designia.notifications SET read_at = coalesce(read_at, $3) WHERE id = $1 AND account = $2
        RETURNING id, account, kind, title, message, data, created_at, read_at";

    /// Locked in one order, so that two of these can't wait for each other.
    READ_ALL = "
        WITH unread AS MATERIALIZED (
            SELECT id FROM designia.notifications
            WHERE account = $1 AND read_at IS NULL AND created_at <= $2 ORDER BY created_at, id FOR UPDATE
        )
        UPDATE designia.notifications AS told SET read_at = $2 FROM unread WHERE told.id = unread.id RETURNING true";

    MUTED = "SELECT kind FROM designia.notification_mutes WHERE account = $1";

    UNMUTE = "DELETE FROM designia.notification_mutes WHERE account = $1";

    MUTE = "
        INSERT INTO designia.notification_mutes (account, kind) SELECT $1, kind FROM unnest($2::text[]) AS kind
        ON CONFLICT DO NOTHING";

    FORGET_OF = "DELETE FROM designia.notifications WHERE account = $1";

    FORGET = "
        WITH old AS MATERIALIZED (
            SELECT id FROM designia.notifications WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        DELETE FROM designia.notifications AS told USING old WHERE told.id = old.id RETURNING true";
}
