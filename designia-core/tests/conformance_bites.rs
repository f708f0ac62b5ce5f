//! The conformance suites bite: an adapter that breaks one sentence of a contract fails the case that is named for it.
#![cfg(feature = "testing")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use designia_core::catalog::{Category, CategoryId, NewCategory, Product, ProductCard};
use designia_core::effect::{ClaimedEffect, EffectRecord, EffectSettlement};
use designia_core::exchange::{RateBatch, RateRefusal};
use designia_core::id::{OrderId, ProductId};
use designia_core::ledger::Account;
use designia_core::memory::MemoryStore;
use designia_core::money::Currency;
use designia_core::order::{Order, Recorded};
use designia_core::payment::ProviderRefs;
use designia_core::ports::{
    Agenda, CatalogStore, Claim, ClaimedEvent, Commit, CommitError, Counts, DeadCause, Decide, DueOrder, Figures,
    Inbox, InboxEvent, InboxFigures, InboxFilter, InboxMark, InboxOutcome, InboxRecord, InboxState, OpenEffects,
    OrderFilter, OrderQueries, OrderStore, Page, PageRequest, PaymentList, ProductKey, PutError, RateStore, StoreError,
};
use designia_core::testing::block_on;
use designia_core::testing::conformance::{Stores, catalog_store, inbox, order_queries, order_store, rate_store};
use designia_core::time::{Date, MINUTE, Timestamp};

/// What an adapter does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sabotage {
    SwallowsConflicts,
    MovesStockBeforeItLooks,
    SaysThatNothingIsLeft,
    AppliesMovementsTwice,
    ForgetsRequests,
    ForgetsWhoAsked,
    ForgetsToSettle,
    ForgetsToFold,
    LocatesSessionsOnly,
    SweepsWithoutStock,
    SweepsWithoutMarks,
    GrantsClaimsWithoutLease,
    IgnoresMicroseconds,
    IgnoresLimits,
    IgnoresTheOrder,
    HandsOutBackwards,
    SettlesEverything,
    LosesTheLatestEvent,
    PagesByMoment,
    ListsEveryBuyersOrders,
    IgnoresDates,
    IgnoresAmounts,
    TellsAgendasBackwards,
    ForgetsWhoNeedsAPerson,
    CountsNoneOfThePast,
    TakesReturnsForEarnings,
    KnowsOwnRefundsOnly,
    BooksCreditOnly,
    CountsNothingOverdue,
    OverwritesStock,
    ShowsInactiveProducts,
    AcceptsEverything,
    RevivesTheLiving,
    RevivesOnlyTheDead,
    ForgetsSignatures,
    ForgetsSteps,
    SettlesAtNoTime,
    ForgetsCalls,
    ListsEveryState,
    ListsEveryKind,
    ListsWhatCameInBefore,
    TellsOfOthersEvents,
    CountsEveryCauseOnce,
    CountsUpToAMinuteAgo,
    ListsWhatIsDone,
    ForgetsComparisons,
    TakesComparisonsBack,
    HasOnlyToday,
    TellsRangesBackwards,
    FillsDaysWithoutRates,
    TellsRangesOfAnyLength,
    TellsRefusalsBackwards,
    NotesRefusalsAgain,
}

#[derive(Debug)]
struct Sabotaged {
    inner: MemoryStore,
    by: Sabotage,
    noted: Mutex<Option<Timestamp>>,
}

impl Sabotaged {
    fn by(by: Sabotage) -> Self {
        Self { inner: MemoryStore::new(), by, noted: Mutex::default() }
    }

    fn claim(&self, claim: Claim) -> Claim {
        match self.by {
            Sabotage::GrantsClaimsWithoutLease => Claim { until: claim.now, ..claim },
            Sabotage::IgnoresMicroseconds => Claim { now: Timestamp::from_secs(claim.now.as_secs() + 1), ..claim },
            Sabotage::IgnoresLimits => Claim { limit: u32::MAX, ..claim },
            _ => claim,
        }
    }

    fn forget(&self, row: &mut InboxRecord) {
        if self.by == Sabotage::ForgetsSteps {
            row.log.clear();
        }
    }

    fn handed<T>(&self, mut claimed: Vec<T>) -> Vec<T> {
        if self.by == Sabotage::HandsOutBackwards {
            claimed.reverse();
        }
        claimed
    }
}

