//! The pure core: each step of an order's life, and the whole of it.
//!
//! `cargo bench --bench order`. Aim (design, section 8): 300,000 whole lives per second on one core.

mod common;

use std::hint::black_box;

use common::{START, placed, placement, sellers};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use designia::order::{Actor, Changes, Command, Contents, Decision, Order, OrderStatus, Surroundings, Tracking};
use designia::payment::{Fact, PaymentMethod, PaymentNews, ProviderRefs};
use designia::time::HOUR;

/// What is asked of an order, or told to it.
#[derive(Clone, Debug)]
enum Step {
    /// A command.
    Command(Command),
    /// A fact.
    Fact(Fact),
}

/// From the first payment page to both parts delivered: nine steps.
fn life(contents: &Contents) -> Vec<(&'static str, Step)> {
    let [first, second] = sellers();
    let by = Actor::Operator;
    let refs = ProviderRefs { session: Some("cs_1".to_owned()), payment: Some("pi_1".to_owned()) };
    let attempt = designia::id::AttemptNo::FIRST;
    let tracking = || Tracking { carrier: "CTT".to_owned(), number: "EA123456789PT".to_owned() };
    let fact = |news| Step::Fact(Fact::Payment { attempt, refs: refs.clone(), news });
    vec![
        ("start_payment", Step::Command(Command::StartPayment { method: PaymentMethod::Card })),
        ("opened", fact(PaymentNews::Open)),
        ("captured", fact(PaymentNews::Captured { total: contents.total })),
        ("prepare", Step::Command(Command::Prepare { seller: first, by })),
        ("prepare_other", Step::Command(Command::Prepare { seller: second, by })),
        ("ship", Step::Command(Command::Ship { seller: first, by, tracking: tracking() })),
        ("ship_other", Step::Command(Command::Ship { seller: second, by, tracking: tracking() })),
        ("deliver", Step::Command(Command::Deliver { seller: first, by })),
        ("deliver_other", Step::Command(Command::Deliver { seller: second, by })),
    ]
}

/// Decides one step.
fn decide(order: &Order, step: &Step) -> Decision {
    let now = START + HOUR;
    match step {
        Step::Command(command) => order.decide(command, now).expect("the life is a legal one"),
        Step::Fact(fact) => order.record(fact, &Surroundings::at(now)),
    }
}

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
    let tick = Command::Tick;
    let fresh = placed(placement(1)).order;
    group.bench_function("tick_nothing_due", |bench| {
        bench.iter(|| black_box(fresh.decide(black_box(&tick), START)));
    });
    group.bench_function("expire", |bench| {
        let late = START + designia::time::DAY * 4;
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
