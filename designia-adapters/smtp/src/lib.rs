#![doc = include_str!("../README.md")]

mod config;
mod letter;
mod mailer;

pub use config::{Config, ConfigError, Security};
pub use mailer::{SmtpMailer, check_sender};
