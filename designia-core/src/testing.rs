//! What tests of the engine, of adapters and of hosts need: a clock that stands still, ids that count, a scripted payment
//! provider, fixtures, faults on demand, and the conformance suites.
//!
//! This module is outside semantic versioning: its cases grow with the contracts, and a case that is added may fail an
//! adapter that passed before.

mod clock;
pub mod conformance;
mod credentials;
mod faulty;
pub mod fixtures;
mod gateway;
mod ids;
pub mod lives;
mod rates;
mod webhooks;

pub use clock::FixedClock;
pub use credentials::{GlassVault, PlainHasher, TrustingProvider};
pub use faulty::{Faulty, Lost};
pub use futures_executor::block_on;
pub use gateway::{Call, Fault, Method, ScriptedGateway};
pub use ids::SequentialIds;
pub use rates::FixedRates;
pub use webhooks::FakeWebhooks;
