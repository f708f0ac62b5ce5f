//! Finding orders: a person holds an id, a name, an address, or something that the provider calls it.

use std::str::FromStr;

use designia_core::account::{Email, Username};
use designia_core::id::{AccountId, OrderId};
use designia_core::money::{Currency, Money};
use designia_core::order::{Order, OrderStatus};
use designia_core::payment::ProviderRefs;
use designia_core::ports::{AccountKey, Agenda, AmountRange, OrderFilter, Page, PageRequest};
use designia_core::time::DAY;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::fields::{day, given};
use crate::app::App;
use crate::problem::Problem;

/// Which orders.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderSearch {
    /// An order's id, a buyer's address or name, or what the payment provider calls a session, a payment or a refund.
    #[param(example = "buyer@example.com")]
    #[serde(default)]
    pub(crate) q: String,
    /// `due`: by the time until which they must be paid; `attention`: those that need a person; `timer`: by what happens next.
    #[param(example = "attention")]
    #[serde(default)]
    pub(crate) list: String,
    /// Only orders in this state.
    #[param(example = "pending_payment")]
    #[serde(default)]
    pub(crate) status: String,
    /// Only orders in which this seller has a part: an id, an address or a name.
    #[serde(default)]
    pub(crate) seller: String,
    /// Placed on this day or later, in UTC.
    #[param(example = "2026-11-01")]
    #[serde(default)]
    pub(crate) from: String,
    /// Placed on this day or earlier, in UTC.
    #[param(example = "2026-11-30")]
    #[serde(default)]
    pub(crate) to: String,
    /// Only orders in this currency.
    #[param(example = "EUR")]
    #[serde(default)]
    pub(crate) currency: String,
    /// A total of at least so much; needs `currency`.
    #[param(example = "10.00")]
    #[serde(default)]
    pub(crate) min: String,
    /// A total of at most so much; needs `currency`.
    #[param(example = "99.90")]
    #[serde(default)]
    pub(crate) max: String,
}

impl OrderSearch {
    /// Whether anything is asked for but the latest.
    pub(crate) fn is_narrow(&self) -> bool {
        self.given().next().is_some()
    }

    /// The fields that were filled in, by name.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let Self { q, list, status, seller, from, to, currency, min, max } = self;
        let all = [
            ("q", q),
            ("list", list),
            ("status", status),
            ("seller", seller),
            ("from", from),
            ("to", to),
            ("currency", currency),
            ("min", min),
            ("max", max),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str()))
    }
}

/// What a search means.
enum Meaning {
    /// One order, or none.
    One(Option<OrderId>),
    /// All that fit.
    Matching(OrderFilter),
    /// All that wait for something.
    Waiting(Agenda),
}

/// One page of what was asked for.
pub(super) async fn find(app: &App, search: &OrderSearch, page: PageRequest) -> Result<Page<Order>, Problem> {
    let ports = app.engine.ports();
    match meaning(app, search).await? {
        Meaning::One(None) => Ok(Page { rows: Vec::new(), next: None }),
        Meaning::One(Some(id)) => Ok(Page { rows: ports.orders.load(id).await?.into_iter().collect(), next: None }),
        Meaning::Matching(filter) => Ok(ports.queries.orders(&filter, page).await?),
        Meaning::Waiting(agenda) => Ok(ports.queries.agenda(agenda, page).await?),
    }
}

async fn meaning(app: &App, search: &OrderSearch) -> Result<Meaning, Problem> {
    let agenda = match search.list.as_str() {
        "" => None,
        "due" => Some(Agenda::PaymentDue),
        "attention" => Some(Agenda::Attention),
        "timer" => Some(Agenda::Timer),
        _ => return Err(Problem::field("list", "must be one of due, attention, timer")),
    };
    if let Some(agenda) = agenda {
        return Ok(Meaning::Waiting(agenda));
    }
    let mut filter = filter(search)?;
    if let Some(seller) = given(&search.seller) {
        let Some(account) = account(app, seller).await? else { return Ok(Meaning::One(None)) };
        filter.seller = Some(account.seller());
    }
    let Some(sought) = given(&search.q) else { return Ok(Meaning::Matching(filter)) };
    if let Ok(id) = OrderId::from_str(sought)
        && app.engine.ports().orders.load(id).await?.is_some()
    {
        return Ok(Meaning::One(Some(id)));
    }
    if let Some(account) = account(app, sought).await? {
        filter.buyer = Some(account.buyer());
        return Ok(Meaning::Matching(filter));
    }
    named_by_the_provider(app, sought).await.map(Meaning::One)
}

async fn named_by_the_provider(app: &App, name: &str) -> Result<Option<OrderId>, Problem> {
    let ports = app.engine.ports();
    let name = name.to_owned();
    for refs in [
        ProviderRefs { session: Some(name.clone()), payment: None },
        ProviderRefs { session: None, payment: Some(name.clone()) },
    ] {
        if let Some(order) = ports.orders.locate(&refs).await? {
            return Ok(Some(order));
        }
    }
    Ok(ports.queries.order_of_refund(&name).await?)
}

/// Whose account is meant by an id, an address or a name.
async fn account(app: &App, text: &str) -> Result<Option<AccountId>, Problem> {
    if let Ok(id) = AccountId::from_str(text) {
        return Ok(Some(id));
    }
    let key = match (text.parse::<Email>(), text.parse::<Username>()) {
        (Ok(email), _) => AccountKey::Email(email),
        (Err(_), Ok(name)) => AccountKey::Username(name),
        (Err(_), Err(_)) => return Ok(None),
    };
    Ok(app.accounts.ports().store.account(&key).await?.map(|account| account.id))
}

fn filter(search: &OrderSearch) -> Result<OrderFilter, Problem> {
    let status = given(&search.status).map(str::parse::<OrderStatus>).transpose();
    let status = status.map_err(|error| Problem::field("status", error.to_string()))?;
    Ok(OrderFilter {
        status,
        placed_from: given(&search.from).map(|text| day("from", text)).transpose()?,
        placed_before: given(&search.to).map(|text| Ok::<_, Problem>(day("to", text)? + DAY)).transpose()?,
        total: total(search)?,
        ..OrderFilter::default()
    })
}

fn total(search: &OrderSearch) -> Result<Option<AmountRange>, Problem> {
    let (min, max) = (given(&search.min), given(&search.max));
    let Some(code) = given(&search.currency) else {
        let is_bare = min.or(max).is_some();
        return if is_bare { Err(Problem::field("currency", "must be given with an amount")) } else { Ok(None) };
    };
    let currency = code.to_ascii_uppercase().parse::<Currency>();
    let currency = currency.map_err(|error| Problem::field("currency", error.to_string()))?;
    let minor = |field: &str, text: &str| {
        let money = format!("{text} {}", currency.code()).parse::<Money>();
        money.map(Money::minor).map_err(|error| Problem::field(field, error.to_string()))
    };
    let min = min.map(|text| minor("min", text)).transpose()?;
    let max = max.map(|text| minor("max", text)).transpose()?;
    Ok(Some(AmountRange { currency, min, max }))
}