#[async_trait]
impl OrderStore for Sabotaged {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.inner.load(id).await
    }

    async fn commit(&self, mut commit: Commit) -> Result<(), CommitError> {
        match self.by {
            Sabotage::ForgetsRequests => commit.answers = None,
            Sabotage::ForgetsWhoAsked => {
                let nobody = designia_core::testing::fixtures::buyer(0);
                commit.answers.iter_mut().for_each(|key| key.buyer = nobody);
            }
            Sabotage::ForgetsToSettle => commit.settles = None,
            Sabotage::ForgetsToFold => commit.folds = None,
            Sabotage::AppliesMovementsTwice if commit.expected_version > 0 => commit.changes.stock.clear(),
            Sabotage::MovesStockBeforeItLooks => {
                for movement in &commit.changes.stock {
                    let product = self.inner.product(&ProductKey::Id(movement.product)).await?;
                    let less = product.map_or(0, |product| product.stock.saturating_sub(1));
                    self.inner.set_stock(movement.product, less).await?;
                }
            }
            _ => {}
        }
        match self.inner.commit(commit).await {
            Err(CommitError::Conflict) if self.by == Sabotage::SwallowsConflicts => Ok(()),
            Err(CommitError::OutOfStock { product, .. }) if self.by == Sabotage::SaysThatNothingIsLeft => {
                Err(CommitError::OutOfStock { product, available: 0 })
            }
            result => result,
        }
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        match self.by {
            Sabotage::LocatesSessionsOnly => self.inner.locate(&ProviderRefs { payment: None, ..refs.clone() }).await,
            _ => self.inner.locate(refs).await,
        }
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        let decide = |order: &Order| {
            let mut commit = decide(order)?;
            match self.by {
                Sabotage::SweepsWithoutStock => commit.changes.stock.clear(),
                Sabotage::SweepsWithoutMarks => (commit.settles, commit.folds) = (None, None),
                _ => {}
            }
            Some(commit)
        };
        Ok(self.handed(self.inner.change_due(self.claim(claim), &decide).await?))
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        let of = of.filter(|_| self.by != Sabotage::IgnoresTheOrder);
        Ok(self.handed(self.inner.claim_effects(of, self.claim(claim)).await?))
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        Ok(self.inner.settle_effect(settlement).await? || self.by == Sabotage::SettlesEverything)
    }
}

#[async_trait]
impl OrderQueries for Sabotaged {
    async fn orders(&self, filter: &OrderFilter, mut page: PageRequest) -> Result<Page<Order>, StoreError> {
        let mut filter = *filter;
        match self.by {
            Sabotage::ListsEveryBuyersOrders => filter.buyer = None,
            Sabotage::IgnoresDates => (filter.placed_from, filter.placed_before) = (None, None),
            Sabotage::IgnoresAmounts => {
                filter.total.iter_mut().for_each(|total| (total.min, total.max) = (None, None));
            }
            Sabotage::PagesByMoment => {
                page.after.iter_mut().for_each(|after| after.id = OrderId::from_uuid(uuid::Uuid::nil()).to_string());
            }
            _ => {}
        }
        self.inner.orders(&filter, page).await
    }

    async fn agenda(&self, of: Agenda, page: PageRequest) -> Result<Page<Order>, StoreError> {
        let mut page = self.inner.agenda(of, page).await?;
        match (self.by, of) {
            (Sabotage::TellsAgendasBackwards, _) => page.rows.reverse(),
            (Sabotage::ForgetsWhoNeedsAPerson, Agenda::Attention) => page.rows.clear(),
            _ => {}
        }
        Ok(page)
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        let mut figures = self.inner.figures(now).await?;
        match self.by {
            Sabotage::CountsNoneOfThePast => figures.overdue = 0,
            Sabotage::ForgetsWhoNeedsAPerson => (figures.attention, figures.attention_next) = (0, None),
            Sabotage::TakesReturnsForEarnings => {
                for it in figures.money_today.iter_mut().filter(|it| it.refunded < 0) {
                    (it.captured, it.refunded) = (it.captured - it.refunded, 0);
                }
            }
            _ => {}
        }
        Ok(figures)
    }

