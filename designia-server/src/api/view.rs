//! What answers look like: the domain under the names and in the forms that clients read.

mod actions;
mod address;
pub(crate) mod conversion;
pub(crate) mod dry_run;
pub(crate) mod order;
pub(crate) mod person;
pub(crate) mod price;
pub(crate) mod product;
pub(crate) mod schedule;
pub(crate) mod task;
pub(crate) mod timeline;
pub(crate) mod when;
