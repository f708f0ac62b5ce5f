//! What every [`MailStore`](crate::ports::MailStore) must do. The cases are named for the rules.

pub mod lists;
pub mod sending;

/// Runs the suite of [`MailStore`](crate::ports::MailStore) on the [`MailStores`](crate::testing::conformance::MailStores) that
/// `fresh` makes, like [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! mail_store_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } mail_store {
            sending {
                a_mail_comes_back_as_it_was_begun,
                a_mail_that_waits_counts_its_attempts_and_stays_as_it_was,
                a_mail_that_has_ended_is_not_begun_again,
                only_what_waits_ends,
                what_has_ended_waits_again_if_it_was_kept_what_it_says,
                sixteen_attempts_at_once_are_all_counted,
            }
            lists {
                a_list_shows_the_newest_first_without_what_they_say,
                mails_are_found_by_state_account_and_order,
                each_mail_is_on_one_page_even_if_all_were_begun_at_once,
                the_oldest_are_forgotten_first_and_not_more_than_wanted,
                an_account_that_leaves_takes_its_mails_along,
            }
        } }
    };
}
