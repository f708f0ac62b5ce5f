#![doc = include_str!("../README.md")]

mod local;
#[cfg(feature = "s3")]
mod s3;

pub use local::LocalStorage;
#[cfg(feature = "s3")]
pub use s3::{S3Config, S3ConfigError, S3Credentials, S3Storage};
