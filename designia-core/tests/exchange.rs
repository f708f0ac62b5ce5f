//! The rules of exchange, seen from outside.

mod exchange {
    mod batches;
    mod conversion;
    mod oracle;
    mod policies;
    mod quotes;

    use designia_core::exchange::{RateBatch, Source};
    use designia_core::money::Currency;
    use designia_core::time::{Date, Timestamp};
    use rust_decimal::Decimal;

    pub(crate) fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a decimal")
    }

    pub(crate) fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    pub(crate) fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    /// A batch per euro with the rates given, as the ECB would publish them on 30 October 2026.
    pub(crate) fn per_euro(rates: &[(Currency, &str)]) -> RateBatch {
        per(Currency::EUR, rates)
    }

    pub(crate) fn per(base: Currency, rates: &[(Currency, &str)]) -> RateBatch {
        RateBatch::new(
            base,
            day("2026-10-30"),
            at("2026-10-30T15:05:00Z"),
            Source::new("ecb"),
            rates.iter().map(|&(currency, rate)| (currency, decimal(rate))),
        )
        .expect("a batch")
    }
}
