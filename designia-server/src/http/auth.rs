//! Who calls: what a bearer token says, and what its owner may do.

mod caller;
pub(crate) mod jwt;
mod tokens;

#[cfg(test)]
mod tests;

pub use caller::{Admin, Caller, MaybeCaller, Seller, Staff};
pub use tokens::{Issued, Tokens};
