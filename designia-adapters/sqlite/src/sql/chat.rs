//! Conversations.
//!
//! The columns of a conversation, a message and a report always come in the same order, which `chat/rows.rs` reads.

super::statements! {
    INSERT_CONVERSATION = "
        INSERT INTO chat_conversations (id, lower, higher, subject, created_at, active_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (lower, higher, subject) DO NOTHING";

    INSERT_INBOX = "
        INSERT INTO chat_inbox (account, conversation, active_at) SELECT ?2, ?1, ?4 UNION ALL SELECT ?3, ?1, ?4";

    CONVERSATION = "
        SELECT id, lower, higher, subject, created_at, active_at, last_seq, lower_sent,
            lower_read, lower_seen, lower_read_at, higher_read, higher_seen, higher_read_at
        FROM chat_conversations WHERE id = ?1";

    CONVERSATION_OF = "
        SELECT id, lower, higher, subject, created_at, active_at, last_seq, lower_sent,
            lower_read, lower_seen, lower_read_at, higher_read, higher_seen, higher_read_at
        FROM chat_conversations WHERE lower = ?1 AND higher = ?2 AND subject = ?3";

    CONVERSATIONS = "
        SELECT c.id, c.lower, c.higher, c.subject, c.created_at, c.active_at, c.last_seq, c.lower_sent,
            c.lower_read, c.lower_seen, c.lower_read_at, c.higher_read, c.higher_seen, c.higher_read_at,
            m.id, m.conversation, m.seq, m.sender, m.client_id, m.text, m.image, m.created_at, m.hidden_at
        FROM chat_inbox AS own
            CROSS JOIN chat_conversations AS c ON c.id = own.conversation
            LEFT JOIN chat_messages AS m ON m.conversation = c.id AND m.seq = c.last_seq
        WHERE own.account = ?4 AND (own.active_at, own.conversation) < (?1, ?2)
        ORDER BY own.active_at DESC, own.conversation DESC LIMIT ?3";

    LAST_SEQS = "
        SELECT talk.id, last_seq
        FROM json_each(?1) AS asked CROSS JOIN chat_conversations AS talk ON talk.id = unhex(asked.value)";

    /// What was said under this id, or by this sender under this name.
    KNOWN = "
        SELECT id, conversation, seq, sender, client_id, text, image, created_at, hidden_at
        FROM chat_messages WHERE id = ?1 AND conversation = ?2
        UNION ALL
        SELECT id, conversation, seq, sender, client_id, text, image, created_at, hidden_at
        FROM chat_messages WHERE conversation = ?2 AND sender = ?3 AND client_id = ?4 AND id <> ?1";

    NEXT_SEQ = "
        UPDATE chat_conversations
        SET last_seq = last_seq + 1, lower_sent = lower_sent + (lower = ?2), active_at = max(active_at, ?3)
        WHERE id = ?1 AND ?2 IN (lower, higher)
        RETURNING last_seq, lower_sent, active_at";

    APPEND = "
        INSERT INTO chat_messages
            (conversation, seq, id, sender, client_id, text, image, created_at, lower_sent)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    TOUCH_INBOX = "
        UPDATE chat_inbox SET active_at = ?3, unread = unread + (account <> ?2) WHERE conversation = ?1";

    MESSAGE = "
        SELECT id, conversation, seq, sender, client_id, text, image, created_at, hidden_at
        FROM chat_messages WHERE id = ?1";

    AFTER = "
        SELECT id, conversation, seq, sender, client_id, text, image, created_at, hidden_at
        FROM chat_messages WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";

    BEFORE = "
        SELECT id, conversation, seq, sender, client_id, text, image, created_at, hidden_at
        FROM chat_messages WHERE conversation = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3";

    /// How many messages up to this one are the lower one's.
    LOWER_SENT = "SELECT lower_sent FROM chat_messages WHERE conversation = ?1 AND seq = ?2";

    LOWER_READS = "
        UPDATE chat_conversations SET lower_read = ?2, lower_seen = ?3, lower_read_at = ?4 WHERE id = ?1";

    HIGHER_READS = "
        UPDATE chat_conversations SET higher_read = ?2, higher_seen = ?3, higher_read_at = ?4 WHERE id = ?1";

    SET_UNREAD = "UPDATE chat_inbox SET unread = ?3 WHERE account = ?1 AND conversation = ?2";

    UNREAD = "
        SELECT ifnull(sum(unread), 0)
        FROM (SELECT unread FROM chat_inbox WHERE account = ?1 AND unread > 0 LIMIT ?2) AS own";

    HIDE = "
        UPDATE chat_messages SET hidden_at = ?2 WHERE id = ?1
        RETURNING id, conversation, seq, sender, client_id, text, image, created_at, hidden_at";

    ERASE = "
        UPDATE chat_messages SET text = ?4, image = NULL, client_id = NULL, hidden_at = ifnull(hidden_at, ?3)
        WHERE conversation = ?1 AND sender = ?2 AND (text <> ?4 OR image IS NOT NULL)";

    INSERT_REPORT = "
        INSERT INTO chat_reports (id, message, conversation, reporter, reason, description, created_at, state)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'open') ON CONFLICT (message, reporter) DO NOTHING";

    REPORT_BY = "
        SELECT id, message, conversation, reporter, reason, description, created_at, state, resolver, note, resolved_at
        FROM chat_reports WHERE message = ?1 AND reporter = ?2";

    REPORT = "
        SELECT id, message, conversation, reporter, reason, description, created_at, state, resolver, note, resolved_at
        FROM chat_reports WHERE id = ?1";

    REPORTS = "
        SELECT id, message, conversation, reporter, reason, description, created_at, state, resolver, note, resolved_at
        FROM chat_reports WHERE (created_at, id) < (?1, ?2) ORDER BY created_at DESC, id DESC LIMIT ?3";

    REPORTS_BY_STATE = "
        SELECT id, message, conversation, reporter, reason, description, created_at, state, resolver, note, resolved_at
        FROM chat_reports WHERE state = ?4 AND (created_at, id) < (?1, ?2)
        ORDER BY created_at DESC, id DESC LIMIT ?3";

    RESOLVE = "
        UPDATE chat_reports SET state = ?2, resolver = ?3, note = ?4, resolved_at = ?5
        WHERE id = ?1 AND state = 'open' RETURNING message";

    HIDE_UPHELD = "UPDATE chat_messages SET hidden_at = ?2 WHERE id = ?1 AND hidden_at IS NULL";
}
