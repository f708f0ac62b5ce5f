//! The journey: one order is paid and arrives; another is never paid, is reminded, and is cancelled after the provider was
//! asked; the money of a third can't be given back, and waits for a person. Everything happens over HTTP; only the clock is pushed.

use std::time::Duration;

use designia_core::time::{HOUR, MINUTE};
use designia_stripe_sandbox::{SandboxClock, Webhooks};
use serde_json::{Value, json};

use super::client::{DemoError, Person, text};
use crate::instance::Instance;

/// How long the engine may take for one step, in real time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pause between two looks at an order.
const LOOK: Duration = Duration::from_millis(25);

/// A card that is charged.
const GOOD_CARD: &str = "4242424242424242";

/// A card that is charged, and whose refunds fail an hour after they went through.
const CARD_WITHOUT_REFUNDS: &str = "4000000000005126";

/// Everything the journey needs of a running server.
#[derive(Debug)]
pub(crate) struct Journey {
    buyer: Person,
    sellers: [Person; 2],
    clock: SandboxClock,
    webhooks: Webhooks,
    grace: Duration,
    url: String,
}

impl Journey {
    /// Prepares the demo's people for this server.
    pub(crate) fn through(instance: &Instance, grace: Duration) -> Result<Self, DemoError> {
        let base = format!("http://{}", instance.address);
        let person = |name| {
            let (known, password) =
                instance.demo_people().find(|(person, _)| person.name == name).ok_or(DemoError::Missing(name))?;
            Ok::<_, DemoError>(Person::at(&base)?.who_logs_in(known.email, &password))
        };
        let sandbox = instance.sandbox.as_ref().ok_or(DemoError::NoSandbox)?;
        Ok(Self {
            buyer: person("buyer")?,
            sellers: [person("seller")?, person("seller2")?],
            clock: sandbox.clock(),
            webhooks: sandbox.webhooks(),
            grace,
            url: instance.url.clone(),
        })
    }

    /// Goes the whole way, and tells it on standard output.
    pub(crate) async fn go(&self) -> Result<(), DemoError> {
        self.until("exchange rates are there", async || {
            Ok(self.buyer.get("/api/rates/status/").await?["usable"] == true)
        })
        .await?;
        println!("\nOrder A: two sellers, paid by card, shipped, delivered");
        let paid = self.paid_order().await?;
        show(&paid);
        println!("\nOrder B: never paid, reminded, cancelled at its deadline after the provider was asked");
        let unpaid = self.unpaid_order().await?;
        show(&unpaid);
        println!("\nOrder C: paid and cancelled, and the bank sends its refund back: it needs a person");
        let stuck = self.stuck_order().await?;
        show(&stuck);
        println!("  look at it in the console: {}/admin/orders/{}/", self.url, text(&stuck, "id")?);
        expect(&paid, "delivered", "paid")?;
        expect(&unpaid, "cancelled", "pending")?;
        expect(&stuck, "cancelled", "failed_refund")
    }

    async fn paid_order(&self) -> Result<Value, DemoError> {
        let checkout = self.buyer.order(&[("tea-bowl", 2), ("tide-print", 1)], "EUR").await?;
        let id = text(&checkout, "order_id")?;
        self.buyer.pay_on_page(text(&checkout, "url")?, GOOD_CARD).await?;
        self.until_status(id, "payment_confirmed").await?;
        for (seller, (carrier, number)) in
            self.sellers.iter().zip([("DHL", "JD014600003828"), ("UPS", "1Z999AA10123456784")])
        {
            self.clock.advance(HOUR);
            seller.post(&format!("/api/marketplace/orders/{id}/prepare/"), &json!({})).await?;
            let tracking = json!({ "shipping_carrier": carrier, "tracking_number": number });
            seller.post(&format!("/api/marketplace/orders/{id}/ship/"), &tracking).await?;
        }
        self.clock.advance(26 * HOUR);
        for seller in &self.sellers {
            seller.post(&format!("/api/marketplace/orders/{id}/deliver/"), &json!({})).await?;
        }
        self.until_status(id, "delivered").await
    }

