//! The pure core of Designia, an order-and-payment engine for marketplaces with several sellers.

pub mod exchange;
pub mod money;
pub mod time;
