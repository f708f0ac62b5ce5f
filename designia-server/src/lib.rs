//! The reference server of Designia: REST, webhooks, workers and a command line around the engine.
//!
//! The library builds the server out of its parts, so that tests and hosts can; the binary only calls [`cli::run`].
//!
//! | module | what it holds |
//! |---|---|
//! | [`config`] | what an operator may set, and the rules of it |
//! | [`cli`] | the command line |
//! | [`accounts`] | a pool for slow hashes, the keys of the installation, sign-in with Google |
//! | `api` | the routes: accounts, products, checkout, orders, rates, webhooks |
//! | [`shop`], [`media`] | what sells: catalogue, carts, and the pictures that people upload |
//! | [`audit`] | what the staff does, written down |
//! | `console` | the operations console: pages over the same views as the API |
//! | [`chat`] | sockets: conversations and activity as they happen |
//! | [`runtime`], [`signals`] | the engine's loops as tasks, and how nodes wake each other's |
//! | `tasks` | background tasks and schedules on this node: running them, asking for them, figures |
//! | [`http`] | the frame around every request: ids, limits, problems, metrics, tokens, documentation |
//! | [`problem`] | errors as callers see them |
//! | [`wiring`], [`instance`] | the adapters in their ports, and everything in one running server |
//! | [`opening`] | a database that comes up later than the server |
//! | [`serve`] | serving and stopping |
//! | [`edge`] | the only place that reads a clock or draws randomness |

pub mod accounts;
mod api;
pub mod app;
pub mod audit;
pub mod chat;
pub mod checks;
pub mod cli;
pub mod config;
mod console;
pub mod demo;
pub mod edge;
pub mod http;
pub mod installation;
pub mod instance;
mod mail;
pub mod media;
pub mod opening;
mod outage;
pub mod problem;
pub mod runtime;
pub mod serve;
pub mod shop;
pub mod signals;
mod tasks;
pub mod telemetry;
pub mod wiring;
