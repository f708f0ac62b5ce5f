//! What accounts were told.

super::statements! {
    PUT = "
        INSERT INTO notifications (id, account, kind, title, message, data, created_at, read_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING";

    PAGE = "
        SELECT id, account, kind, title, message, data, created_at, read_at FROM notifications
        WHERE account = ?4 AND (created_at, id) < (?1, ?2) ORDER BY created_at DESC, id DESC LIMIT ?3";

    PAGE_OF_UNREAD = "
        SELECT id, account, kind, title, message, data, created_at, read_at FROM notifications
        WHERE account = ?4 AND read_at IS NULL AND (created_at, id) < (?1, ?2)
        ORDER BY created_at DESC, id DESC LIMIT ?3";

    UNREAD = "SELECT count(*) FROM (SELECT 1 FROM notifications WHERE account = ?1 AND read_at IS NULL LIMIT ?2)";

    READ = "
        UPDATE notifications SET read_at = coalesce(read_at, ?3) WHERE id = ?1 AND account = ?2
        RETURNING id, account, kind, title, message, data, created_at, read_at";

    READ_ALL = "
        UPDATE notifications SET read_at = ?2 WHERE account = ?1 AND read_at IS NULL AND created_at <= ?2";

    MUTED = "SELECT kind FROM notification_mutes WHERE account = ?1";

    UNMUTE = "DELETE FROM notification_mutes WHERE account = ?1";

    MUTE = "INSERT INTO notification_mutes (account, kind) SELECT ?1, value FROM json_each(?2)";

    FORGET_OF = "DELETE FROM notifications WHERE account = ?1";

    FORGET = "
        DELETE FROM notifications
        WHERE id IN (SELECT id FROM notifications WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)";
}
