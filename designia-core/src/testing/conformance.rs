//! The conformance suites: what every adapter of a port must do, one named test per case.
//!
//! The suites hold adapters to each sentence of the contracts in [`ports`](crate::ports). A host that writes an adapter
//! runs them in a few lines; the names of the tests are the rules that they check.
//!
//! ```
//! use designia_core::memory::MemoryStore;
//! use designia_core::testing::conformance::Stores;
//!
//! designia_core::store_conformance!(
//!     block_on = designia_core::testing::block_on,
//!     // A new, empty store for each case. What must live as long as the store is handed over with `guarded_by`.
//!     fresh = async || Stores::of(MemoryStore::new()),
//! );
//! # fn main() {}
//! ```
//!
//! An adapter of one port alone runs that port's macro: [`order_store_conformance!`](crate::order_store_conformance),
//! [`order_queries_conformance!`](crate::order_queries_conformance),
//! [`catalog_store_conformance!`](crate::catalog_store_conformance),
//! [`inbox_conformance!`](crate::inbox_conformance), [`rate_store_conformance!`](crate::rate_store_conformance).
//!
//! Accounts have a suite of their own, [`account_conformance!`](crate::account_conformance), for stores that take tasks, too.
//!
//! What moves whole stores has a suite of its own, which takes two of them: [`archive_conformance!`](crate::archive_conformance).
//!
//! Tasks and schedules have suites of their own, [`task_conformance!`](crate::task_conformance): [`TaskQueue`], [`TaskConsole`] and
//! [`ScheduleStore`] share their data. So has a catalogue with all that hangs on it, [`shop_conformance!`](crate::shop_conformance).
//! A store of orders that takes the tasks of commits runs
//! [`commit_tasks_conformance!`](crate::commit_tasks_conformance), too.
//!
//! Other ports have suites of their own: [`rate_source_conformance!`](crate::rate_source_conformance),
//! [`payment_gateway_conformance!`](crate::payment_gateway_conformance),
//! [`cache_conformance!`](crate::cache_conformance), [`rate_limiter_conformance!`](crate::rate_limiter_conformance),
//! [`broadcast_conformance!`](crate::broadcast_conformance), [`lease_conformance!`](crate::lease_conformance),
//! [`object_storage_conformance!`](crate::object_storage_conformance),
//! [`request_log_conformance!`](crate::request_log_conformance), [`audit_log_conformance!`](crate::audit_log_conformance),
//! [`store_facts_conformance!`](crate::store_facts_conformance),
//! [`clock_conformance!`](crate::clock_conformance), [`id_generator_conformance!`](crate::id_generator_conformance).
//!
//! [`TaskQueue`]: crate::ports::TaskQueue
//! [`TaskConsole`]: crate::ports::TaskConsole
//! [`ScheduleStore`]: crate::ports::ScheduleStore
//!
//! The suites are outside semantic versioning: a new case may fail an adapter that passed before.

pub mod account_store;
mod account_stores;
pub mod archive;
pub mod audit_log;
pub mod broadcast;
pub mod cache;
pub mod catalog_store;
pub mod chat_store;
mod chat_stores;
pub mod clock;
pub mod commit_tasks;
pub mod id_generator;
pub mod inbox;
pub mod lease;
pub mod mail_store;
mod mail_stores;
pub mod notification_store;
pub mod object_storage;
pub mod order_queries;
pub mod order_store;
pub mod payment_gateway;
pub mod rate_limiter;
pub mod rate_source;
pub mod rate_store;
pub mod request_log;
pub mod schedule_store;
pub mod shop;
mod shop_stores;
mod steps;
pub mod store_facts;
mod stores;
pub mod task_console;
pub mod task_queue;
mod task_stores;
mod threads;
mod under_test;

pub use account_stores::AccountStores;
pub use chat_stores::ChatStores;
pub use commit_tasks::CommitTasks;
pub use mail_stores::MailStores;
pub use shop_stores::ShopStores;
pub use stores::Stores;
pub use task_stores::TaskStores;
pub use under_test::UnderTest;

/// Makes one test per case. Each suite's macro lists its cases here.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ({ $block_on:expr } { $fresh:expr } $suite:ident { $($topic:ident { $($case:ident),+ $(,)? })+ }) => {
        mod $suite {
            #[allow(unused_imports)]
            use super::*;

            $($(
                #[test]
                fn $case() {
                    ($block_on)(async {
                        let subject = ($fresh)().await.driven_by(|work| ($block_on)(work));
                        $crate::testing::conformance::$suite::$topic::$case(&subject).await;
                    });
                }
            )+)+
        }
    };
}

