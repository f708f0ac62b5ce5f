//! Currency conversion beside `rusty-money` and bare `rust_decimal`.
//!
//! `cargo bench --bench exchange`. Aims (design, section 8): under 50 ns direct, under 100 ns cross.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use designia::exchange::{RateBatch, Source};
use designia::money::{Currency, Money, Rounding};
use designia::time::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use rusty_money::{ExchangeRate, Money as RustyMoney, iso};

fn convert(c: &mut Criterion) {
    let now = Timestamp::from_secs(1_795_348_800);
    let usd: Decimal = "1.0837".parse().expect("a rate");
    let jpy: Decimal = "162.94".parse().expect("a rate");
    let rates = [(Currency::USD, usd), (Currency::JPY, jpy)];
    let batch = RateBatch::new(Currency::EUR, now.date(), now, Source::new("bench"), rates).expect("rates");
    let euros = Money::new(123_456, Currency::EUR);
    let dollars = Money::new(123_456, Currency::USD);

    let mut group = c.benchmark_group("convert_direct");
    let direct = batch.rate(Currency::EUR, Currency::USD).expect("a rate");
    group.bench_function("designia_batch", |bench| {
        bench.iter(|| batch.convert(black_box(euros), Currency::USD, Rounding::HalfUp));
    });
    group.bench_function("designia_rate", |bench| {
        bench.iter(|| black_box(direct).convert(black_box(euros), Rounding::HalfUp));
    });
    let rusty = ExchangeRate::new(iso::EUR, iso::USD, usd).expect("a rate");
    let rusty_euros = RustyMoney::from_decimal(Decimal::new(123_456, 2), iso::EUR);
    group.bench_function("rusty_money", |bench| bench.iter(|| rusty.convert(black_box(&rusty_euros))));
    group.bench_function("bare_rust_decimal", |bench| {
        bench.iter(|| {
            (Decimal::new(black_box(123_456), 2) * black_box(usd))
                .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
        });
    });
    group.finish();

    let mut group = c.benchmark_group("convert_cross");
    let cross = batch.rate(Currency::USD, Currency::JPY).expect("a rate");
    group.bench_function("designia_batch", |bench| {
        bench.iter(|| batch.convert(black_box(dollars), Currency::JPY, Rounding::HalfUp));
    });
    group.bench_function("designia_rate", |bench| {
        bench.iter(|| black_box(cross).convert(black_box(dollars), Rounding::HalfUp));
    });
    let rusty = ExchangeRate::new(iso::USD, iso::JPY, jpy / usd).expect("a rate");
    let rusty_dollars = RustyMoney::from_decimal(Decimal::new(123_456, 2), iso::USD);
    group.bench_function("rusty_money_rate_given", |bench| bench.iter(|| rusty.convert(black_box(&rusty_dollars))));
    group.bench_function("bare_rust_decimal", |bench| {
        bench.iter(|| {
            (Decimal::new(black_box(123_456), 2) * black_box(jpy) / black_box(usd))
                .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        });
    });
    group.finish();
}

criterion_group!(benches, convert);
criterion_main!(benches);
