//! Exchange rates as values: batches of them, conversions, and quotes that pin one.
//!
//! No rate is better than a wrong rate. A currency that is not in the batch, a batch that is too old, a rate that
//! jumped or a quote that ran out refuses, and says why; nothing here falls back to 1, to zero or to yesterday. An
//! amount is rounded once, at the end of a conversion, from the exact quotient of the published rates. Where rates
//! come from, and in which order sources are asked, is the business of the ports and services.

mod batch;
mod error;
mod policy;
mod quote;
mod rate;
mod refusal;
mod source;
mod stored;

pub use batch::{Conversion, RateBatch};
pub use error::ExchangeError;
pub use policy::{Freshness, JumpLimit};
pub use quote::Quote;
pub use rate::{Rate, RatePath};
pub use refusal::RateRefusal;
pub use source::Source;