    async fn order_of_refund(&self, provider_id: &str) -> Result<Option<OrderId>, StoreError> {
        let order = self.inner.order_of_refund(provider_id).await?;
        let Some(id) = order.filter(|_| self.by == Sabotage::KnowsOwnRefundsOnly) else { return Ok(order) };
        let order = self.inner.load(id).await?;
        let is_own = |it: &Order| it.refunds().iter().any(|own| own.provider_id.as_deref() == Some(provider_id));
        Ok(order.filter(is_own).map(|it| it.id()))
    }

    async fn history(&self, order: OrderId) -> Result<Vec<Recorded>, StoreError> {
        let mut history = self.inner.history(order).await?;
        if self.by == Sabotage::LosesTheLatestEvent {
            history.pop();
        }
        Ok(history)
    }

    async fn effects(&self, order: OrderId) -> Result<Vec<EffectRecord>, StoreError> {
        let mut rows = self.inner.effects(order).await?;
        if self.by == Sabotage::ForgetsCalls {
            rows.iter_mut().for_each(|row| row.calls.clear());
        }
        Ok(rows)
    }

    async fn counts(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let counts = self.inner.counts(now).await?;
        match self.by {
            Sabotage::CountsNothingOverdue => Ok(Counts { oldest_due_order: None, oldest_due_effect: None, ..counts }),
            _ => Ok(counts),
        }
    }

    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError> {
        let mut balance = self.inner.trial_balance().await?;
        balance.retain(|(_, _, sum)| *sum <= 0 || self.by != Sabotage::BooksCreditOnly);
        Ok(balance)
    }

    async fn effects_in(&self, of: OpenEffects, page: PageRequest) -> Result<Page<EffectRecord>, StoreError> {
        let mut page = self.inner.effects_in(of, page).await?;
        if self.by == Sabotage::ListsWhatIsDone {
            page.rows.extend(self.inner.effects(designia_core::testing::fixtures::order_id(1)).await?);
        }
        Ok(page)
    }

    async fn with_payments(
        &self,
        of: PaymentList,
        below: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        let mut orders = self.inner.with_payments(of, below, limit).await?;
        if self.by == Sabotage::KnowsOwnRefundsOnly
            && let PaymentList::Refunds(state) = of
        {
            orders.retain(|order| order.refunds().iter().any(|refund| refund.state == state));
        }
        Ok(orders)
    }
}

#[async_trait]
impl CatalogStore for Sabotaged {
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        self.inner.product(key).await
    }

    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        self.inner.products(ids).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError> {
        self.inner.page(after, limit).await
    }

    async fn put(&self, product: &Product) -> Result<(), StoreError> {
        let active = product.active || self.by == Sabotage::ShowsInactiveProducts;
        self.inner.put(&Product { active, ..product.clone() }).await?;
        if self.by == Sabotage::OverwritesStock {
            self.inner.set_stock(product.id, product.stock).await?;
        }
        Ok(())
    }

    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError> {
        self.inner.set_stock(product, quantity).await
    }

    async fn cards(&self, ids: &[ProductId]) -> Result<Vec<ProductCard>, StoreError> {
        self.inner.cards(ids).await
    }

    async fn add(&self, product: &Product) -> Result<bool, PutError> {
        self.inner.add(product).await
    }

    async fn change(&self, product: &Product) -> Result<u64, PutError> {
        self.inner.change(product).await
    }

    async fn categories(&self) -> Result<Vec<Category>, StoreError> {
        self.inner.categories().await
    }

    async fn add_category(&self, category: &NewCategory) -> Result<CategoryId, PutError> {
        self.inner.add_category(category).await
    }

    async fn change_category(&self, id: CategoryId, category: &NewCategory) -> Result<(), PutError> {
        self.inner.change_category(id, category).await
    }
}

#[async_trait]
impl Inbox for Sabotaged {
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError> {
        let signature = event.signature.filter(|_| self.by != Sabotage::ForgetsSignatures);
        let event = InboxEvent { signature, ..event };
        Ok(self.inner.accept(event).await? || self.by == Sabotage::AcceptsEverything)
    }

