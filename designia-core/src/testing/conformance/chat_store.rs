//! What every [`ChatStore`](crate::ports::ChatStore) must do. The cases are named for the rules.

pub mod lists;
pub mod opening;
pub mod reading;
pub mod reports;
pub mod talking;

/// Runs the suite of [`ChatStore`](crate::ports::ChatStore) on the
/// [`ChatStores`](crate::testing::conformance::ChatStores) that `fresh` makes, like
/// [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! chat_store_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } chat_store {
            opening {
                a_conversation_begins_empty,
                a_pair_has_one_conversation_for_each_subject,
                of_sixteen_who_open_a_conversation_at_once_one_makes_it,
                an_id_names_one_conversation,
                what_nobody_has_opened_is_not_there,
            }
            talking {
                messages_are_numbered_without_gaps,
                a_message_of_any_kind_comes_back_as_it_was_sent,
                a_message_sent_again_is_stored_once,
                a_client_names_its_messages_for_itself_alone,
                a_message_of_another_conversation_is_not_given_away,
                of_sixteen_repetitions_at_once_one_is_stored,
                sixteen_who_talk_at_once_leave_no_gap,
                who_sees_a_message_can_see_all_before_it,
                who_takes_no_part_says_nothing,
                what_a_message_asks_for_is_enqueued_with_it_and_once,
                a_message_with_an_invalid_task_leaves_no_trace,
                what_came_after_is_read_in_order,
                what_came_before_is_read_backwards,
                the_last_numbers_of_many_conversations_come_at_once,
            }
            reading {
                what_the_other_one_says_is_unread_until_it_is_read,
                reading_in_the_middle_leaves_the_rest_unread,
                a_read_mark_never_goes_back_nor_beyond_the_last_message,
                who_takes_no_part_reads_nothing,
                unread_messages_of_all_conversations_are_added_up,
                sixteen_who_talk_and_read_at_once_miscount_nothing,
            }
            lists {
                the_latest_active_conversation_comes_first,
                a_message_moves_its_conversation_to_the_top_for_both,
                each_conversation_is_on_one_page,
                an_older_clock_never_moves_a_conversation_down,
                a_list_shows_the_last_message_and_nobody_elses_conversations,
            }
            reports {
                a_report_comes_back_as_it_was_made,
                a_message_is_reported_once_by_each,
                reports_are_listed_newest_first_and_by_state,
                an_upheld_report_hides_its_message,
                a_dismissed_report_leaves_its_message,
                of_sixteen_who_resolve_a_report_one_does,
                a_hidden_message_keeps_its_number_and_content,
                what_somebody_said_who_has_left_is_erased_and_keeps_its_number,
                a_report_about_no_message_is_refused,
            }
        } }
    };
}
