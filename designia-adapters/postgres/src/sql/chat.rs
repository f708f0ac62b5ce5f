//! Conversations.
//!
//! The columns of a conversation, a message and a report always come in the same order, which `chat/rows.rs` reads.

super::statements! {
    /// Makes the conversation and the rows of both, unless there is one.
    OPEN = "
        WITH made AS (
            INSERT INTO designia.chat_conversations (id, lower, higher, subject, created_at, active_at)
            VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT ON CONSTRAINT chat_conversations_key DO NOTHING
            RETURNING id, active_at
        )
        INSERT INTO designia.chat_inbox (account, conversation, active_at)
        SELECT unnest(ARRAY[$2, $3]::uuid[]), id, active_at FROM made
        RETURNING conversation";

    CONVERSATION = "
        SELECT id, lower, higher, subject, created_at, active_at, last_seq, lower_sent,
            lower_read, lower_seen, lower_read_at, higher_read, higher_seen, higher_read_at
        FROM designia.chat_conversations WHERE id = $1";

    CONVERSATION_OF = "
        SELECT id, lower, higher, subject, created_at, active_at, last_seq, lower_sent,
            lower_read, lower_seen, lower_read_at, higher_read, higher_seen, higher_read_at
        FROM designia.chat_conversations WHERE lower = $1 AND higher = $2 AND subject = $3";

    CONVERSATIONS = "
        SELECT c.id, c.lower, c.higher, c.subject, c.created_at, c.active_at, c.last_seq, c.lower_sent,
            c.lower_read, c.lower_seen, c.lower_read_at, c.higher_read, c.higher_seen, c.higher_read_at,
            m.id, m.conversation, m.seq, m.sender, m.client_id, m.text, m.image, m.created_at, m.hidden_at
        FROM (
            SELECT conversation, active_at FROM designia.chat_inbox
            WHERE account = $4 AND (active_at, conversation) < ($1, $2)
            ORDER BY active_at DESC, conversation DESC LIMIT $3
        ) AS own
            JOIN designia.chat_conversations AS c ON c.id = own.conversation
            LEFT JOIN designia.chat_messages AS m ON m.conversation = c.id AND m.seq = c.last_seq
        ORDER BY own.active_at DESC, own.conversation DESC";

    LAST_SEQS = "SELECT id, last_seq FROM designia.chat_conversations WHERE id = ANY($1)";

    APPEND = "SELECT is_new, seq FROM designia.append_message_1($1, $2, $3, $4, $5, $6, $7)";

    MESSAGE = "
        SELECT id, conversation, seq, sender, client_id, text, image, created_at, hidden_at
        FROM designia.chat_messages WHERE id = $1";

    AFTER = "
        SELECT id, conversation, seq, sender, client_id, text, image, created_at, hidden_at
        FROM designia.chat_messages WHERE conversation = $1 AND seq > $2 ORDER BY seq LIMIT $3";

    BEFORE = "
        SELECT id, conversation, seq, sender, client_id, text, image, created_at, hidden_at
        FROM designia.chat_messages WHERE conversation = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";

    READ = "SELECT designia.read_messages_1($1, $2, $3, $4)";

    UNREAD = "
        SELECT coalesce(sum(unread), 0)::bigint
        FROM (SELECT unread FROM designia.chat_inbox WHERE account = $1 AND unread > 0 LIMIT $2) AS own";

    HIDE = "
        UPDATE designia.chat_messages SET hidden_at = $2 WHERE id = $1
        RETURNING id, conversation, seq, sender, client_id, text, image, created_at, hidden_at";

    ERASE = "
        UPDATE designia.chat_messages
        SET text = $4, image = NULL, client_id = NULL, hidden_at = coalesce(hidden_at, $3)
        WHERE conversation = $1 AND sender = $2 AND (text <> $4 OR image IS NOT NULL)
        RETURNING seq";

    INSERT_REPORT = "
        INSERT INTO designia.chat_reports
            (id, message, conversation, reporter, reason, description, created_at, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'open') ON CONFLICT ON CONSTRAINT chat_reports_by_reporter DO NOTHING
        RETURNING id";

    REPORT_BY = "
        SELECT id, message, conversation, reporter, reason, description, created_at, state, resolver, note, resolved_at
        FROM designia.chat_reports WHERE message = $1 AND reporter = $2";

    REPORT = "
        SELECT id, message, conversation, reporter, reason, description, created_at, state, resolver, note, resolved_at
        FROM designia.chat_reports WHERE id = $1";

    REPORTS = "
        SELECT id, message, conversation, reporter, reason, description, created_at, state, resolver, note, resolved_at
        FROM designia.chat_reports WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3";

    REPORTS_BY_STATE = "
        SELECT id, message, conversation, reporter, reason, description, created_at, state, resolver, note, resolved_at
        FROM designia.chat_reports WHERE state = $4 AND (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";

    /// Hides the message of a report that is upheld.
    RESOLVE = "
        WITH resolved AS (
            UPDATE designia.chat_reports SET state = $2, resolver = $3, note = $4, resolved_at = $5
            WHERE id = $1 AND state = 'open' RETURNING message
        ), hidden AS (
            UPDATE designia.chat_messages SET hidden_at = $5
            WHERE $2 = 'upheld' AND hidden_at IS NULL AND id = (SELECT message FROM resolved)
        )
        SELECT message FROM resolved";
}