    async fn claim_events(&self, claim: Claim) -> Result<Vec<ClaimedEvent>, StoreError> {
        Ok(self.handed(self.inner.claim_events(self.claim(claim)).await?))
    }

    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError> {
        let at = if self.by == Sabotage::SettlesAtNoTime { Timestamp::EPOCH } else { mark.at };
        Ok(self.inner.settle_event(InboxMark { at, ..mark }, outcome).await? || self.by == Sabotage::SettlesEverything)
    }

    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        if self.by == Sabotage::RevivesOnlyTheDead {
            let row = self.inner.event(id).await?;
            if row.is_none_or(|row| row.state != InboxState::Dead) {
                return Ok(false);
            }
        }
        Ok(self.inner.revive(id, now).await? || self.by == Sabotage::RevivesTheLiving)
    }

    async fn events(&self, filter: &InboxFilter, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        let mut filter = filter.clone();
        match self.by {
            Sabotage::ListsEveryState => filter.state = None,
            Sabotage::ListsEveryKind => filter.kind = None,
            Sabotage::ListsWhatCameInBefore => filter.received_from = None,
            _ => {}
        }
        let mut page = self.inner.events(&filter, page).await?;
        page.rows.iter_mut().for_each(|row| self.forget(row));
        Ok(page)
    }

    async fn event(&self, id: &str) -> Result<Option<InboxRecord>, StoreError> {
        let mut row = self.inner.event(id).await?;
        row.iter_mut().for_each(|row| self.forget(row));
        Ok(row)
    }

    async fn events_of(&self, order: OrderId) -> Result<Vec<InboxRecord>, StoreError> {
        let mut rows = self.inner.events_of(order).await?;
        if self.by == Sabotage::TellsOfOthersEvents {
            let page = PageRequest { after: None, limit: 100 };
            rows = self.inner.events(&InboxFilter::of(InboxState::Folded), page).await?.rows;
        }
        Ok(rows)
    }

    async fn dead_causes(&self, limit: u32) -> Result<Vec<DeadCause>, StoreError> {
        let mut causes = self.inner.dead_causes(limit).await?;
        if self.by == Sabotage::CountsEveryCauseOnce {
            causes.iter_mut().for_each(|cause| cause.events = 1);
        }
        Ok(causes)
    }

    async fn inbox_figures(&self, now: Timestamp) -> Result<InboxFigures, StoreError> {
        let now = if self.by == Sabotage::CountsUpToAMinuteAgo { now - MINUTE } else { now };
        self.inner.inbox_figures(now).await
    }

    async fn reconciled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        match self.by {
            Sabotage::ForgetsComparisons => Ok(None),
            Sabotage::TakesComparisonsBack => Ok(*self.noted.lock().expect("nobody panicked")),
            _ => self.inner.reconciled_until().await,
        }
    }

    async fn note_reconciled(&self, until: Timestamp) -> Result<(), StoreError> {
        if self.by == Sabotage::TakesComparisonsBack {
            *self.noted.lock().expect("nobody panicked") = Some(until);
            return Ok(());
        }
        self.inner.note_reconciled(until).await
    }
}

#[async_trait]
impl RateStore for Sabotaged {
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        self.inner.save(batches).await
    }

    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError> {
        self.inner.latest().await
    }

    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError> {
        if self.by == Sabotage::HasOnlyToday { self.inner.latest().await } else { self.inner.on(day).await }
    }

    async fn batches(&self, from: Date, to: Date) -> Result<Vec<Arc<RateBatch>>, StoreError> {
        let from = if self.by == Sabotage::TellsRangesOfAnyLength { from.max(to) } else { from };
        let mut batches = self.inner.batches(from, to).await?;
        match self.by {
            Sabotage::TellsRangesBackwards => batches.reverse(),
            Sabotage::FillsDaysWithoutRates if batches.is_empty() => batches.extend(self.inner.on(to).await?),
            _ => {}
        }
        Ok(batches)
    }

    async fn note_refusal(&self, refusal: &RateRefusal) -> Result<(), StoreError> {
        let known = self.inner.refusals(100).await?.iter().any(|it| it.at() == refusal.at());
        if self.by == Sabotage::NotesRefusalsAgain && known {
            let later = refusal.at() + std::time::Duration::from_micros(1);
            return self.inner.note_refusal(&RateRefusal::new(later, refusal.source(), refusal.reason())).await;
        }
        self.inner.note_refusal(refusal).await
    }

    async fn refusals(&self, limit: u32) -> Result<Vec<RateRefusal>, StoreError> {
        let mut refusals = self.inner.refusals(limit).await?;
        if self.by == Sabotage::TellsRefusalsBackwards {
            refusals.reverse();
        }
        Ok(refusals)
    }
}

