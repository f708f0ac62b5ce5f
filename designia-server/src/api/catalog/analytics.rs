//! What a seller sees of the own shop, as the first backend's client reads it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use designia_core::id::SellerId;
use designia_core::money::{Currency, Money, MoneyError};
use designia_core::order::{Order, OrderStatus};
use designia_core::service::accounts::Accounts;
use designia_core::service::catalog::{Period, ShopReport};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::view::order::{Reader, status};
use crate::api::view::person::People;
use crate::api::view::when::When;
use crate::http::auth::Seller;
use crate::http::extract::Query;
use crate::problem::{Problem, ProblemBody};
use crate::shop::Shop;

/// Over which days.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeriodQuery {
    /// `today`, `week`, `month`, `year` or `all`.
    #[param(example = "month")]
    period: Option<String>,
}

/// How a shop is doing. Products, orders by status and what was sold most are as of now, the rest is of the period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AnalyticsView {
    #[schema(example = "month")]
    period: &'static str,
    /// What was sold, in `currency`; what was paid in other currencies is in `revenue` alone.
    #[schema(example = "1249.50")]
    total_revenue: String,
    /// The one in which most was sold.
    #[schema(example = "EUR")]
    currency: &'static str,
    /// An amount for each currency that buyers paid in.
    revenue: Vec<Revenue>,
    total_items_sold: u64,
    total_orders: u64,
    /// Orders that are paid and wait to be shipped.
    pending_fulfillment_count: u32,
    active_products: u64,
    total_products: u64,
    total_views: u64,
    total_clicks: u64,
    total_favorites: u64,
    total_cart_additions: u64,
    /// Clicks for a hundred views.
    #[schema(example = "12.50")]
    view_to_click_rate: String,
    /// Orders for a hundred clicks.
    #[schema(example = "3.20")]
    click_to_sale_rate: String,
    orders_by_status: BTreeMap<&'static str, u32>,
    top_products: Vec<TopProduct>,
    recent_orders: Vec<RecentOrder>,
}

/// An amount of one currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Revenue {
    #[schema(example = "1249.50")]
    amount: String,
    #[schema(example = "EUR")]
    currency: &'static str,
}

/// A product that sells well.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TopProduct {
    id: Uuid,
    name: String,
    slug: String,
    total_sold: u64,
    views: u64,
    /// What those that were sold come to at the present price, in `currency`.
    #[schema(example = "770.00")]
    revenue: String,
    currency: &'static str,
}

/// The seller's part of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RecentOrder {
    id: Uuid,
    buyer_username: String,
    items_count: u32,
    status: &'static str,
    /// Of the seller's part.
    #[schema(example = "77.00")]
    total_amount: String,
    #[schema(example = "EUR")]
    currency: &'static str,
    created_at: When,
}

/// How the caller's shop is doing.
#[utoipa::path(get, path = "/api/marketplace/seller/analytics/", tag = "seller", params(PeriodQuery), security(("token" = [])),
    responses((status = 200, body = AnalyticsView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(accounts): State<Accounts>,
    State(shop): State<Shop>,
    Seller(caller): Seller,
    Query(query): Query<PeriodQuery>,
) -> Result<Json<AnalyticsView>, Problem> {
    let word = query.period.as_deref().unwrap_or("all");
    let period: Period = word.parse().map_err(|told: String| Problem::field("period", told))?;
    let seller = caller.account.seller();
    let report = shop.catalog.report(seller, period).await?;
    let orders: Vec<_> = report.latest.iter().collect();
    let people = People::in_orders(&accounts, &orders).await?;
    let usual = shop.currency_of(&caller).await?;
    let best: Vec<_> = report.best.iter().map(|card| card.id).collect();
    let best = if best.is_empty() { Vec::new() } else { shop.catalog.ports().products.products(&best).await? };
    let views = |id| best.iter().find(|product| product.id == id).map_or(0, |product| product.figures.views);
    let view = AnalyticsView::of(&report, period, seller, usual, &people, views);
    view.map(Json).map_err(|error| Problem::internal(&error))
}

impl AnalyticsView {
    fn of(
        report: &ShopReport,
        period: Period,
        seller: SellerId,
        usual: Currency,
        people: &People,
        views: impl Fn(designia_core::id::ProductId) -> u64,
    ) -> Result<Self, MoneyError> {
        let totals = &report.totals;
        let most = totals.revenue.iter().find(|sum| sum.currency() == usual).or_else(|| totals.revenue.first());
        let main = most.copied().unwrap_or_else(|| Money::zero(usual));
        let count = |status: OrderStatus| report.by_status.iter().find(|it| it.0 == status).map_or(0, |it| it.1);
        let top = |card: &designia_core::catalog::ProductCard| {
            Ok(TopProduct {
                id: card.id.as_uuid(),
                name: card.name.clone(),
                slug: card.slug.clone(),
                total_sold: card.sold,
                views: views(card.id),
                revenue: card.price.times(i64::try_from(card.sold).unwrap_or(i64::MAX))?.amount(),
                currency: card.price.currency().code(),
            })
        };
        Ok(Self {
            period: period.as_str(),
            total_revenue: main.amount(),
            currency: main.currency().code(),
            revenue: totals
                .revenue
                .iter()
                .map(|sum| Revenue { amount: sum.amount(), currency: sum.currency().code() })
                .collect(),
            total_items_sold: totals.sold,
            total_orders: totals.orders,
            pending_fulfillment_count: count(OrderStatus::PaymentConfirmed)
                .saturating_add(count(OrderStatus::AwaitingShipment)),
            active_products: report.active_products,
            total_products: report.products,
            total_views: totals.views,
            total_clicks: totals.clicks,
            total_favorites: totals.favourites,
            total_cart_additions: totals.cart_adds,
            view_to_click_rate: percent(totals.clicks, totals.views),
            click_to_sale_rate: percent(totals.orders, totals.clicks),
            orders_by_status: report.by_status.iter().map(|(status, count)| (status.as_str(), *count)).collect(),
            top_products: report.best.iter().filter(|card| card.sold > 0).map(top).collect::<Result<_, _>>()?,
            recent_orders: report.latest.iter().filter_map(|order| RecentOrder::of(order, seller, people)).collect(),
        })
    }
}

impl RecentOrder {
    fn of(order: &Order, seller: SellerId, people: &People) -> Option<Self> {
        let (part, _) = order.consignment(seller)?;
        Some(Self {
            id: order.id().as_uuid(),
            buyer_username: people.person(order.buyer()).username,
            items_count: part.lines.iter().map(|line| line.quantity).sum(),
            status: status(order, Reader::Seller(seller)).as_str(),
            total_amount: part.total.amount(),
            currency: part.total.currency().code(),
            created_at: When(order.contents().placed_at),
        })
    }
}

/// So many of a hundred, with two places.
fn percent(part: u64, whole: u64) -> String {
    let hundredths = part.saturating_mul(10_000).checked_div(whole).unwrap_or(0);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
