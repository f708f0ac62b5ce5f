//! What every [`ScheduleStore`](crate::ports::ScheduleStore) must do. The cases are named for the rules.

pub mod days;
pub mod definitions;
pub mod firing;
mod site;

/// Runs the suite of [`ScheduleStore`](crate::ports::ScheduleStore) alone: see
/// [`task_conformance!`](crate::task_conformance).
#[macro_export]
macro_rules! schedule_store_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } schedule_store {
            definitions {
                a_schedule_is_enabled_and_first_due_at_its_first_moment,
                a_schedule_of_any_kind_comes_back_as_it_was_defined,
                a_schedule_that_is_defined_again_goes_on,
                other_moments_are_counted_from_now,
                a_redefinition_keeps_what_was_counted_and_whether_it_is_enabled,
                a_schedule_is_disabled_and_enabled,
                moments_that_passed_while_it_was_disabled_were_not_missed,
                a_removed_schedule_is_gone_and_its_tasks_stay,
                schedules_are_listed_by_name,
                of_sixteen_definitions_at_once_one_row_comes,
            }
            firing {
                a_fire_enqueues_its_tasks_and_moves_on,
                a_fire_without_tasks_moves_on,
                an_outdated_fire_leaves_no_trace,
                a_schedule_changed_meanwhile_is_not_fired,
                what_nobody_has_defined_is_not_fired,
                duplicates_are_counted_as_skipped,
                a_fire_with_an_invalid_task_leaves_no_trace,
                of_sixteen_schedulers_one_fires,
            }
            days {
                two_schedulers_fire_each_moment_of_a_day_once,
                a_schedule_goes_on_where_it_was_and_does_not_drift,
                missed_moments_are_skipped,
                missed_moments_are_told_as_one,
                missed_moments_are_caught_up_with_the_latest_ones,
                a_moment_is_passed_over_while_the_last_task_waits_or_runs,
                overlapping_tasks_are_allowed_if_it_says_so,
                where_the_clock_is_put_forward_a_moment_comes_right_after,
                where_the_clock_is_put_back_a_fixed_time_comes_once,
                a_disabled_schedule_does_not_fire,
                a_kind_that_the_program_does_not_know_is_left_to_others,
                a_task_that_came_too_late_for_its_moment_is_not_started,
            }
        } }
    };
}
