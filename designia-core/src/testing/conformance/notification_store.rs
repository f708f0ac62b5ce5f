//! What every [`NotificationStore`](crate::ports::NotificationStore) must do. The cases are named for the rules.

pub mod forgetting;
pub mod reading;
pub mod telling;

/// Runs the suite of [`NotificationStore`](crate::ports::NotificationStore) on the
/// [`MailStores`](crate::testing::conformance::MailStores) that `fresh` makes, like
/// [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! notification_store_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } notification_store {
            telling {
                a_notification_comes_back_as_it_was_told,
                what_is_told_twice_is_kept_as_it_was_the_first_time,
                of_sixteen_who_tell_the_same_at_once_one_does,
                a_list_shows_the_newest_first_and_nobody_elses,
                each_notification_is_on_one_page_even_if_all_were_told_at_once,
            }
            reading {
                what_is_told_is_unread_until_it_is_read,
                reading_twice_keeps_the_first_time,
                nobody_reads_what_another_was_told,
                reading_all_leaves_what_is_told_later,
                unread_notifications_are_counted_so_far_and_no_further,
                sixteen_who_read_at_once_miscount_nothing,
            }
            forgetting {
                the_oldest_are_forgotten_first_and_not_more_than_wanted,
                an_account_that_leaves_takes_everything_along,
                an_account_says_which_kinds_it_does_not_want_by_mail,
            }
        } }
    };
}
