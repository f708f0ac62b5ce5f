//! What every [`Lease`](crate::ports::Lease) must do. The cases are named for the rules.

pub mod holders;

/// Runs the suite of [`Lease`](crate::ports::Lease): see [`cache_conformance!`](crate::cache_conformance).
#[macro_export]
macro_rules! lease_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! {
            { $block_on }
            { async || $crate::testing::conformance::UnderTest::of(($fresh)().await) }
            lease {
                holders {
                    one_holder_has_the_lease_until_it_runs_out,
                    a_lease_that_is_prolonged_keeps_its_token,
                    whoever_takes_over_has_a_higher_token,
                    whoever_lost_it_does_not_get_it_back_by_prolonging,
                    a_lease_that_was_given_back_is_free_and_tokens_go_on,
                    nobody_gives_back_what_another_holds,
                    names_have_leases_of_their_own,
                    of_eight_at_once_one_leads,
                }
            }
        }
    };
}
