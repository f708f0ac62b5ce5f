//! Whether money or orders are in trouble, at a glance: numbers, each with where its rows are.

use axum::Json;
use axum::extract::State;
use designia_core::effect::EffectState;
use designia_core::money::Money;
use designia_core::order::OrderStatus;
use designia_core::ports::{Counts, Figures, InboxFigures, InboxState};
use designia_core::task::TaskState;
use designia_core::time::{MINUTE, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{queues, workers};
use crate::api::rates::RateStatusView;
use crate::api::view::task::{QueueView, WorkerView};
use crate::api::view::when::When;
use crate::app::App;
use crate::http::auth::Staff;
use crate::problem::{Problem, ProblemBody};

/// What is this late is a trouble: every loop looks more often.
const LATE: std::time::Duration = MINUTE;

/// Everything at a glance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Overview {
    /// What needs a person now, the worst first. Empty when all is well.
    pub(crate) trouble: Vec<Trouble>,
    /// Orders by state.
    pub(crate) orders: Vec<CountRow>,
    pub(crate) due: DueView,
    /// What came in and went back since midnight, UTC.
    pub(crate) money_today: Vec<MoneyRow>,
    /// The books: what every account holds. Per currency they sum to zero.
    pub(crate) books: Vec<BalanceRow>,
    pub(crate) webhooks: WebhookFigures,
    /// Calls to the outside by state.
    pub(crate) calls: Vec<CountRow>,
    pub(crate) queues: Vec<QueueView>,
    pub(crate) workers: Vec<WorkerView>,
    pub(crate) rates: RateStatusView,
}

/// Something that needs a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Trouble {
    #[schema(example = "3 events of the provider can't be folded")]
    pub(crate) what: String,
    /// Where its rows are.
    #[schema(example = "/admin/webhooks/?state=dead")]
    pub(crate) path: String,
}

/// How many there are of what.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CountRow {
    #[schema(example = "pending_payment")]
    pub(crate) state: &'static str,
    pub(crate) count: u64,
    /// Where they are, unless they are history that nobody lists.
    pub(crate) path: Option<String>,
}

/// Payments that are due.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DueView {
    /// Orders whose time to pay is over and that still wait to be dealt with.
    pub(crate) overdue: u64,
    /// Orders that need a person.
    pub(crate) attention: u64,
    /// By when the first of them does.
    pub(crate) attention_by: Option<When>,
    /// How many payments fall due in each of the next 24 hours, this one first.
    pub(crate) hours: Vec<HourRow>,
}

/// What falls due in an hour.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct HourRow {
    pub(crate) from: When,
    pub(crate) count: u64,
}

/// Money of today.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MoneyRow {
    #[schema(example = "EUR")]
    pub(crate) currency: &'static str,
    #[schema(example = "1204.50")]
    pub(crate) captured: String,
    #[schema(example = "49.90")]
    pub(crate) refunded: String,
}

/// What an account of the books holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BalanceRow {
    #[schema(example = "provider_balance")]
    pub(crate) account: &'static str,
    #[schema(example = "1154.60 EUR")]
    pub(crate) sum: String,
}

/// Events of the provider.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WebhookFigures {
    pub(crate) states: Vec<CountRow>,
    pub(crate) oldest_waiting_at: Option<When>,
    /// How many came in during the last whole minute.
    pub(crate) last_minute: u64,
    /// How many came in during the last hour.
    pub(crate) last_hour: u64,
}

