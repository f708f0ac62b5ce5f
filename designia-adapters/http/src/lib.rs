#![doc = include_str!("../README.md")]

mod bundled;
mod decimal;
pub mod ecb;
mod error;
mod exchangerate_api;
mod fetch;
mod file;
mod history;

pub use bundled::BundledRates;
pub use ecb::EcbRates;
pub use error::RatesError;
pub use exchangerate_api::ExchangeRateApi;
pub use fetch::{HttpConfigError, HttpLimits};
pub use file::{FileRates, parse_file};
