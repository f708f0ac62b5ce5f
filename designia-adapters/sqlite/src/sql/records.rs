//! Plain records, whose statements follow from what the topics say of their fields: of each topic the same four.
//!
//! Records come as one JSON array of arrays. Ids in it are hexadecimal, and instants microseconds.

use std::sync::LazyLock;

use designia_core::ports::{FieldKind, Topic};

use super::totals;

/// The statements of a topic.
pub(crate) struct Statements {
    pub(crate) topic: Topic,
    /// So many from the beginning.
    pub(crate) first: String,
    /// So many after a key, field by field.
    pub(crate) next: String,
    /// Those with the keys of these records.
    pub(crate) known: String,
    pub(crate) insert: String,
}

static ALL: LazyLock<Vec<Statements>> = LazyLock::new(|| Topic::ALL.iter().copied().map(Statements::of).collect());

/// The totals with a line for each topic.
pub(crate) static TOTALS: LazyLock<String> = LazyLock::new(|| {
    let line = |topic: &Topic| format!("UNION ALL SELECT 'records', '{topic}', NULL, count(*) FROM {topic}");
    [totals::TOTALS.to_owned()].into_iter().chain(Topic::ALL.iter().map(line)).collect::<Vec<_>>().join("\n")
});

/// A row for each of the two in new conversations.
pub(crate) const ADD_TO_INBOXES: &str = "
    INSERT INTO chat_inbox (account, conversation, active_at, unread)
    SELECT lower, id, active_at, last_seq - lower_sent - lower_seen FROM chat_conversations
    WHERE id IN (SELECT unhex(value ->> 0) FROM json_each(?1))
    UNION ALL
    SELECT higher, id, active_at, lower_sent - higher_seen FROM chat_conversations
    WHERE id IN (SELECT unhex(value ->> 0) FROM json_each(?1))";

/// Every statement of every topic.
pub(crate) fn all() -> &'static [Statements] {
    &ALL
}

impl Statements {
    fn of(topic: Topic) -> Self {
        let names: Vec<_> = topic.fields().iter().map(|(name, _)| *name).collect();
        let names_of_key = names[..topic.key_fields()].join(", ");
        let values: Vec<_> = topic.fields().iter().enumerate().map(|(place, (_, kind))| value(place, *kind)).collect();
        let values_of_key = values[..topic.key_fields()].join(", ");
        let places: Vec<_> = (2..).take(topic.key_fields()).map(|place| format!("?{place}")).collect();
        let (names, values, places) = (names.join(", "), values.join(", "), places.join(", "));
        Self {
            topic,
            first: format!("SELECT {names} FROM {topic} ORDER BY {names_of_key} LIMIT ?1"),
            next: format!(
                "SELECT {names} FROM {topic} WHERE ({names_of_key}) > ({places}) ORDER BY {names_of_key} LIMIT ?1"
            ),
            known: format!(
                "SELECT {names} FROM {topic} WHERE ({names_of_key}) IN (SELECT {values_of_key} FROM json_each(?1))"
            ),
            insert: format!("INSERT INTO {topic} ({names}) SELECT {values} FROM json_each(?1)"),
        }
    }
}

fn value(place: usize, kind: FieldKind) -> String {
    match kind {
        FieldKind::Id => format!("unhex(value ->> {place})"),
        FieldKind::Json => format!("value -> {place}"),
        FieldKind::Text | FieldKind::Number | FieldKind::Flag | FieldKind::Moment => format!("value ->> {place}"),
    }
}
