//! A decision while it is being made: each event is applied as it is drawn, so the next rule sees what it led to.

use super::{Cause, Event, Order, Recorded};
use crate::time::Timestamp;

/// What was decided: the events, and the order that they make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The order afterwards.
    pub order: Order,
    /// What happened. Empty if the command or fact changed nothing.
    pub events: Vec<Event>,
    /// When.
    pub at: Timestamp,
}

impl Decision {
    /// Decides that nothing happens.
    #[must_use]
    pub fn nothing(order: &Order, at: Timestamp) -> Self {
        Self { order: order.clone(), events: Vec::new(), at }
    }

    /// The version that the order had before.
    #[must_use]
    pub fn expected_version(&self) -> u32 {
        self.order.version() - u32::try_from(self.events.len()).unwrap_or(u32::MAX)
    }

    /// The events with their places in the order's history.
    #[must_use]
    pub fn recorded(&self, cause: &Cause) -> Vec<Recorded> {
        (self.expected_version() + 1..)
            .zip(&self.events)
            .map(|(seq, event)| Recorded { seq, at: self.at, cause: cause.clone(), event: event.clone() })
            .collect()
    }

    /// This decision followed by one that was made about its order, as one.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        self.events.extend(next.events);
        Self { order: next.order, events: self.events, at: next.at }
    }

    pub(super) fn push(&mut self, event: Event) {
        self.order.apply(&event, self.at);
        self.events.push(event);
    }
}
