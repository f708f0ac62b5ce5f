//! Conversations of two people about a product, an order or nothing in particular.
//!
//! Messages of a conversation are numbered without gaps, in the order in which they were stored. That number is what everything
//! else rests on: a client that was away asks for what came after the last one it has seen, a node that missed a call sees the
//! gap, what is unread is a difference of two counts, and a page of history is a range.
//!
//! What people write is text, never markup: it is kept as it was sent and has no other form here.

mod conversation;
mod frame;
mod message;
mod report;

#[cfg(test)]
mod tests;

pub use conversation::{Conversation, Pair, Side, Subject, SubjectParseError};
pub use frame::{Frame, HasRead, IsHidden, Said, conversation_channel};
pub use message::{ClientId, Content, ContentError, ImageKey, Message, MessageKind, NewMessage};
pub use report::{Reason, Report, ReportState, Resolution};
