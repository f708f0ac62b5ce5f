//! Every way in which an order can go, searched exhaustively within bounds, with the production rules.
//!
//! Production code: `Order::{place, decide, record, evolve, wants}`, `Changes::of`, `EffectRecord::{claim, settle}`. Modelled
//! are only their surroundings: the provider, which holds the truth; the network, which loses requests and replies; webhooks,
//! each of which arrives at any time, in any order, any number of times, or never; workers, which die at any point; the
//! clock; and the store with its one transaction. What is checked in every state is in `exploration/promises.rs`, what
//! bounds the search in `exploration/bounds.rs`, what may happen in each search in the tests below.
//!
//! As of this writing the searches visit 1.6 million states by 7.7 million transitions, to a depth of 41 moves, and from each
//! the engine comes to rest by its own work within 22. The ignored test visits another 24 million states by 129 million
//! transitions. They print their figures with `--nocapture`.
//!
//! Where the model is coarser than the world, it is so on purpose:
//! - A provider's "closed" is final, but for the payments that land all the same (`landings`), whose webhooks arrive in the
//!   end; so do those about refunds made in its dashboard. Every other webhook may be lost.
//! - A look-up comes so long after a lost request that nothing is under way any more (`REPLY_GRACE`), and the provider
//!   remembers no key.
//! - No worker holds a call while hours pass: its claim has run out by then, which is the same as if it had died.
//! - A question whose answer the order doesn't want any more is dropped: it could tell nothing that a webhook can't.

mod exploration {
    mod belief;
    mod book;
    mod bounds;
    mod calls;
    mod engine;
    mod moves;
    mod promises;
    mod provider;
    mod reason;
    mod rest;
    mod scope;
    mod search;
    mod words;
    mod world;

    use std::collections::BTreeSet;

    use designia_core::order::{LatePaymentPolicy, OrderStatus};
    use designia_core::time::DAY;

    use engine::Engine;
    use scope::{Bug, Scope, opened, paid, paid_twice};
    use search::{Explored, explore};
    use words::Request;

    const REINSTATE: LatePaymentPolicy = LatePaymentPolicy::Reinstate { within: DAY };
    const HOLD: LatePaymentPolicy = LatePaymentPolicy::Hold { within: DAY };

    /// No promise is broken in any reachable state, and rest can be reached from each. Prints how far it went.
    #[track_caller]
    fn keeps_every_promise(name: &str, scope: Scope) -> Explored {
        match explore(Engine::new(scope)) {
            Ok(explored) => {
                println!("{name}: {explored}");
                explored
            }
            Err(broken) => panic!("{name}: {broken}"),
        }
    }

    /// A planted bug breaks this promise.
    #[track_caller]
    fn is_caught(bug: Bug, scope: Scope, promise: &str) {
        match explore(Engine::new(Scope { bug, ..scope })) {
            Ok(explored) => panic!("{bug:?} was not caught: {explored}"),
            Err(broken) => {
                println!("{bug:?}: {broken}");
                assert!(broken.what.contains(promise), "{bug:?} was caught for another reason: {broken}");
            }
        }
    }

    fn paying() -> Scope {
        Scope { people: vec![Request::Pay, Request::Cancel], ..Scope::default() }
    }

    fn refunding() -> Scope {
        Scope { before: paid(), skips_deadlines: true, slow_refunds: true, ..Scope::default() }
    }

    #[test]
    fn two_attempts_with_declines_and_refused_pages_race_with_cancelling_and_the_deadline() {
        let seen = keeps_every_promise("declines", Scope { declines: true, refusals: true, ..paying() });
        assert!(seen.states > 10_000, "{seen}");
    }

    #[test]
    fn two_attempts_with_delayed_methods_race_with_cancelling_and_the_deadline() {
        let seen = keeps_every_promise("promises", Scope { promises: true, ..paying() });
        assert!(seen.states > 10_000, "{seen}");
    }