macro_rules! bites {
    ($($sabotage:ident: $suite:ident::$topic:ident::$case:ident,)+) => {
        $({
            let fails = |store: Stores| {
                catch_unwind(AssertUnwindSafe(|| block_on($suite::$topic::$case(&store)))).is_err()
            };
            let sabotaged = Sabotaged::by(Sabotage::$sabotage);
            assert!(fails(Stores::of(sabotaged)), "{} lets {:?} pass", stringify!($case), Sabotage::$sabotage);
            assert!(!fails(Stores::of(MemoryStore::new())), "{} fails an honest store", stringify!($case));
        })+
    };
}

#[test]
fn each_broken_sentence_fails_the_case_that_is_named_for_it() {
    bites! {
        SwallowsConflicts: order_store::commits::a_stale_version_is_a_conflict_and_leaves_no_trace,
        SwallowsConflicts: order_store::commits::of_sixteen_commits_against_one_version_exactly_one_wins,
        MovesStockBeforeItLooks: order_store::commits::a_stale_version_is_a_conflict_and_leaves_no_trace,
        SaysThatNothingIsLeft: order_store::stock::too_little_stock_refuses_naming_the_product_and_what_is_left,
        AppliesMovementsTwice: order_store::stock::a_movement_is_not_applied_twice,
        AppliesMovementsTwice: order_store::stock::no_unit_is_lost_in_any_life,
        ForgetsRequests: order_store::requests::a_repeated_request_is_told_its_order_and_what_was_asked,
        ForgetsWhoAsked: order_store::requests::the_same_key_of_another_buyer_is_another_request,
        ForgetsToSettle: order_store::effects::a_commit_settles_an_effect_together_with_what_follows,
        ForgetsToSettle: order_store::effects::a_commit_with_a_stale_token_leaves_no_trace,
        ForgetsToFold: order_store::webhooks::a_commit_folds_its_event,
        ForgetsToFold: order_store::webhooks::a_stale_mark_leaves_no_trace,
        LocatesSessionsOnly: order_store::references::an_order_is_located_by_either_name_of_an_attempt,
        SweepsWithoutStock: order_store::deadlines::what_is_due_is_changed_as_a_commit_changes_it,
        SweepsWithoutMarks: order_store::deadlines::a_change_of_what_is_due_carries_whatever_a_commit_may,
        GrantsClaimsWithoutLease: order_store::deadlines::an_order_of_which_nothing_was_made_is_due_again_when_the_claim_runs_out,
        GrantsClaimsWithoutLease: order_store::effects::a_row_lives_as_its_record_says,
        GrantsClaimsWithoutLease: inbox::claims::an_expired_claim_passes_on_with_a_higher_token,
        IgnoresMicroseconds: order_store::deadlines::an_order_is_due_when_its_next_tick_is,
        IgnoresMicroseconds: order_store::effects::an_effect_is_due_from_when_it_was_planned,
        IgnoresMicroseconds: inbox::claims::an_event_is_due_from_when_it_came_in,
        IgnoresLimits: order_store::deadlines::the_longest_overdue_orders_come_first,
        IgnoresTheOrder: order_store::effects::the_effects_of_one_order_can_be_claimed_alone,
        HandsOutBackwards: order_store::deadlines::the_longest_overdue_orders_come_first,
        HandsOutBackwards: order_store::effects::the_longest_overdue_effects_come_first,
        HandsOutBackwards: inbox::claims::the_longest_overdue_events_come_first,
        SettlesEverything: order_store::effects::a_stale_token_settles_nothing,
        SettlesEverything: inbox::claims::a_stale_token_settles_nothing,
        LosesTheLatestEvent: order_store::round_trips::every_event_and_its_cause_survive_in_order,
        PagesByMoment: order_queries::pages::orders_of_one_moment_are_paged_exactly,
        ListsEveryBuyersOrders: order_queries::pages::a_buyers_page_holds_that_buyers_orders,
        IgnoresDates: order_queries::ranges::orders_can_be_asked_for_by_when_they_were_placed,
        IgnoresDates: order_queries::ranges::dates_hold_together_with_every_other_filter,
        IgnoresAmounts: order_queries::ranges::orders_can_be_asked_for_by_what_they_cost,
        IgnoresAmounts: order_queries::ranges::a_total_holds_together_with_every_other_filter,
        TellsAgendasBackwards: order_queries::agendas::an_agenda_is_told_by_deadline_and_not_by_age,
        TellsAgendasBackwards: order_queries::agendas::every_agenda_follows_the_orders_through_every_life,
        ForgetsWhoNeedsAPerson: order_queries::agendas::every_agenda_follows_the_orders_through_every_life,
        ForgetsWhoNeedsAPerson: order_queries::figures::figures_follow_the_orders_through_every_life,
        CountsNoneOfThePast: order_queries::figures::what_is_overdue_is_counted_until_it_waits_no_longer,
        TakesReturnsForEarnings: order_queries::figures::a_refund_that_comes_back_is_taken_from_the_day_on_which_it_does,
        KnowsOwnRefundsOnly: order_queries::lookups::an_order_is_found_by_the_name_of_a_refund_made_past_us,
        BooksCreditOnly: order_queries::books::the_trial_balance_sums_the_journals_and_sums_to_zero,
        CountsNothingOverdue: order_queries::counts::the_longest_overdue_order_is_named,
        OverwritesStock: catalog_store::products::putting_a_known_product_changes_all_but_its_stock,
        ShowsInactiveProducts: catalog_store::pages::inactive_products_are_on_no_page,
        AcceptsEverything: inbox::events::a_repeated_event_keeps_the_first_body,
        RevivesTheLiving: inbox::claims::what_waits_is_not_revived,
        RevivesOnlyTheDead: inbox::claims::a_folded_event_can_be_revived,
        ForgetsSignatures: inbox::logs::one_event_is_found_by_its_id,
        ForgetsSteps: inbox::logs::a_log_tells_every_step_in_order,
        ForgetsSteps: inbox::logs::a_row_says_what_its_record_would,
        ForgetsSteps: inbox::logs::a_log_keeps_the_latest_fifty_steps,
        SettlesAtNoTime: inbox::logs::a_log_tells_every_step_in_order,
        ForgetsToFold: inbox::logs::an_event_that_a_commit_folded_names_the_order,
        TellsOfOthersEvents: inbox::logs::the_events_of_an_order_come_oldest_first_and_no_others,
        ListsEveryState: inbox::pages::events_come_newest_first_by_state,
        ListsEveryKind: inbox::pages::a_page_of_a_kind_holds_that_kind_alone,
        ListsWhatCameInBefore: inbox::pages::a_page_of_a_time_holds_what_came_in_then,
        CountsEveryCauseOnce: inbox::figures::dead_events_are_counted_by_kind_and_cause,
        CountsUpToAMinuteAgo: inbox::figures::a_minute_that_has_passed_is_told_of_for_an_hour,
        ForgetsCalls: order_store::effects::a_claimed_effect_is_recorded_as_sent,
        ForgetsCalls: order_store::effects::a_commit_says_what_came_of_the_call_that_it_settles,
        ForgetsCalls: order_store::effects::the_latest_fifty_calls_of_an_effect_are_kept,
        ListsWhatIsDone: order_queries::open_effects::effects_that_are_done_are_on_no_page,
        ForgetsComparisons: inbox::comparisons::what_was_noted_is_kept,
        TakesComparisonsBack: inbox::comparisons::a_comparison_is_never_taken_back,
        HasOnlyToday: rate_store::batches::a_past_day_has_its_own_rates_or_the_last_before_it,
        TellsRangesBackwards: rate_store::ranges::a_range_of_days_is_told_oldest_first,
        FillsDaysWithoutRates: rate_store::ranges::a_range_holds_its_first_and_last_day_and_no_other,
        TellsRangesOfAnyLength: rate_store::ranges::a_range_that_is_too_long_is_refused,
        TellsRefusalsBackwards: rate_store::refusals::refusals_are_told_newest_first,
        NotesRefusalsAgain: rate_store::refusals::a_refusal_that_is_noted_again_is_there_once,
    }
}
