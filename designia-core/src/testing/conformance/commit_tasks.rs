//! What every store that is a [`TransactionalTaskQueue`](crate::ports::TransactionalTaskQueue) must do: the tasks of a
//! commit wait exactly if it has succeeded. The cases are named for the rules.

pub mod commits;
pub mod due;
mod subject;

pub use subject::CommitTasks;

/// Runs the suite of [`TransactionalTaskQueue`](crate::ports::TransactionalTaskQueue) on the
/// [`CommitTasks`](crate::testing::conformance::CommitTasks) that `fresh` makes, like
/// [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! commit_tasks_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } commit_tasks {
            commits {
                the_tasks_of_a_commit_wait_as_soon_as_it_has_succeeded,
                a_commit_without_events_may_ask_for_tasks,
                a_conflict_leaves_no_task,
                too_little_stock_leaves_no_task,
                a_repeated_request_leaves_no_task,
                a_stale_claim_leaves_no_task,
                a_foreign_reference_leaves_no_task,
                an_invalid_task_refuses_the_commit,
                a_known_id_is_left_out_and_the_commit_stands,
                a_taken_key_is_left_out_and_the_commit_stands,
                of_sixteen_commits_at_once_the_winners_tasks_wait,
            }
            due {
                what_is_due_may_ask_for_tasks,
                what_is_due_and_can_not_be_changed_leaves_no_task,
            }
        } }
    };
}
