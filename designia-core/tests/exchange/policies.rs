//! When rates are not believed.

use std::time::Duration;

use designia_core::exchange::{ExchangeError, Freshness, JumpLimit, RateBatch, Source};
use designia_core::money::Currency;
use designia_core::time::DAY;

use super::{at, day, decimal, per, per_euro};
use Currency::{CHF, EUR, GBP, JPY, USD};

#[test]
fn age_counts_from_the_end_of_the_day_of_the_rates_not_from_the_fetch() {
    let batch = per_euro(&[(USD, "1.1172")]);
    let age = |now| Freshness::age(&batch, at(now));
    assert_eq!(age("2026-10-30T15:05:00Z"), Duration::ZERO);
    assert_eq!(age("2026-10-31T00:00:00Z"), Duration::ZERO);
    assert_eq!(age("2026-11-02T00:00:00Z"), DAY * 2);
    let refetched =
        RateBatch::new(EUR, day("2026-10-30"), at("2026-11-05T00:00:00Z"), Source::new("ecb"), [(USD, decimal("1.1"))])
            .unwrap();
    assert_eq!(Freshness::age(&refetched, at("2026-11-05T00:00:00Z")), DAY * 5);
}

#[test]
fn stale_rates_are_refused_with_their_age_and_the_limit() {
    let batch = per_euro(&[(USD, "1.1172")]);
    let limit = Freshness { max_age: DAY * 4 };
    assert_eq!(limit.check(&batch, at("2026-11-04T00:00:00Z")), Ok(()));
    let refusal = limit.check(&batch, at("2026-11-04T01:00:00Z")).unwrap_err();
    assert_eq!(refusal.to_string(), "rates of ecb as of 2026-10-30 are 97 h old, the limit is 96 h");
}

#[test]
fn a_jump_is_refused_with_the_currency_and_both_rates() {
    let limit = JumpLimit { basis_points: 1_000 };
    let before = per_euro(&[(CHF, "0.9194"), (USD, "1")]);
    for within in ["1.1", "0.90909090909091"] {
        assert_eq!(limit.check(&before, &per_euro(&[(USD, within)])), Ok(()), "{within}");
    }
    for (old, new) in [("1", "1.1001"), ("1", "0.9")] {
        let refusal = limit.check(&before, &per_euro(&[(CHF, "0.9194"), (USD, new)])).unwrap_err();
        let expected = ExchangeError::Jump {
            currency: USD,
            per: EUR,
            old: decimal(old),
            new: decimal(new),
            limit_basis_points: 1_000,
        };
        assert_eq!(refusal, expected);
    }
    let refusal = limit.check(&before, &per_euro(&[(USD, "100")])).unwrap_err();
    assert_eq!(refusal.to_string(), "rate of USD per EUR jumped from 1 to 100, the limit is 10.00 %");
}

#[test]
fn a_move_is_the_same_distance_whichever_way_round_it_is_quoted() {
    let limit = JumpLimit { basis_points: 10_000 };
    let (before, doubled, halved) = (per_euro(&[(USD, "1")]), per_euro(&[(USD, "2")]), per_euro(&[(USD, "0.5")]));
    assert_eq!(limit.check(&before, &doubled), Ok(()));
    assert_eq!(limit.check(&before, &halved), Ok(()));
    let tighter = JumpLimit { basis_points: 9_999 };
    assert!(tighter.check(&before, &doubled).is_err() && tighter.check(&before, &halved).is_err());
}

#[test]
fn batches_with_different_bases_are_compared_through_a_currency_that_they_share() {
    let limit = JumpLimit { basis_points: 1_000 };
    let before = per_euro(&[(USD, "1.1172"), (GBP, "0.8338"), (JPY, "175.68")]);
    let same_per_dollar = [(EUR, "0.8951"), (GBP, "0.7463"), (JPY, "157.25")];
    assert_eq!(limit.check(&before, &per(USD, &same_per_dollar)), Ok(()));
    assert_eq!(limit.check(&before, &per(CHF, &[(GBP, "0.9069"), (JPY, "191.08")])), Ok(()));
    let refusal = limit.check(&before, &per(CHF, &[(GBP, "0.9069"), (JPY, "1.9108")])).unwrap_err();
    assert!(matches!(refusal, ExchangeError::Jump { currency: JPY, per: GBP, .. }), "{refusal}");
}

#[test]
fn batches_that_share_nothing_have_nothing_to_compare() {
    let limit = JumpLimit { basis_points: 0 };
    assert_eq!(limit.check(&per_euro(&[(USD, "1.1")]), &per(CHF, &[(GBP, "0.9")])), Ok(()));
    assert_eq!(limit.check(&per_euro(&[(USD, "1.1")]), &per(USD, &[(GBP, "0.9")])), Ok(()));
}
