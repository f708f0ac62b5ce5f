//! The reference server of Designia: REST, webhooks, workers and a command line around the engine.
//!
//! The library builds the server out of its parts, so that tests and hosts can; the binary only calls [`cli::run`].
//!
//! | module | what it holds |
//! |---|---|
//! | [`config`] | what an operator may set, and the rules of it |
//! | [`cli`] | the command line |
//! | `api` | the routes: products, checkout, orders, rates, webhooks |
//! | [`runtime`], [`signals`] | the engine's loops as tasks, and how nodes wake each other's |
//! | `tasks` | background tasks and schedules on this node: running them, asking for them, figures |
//! | [`http`] | the frame around every request: ids, limits, problems, metrics, tokens, documentation |
//! | [`problem`] | errors as callers see them |
//! | [`wiring`], [`instance`] | the adapters in their ports, and everything in one running server |
//! | [`opening`] | a database that comes up later than the server |
//! | [`serve`] | serving and stopping |
//! | [`edge`] | the only place that reads a clock or draws randomness |

mod api;
pub mod app;
mod checks;
pub mod cli;
pub mod config;
pub mod demo;
pub mod edge;
pub mod http;
pub mod installation;
pub mod instance;
pub mod notifier;
pub mod opening;
mod outage;
pub mod problem;
pub mod runtime;
pub mod serve;
pub mod signals;
mod tasks;
pub mod telemetry;
pub mod wiring;
