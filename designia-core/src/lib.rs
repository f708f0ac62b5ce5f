//! The pure core of Designia, an order-and-payment engine for marketplaces with several sellers.

pub mod account;
pub mod audit;
pub mod catalog;
pub mod chat;
pub mod decorate;
pub mod effect;
pub mod exchange;
pub mod id;
pub mod ledger;
pub mod mail;
#[cfg(feature = "memory")]
pub mod memory;
pub mod money;
pub mod notification;
pub mod order;
pub mod payment;
pub mod ports;
pub mod schedule;
pub mod service;
pub mod task;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
mod words;
pub mod worker;
