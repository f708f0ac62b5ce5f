//! The rows of the matrix, by subject.

mod accounts;
mod catalogue;
mod frame;
mod running;
mod talking;
mod trading;

use super::row::Row;

/// All of them. One operation may have several, about things that differ in who may see them.
pub(super) fn all() -> Vec<Row> {
    let subjects =
        [frame::rows(), accounts::rows(), catalogue::rows(), trading::rows(), talking::rows(), running::rows()];
    subjects.into_iter().flatten().collect()
}
