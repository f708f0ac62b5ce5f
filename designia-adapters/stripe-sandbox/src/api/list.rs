//! Cursor pagination: newest first, `starting_after` or `ending_before` an object, `has_more`.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::form::{Fields, Node};
use crate::world::shelf::{Record, Shelf};

const DEFAULT_LIMIT: i64 = 10;
const LARGEST_LIMIT: i64 = 100;

/// One page of a shelf: what `keep` lets through, rendered.
pub(crate) fn page<T: Record>(
    shelf: &Shelf<T>,
    fields: &Fields<'_>,
    what: &str,
    url: &str,
    keep: impl Fn(&T) -> bool,
    render: impl Fn(&T) -> Value,
) -> Result<Value, ApiError> {
    let limit = limit(fields)?;
    let after = cursor(shelf, fields, "starting_after", what)?;
    let before = cursor(shelf, fields, "ending_before", what)?;
    let created = Bounds::read(fields);
    let kept = |(_, item): &(usize, &T)| created.contain(item.created()) && keep(item);

    let mut all = shelf.iter().enumerate().filter(kept);
    let (items, has_more): (Vec<&T>, bool) = match (after, before) {
        (Some(_), Some(_)) => {
            let message = "You may only specify one of these parameters: starting_after, ending_before.";
            return Err(ApiError::invalid(message, "starting_after").code("parameters_exclusive"));
        }
        (after, None) => {
            let mut older = all.rev().filter(|(at, _)| after.is_none_or(|cursor| *at < cursor)).map(|(_, item)| item);
            (older.by_ref().take(limit).collect(), older.next().is_some())
        }
        (None, Some(cursor)) => {
            let mut newer = all.by_ref().filter(|(at, _)| *at > cursor).map(|(_, item)| item);
            let mut nearest: Vec<&T> = newer.by_ref().take(limit).collect();
            nearest.reverse();
            (nearest, newer.next().is_some())
        }
    };
    Ok(list(items.into_iter().map(render).collect(), has_more, url))
}

/// Stripe's list object.
pub(crate) fn list(data: Vec<Value>, has_more: bool, url: &str) -> Value {
    json!({ "object": "list", "data": Value::Array(data), "has_more": has_more, "url": url })
}

pub(crate) fn limit(fields: &Fields<'_>) -> Result<usize, ApiError> {
    let limit = fields.int("limit").unwrap_or(DEFAULT_LIMIT);
    match usize::try_from(limit) {
        Ok(size) if (1..=LARGEST_LIMIT).contains(&limit) => Ok(size),
        Ok(_) | Err(_) => {
            let message = format!("Invalid integer: limit must be between 1 and {LARGEST_LIMIT}; yours was {limit}.");
            Err(ApiError::invalid(message, "limit").code("parameter_invalid_integer"))
        }
    }
}

fn cursor<T: Record>(shelf: &Shelf<T>, fields: &Fields<'_>, name: &str, what: &str) -> Result<Option<usize>, ApiError> {
    let Some(id) = fields.text(name) else { return Ok(None) };
    match shelf.position(id) {
        Some(position) => Ok(Some(position)),
        None => Err(ApiError::no_such(what, id, name)),
    }
}

/// The filter `created=…` or `created[gte]=…`.
struct Bounds {
    from: i64,
    to: i64,
}

impl Bounds {
    fn read(fields: &Fields<'_>) -> Self {
        if let Some(exact) = fields.node("created").and_then(Node::as_text).and_then(|text| text.parse().ok()) {
            return Self { from: exact, to: exact };
        }
        let mut bounds = Self { from: i64::MIN, to: i64::MAX };
        let Some(created) = fields.hash("created") else { return bounds };
        let lower = [created.int("gte"), created.int("gt").map(|at| at.saturating_add(1))];
        let upper = [created.int("lte"), created.int("lt").map(|at| at.saturating_sub(1))];
        bounds.from = lower.into_iter().flatten().max().unwrap_or(i64::MIN);
        bounds.to = upper.into_iter().flatten().min().unwrap_or(i64::MAX);
        bounds
    }

    fn contain(&self, at: i64) -> bool {
        (self.from..=self.to).contains(&at)
    }
}
