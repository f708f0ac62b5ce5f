//! The rules of an order as given / when / then. Every step of every test also has to keep the laws in [`laws`].

mod allowed;
mod any_order;
mod cancelling;
mod expiring;
mod late_money;
mod laws;
mod paying;
mod placing;
mod properties;
mod refunding;
mod scenario;
mod shipping;
mod steps;
mod stored;
mod strange_facts;
mod timers;
mod transition_table;
