//! What a seller sees of the own shop.

use super::{Catalog, CatalogError};
use crate::catalog::{ActivityTotals, ProductCard};
use crate::id::SellerId;
use crate::order::{Order, OrderStatus};
use crate::ports::{OrderFilter, PageRequest};
use crate::time::{DAY, Date, Timestamp};
use crate::words::words;

words! {
    /// Over which days.
    Period {
        /// The present day.
        Today => "today",
        /// Seven days, the present one included.
        Week => "week",
        /// Thirty days.
        Month => "month",
        /// 365 days.
        Year => "year",
        /// All there ever was.
        All => "all",
    }
}

impl Period {
    /// Its first day; none if it goes back to the beginning.
    #[must_use]
    pub fn first_day(self, now: Timestamp) -> Option<Date> {
        let days_before = match self {
            Self::Today => 0,
            Self::Week => 6,
            Self::Month => 29,
            Self::Year => 364,
            Self::All => return None,
        };
        Some((now - DAY * days_before).date())
    }
}

/// What a seller sees of the own shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopReport {
    /// What came together over the period.
    pub totals: ActivityTotals,
    /// How many products there are.
    pub products: u64,
    /// How many of them are active.
    pub active_products: u64,
    /// How many orders are in which status, whenever they were placed.
    pub by_status: Vec<(OrderStatus, u32)>,
    /// What was sold most, whenever.
    pub best: Vec<ProductCard>,
    /// The latest orders.
    pub latest: Vec<Order>,
}

impl Catalog {
    /// What a seller sees of the own shop.
    ///
    /// # Errors
    /// A store error.
    pub async fn report(&self, seller: SellerId, period: Period) -> Result<ShopReport, CatalogError> {
        let now = self.ports.clock.now();
        let figures = &self.ports.figures;
        let totals = figures.totals_of(seller, period.first_day(now), now.date()).await?;
        let (products, active_products) = figures.products_of(seller).await?;
        let filter = OrderFilter { seller: Some(seller), ..OrderFilter::default() };
        let latest = self.ports.orders.orders(&filter, PageRequest { after: None, limit: 5 }).await?.rows;
        let by_status = figures.orders_by_status(seller).await?;
        let best = figures.best_sellers(seller, 5).await?;
        Ok(ShopReport { totals, products, active_products, by_status, best, latest })
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::fixtures::NOW;

    #[test]
    fn a_period_has_the_days_that_its_name_says_the_present_one_included() {
        assert_eq!(Period::Today.first_day(NOW), Some(NOW.date()));
        assert_eq!(Period::Week.first_day(NOW), Some((NOW - DAY * 6).date()));
        assert_eq!(Period::All.first_day(NOW), None);
    }
}
