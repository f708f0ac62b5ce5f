//! Mail and notifications: what people are told, in which words, and how it gets to them.
//!
//! A message about an order is an effect, and is told in two steps: [`Teller`] keeps the notification and asks for the mail as a
//! background task, and the [`PostOffice`] writes and sends it. So a mail server that is away holds up no payment, and
//! what a mail says is what is true when it is sent. Mails about accounts are tasks from the start.

mod about_accounts;
mod about_orders;
mod letter;
mod links;
mod log;
mod office;
mod teller;
mod told;
mod when;

#[cfg(test)]
mod tests;

pub(crate) use links::Links;
pub(crate) use log::LogMailer;
pub(crate) use office::PostOffice;
pub(crate) use teller::Teller;
