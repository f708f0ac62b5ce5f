//! The account's balance, and the transactions that make it up.
//!
//! The settlement currency is always the presentment currency, and the fee is a flat 1.5 % and a quarter: enough to have a
//! fee to account for, and easy to recompute in a test.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Call;
use crate::api::list;
use crate::currency;
use crate::error::ApiError;
use crate::params::{Kind, PAGE, Param};
use crate::world::shelf::Record;
use crate::world::{Cause, World};

const AVAILABLE_AFTER: i64 = 2 * 86_400;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Transaction {
    id: String,
    created: i64,
    available_on: i64,
    amount: i64,
    fee: i64,
    currency: String,
    kind: TransactionKind,
    source: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransactionKind {
    Charge,
    Refund,
    RefundFailure,
}

impl Record for Transaction {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

/// Books a movement on the account's balance; `amount` is signed.
pub(crate) fn book(
    world: &mut World,
    cause: &Cause,
    kind: TransactionKind,
    source: &str,
    amount: i64,
    currency: &str,
) -> String {
    let fee = if kind == TransactionKind::Charge { fee(amount, currency) } else { 0 };
    let id = world.ids.next("txn_");
    world.transactions.push(Transaction {
        id: id.clone(),
        created: cause.now,
        available_on: if kind == TransactionKind::Charge { cause.now + AVAILABLE_AFTER } else { cause.now },
        amount,
        fee,
        currency: currency.to_owned(),
        kind,
        source: source.to_owned(),
    });
    id
}

/// 1.5 % rounded up, and 25 hundredths, never more than the amount.
fn fee(amount: i64, currency: &str) -> i64 {
    let fixed = if currency::exponent(currency) == 3 { 250 } else { 25 };
    let share = i128::from(amount) * 15;
    let rounded = i64::try_from((share + 999) / 1_000).unwrap_or(amount);
    rounded.saturating_add(fixed).min(amount)
}

const LIST: &[Param] = &[
    Param::new("source", Kind::Text(255)),
    Param::new("currency", Kind::Text(3)),
    Param::new("type", Kind::OneOf(&["charge", "refund", "refund_failure"])),
];

pub(crate) fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[])?;
    let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for transaction in call.world.transactions.iter() {
        let (available, pending) = sums.entry(&transaction.currency).or_default();
        let net = transaction.amount - transaction.fee;
        *(if transaction.available_on <= call.cause.now { available } else { pending }) += net;
    }
    if sums.is_empty() {
        sums.insert("usd", (0, 0));
    }
    let side = |pick: fn(&(i64, i64)) -> i64| -> Vec<Value> {
        let amounts = sums.iter().map(|(currency, sum)| (*currency, pick(sum)));
        amounts.map(|(currency, amount)| json!({ "amount": amount, "currency": currency, "source_types": { "card": amount } })).collect()
    };
    Ok(json!({
        "object": "balance",
        "available": side(|sum| sum.0),
        "livemode": false,
        "pending": side(|sum| sum.1),
        "refund_and_dispute_prefunding": { "available": [], "pending": [] },
    }))
}

pub(crate) fn retrieve_transaction(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[])?;
    let id = call.id();
    let found = call.world.transactions.get(id);
    found
        .map(|transaction| transaction.render(call.cause.now))
        .ok_or_else(|| ApiError::no_such("balance transaction", id, "id"))
}

pub(crate) fn list_transactions(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[PAGE, LIST])?;
    let (source, currency, kind) = (call.form.text("source"), call.form.text("currency"), call.form.text("type"));
    let keep = |transaction: &Transaction| {
        source.is_none_or(|source| transaction.source == source)
            && currency.is_none_or(|currency| transaction.currency == currency)
            && kind.is_none_or(|kind| json!(transaction.kind) == kind)
    };
    let url = "/v1/balance_transactions";
    list::page(&call.world.transactions, &call.form, "balance transaction", url, keep, |transaction| {
        transaction.render(call.cause.now)
    })
}

impl Transaction {
    pub(crate) fn render(&self, now: i64) -> Value {
        let fees = if self.fee > 0 {
            json!([{ "amount": self.fee, "application": null, "currency": self.currency, "description": "Stripe processing fees", "type": "stripe_fee" }])
        } else {
            json!([])
        };
        json!({
            "id": self.id,
            "object": "balance_transaction",
            "amount": self.amount,
            "available_on": self.available_on,
            "balance_type": "payments",
            "created": self.created,
            "currency": self.currency,
            "description": null,
            "exchange_rate": null,
            "fee": self.fee,
            "fee_details": fees,
            "net": self.amount - self.fee,
            "reporting_category": if self.kind == TransactionKind::Charge { "charge" } else { "refund" },
            "source": self.source,
            "status": if self.available_on <= now { "available" } else { "pending" },
            "type": self.kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_is_rounded_up_and_never_exceeds_the_amount() {
        for (amount, currency, expected) in
            [(10_000, "eur", 175), (101, "eur", 27), (10, "eur", 10), (1_000, "jpy", 40)]
        {
            assert_eq!(fee(amount, currency), expected, "{amount} {currency}");
        }
    }
}
