//! The pure core: each step of an order's life, and the whole of it.
//!
//! `cargo bench --bench order`. Aim (design, section 8): 300,000 whole lives per second on one core.

mod common;

use std::hint::black_box;

use common::{decide, life, placed, placement};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use designia::order::{Changes, OrderStatus};

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("order");
    group.bench_function("place", |bench| {
        bench.iter_batched(|| placement(1), |placement| black_box(placed(placement)), BatchSize::SmallInput);
    });
    let mut order = placed(placement(1)).order;
    for (name, step) in life(&order.contents().clone()) {
        group.bench_function(name, |bench| bench.iter(|| black_box(decide(black_box(&order), &step))));
        order = decide(&order, &step).order;
    }
    assert_eq!(order.status(), OrderStatus::Delivered);
    let tick = designia::order::Command::Tick;
    let fresh = placed(placement(1)).order;
    group.bench_function("tick_nothing_due", |bench| {
        bench.iter(|| black_box(fresh.decide(black_box(&tick), common::START)));
    });
    group.bench_function("expire", |bench| {
        let late = common::START + designia::time::DAY * 4;
        bench.iter(|| black_box(fresh.decide(black_box(&tick), late)));
    });
    group.finish();
}

fn whole_life(c: &mut Criterion) {
    let steps = life(placed(placement(1)).order.contents());
    let mut group = c.benchmark_group("order_life");
    group.throughput(Throughput::Elements(1));
    group.bench_function("decide_and_evolve", |bench| {
        bench.iter_batched(
            || placement(1),
            |placement| {
                let placed = placed(placement);
                steps.iter().fold(placed.order, |order, (_, step)| decide(&order, step).order)
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("decide_evolve_and_plan_effects", |bench| {
        bench.iter_batched(
            || placement(1),
            |placement| {
                let placed = placed(placement);
                black_box(Changes::of(&placed));
                steps.iter().fold(placed.order, |order, (_, step)| {
                    let decision = decide(&order, step);
                    black_box(Changes::of(&decision));
                    decision.order
                })
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, steps, whole_life);
criterion_main!(benches);
