//! What a failure around conversations is called.

use designia_core::ports::StoreErrorKind;
use designia_core::service::chat::ChatError;

use crate::problem::{Code, Problem};

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        let told = error.to_string();
        match error {
            ChatError::NoSuchConversation => Self::not_found("conversation"),
            ChatError::NoSuchMessage => Self::not_found("message"),
            ChatError::NoSuchReport => Self::not_found("report"),
            ChatError::NoSuchProduct => Self::not_found("product"),
            ChatError::NoSuchOrder => Self::not_found("order"),
            ChatError::WhichSeller => Self::field("seller_id", "the order has several sellers; name one of them"),
            ChatError::Yourself => Self::new(Code::BadRequest, told),
            ChatError::OwnMessage => Self::field("message", "it is your own"),
            ChatError::Resolved => Self::new(Code::Conflict, told),
            ChatError::Content(_) => Self::new(Code::BadRequest, told),
            ChatError::Text { field, most } => {
                Self::field(field, format!("at most {most} characters, and no control characters"))
            }
            ChatError::TooMany { retry_after } => Self::too_many(told, retry_after),
            ChatError::Store(error) => match error.kind {
                StoreErrorKind::Unavailable => Self::unavailable(error),
                _ => Self::internal(error),
            },
            _ => Self::internal(told),
        }
    }
}
