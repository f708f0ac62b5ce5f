//! What staff did.

super::statements! {
    /// What is there stays.
    APPEND = "
        INSERT INTO audit_entries (
            id, at, actor, actor_name, action, subject_kind, subject_id, reason, detail, outcome, why, request_id, address
        ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        ON CONFLICT (id) DO NOTHING";

    PAGE = "
        SELECT id, at, actor, actor_name, action, subject_kind, subject_id, reason, detail, outcome, why, request_id,
            address
        FROM audit_entries WHERE (at, id) < (?1, ?2) ORDER BY at DESC, id DESC LIMIT ?3";

    PAGE_BY_ACTOR = "
        SELECT id, at, actor, actor_name, action, subject_kind, subject_id, reason, detail, outcome, why, request_id,
            address
        FROM audit_entries WHERE actor = ?4 AND (at, id) < (?1, ?2) ORDER BY at DESC, id DESC LIMIT ?3";

    PAGE_BY_AREA = "
        SELECT id, at, actor, actor_name, action, subject_kind, subject_id, reason, detail, outcome, why, request_id,
            address
        FROM audit_entries WHERE area = ?4 AND (at, id) < (?1, ?2) ORDER BY at DESC, id DESC LIMIT ?3";

    PAGE_BY_ACTOR_AND_AREA = "
        SELECT id, at, actor, actor_name, action, subject_kind, subject_id, reason, detail, outcome, why, request_id,
            address
        FROM audit_entries WHERE actor = ?4 AND area = ?5 AND (at, id) < (?1, ?2) ORDER BY at DESC, id DESC LIMIT ?3";

    /// What was done to one thing, by anybody or by one account, in any area or in one.
    PAGE_BY_SUBJECT = "
        SELECT id, at, actor, actor_name, action, subject_kind, subject_id, reason, detail, outcome, why, request_id,
            address
        FROM audit_entries
        WHERE subject_kind = ?4 AND subject_id = ?5 AND (?6 IS NULL OR actor = ?6) AND (?7 IS NULL OR area = ?7)
            AND (at, id) < (?1, ?2)
        ORDER BY at DESC, id DESC LIMIT ?3";
}
