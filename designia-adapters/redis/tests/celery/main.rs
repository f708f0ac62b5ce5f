//! Celery 5 from PyPI, unmodified, on the other side of the bridge: its workers run what is sent from here, its clients send what
//! is taken over here.
//!
//! `DESIGNIA_PYTHON` names a Python interpreter that has `celery[redis]`. Without it, or without a Redis server, these tests are
//! skipped, but on CI they fail instead.

#![cfg(feature = "celery")]
#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

mod sending;
mod support;
mod taking;
mod trouble;