    #[test]
    fn two_attempts_paid_in_parts_race_with_cancelling_a_part_or_all_and_the_deadline() {
        let people = vec![Request::Pay, Request::Cancel, Request::CancelPart(0)];
        let seen = keeps_every_promise("parts", Scope { people, parts: true, ..paying() });
        assert!(seen.states > 10_000, "{seen}");
    }

    #[test]
    fn a_second_attempt_is_paid_and_then_the_first_although_the_provider_had_closed_it() {
        let seen = keeps_every_promise("paid twice", Scope { landings: 1, ..paying() });
        assert!(seen.states > 10_000, "{seen}");
    }

    #[test]
    fn late_money_reinstates_the_order_or_goes_back_when_others_have_bought_the_stock() {
        let people = vec![Request::Pay];
        let scope = Scope { late_payment: REINSTATE, people, landings: 2, others_buy: true, ..Scope::default() };
        let seen = keeps_every_promise("reinstate", scope);
        assert!(seen.states > 10_000, "{seen}");
    }

    #[test]
    fn late_money_is_held_until_a_person_decides_or_the_deadline_comes() {
        let people = vec![Request::Pay, Request::AcceptHeld, Request::ReturnHeld];
        let scope = Scope { late_payment: HOLD, people, landings: 2, others_buy: true, ..Scope::default() };
        let seen = keeps_every_promise("hold", scope);
        assert!(seen.states > 10_000, "{seen}");
    }

    #[test]
    fn refunds_fail_at_once_or_later_and_are_tried_anew_until_the_money_is_back() {
        let people = vec![Request::Cancel, Request::RetryRefund(1), Request::RetryRefund(2)];
        let seen = keeps_every_promise("failing refunds", Scope { people, refund_failures: 2, ..refunding() });
        assert!(seen.states > 10_000, "{seen}");
    }

    #[test]
    fn parts_are_cancelled_and_shipped_while_somebody_refunds_in_the_dashboard() {
        let people = vec![Request::Cancel, Request::CancelPart(0), Request::CancelPart(1), Request::Ship(1)];
        let scope = Scope { people, slow_refunds: false, dashboard: 1, ..refunding() };
        let seen = keeps_every_promise("dashboard", scope);
        assert!(seen.states > 10_000, "{seen}");
    }

    #[test]
    fn refunds_fail_while_somebody_refunds_in_the_dashboard() {
        let people = vec![Request::CancelPart(0), Request::RetryRefund(1)];
        let scope = Scope { people, refund_failures: 1, dashboard: 1, ..refunding() };
        let seen = keeps_every_promise("failing refunds and dashboard", scope);
        assert!(seen.states > 10_000, "{seen}");
    }

    #[test]
    fn two_attempts_are_paid_while_somebody_refunds_in_the_dashboard() {
        let people = vec![Request::CancelPart(1)];
        let scope = Scope { before: paid_twice(), people, dashboard: 1, slow_refunds: false, ..refunding() };
        let seen = keeps_every_promise("paid twice and dashboard", scope);
        assert!(seen.states > 1_000, "{seen}");
    }

    #[test]
    fn a_second_request_decides_on_an_order_that_has_changed_meanwhile() {
        let seen = keeps_every_promise("stale decisions", Scope { attempts: 1, writers: 1, ..paying() });
        assert!(seen.states > 10_000, "{seen}");
    }

    #[test]
    fn every_status_is_reached_but_the_one_that_waits_for_returns() {
        let mut statuses = BTreeSet::new();
        statuses.extend(keeps_every_promise("statuses", Scope { attempts: 1, ..paying() }).statuses);
        let people = vec![
            Request::Ship(0),
            Request::Ship(1),
            Request::Prepare(0),
            Request::Prepare(1),
            Request::Deliver(0),
            Request::Deliver(1),
            Request::Cancel,
        ];
        statuses
            .extend(keeps_every_promise("fulfilment", Scope { people, slow_refunds: false, ..refunding() }).statuses);
        let missing: Vec<_> = OrderStatus::ALL.iter().filter(|status| !statuses.contains(status)).collect();
        assert_eq!(missing, [&OrderStatus::ReturnRequested]);
    }

