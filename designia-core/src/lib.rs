//! The pure core of Designia, an order-and-payment engine for marketplaces with several sellers.

pub mod catalog;
pub mod effect;
pub mod exchange;
pub mod id;
pub mod ledger;
pub mod money;
pub mod order;
pub mod payment;
pub mod ports;
pub mod service;
pub mod time;
pub mod worker;
