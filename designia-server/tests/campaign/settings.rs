//! How large a campaign is, and from which seed: out of the environment, so that a failure can be asked for again.

use designia_core::ports::Clock;
use designia_server::edge::SystemClock;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Where all chance comes from.
    pub(crate) seed: u64,
    /// How many orders buyers try to place.
    pub(crate) orders: u64,
    /// How many buyers are at it at once.
    pub(crate) buyers: u64,
    /// How many nodes have to die at least.
    pub(crate) kills: u32,
}

impl Settings {
    /// Short unless `DESIGNIA_CAMPAIGN` is `long`, and with a seed of its own unless `DESIGNIA_CAMPAIGN_SEED` gives one.
    pub(crate) fn of_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
        let (orders, kills) = match std::env::var("DESIGNIA_CAMPAIGN").as_deref() {
            Ok("long") => (1_500, 150),
            Ok(other) => panic!("DESIGNIA_CAMPAIGN: `{other}` is not long"),
            Err(_) => (150, 14),
        };
        let seed = number("DESIGNIA_CAMPAIGN_SEED")
            .unwrap_or_else(|| u64::try_from(SystemClock.now().as_micros()).unwrap() % 1_000_000_007);
        let orders = number("DESIGNIA_CAMPAIGN_ORDERS").unwrap_or(orders);
        Self { seed, orders, buyers: 12, kills }
    }

    /// What happens to late money in this campaign: each policy has its turn, by the seed.
    pub(crate) fn late_payment(&self) -> &'static str {
        ["refund", "reinstate", "hold"][usize::try_from(self.seed % 3).unwrap()]
    }

    /// How many of each product there are: fewer than are wanted, at first and in the long run, so that buyers compete.
    pub(crate) fn stock(&self) -> i64 {
        let at_first = self.orders.min(150);
        i64::try_from(at_first / 3 + (self.orders - at_first) / 6 + 3).unwrap()
    }
}