    #[test]
    fn without_asking_the_provider_a_cancelled_order_can_still_be_paid() {
        let scope = Scope { attempts: 1, ..paying() };
        is_caught(Bug::CancelsWithoutAsking, scope, "is believed to be over and can be paid");
    }

    #[test]
    fn without_the_version_check_a_stale_decision_loses_what_happened_meanwhile() {
        let scope = Scope { attempts: 1, writers: 1, ..paying() };
        is_caught(Bug::NoVersionCheck, scope, "Open 1 is planned twice");
        let people = vec![Request::Cancel];
        is_caught(Bug::NoVersionCheck, Scope { before: opened(), people, writers: 1, ..Scope::default() }, "");
    }

    #[test]
    fn without_a_look_up_a_lost_reply_makes_two_of_one() {
        let scope = || Scope { attempts: 1, ..paying() };
        is_caught(Bug::SendsWithoutLookingUp, scope(), "two pages");
        is_caught(Bug::SendsWithoutLookingUp, Scope { people: vec![Request::Cancel], ..refunding() }, "twice");
    }

    #[test]
    fn without_a_look_up_the_providers_memory_of_the_key_is_not_enough() {
        let scope = || Scope { attempts: 1, keys_are_remembered: true, ..paying() };
        is_caught(Bug::SendsUnderANewKey, scope(), "two pages");
        // Under the same key there is but one page, yet an order that has ceased to want it takes it for never sent.
        is_caught(Bug::SendsWithoutLookingUp, scope(), "is believed to be over and can be paid");
    }

    #[test]
    fn a_lost_reply_that_is_taken_for_a_refusal_leaves_a_page_or_refund_that_nobody_knows_of() {
        let scope = Scope { attempts: 1, ..paying() };
        is_caught(Bug::LostReplyIsFailure, scope, "is believed to be over and can be paid");
        let scope = Scope { people: vec![Request::Cancel], ..refunding() };
        is_caught(Bug::LostReplyIsFailure, scope, "is believed to be Failed");
    }

    #[test]
    fn stock_that_is_released_twice_is_missed() {
        is_caught(Bug::ReleasesTwice, Scope { attempts: 1, ..paying() }, "units of product");
    }

    #[test]
    fn a_declined_card_that_cancels_the_order_leaves_its_page_open() {
        let scope = Scope { attempts: 1, declines: true, ..paying() };
        is_caught(Bug::DeclineCancels, scope, "is believed to be over and can be paid");
    }

    #[test]
    fn a_timer_that_asks_nothing_forgets_what_no_webhook_told() {
        is_caught(Bug::TrustsWebhooks, Scope { attempts: 1, ..paying() }, "never comes to rest");
    }

    /// Six minutes and some gigabytes: `cargo test --release -p designia-core --test exploration -- --ignored --nocapture`.
    #[test]
    #[ignore = "takes minutes"]
    fn further_out_the_promises_hold_as_well() {
        let all = Scope { declines: true, refusals: true, promises: true, ..paying() };
        keeps_every_promise("declines and promises", all);
        let people = vec![Request::Pay, Request::Cancel, Request::CancelPart(0)];
        let stale = Scope { people, attempts: 1, writers: 1, ..Scope::default() };
        keeps_every_promise("stale decisions with parts", stale);
        let reinstate = Scope { late_payment: REINSTATE, landings: 2, others_buy: true, ..paying() };
        keeps_every_promise("reinstate twice", reinstate);
        keeps_every_promise("both paid late", Scope { landings: 2, ..paying() });
        let everything = vec![Request::Cancel, Request::CancelPart(0), Request::CancelPart(1), Request::Ship(1)];
        let refunds = Scope { people: everything, refund_failures: 1, dashboard: 1, ..refunding() };
        keeps_every_promise("refunds by part, failing, and dashboard", refunds);
    }
}
