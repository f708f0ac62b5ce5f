//! What every [`RateLimiter`](crate::ports::RateLimiter) must do. The cases are named for the rules.

pub mod quotas;

/// Runs the suite of [`RateLimiter`](crate::ports::RateLimiter): see [`cache_conformance!`](crate::cache_conformance).
#[macro_export]
macro_rules! rate_limiter_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! {
            { $block_on }
            { async || $crate::testing::conformance::UnderTest::of(($fresh)().await) }
            rate_limiter {
                quotas {
                    a_burst_is_allowed_and_not_one_more,
                    it_is_said_when_to_try_again_and_that_is_true,
                    what_is_refused_costs_nothing,
                    the_quota_comes_back_evenly,
                    in_the_long_run_the_rate_is_kept,
                    a_quota_of_one_is_a_pause,
                    keys_have_quotas_of_their_own,
                    a_clock_that_lags_behind_gives_nothing_away,
                    eight_at_once_never_exceed_the_burst,
                }
            }
        }
    };
}
