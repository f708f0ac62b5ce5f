//! Keyset pages over an ordered index, newest first.

use crate::ports::{Cursor, Page};

/// Takes a page from keys that come newest first. One key too many is looked at, so the last page knows that it is.
pub(super) fn take<K, T>(
    keys: impl Iterator<Item = K>,
    limit: u32,
    row: impl Fn(K) -> Option<T>,
    cursor: impl Fn(&T) -> Cursor,
) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut rows: Vec<T> = keys.filter_map(row).take(limit.saturating_add(1)).collect();
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| is_more).map(cursor);
    Page { rows, next }
}
