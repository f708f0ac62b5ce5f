//! Pages of lists.
//!
//! A page ends with a cursor (`next`) that leads on at the same cost however long the list is. Older clients ask by page
//! number instead; they get it by reading from the start, within a bound.

use std::fmt::Display;
use std::str::FromStr;

use designia_core::ports::{Cursor, CursorParseError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// Longest page.
const MAX_SIZE: u32 = 100;

/// Most rows that are read to find a page by its number.
const MAX_SCAN: u32 = 1000;

/// So many rows are read for the first pages anyway, which shows how many a short list has.
const SHORT_LIST: u32 = 100;

/// Which page.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The number of the page, from 1. `after` reaches further.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// Rows on a page, at most 100.
    #[param(minimum = 1, maximum = 100)]
    page_size: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// A checked [`PageQuery`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What follows a cursor.
    After {
        /// The cursor as the client got it.
        cursor: String,
        /// Rows on the page.
        size: u32,
    },
    /// A page by its number.
    Number {
        /// From 1.
        page: u32,
        /// Rows on the page.
        size: u32,
    },
}

impl PageQuery {
    /// The page of so many rows after a cursor, or the first.
    pub(crate) const fn of(after: Option<String>, size: u32) -> Self {
        Self { page: None, page_size: Some(size), after }
    }

    /// A page of a list that is only read onward: the cursor that it follows, and its length.
    pub(super) fn onward(self) -> Result<(Option<String>, u32), Problem> {
        match self.wanted()? {
            Wanted::After { cursor, size } => Ok((Some(cursor), size)),
            Wanted::Number { page: 1, size } => Ok((None, size)),
            Wanted::Number { .. } => Err(Problem::field("page", "go on with after")),
        }
    }

    /// Checks the bounds.
    pub(super) fn wanted(self) -> Result<Wanted, Problem> {
        let size = self.page_size.unwrap_or(20);
        if size == 0 || size > MAX_SIZE {
            return Err(Problem::field("page_size", format!("must be from 1 to {MAX_SIZE}")));
        }
        match (self.after, self.page) {
            (Some(_), Some(_)) => Err(Problem::field("after", "must not be given together with page")),
            (Some(cursor), None) => Ok(Wanted::After { cursor, size }),
            (None, page) => match page.unwrap_or(1) {
                0 => Err(Problem::field("page", "must be at least 1")),
                page if page.saturating_mul(size) > MAX_SCAN => {
                    Err(Problem::field("page", format!("reaches beyond row {MAX_SCAN}; go on with after")))
                }
                page => Ok(Wanted::Number { page, size }),
            },
        }
    }
}

/// The cursor that a client gave back, of a list whose rows have ids of this kind.
pub(super) fn cursor_of<T: FromStr<Err: Display>>(text: &str) -> Result<Cursor, Problem> {
    let cursor: Cursor = text.parse().map_err(|error: CursorParseError| Problem::field("after", error.to_string()))?;
    cursor.id.parse::<T>().map_err(|error| Problem::field("after", error.to_string()))?;
    Ok(cursor)
}

