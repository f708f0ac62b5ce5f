//! What one node does of the work that all nodes share: nodes that answer requests and nodes that work in the background can
//! then grow, and be restarted, apart from each other.

use super::values::{self, ConfigError};
use super::{Database, Stripe};

/// The variable that this file is about.
const VARIABLE: &str = "DESIGNIA_ROLES";

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Answers the REST API and takes webhooks.
    pub serve: bool,
    /// Sweeps orders that are due, makes outside calls, folds webhook events, runs background tasks.
    pub worker: bool,
    /// Asks for background tasks at their times.
    pub scheduler: bool,
}

impl Roles {
    /// Everything, which is the default.
    pub const ALL: Self = Self { serve: true, worker: true, scheduler: true };

    /// The roles by the names that an operator gives them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = [("serve", self.serve), ("worker", self.worker), ("scheduler", self.scheduler)];
        all.into_iter().filter_map(|(name, has)| has.then_some(name))
    }

    /// Reads a list of names.
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut roles = Self { serve: false, worker: false, scheduler: false };
        for name in values::list(text) {
            match name {
                "serve" => roles.serve = true,
                "worker" => roles.worker = true,
                "scheduler" => roles.scheduler = true,
                _ => {
                    return Err(ConfigError::new(VARIABLE, format!("`{name}` is none of serve, worker, scheduler")));
                }
            }
        }
        values::require(VARIABLE, roles.names().next().is_some(), "names no role of serve, worker, scheduler")?;
        Ok(roles)
    }

    /// Refuses a share of the work whose rest no other node could do.
    pub(super) fn check(self, database: &Database, stripe: &Stripe) -> Result<(), ConfigError> {
        let is_shared = match database {
            Database::Memory => false,
            Database::Sqlite(_) | Database::Postgres(_) => true,
        };
        let rule = "a database in memory belongs to one node, which needs all of serve, worker, scheduler";
        values::require(VARIABLE, self == Self::ALL || is_shared, rule)?;
        // Who asks a Stripe of its own about another node's payments hears that they never existed.
        let has_own_stripe = matches!(stripe, Stripe::Sandbox { .. });
        let rule = "serve and worker can be apart only if both reach the same Stripe: set STRIPE_SECRET_KEY";
        values::require(VARIABLE, self.serve == self.worker || !has_own_stripe, rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_in_any_order_and_named_in_their_own() {
        let names = |text| Roles::parse(text).map(|roles| roles.names().collect::<Vec<_>>().join(","));
        assert_eq!(names("scheduler, serve").unwrap(), "serve,scheduler");
        assert_eq!(Roles::parse("worker,scheduler,serve").unwrap(), Roles::ALL);
        assert!(names("serve,cook").unwrap_err().to_string().contains("`cook` is none of serve, worker, scheduler"));
        assert!(names(" , ").is_err());
    }
}
