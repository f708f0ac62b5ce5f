//! Background tasks as one node deals with them: what it can run and who runs it, who asks for what, and who is told.

mod ask;
mod calling;
mod console;
mod figures;
mod host;
mod liveness;
mod running;
mod worker;

pub(crate) use ask::{Asked, NotAsked, ask, ask_schedule, find_schedule, of_kind};
pub(crate) use calling::Calling;
pub(crate) use console::{HEARD_OF, queues};
pub(crate) use figures::Figures;
pub use host::Host;
pub(crate) use liveness::Liveness;
pub(crate) use running::{Share, run_scheduler, run_worker};
pub(crate) use worker::worker;
