//! What every [`TaskConsole`](crate::ports::TaskConsole) must do. The cases are named for the rules.

pub mod hands;
pub mod lookups;
pub mod pages;
pub mod statuses;
pub mod tidying;

/// Runs the suite of [`TaskConsole`](crate::ports::TaskConsole) alone: see [`task_conformance!`](crate::task_conformance).
#[macro_export]
macro_rules! task_console_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } task_console {
            lookups {
                an_id_that_nobody_has_heard_of_is_none,
                a_task_is_found_in_every_state,
            }
            pages {
                tasks_come_by_id_the_highest_first,
                tasks_are_found_by_state_queue_and_kind,
                tasks_are_found_from_an_id_on,
                pages_of_any_length_hold_each_task_once,
                tasks_that_come_or_end_between_two_pages_displace_no_other,
            }
            statuses {
                queues_that_were_used_are_listed_by_name,
                counts_are_exact_after_whatever_happened,
                the_longest_due_task_that_waits_is_named,
                a_paused_queue_is_said_to_be,
                a_worker_is_shown_as_it_describes_itself,
                workers_that_were_not_heard_of_since_are_left_out,
                a_worker_that_stopped_is_forgotten,
            }
            hands {
                what_failed_or_was_called_off_waits_again_with_all_its_attempts,
                what_is_tried_again_by_hand_may_be_late,
                a_retry_by_hand_takes_the_key_or_is_told_who_has_it,
                what_has_not_failed_is_not_tried_again,
                nobody_retries_what_nobody_has_heard_of,
            }
            tidying {
                purging_calls_off_what_waits_and_nothing_else,
                purging_does_no_more_than_it_is_told,
                cleaning_up_forgets_what_ended_before_then_and_nothing_else,
                cleaning_up_does_no_more_than_it_is_told,
                what_was_forgotten_is_unheard_of,
            }
        } }
    };
}