/// Makes one test per case of a suite that needs no threads.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ({ $block_on:expr } { $fresh:expr } $suite:ident { $($case:ident),+ $(,)? }) => {
        mod $suite {
            #[allow(unused_imports)]
            use super::*;

            $(
                #[test]
                fn $case() {
                    ($block_on)(async {
                        let subject = ($fresh)().await;
                        $crate::testing::conformance::$suite::$case(&subject).await;
                    });
                }
            )+
        }
    };
}

/// Makes one test per case of a suite that needs no runtime.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_checks {
    ({ $fresh:expr } $suite:ident { $($case:ident),+ $(,)? }) => {
        mod $suite {
            #[allow(unused_imports)]
            use super::*;

            $(
                #[test]
                fn $case() {
                    $crate::testing::conformance::$suite::$case(&($fresh)());
                }
            )+
        }
    };
}

/// Runs every suite of the stores on the [`Stores`](crate::testing::conformance::Stores) that `fresh` makes: an async
/// function or closure without arguments, called once per case. `block_on` drives a future to its end; cases about
/// concurrency call it on several threads at once. The tests are in modules named for the suites.
#[macro_export]
macro_rules! store_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::order_store_conformance!(block_on = $block_on, fresh = $fresh);
        $crate::order_queries_conformance!(block_on = $block_on, fresh = $fresh);
        $crate::catalog_store_conformance!(block_on = $block_on, fresh = $fresh);
        $crate::inbox_conformance!(block_on = $block_on, fresh = $fresh);
        $crate::rate_store_conformance!(block_on = $block_on, fresh = $fresh);
    };
}

/// Runs every suite of tasks and schedules on the [`TaskStores`](crate::testing::conformance::TaskStores) that `fresh` makes,
/// like [`store_conformance!`]: in modules named `task_queue`, `task_console` and `schedule_store`.
#[macro_export]
macro_rules! task_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::task_queue_conformance!(block_on = $block_on, fresh = $fresh);
        $crate::task_console_conformance!(block_on = $block_on, fresh = $fresh);
        $crate::schedule_store_conformance!(block_on = $block_on, fresh = $fresh);
    };
}

