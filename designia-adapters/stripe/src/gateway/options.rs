//! How buyers pay: on which page, by which methods.

use std::time::Duration;

/// The page on which a buyer pays, and where Stripe sends the buyer afterwards.
///
/// In every URL `{ORDER_ID}` is replaced by the order's id; `{CHECKOUT_SESSION_ID}` is left for Stripe to replace. A buyer's
/// return says nothing about the money, since anybody can call the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckoutPage {
    /// A page at Stripe to which the buyer is sent (`ui_mode=hosted_page`).
    Hosted {
        /// Where to go after paying.
        success_url: String,
        /// Where the page's back button leads; no button without it.
        cancel_url: Option<String>,
    },
    /// The same page inside one of the host's (`ui_mode=embedded_page`).
    Embedded {
        /// Where to come back to after a detour to a bank.
        return_url: String,
    },
    /// A payment form of the host's own making with Stripe's Elements, over a plain PaymentIntent.
    ///
    /// Such an attempt has no deadline at Stripe and stays payable until it is voided.
    Elements,
}

/// The gateway's choices.
#[derive(Clone, Debug)]
pub struct GatewayOptions {
    pub(super) page: CheckoutPage,
    pub(super) excluded_methods: Vec<String>,
    pub(super) search_limit: Duration,
}

/// The methods of Stripe that confirm days after the buyer has left, by PyPI `stripe` 16.1.0's list of names.
///
/// With one of these three days of grace are not honest: a Multibanco payment can take eleven.
const DELAYED_METHODS: [&str; 13] = [
    "acss_debit",
    "au_becs_debit",
    "bacs_debit",
    "boleto",
    "customer_balance",
    "konbini",
    "multibanco",
    "nz_bank_account",
    "oxxo",
    "payto",
    "sepa_debit",
    "sofort",
    "us_bank_account",
];

/// Ten seconds, so that a search and the reading of what it found fit into a claim.
const SEARCH_LIMIT: Duration = Duration::from_secs(10);

impl GatewayOptions {
    /// This page, and all immediate methods that are switched on in Stripe's dashboard.
    #[must_use]
    pub fn new(page: CheckoutPage) -> Self {
        Self { page, excluded_methods: DELAYED_METHODS.map(str::to_owned).to_vec(), search_limit: SEARCH_LIMIT }
    }

    /// How long a search for an attempt whose answer was lost may take, instead of ten seconds. With the reading of what was
    /// found, for which the client's own timeout holds, it must end before the claim of whoever asks:
    /// [`LEASE`](designia_core::effect::LEASE).
    #[must_use]
    pub const fn with_search_limit(mut self, limit: Duration) -> Self {
        self.search_limit = limit;
        self
    }

    /// Other methods to keep from buyers who chose an immediate one, instead of all delayed ones. A method left in here
    /// by mistake shows as an attempt that is settling for days.
    #[must_use]
    pub fn with_excluded_methods(mut self, methods: impl IntoIterator<Item = String>) -> Self {
        self.excluded_methods = methods.into_iter().collect();
        self
    }
}
