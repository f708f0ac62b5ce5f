//! The pure core of Designia, an order-and-payment engine for marketplaces with several sellers.

pub mod catalog;
pub mod decorate;
pub mod effect;
pub mod exchange;
pub mod id;
pub mod ledger;
#[cfg(feature = "memory")]
pub mod memory;
pub mod money;
pub mod order;
pub mod payment;
pub mod ports;
pub mod schedule;
pub mod service;
pub mod task;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod worker;
