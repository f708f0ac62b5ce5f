//! What every [`AccountStore`](crate::ports::AccountStore) must do. The cases are named for the rules.

pub mod applications;
pub mod challenges;
pub mod commits;
pub mod forgetting;
pub mod lists;
pub mod names;
pub mod sessions;
pub mod texts;

/// Runs the suite of [`AccountStore`](crate::ports::AccountStore) on the
/// [`AccountStores`](crate::testing::conformance::AccountStores) that `fresh` makes, like
/// [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! account_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } account_store {
            commits {
                an_account_comes_back_with_every_field,
                what_was_left_out_stays_left_out,
                a_later_version_takes_the_place_of_the_one_it_was_decided_against,
                a_new_account_is_not_stored_over_one_that_is_there,
                an_account_that_never_was_is_not_changed,
                of_sixteen_commits_against_one_version_one_is_stored,
                a_refused_commit_leaves_nothing,
                what_belongs_to_another_account_is_refused,
                an_invalid_task_refuses_the_commit,
                a_known_task_is_left_out_and_the_commit_stands,
                of_sixteen_commits_at_once_the_winners_tasks_and_events_are_there,
            }
            names {
                an_address_belongs_to_one_account_whatever_its_case,
                a_public_name_belongs_to_one_account_whatever_its_case,
                an_identity_belongs_to_one_account,
                identities_are_told_apart_to_the_letter,
                what_is_given_up_can_be_taken,
                an_account_finds_itself_under_any_case,
                of_sixteen_who_want_one_address_one_gets_it,
                of_sixteen_who_come_with_one_identity_one_gets_it,
                nobody_is_found_under_what_nobody_has,
            }
            sessions {
                a_session_comes_back_with_every_field,
                a_session_is_stored_over_the_one_that_was_read,
                of_twenty_that_rotate_one_token_one_succeeds,
                a_session_that_has_ended_is_not_brought_back,
                a_commit_ends_all_sessions_or_all_but_one,
                a_session_that_opens_as_the_others_end_lives,
                an_ended_session_keeps_when_it_ended,
                live_sessions_are_listed_newest_first,
                an_id_names_one_session,
                an_end_and_a_rotation_at_once_leave_the_session_ended,
            }
            challenges {
                a_challenge_comes_back_with_every_field,
                opening_a_challenge_closes_the_earlier_ones_of_its_purpose_alone,
                the_latest_challenge_of_a_purpose_is_found,
                a_challenge_is_met_once,
                of_sixteen_who_meet_a_challenge_one_does,
                a_challenge_is_met_by_its_own_account_and_in_time,
                the_last_guess_may_be_the_right_one,
                a_challenge_may_follow_the_one_that_is_met,
                of_twenty_guesses_at_once_no_more_than_the_limit_are_counted,
                a_guess_at_what_is_closed_late_or_unknown_is_not_counted,
                an_id_names_one_challenge,
            }
            applications {
                an_application_comes_back_with_every_field,
                an_account_has_one_application,
                an_application_follows_its_version,
                an_application_of_another_account_is_not_overwritten,
                of_sixteen_who_decide_an_application_one_does,
                applications_are_listed_oldest_first_and_by_state,
            }
            lists {
                accounts_are_listed_newest_first,
                accounts_of_one_moment_are_each_on_one_page,
                accounts_are_listed_by_role_and_standing,
                a_beginning_is_looked_for_in_addresses_and_names_whatever_its_case,
                wildcards_stand_for_themselves,
                filters_add_up,
                several_accounts_come_at_once,
                every_kind_of_event_comes_back_newest_first,
                events_of_one_moment_are_each_on_one_page,
                a_cursor_of_something_else_is_refused,
            }
            forgetting {
                what_is_over_is_forgotten_and_nothing_else,
                no_more_is_forgotten_than_was_asked_for,
                what_was_forgotten_is_gone_for_every_call,
                registrations_that_nobody_verified_are_named_oldest_first_and_nobody_else,
                a_registration_that_is_forgotten_frees_its_names_and_takes_all_of_its_own_along,
                a_registration_that_was_verified_meanwhile_stays,
            }
            texts {
                hostile_texts_come_back_as_they_were,
                an_address_with_an_apostrophe_is_kept_and_found,
                a_long_text_comes_back_as_it_was,
                what_can_not_be_stored_is_invalid_and_leaves_nothing,
                a_filter_of_any_text_finds_nobody_and_breaks_nothing,
            }
        } }
    };
}
