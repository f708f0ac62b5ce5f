#![doc = include_str!("../README.md")]
//!
//! # Where things are
//!
//! - [`gateway`]: the port's operations; [`webhook`]: the other port.
//! - [`client`]: one request, one answer; [`error`]: what can go wrong with it; [`form`]: how parameters are written.
//! - [`wire`]: the parts of Stripe's objects that are read; [`currency`]: Stripe's minor units.
//! - [`config`], [`secret`]: what an operator provides.

pub mod client;
pub mod config;
pub mod currency;
pub mod error;
pub mod form;
pub mod gateway;
mod names;
pub mod secret;
mod standing;
pub mod webhook;
pub mod wire;

pub use client::StripeClient;
pub use config::ClientConfig;
pub use gateway::{CheckoutPage, GatewayOptions, StripeGateway};
pub use secret::{ApiKey, SigningSecret};
pub use webhook::{SignatureVerifier, StripeWebhooks};