    async fn unpaid_order(&self) -> Result<Value, DemoError> {
        let stock = self.stock("espresso-cup").await?;
        let checkout = self.buyer.order(&[("espresso-cup", 6)], "EUR").await?;
        let id = text(&checkout, "order_id")?;
        println!(
            "  stock of the espresso cup: {stock}, and {} while the order waits",
            self.stock("espresso-cup").await?
        );
        for (reminder, part_of_grace) in [(1, self.grace / 3), (2, self.grace / 2)] {
            self.clock.advance(part_of_grace + Duration::from_secs(1));
            self.until(&format!("the buyer was reminded {reminder} times"), async || {
                Ok(count(&self.look(id).await?, "reminded") == reminder)
            })
            .await?;
        }
        // The buyer opens the payment page once more and leaves it; and the provider's word about it does not come.
        self.buyer.get(&format!("/api/payments/checkout_session/retry/{id}/")).await?;
        self.webhooks.hold();
        self.clock.advance(self.grace / 6);
        let order = self.until_status(id, "cancelled").await?;
        self.webhooks.release();
        println!("  stock of the espresso cup after the cancellation: {}", self.stock("espresso-cup").await?);
        if self.stock("espresso-cup").await? != stock {
            return Err(DemoError::WrongEnd {
                order: id.to_owned(),
                expected: "with its stock back",
                found: "without".to_owned(),
            });
        }
        if count(&order, "closing_began") == 0 {
            return Err(DemoError::WrongEnd {
                order: id.to_owned(),
                expected: "after expiring",
                found: "not".to_owned(),
            });
        }
        Ok(order)
    }

    async fn stuck_order(&self) -> Result<Value, DemoError> {
        let checkout = self.buyer.order(&[("salt-cellar", 1)], "EUR").await?;
        let id = text(&checkout, "order_id")?;
        self.buyer.pay_on_page(text(&checkout, "url")?, CARD_WITHOUT_REFUNDS).await?;
        self.until_status(id, "payment_confirmed").await?;
        let reason = json!({ "reason": "changed_mind" });
        self.buyer.post(&format!("/api/marketplace/orders/{id}/cancel/"), &reason).await?;
        self.until_payment(id, "refunded").await?;
        self.clock.advance(HOUR + MINUTE);
        self.until_payment(id, "failed_refund").await
    }

    async fn until_payment(&self, id: &str, status: &'static str) -> Result<Value, DemoError> {
        let what = format!("the money of order {id} is {status}");
        self.until(&what, async || Ok(self.look(id).await?["payment_status"] == status)).await?;
        self.look(id).await
    }

    async fn look(&self, id: &str) -> Result<Value, DemoError> {
        self.buyer.get(&format!("/api/marketplace/orders/{id}/")).await
    }

    async fn stock(&self, slug: &str) -> Result<u64, DemoError> {
        let product = self.buyer.get(&format!("/api/marketplace/products/{slug}/")).await?;
        product["stock_quantity"].as_u64().ok_or(DemoError::Missing("stock_quantity"))
    }

    async fn until_status(&self, id: &str, status: &'static str) -> Result<Value, DemoError> {
        self.until(&format!("order {id} is {status}"), async || Ok(self.look(id).await?["status"] == status)).await?;
        self.look(id).await
    }

    /// Looks again and again until something is true; the engine's own loops are what makes it so.
    async fn until(
        &self,
        what: &str,
        mut is_true: impl AsyncFnMut() -> Result<bool, DemoError>,
    ) -> Result<(), DemoError> {
        let look = async {
            while !is_true().await? {
                tokio::time::sleep(LOOK).await;
            }
            Ok(())
        };
        let too_slow = |_| Err(DemoError::TooSlow { what: what.to_owned(), patience: PATIENCE });
        tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(too_slow)
    }
}

fn count(order: &Value, kind: &str) -> usize {
    let timeline = order["timeline"].as_array().map(Vec::as_slice).unwrap_or_default();
    timeline.iter().filter(|entry| entry["type"] == kind).count()
}

fn expect(order: &Value, status: &'static str, payment_status: &'static str) -> Result<(), DemoError> {
    for (field, expected) in [("status", status), ("payment_status", payment_status)] {
        let found = text(order, field)?;
        if found != expected {
            let order = text(order, "id")?.to_owned();
            return Err(DemoError::WrongEnd { order, expected, found: found.to_owned() });
        }
    }
    Ok(())
}

/// One line for each thing that happened: when, how the order and its money stood from then on, why, and what it was.
fn show(order: &Value) {
    let field = |value: &Value, name: &str| value[name].as_str().unwrap_or("?").to_owned();
    println!("  {} over {} {}", field(order, "id"), field(order, "total_amount"), field(order, "currency"));
    for entry in order["timeline"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let at = field(entry, "at");
        let at = at.get(..19).unwrap_or(&at).replace('T', " ");
        let (status, payment) = (field(entry, "status"), field(entry, "payment_status"));
        let cause = field(entry, "cause");
        println!("  {at}  {status:<17}  {payment:<10}  {cause:<15}  {}", field(entry, "text"));
    }
    println!("  ends {}, payment {}", field(order, "status"), field(order, "payment_status"));
}
