//! Every way in which an order can go, searched exhaustively within bounds, with the production rules.

mod exploration {
    mod book;
    mod bounds;
    mod engine;
    mod promises;
    mod scope;
    mod search;
    mod world;

    use book::Request;
    use designia_core::order::LatePaymentPolicy;
    use designia_core::time::DAY;
    use engine::Engine;
    use scope::{Bug, Scope};
    use search::{Broken, Explored, explore};

    fn run(name: &str, scope: Scope) -> Explored {
        let begin = std::time::Instant::now();
        match explore(Engine::new(scope)) {
            Ok(explored) => {
                println!("{name}: {explored} {:?}", begin.elapsed());
                explored
            }
            Err(broken) => panic!("{name}: {broken}"),
        }
    }

    #[test]
    fn e1() {
        run(
            "payments",
            Scope { people: vec![Request::Pay, Request::Cancel], declines: true, refusals: true, ..Scope::default() },
        );
    }
    #[test]
    fn e2() {
        run(
            "parts",
            Scope {
                people: vec![Request::Pay, Request::Cancel, Request::CancelPart(0)],
                parts: true,
                ..Scope::default()
            },
        );
    }
    #[test]
    fn e3() {
        run("landings", Scope { people: vec![Request::Pay, Request::Cancel], landings: 1, ..Scope::default() });
    }
    #[test]
    fn e4() {
        run(
            "refunds",
            Scope {
                before: scope::paid(),
                people: vec![
                    Request::Cancel,
                    Request::CancelPart(0),
                    Request::CancelPart(1),
                    Request::Ship(1),
                    Request::RetryRefund(1),
                ],
                slow_refunds: true,
                refund_failures: 1,
                dashboard: 1,
                ..Scope::default()
            },
        );
    }
    #[test]
    fn e5() {
        for policy in [
            LatePaymentPolicy::Refund,
            LatePaymentPolicy::Reinstate { within: DAY },
            LatePaymentPolicy::Hold { within: DAY },
        ] {
            run(
                &format!("late {policy:?}"),
                Scope {
                    late_payment: policy,
                    before: scope::timed_out(),
                    people: vec![
                        Request::Cancel,
                        Request::CancelPart(0),
                        Request::AcceptHeld,
                        Request::ReturnHeld,
                        Request::RetryRefund(1),
                    ],
                    refund_failures: 1,
                    landings: 1,
                    dashboard: 1,
                    others_buy: true,
                    ..Scope::default()
                },
            );
        }
    }
    #[test]
    fn e6() {
        run("writers", Scope { people: vec![Request::Pay, Request::Cancel], writers: 1, ..Scope::default() });
    }
}