#[cfg(test)]
mod tests {
    /// Each suite's list, and the files with its cases.
    const SUITES: [(&str, &[&str]); 24] = [
        (
            include_str!("conformance/account_store.rs"),
            &[
                include_str!("conformance/account_store/applications.rs"),
                include_str!("conformance/account_store/challenges.rs"),
                include_str!("conformance/account_store/commits.rs"),
                include_str!("conformance/account_store/forgetting.rs"),
                include_str!("conformance/account_store/lists.rs"),
                include_str!("conformance/account_store/names.rs"),
                include_str!("conformance/account_store/sessions.rs"),
                include_str!("conformance/account_store/texts.rs"),
            ],
        ),
        (
            include_str!("conformance/archive.rs"),
            &[
                include_str!("conformance/archive/copies.rs"),
                include_str!("conformance/archive/imports.rs"),
                include_str!("conformance/archive/pages.rs"),
            ],
        ),
        (
            include_str!("conformance/order_store.rs"),
            &[
                include_str!("conformance/order_store/commits.rs"),
                include_str!("conformance/order_store/deadlines.rs"),
                include_str!("conformance/order_store/effects.rs"),
                include_str!("conformance/order_store/references.rs"),
                include_str!("conformance/order_store/requests.rs"),
                include_str!("conformance/order_store/round_trips.rs"),
                include_str!("conformance/order_store/stock.rs"),
                include_str!("conformance/order_store/webhooks.rs"),
            ],
        ),
        (
            include_str!("conformance/order_queries.rs"),
            &[
                include_str!("conformance/order_queries/agendas.rs"),
                include_str!("conformance/order_queries/books.rs"),
                include_str!("conformance/order_queries/counts.rs"),
                include_str!("conformance/order_queries/figures.rs"),
                include_str!("conformance/order_queries/histories.rs"),
                include_str!("conformance/order_queries/lookups.rs"),
                include_str!("conformance/order_queries/open_effects.rs"),
                include_str!("conformance/order_queries/pages.rs"),
                include_str!("conformance/order_queries/ranges.rs"),
            ],
        ),
        (
            include_str!("conformance/catalog_store.rs"),
            &[
                include_str!("conformance/catalog_store/pages.rs"),
                include_str!("conformance/catalog_store/products.rs"),
            ],
        ),
        (
            include_str!("conformance/chat_store.rs"),
            &[
                include_str!("conformance/chat_store/lists.rs"),
                include_str!("conformance/chat_store/opening.rs"),
                include_str!("conformance/chat_store/reading.rs"),
                include_str!("conformance/chat_store/reports.rs"),
                include_str!("conformance/chat_store/talking.rs"),
            ],
        ),
        (
            include_str!("conformance/inbox.rs"),
            &[
                include_str!("conformance/inbox/claims.rs"),
                include_str!("conformance/inbox/comparisons.rs"),
                include_str!("conformance/inbox/events.rs"),
                include_str!("conformance/inbox/figures.rs"),
                include_str!("conformance/inbox/logs.rs"),
                include_str!("conformance/inbox/pages.rs"),
            ],
        ),
        (
            include_str!("conformance/rate_store.rs"),
            &[
                include_str!("conformance/rate_store/batches.rs"),
                include_str!("conformance/rate_store/ranges.rs"),
                include_str!("conformance/rate_store/refusals.rs"),
            ],
        ),
        (
            include_str!("conformance/audit_log.rs"),
            &[include_str!("conformance/audit_log/entries.rs"), include_str!("conformance/audit_log/pages.rs")],
        ),
        (include_str!("conformance/store_facts.rs"), &[include_str!("conformance/store_facts.rs")]),
        (include_str!("conformance/rate_source.rs"), &[include_str!("conformance/rate_source.rs")]),
        (include_str!("conformance/payment_gateway.rs"), &[include_str!("conformance/payment_gateway.rs")]),
        (include_str!("conformance/clock.rs"), &[include_str!("conformance/clock.rs")]),
        (include_str!("conformance/id_generator.rs"), &[include_str!("conformance/id_generator.rs")]),
        (
            include_str!("conformance/task_queue.rs"),
            &[
                include_str!("conformance/task_queue/attempts.rs"),
                include_str!("conformance/task_queue/claiming.rs"),
                include_str!("conformance/task_queue/enqueueing.rs"),
                include_str!("conformance/task_queue/leases.rs"),
                include_str!("conformance/task_queue/restarts.rs"),
                include_str!("conformance/task_queue/revoking.rs"),
                include_str!("conformance/task_queue/settling.rs"),
                include_str!("conformance/task_queue/unique_keys.rs"),
                include_str!("conformance/task_queue/volumes.rs"),
            ],
        ),
        (
            include_str!("conformance/task_console.rs"),
            &[
                include_str!("conformance/task_console/hands.rs"),
                include_str!("conformance/task_console/lookups.rs"),
                include_str!("conformance/task_console/pages.rs"),
                include_str!("conformance/task_console/statuses.rs"),
                include_str!("conformance/task_console/tidying.rs"),
            ],
        ),
        (
            include_str!("conformance/schedule_store.rs"),
            &[
                include_str!("conformance/schedule_store/days.rs"),
                include_str!("conformance/schedule_store/definitions.rs"),
                include_str!("conformance/schedule_store/firing.rs"),
            ],
        ),
        (
            include_str!("conformance/commit_tasks.rs"),
            &[include_str!("conformance/commit_tasks/commits.rs"), include_str!("conformance/commit_tasks/due.rs")],
        ),
        (
            include_str!("conformance/shop.rs"),
            &[
                include_str!("conformance/shop/carts.rs"),
                include_str!("conformance/shop/categories.rs"),
                include_str!("conformance/shop/favourites.rs"),
                include_str!("conformance/shop/figures.rs"),
                include_str!("conformance/shop/lists.rs"),
                include_str!("conformance/shop/offers.rs"),
                include_str!("conformance/shop/opinions.rs"),
                include_str!("conformance/shop/words.rs"),
            ],
        ),
        (include_str!("conformance/cache.rs"), &[include_str!("conformance/cache/values.rs")]),
        (include_str!("conformance/rate_limiter.rs"), &[include_str!("conformance/rate_limiter/quotas.rs")]),
        (include_str!("conformance/broadcast.rs"), &[include_str!("conformance/broadcast/messages.rs")]),
        (include_str!("conformance/lease.rs"), &[include_str!("conformance/lease/holders.rs")]),
        (include_str!("conformance/object_storage.rs"), &[include_str!("conformance/object_storage/files.rs")]),
    ];

    #[test]
    fn every_case_is_in_its_suites_list() {
        for (list, topics) in SUITES {
            let list = &list[list.find("macro_rules!").unwrap()..];
            let cases = topics.iter().flat_map(|topic| topic.lines()).filter_map(|line| {
                let rest = line.strip_prefix("pub async fn ").or_else(|| line.strip_prefix("pub fn "))?;
                rest.split(['(', '<']).next()
            });
            let missing: Vec<_> = cases.filter(|case| !list.contains(case)).collect();
            assert_eq!(missing, Vec::<&str>::new(), "these cases would never run");
        }
    }
}
