//! The rules of accounts, on a clock that stands still.

mod applications;
mod leaving;
mod logging_in;
mod passwords;
mod registering;
mod second_factor;
mod sessions;
mod site;
mod staff;