/// Everything at a glance.
#[utoipa::path(get, path = "/api/admin/overview/", tag = "admin", security(("token" = [])),
    responses((status = 200, body = Overview), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(State(app): State<App>, _: Staff) -> Result<Json<Overview>, Problem> {
    load(&app).await.map(Json)
}

/// Everything at a glance. All of it comes from counters and the ends of indexes, whatever is stored.
pub(crate) async fn load(app: &App) -> Result<Overview, Problem> {
    let ports = app.engine.ports();
    let now = ports.clock.now();
    let (counts, figures) = (ports.queries.counts(now).await?, ports.queries.figures(now).await?);
    let (inbox, balance) = (ports.inbox.inbox_figures(now).await?, ports.queries.trial_balance().await?);
    let queues = queues::load(ports, &app.registry).await?;
    let workers = workers::load(ports).await?;
    let rates = RateStatusView::of(&app.engine).await?;
    let mut trouble = money_in_trouble(&counts, &figures, &inbox, now);
    trouble.extend(unbalanced(&balance));
    trouble.extend(work_in_trouble(&queues, &workers));
    if let Some(why) = rates.reason.as_ref().filter(|_| !rates.usable) {
        trouble.push(Trouble::new(format!("no prices are converted: {why}"), "/admin/rates/"));
    }
    Ok(Overview {
        trouble,
        orders: orders(&counts),
        due: DueView::of(&figures, now),
        money_today: figures.money_today.iter().map(MoneyRow::of).collect(),
        books: balance
            .iter()
            .map(|(account, currency, minor)| BalanceRow {
                account: account.as_str(),
                sum: Money::new(*minor, *currency).to_string(),
            })
            .collect(),
        webhooks: WebhookFigures::of(&inbox, now),
        calls: calls(&counts),
        queues,
        workers,
        rates,
    })
}

fn orders(counts: &Counts) -> Vec<CountRow> {
    let count = |status| counts.orders.iter().find(|(it, _)| *it == status).map_or(0, |(_, count)| *count);
    let row = |status: &OrderStatus| {
        let state = status.as_str();
        CountRow { state, count: count(*status), path: Some(format!("/admin/orders/?status={state}")) }
    };
    OrderStatus::ALL.iter().map(row).collect()
}

fn calls(counts: &Counts) -> Vec<CountRow> {
    let row = |state: EffectState| {
        let count = calls_in(counts, state);
        let path = (state != EffectState::Done).then(|| format!("/admin/calls/?state={}", state.as_str()));
        CountRow { state: state.as_str(), count, path }
    };
    EffectState::ALL.into_iter().map(row).collect()
}

fn calls_in(counts: &Counts, state: EffectState) -> u64 {
    counts.effects.iter().find(|(it, _)| *it == state).map_or(0, |(_, count)| *count)
}

fn money_in_trouble(counts: &Counts, figures: &Figures, inbox: &InboxFigures, now: Timestamp) -> Vec<Trouble> {
    let late = |at: Option<Timestamp>| at.is_some_and(|at| now.since(at) > LATE);
    let events = |state| inbox.by_state.iter().find(|(it, _)| *it == state).map_or(0, |(_, count)| *count);
    let found = [
        (figures.attention, "order needs a person", "orders need a person", "/admin/orders/?list=attention"),
        (
            events(InboxState::Dead),
            "event of the provider can't be folded",
            "events of the provider can't be folded",
            "/admin/webhooks/?state=dead",
        ),
        (
            calls_in(counts, EffectState::Unknown),
            "call whose answer was lost",
            "calls whose answers were lost",
            "/admin/calls/?state=unknown",
        ),
    ];
    let mut trouble: Vec<Trouble> = found
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many, path)| Trouble::new(format!("{count} {}", if count == 1 { one } else { many }), path))
        .collect();
    let lags = [
        (
            counts.oldest_due_order,
            "orders are dealt with late: nobody has looked at the first for",
            "/admin/orders/?list=timer",
        ),
        (counts.oldest_due_effect, "calls are made late: the first is due for", "/admin/calls/?state=planned"),
        (inbox.oldest_waiting, "events of the provider wait: the first for", "/admin/webhooks/?state=waiting"),
    ];
    for (since, what, path) in lags {
        if let Some(since) = since.filter(|_| late(since)) {
            trouble.push(Trouble::new(format!("{what} {} min", now.since(since).as_secs() / 60), path));
        }
    }
    trouble
}

