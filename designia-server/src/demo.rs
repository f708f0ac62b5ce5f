//! The demo: goods to order from the first start on, and a journey that shows what the engine does.

pub(crate) mod client;
pub(crate) mod journey;
pub mod people;
pub mod seed;