/// How many rows from the start of a list a page by its number needs.
pub(super) fn rows_for(page: u32, size: u32) -> u32 {
    page.saturating_mul(size).max(SHORT_LIST)
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PageView<T> {
    /// The rows.
    pub(crate) results: Vec<T>,
    /// Where the next page begins: give it back as `after`.
    pub(crate) next: Option<String>,
    /// Whether there is a next page.
    pub(super) has_next: bool,
    /// Rows on a page.
    pub(super) page_size: u32,
    /// The number of this page, if it was asked for by number.
    pub(super) page: Option<u32>,
    /// How many rows the list has, if reading this page has shown it.
    pub(super) count: Option<usize>,
    /// How many pages the list has, if reading this page has shown it.
    pub(super) num_pages: Option<usize>,
}

impl<T> PageView<T> {
    /// The same page with its rows in another form.
    pub(super) fn map<U>(self, form: impl FnMut(T) -> U) -> PageView<U> {
        let Self { results, next, has_next, page_size, page, count, num_pages } = self;
        let results = results.into_iter().map(form).collect();
        PageView { results, next, has_next, page_size, page, count, num_pages }
    }

    /// The same page with other rows, one for each of its own.
    pub(super) fn with<U>(self, results: Vec<U>) -> PageView<U> {
        let Self { results: _, next, has_next, page_size, page, count, num_pages } = self;
        PageView { results, next, has_next, page_size, page, count, num_pages }
    }

    /// A page without rows.
    pub(crate) const fn empty(size: u32) -> Self {
        Self {
            results: Vec::new(),
            next: None,
            has_next: false,
            page_size: size,
            page: None,
            count: None,
            num_pages: None,
        }
    }

    /// A page that its store has cut, with where the next begins.
    pub(super) fn cut(results: Vec<T>, size: u32, next: Option<String>) -> Self {
        let has_next = next.is_some();
        Self { results, next, has_next, page_size: size, page: None, count: None, num_pages: None }
    }

    /// The page after a cursor, from one row more than it shows.
    pub(super) fn after(mut rows: Vec<T>, size: u32, cursor: impl Fn(&T) -> String) -> Self {
        let shown = to_len(size);
        let has_next = rows.len() > shown;
        rows.truncate(shown);
        let next = rows.last().filter(|_| has_next).map(cursor);
        Self { results: rows, next, has_next, page_size: size, page: None, count: None, num_pages: None }
    }

    /// The page of a number, out of [`rows_for`] rows from the start of the list, or one more if it goes on.
    pub(super) fn numbered(mut rows: Vec<T>, page: u32, size: u32, cursor: impl Fn(&T) -> String) -> Self {
        let read = to_len(rows_for(page, size));
        let ended = rows.len() <= read;
        rows.truncate(read);
        let (total, skipped, shown) = (rows.len(), to_len((page - 1) * size), to_len(size));
        let has_next = total > skipped + shown || !ended;
        let results: Vec<T> = rows.into_iter().skip(skipped).take(shown).collect();
        let next = results.last().filter(|_| has_next).map(cursor);
        Self {
            results,
            next,
            has_next,
            page_size: size,
            page: Some(page),
            count: ended.then_some(total),
            num_pages: ended.then(|| total.div_ceil(shown).max(1)),
        }
    }
}

fn to_len(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(page: Option<u32>, page_size: Option<u32>, after: Option<&str>) -> Result<Wanted, Problem> {
        PageQuery { page, page_size, after: after.map(str::to_owned) }.wanted()
    }

    #[test]
    fn a_page_out_of_bounds_is_refused_by_its_field() {
        for (answer, told) in [
            (query(Some(0), None, None), "page: must be at least 1"),
            (query(None, Some(0), None), "page_size: must be from 1 to 100"),
            (query(None, Some(101), None), "page_size: must be from 1 to 100"),
            (query(Some(u32::MAX), Some(100), None), "page: reaches beyond row 1000; go on with after"),
            (query(Some(1), None, Some("x")), "after: must not be given together with page"),
        ] {
            assert_eq!(answer.unwrap_err().detail(), told);
        }
        assert_eq!(query(None, None, None).unwrap(), Wanted::Number { page: 1, size: 20 });
    }

    #[test]
    fn a_numbered_page_knows_the_count_when_the_list_has_ended() {
        let page = PageView::numbered((1..=5).collect(), 2, 2, u8::to_string);
        assert_eq!(
            (page.results, page.next.as_deref(), page.count, page.num_pages),
            (vec![3, 4], Some("4"), Some(5), Some(3))
        );
        let last = PageView::numbered((1..=5).collect(), 3, 2, u8::to_string);
        assert_eq!((last.results, last.next, last.has_next), (vec![5], None, false));
        let long = PageView::numbered((1..=101).collect(), 2, 50, u8::to_string);
        assert_eq!((long.has_next, long.next.as_deref(), long.count), (true, Some("100"), None));
    }

    #[test]
    fn a_page_after_a_cursor_shows_one_row_less_than_was_read() {
        let page = PageView::after(vec![1, 2, 3], 2, u8::to_string);
        assert_eq!((page.results, page.next.as_deref()), (vec![1, 2], Some("2")));
        assert!(!PageView::after(vec![1, 2], 2, u8::to_string).has_next);
    }
}