fn unbalanced(balance: &[(designia_core::ledger::Account, designia_core::money::Currency, i64)]) -> Vec<Trouble> {
    let mut sums = std::collections::BTreeMap::<&str, i128>::new();
    for (_, currency, minor) in balance {
        *sums.entry(currency.code()).or_default() += i128::from(*minor);
    }
    let wrong = sums.into_iter().filter(|(_, sum)| *sum != 0);
    wrong
        .map(|(code, sum)| {
            Trouble::new(format!("the books do not balance: {sum} minor units of {code}"), "/admin/system/")
        })
        .collect()
}

fn work_in_trouble(queues: &[QueueView], workers: &[WorkerView]) -> Vec<Trouble> {
    let mut trouble = Vec::new();
    if !workers.iter().any(|worker| worker.phase == "working") {
        trouble.push(Trouble::new("no worker runs: nothing is done in the background", "/admin/workers/"));
    }
    for queue in queues {
        let name = &queue.name;
        if queue.paused {
            trouble.push(Trouble::new(format!("the queue {name} is held"), "/admin/tasks/"));
        }
        if let Some(seconds) = queue.oldest_due_seconds.filter(|seconds| *seconds > LATE.as_secs()) {
            trouble.push(Trouble::new(
                format!("tasks of {name} wait: the first for {} min", seconds / 60),
                format!("/admin/tasks/?queue={name}&state=PENDING"),
            ));
        }
        let failed = queue.count(TaskState::Failure);
        if failed > 0 {
            let what = if failed == 1 { "task has failed" } else { "tasks have failed" };
            trouble.push(Trouble::new(
                format!("{failed} {what} in {name}"),
                format!("/admin/tasks/?queue={name}&state=FAILURE"),
            ));
        }
    }
    trouble
}

impl Trouble {
    fn new(what: impl Into<String>, path: impl Into<String>) -> Self {
        Self { what: what.into(), path: path.into() }
    }
}

impl DueView {
    fn of(figures: &Figures, now: Timestamp) -> Self {
        let hour = Timestamp::from_secs(now.as_secs().div_euclid(3_600) * 3_600);
        let row = |ahead: u32| {
            let from = hour + std::time::Duration::from_secs(3_600) * ahead;
            let count = figures.due_by_hour.iter().find(|(at, _)| *at == from).map_or(0, |(_, count)| *count);
            HourRow { from: When(from), count }
        };
        Self {
            overdue: figures.overdue,
            attention: figures.attention,
            attention_by: figures.attention_next.map(When),
            hours: (0..24).map(row).collect(),
        }
    }
}

impl MoneyRow {
    fn of(money: &designia_core::ports::DayMoney) -> Self {
        let amount = |minor| Money::new(minor, money.currency).amount();
        Self { currency: money.currency.code(), captured: amount(money.captured), refunded: amount(money.refunded) }
    }
}

impl WebhookFigures {
    fn of(figures: &InboxFigures, now: Timestamp) -> Self {
        let minute = Timestamp::from_secs(now.as_secs().div_euclid(60) * 60);
        let last = minute - MINUTE;
        let count = |state| figures.by_state.iter().find(|(it, _)| *it == state).map_or(0, |(_, count)| *count);
        let row = |state: InboxState| CountRow {
            state: state.as_str(),
            count: count(state),
            path: Some(format!("/admin/webhooks/?state={}", state.as_str())),
        };
        Self {
            states: InboxState::ALL.into_iter().map(row).collect(),
            oldest_waiting_at: figures.oldest_waiting.map(When),
            last_minute: figures.received_by_minute.iter().find(|(at, _)| *at == last).map_or(0, |(_, count)| *count),
            last_hour: figures.received_by_minute.iter().map(|(_, count)| *count).sum(),
        }
    }
}
