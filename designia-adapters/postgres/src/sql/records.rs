//! Plain records, whose statements follow from what the topics say of their fields: of each topic the same four.
//!
//! Records come as one JSON array of arrays.

use std::sync::LazyLock;

use designia_core::ports::{FieldKind, Topic};

use super::archive;

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
    let line = |topic: &Topic| format!("UNION ALL SELECT 'records', '{topic}', NULL, count(*) FROM designia.{topic}");
    [archive::TOTALS.to_owned()].into_iter().chain(Topic::ALL.iter().map(line)).collect::<Vec<_>>().join("\n")
});

/// A row for each of the two in new conversations.
pub(crate) const ADD_TO_INBOXES: &str = "
    INSERT INTO designia.chat_inbox (account, conversation, active_at, unread)
    SELECT side.account, talk.id, talk.active_at, side.unread
    FROM json_array_elements($1::text::json) AS own
    JOIN designia.chat_conversations AS talk ON talk.id = (own ->> 0)::uuid
    CROSS JOIN LATERAL (VALUES
        (talk.lower, talk.last_seq - talk.lower_sent - talk.lower_seen), (talk.higher, talk.lower_sent - talk.higher_seen)
    ) AS side (account, unread)";

/// Has the next category follow those that are there.
pub(crate) const COUNT_CATEGORIES_ON: &str = "
    SELECT setval(pg_get_serial_sequence('designia.categories', 'id'), max(id)) FROM designia.categories";

/// Has the next review follow those that are there.
pub(crate) const COUNT_REVIEWS_ON: &str = "
    SELECT setval(pg_get_serial_sequence('designia.reviews', 'id'), max(id)) FROM designia.reviews";

/// Every statement of every topic.
pub(crate) fn all() -> &'static [Statements] {
    &ALL
}

impl Statements {
    fn of(topic: Topic) -> Self {
        let fields = topic.fields();
        let join = |texts: Vec<String>| texts.join(", ");
        let names = join(fields.iter().map(|(name, _)| (*name).to_owned()).collect());
        let columns = join(fields.iter().map(|(name, kind)| column(name, *kind)).collect());
        let values = fields.iter().enumerate().map(|(place, (_, kind))| value(place, *kind));
        let values: Vec<_> = values.collect();
        let key = join(fields[..topic.key_fields()].iter().map(|(name, _)| (*name).to_owned()).collect());
        let values_of_key = join(values[..topic.key_fields()].to_vec());
        let places = join((2..).take(topic.key_fields()).map(|place| format!("${place}")).collect());
        let from = format!("SELECT {columns} FROM designia.{topic}");
        let given = "FROM json_array_elements($1::text::json) AS own";
        let values = join(values);
        Self {
            topic,
            first: format!("{from} ORDER BY {key} LIMIT $1"),
            next: format!("{from} WHERE ({key}) > ({places}) ORDER BY {key} LIMIT $1"),
            known: format!("{from} WHERE ({key}) IN (SELECT {values_of_key} {given})"),
            // Categories and reviews keep their numbers.
            insert: format!("INSERT INTO designia.{topic} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} {given}"),
        }
    }
}

/// Numbers of any width are read as the widest.
fn column(name: &str, kind: FieldKind) -> String {
    match kind {
        FieldKind::Number => format!("{name}::bigint"),
        FieldKind::Id | FieldKind::Text | FieldKind::Flag | FieldKind::Moment | FieldKind::Json => name.to_owned(),
    }
}

fn value(place: usize, kind: FieldKind) -> String {
    match kind {
        FieldKind::Id => format!("(own ->> {place})::uuid"),
        FieldKind::Text => format!("own ->> {place}"),
        FieldKind::Number => format!("(own ->> {place})::bigint"),
        FieldKind::Flag => format!("(own ->> {place})::boolean"),
        FieldKind::Moment => format!("(own ->> {place})::timestamptz"),
        FieldKind::Json => format!("own -> {place}"),
    }
}
