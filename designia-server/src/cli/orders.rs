//! `orders`: what the payment deadline does, looked at before it happens or done at once.

use std::process::ExitCode;

use clap::Subcommand;
use designia_core::order::{Command, Event, Order, OrderStatus};
use designia_core::ports::{OrderFilter, PageRequest};
use designia_core::service::Engine;

use super::{Failure, engine};
use crate::config::Config;

/// Rows read at a time.
const CHUNK: u32 = 200;

/// What to do about orders.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Orders {
    /// Expire the orders whose payment deadline has passed, without waiting for the server's sweep
    Expire {
        /// Say what would happen, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

pub(super) async fn run(config: &Config, command: &Orders) -> Result<ExitCode, Failure> {
    match command {
        Orders::Expire { dry_run: true } => dry_run(&engine::reading(config).await?).await,
        Orders::Expire { dry_run: false } => expire(&engine::writing(config).await?).await,
    }
}

async fn dry_run(engine: &Engine) -> Result<ExitCode, Failure> {
    let now = engine.ports().clock.now();
    let filter = OrderFilter { status: Some(OrderStatus::PendingPayment), ..OrderFilter::default() };
    let (mut waiting, mut due, mut after) = (0_u64, 0_u64, None);
    loop {
        let page = engine.ports().queries.orders(&filter, PageRequest { after, limit: CHUNK }).await?;
        for order in &page.rows {
            waiting += 1;
            if order.expires_at().is_some_and(|deadline| deadline <= now) {
                due += 1;
                println!("{}", what_would_happen(order, &order.decide(&Command::Tick, now)?.events));
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    println!("{due} of {waiting} unpaid orders are past their deadline; nothing was changed");
    Ok(ExitCode::SUCCESS)
}

fn what_would_happen(order: &Order, events: &[Event]) -> String {
    let asked = events.iter().any(|event| matches!(event, Event::ClosingBegan { .. }));
    let next = if asked {
        "would be expiring: a payment is under way, and the provider is asked before anything is final"
    } else {
        "would be cancelled at once: no payment is under way"
    };
    let (id, total) = (order.id(), order.contents().total);
    let deadline = order.expires_at().map(|at| at.to_string()).unwrap_or_default();
    format!("{id}  {total}  due {deadline}  {next}")
}

/// The sweep itself; the calls that it plans are made by the server's worker.
async fn expire(engine: &Engine) -> Result<ExitCode, Failure> {
    let mut changed = 0_usize;
    loop {
        let turn = engine.sweep_turn(CHUNK).await?;
        changed += turn.done.iter().filter(|swept| swept.changed).count();
        if !turn.is_full {
            break;
        }
    }
    println!("{changed} orders were changed; the server's worker makes the calls that follow");
    Ok(ExitCode::SUCCESS)
}
