//! The operations console over HTTP: who may see and do what, that nothing runs in it that is not ours, and what its actions leave
//! behind. How it looks and feels is for the browser's suite.

mod acting;
mod attacks;
mod doors;
mod staff;

pub(crate) use staff::StaffMember;
