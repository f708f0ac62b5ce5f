//! Time and ids, the two things that the domain takes as arguments and somebody has to supply.

use std::fmt;

use uuid::Uuid;

use crate::time::Timestamp;

/// Says what time it is.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Makes ids.
pub trait IdGenerator: fmt::Debug + Send + Sync + 'static {
    /// An id that nobody has had; best one that rises with time (UUID version 7), which keeps indexes compact.
    fn next(&self) -> Uuid;
}
