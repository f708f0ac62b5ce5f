//! Workers, schedulers and relays on the memory store, on a clock that is moved.

mod attempts;
mod holding;
mod relayed_console;
mod relaying;
mod reports;
mod site;
mod slots;
mod stopping;
