//! The API: from an HTTP request to an answer in Stripe's shape.
//!
//! The order of the gates matters, because it decides what an idempotency key remembers: who asks (401), whether there is
//! such a URL (404), what the faults want, what the key remembers, and only then the endpoint itself.

pub(crate) mod auth;
pub(crate) mod expand;
pub(crate) mod http;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod routes;

use serde_json::Value;

use crate::error::ApiError;
use crate::form::{Fields, Form};
use crate::params::{self, Param};
use crate::world::{Cause, World};

/// What an endpoint is given.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) cause: &'a Cause,
    pub(crate) form: Fields<'a>,
    id: &'a str,
}

impl<'a> Call<'a> {
    /// The id in the path.
    pub(crate) fn id(&self) -> &'a str {
        self.id
    }

    pub(crate) fn check(&self, tables: &[&[Param]]) -> Result<(), ApiError> {
        params::check(&self.form, tables)
    }
}

/// Runs an endpoint: expansion is checked before it and applied after it.
pub(crate) fn run(
    world: &mut World,
    cause: &Cause,
    route: &routes::Route,
    id: &str,
    form: &Form,
) -> Result<Value, ApiError> {
    let paths = form.root().texts("expand");
    expand::check(&paths, route.answer)?;
    let mut call = Call { world, cause, form: form.root(), id };
    let mut value = (route.endpoint)(&mut call)?;
    expand::apply(world, &mut value, &paths);
    Ok(value)
}
