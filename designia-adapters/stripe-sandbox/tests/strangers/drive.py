"""The unmodified official Python library against the sandbox. Prints one line for each rule, fails at the first breach.

Usage: drive.py BASE_URL HOOK_FILE WEBHOOK_SECRET
"""

import json
import sys
import time
import urllib.request

import stripe

BASE, HOOKS, SECRET = sys.argv[1:4]
assert stripe.VERSION == "16.1.0", stripe.VERSION
client = stripe.StripeClient(
    "sk_test_stranger", base_addresses={"api": BASE}, max_network_retries=0
)
v1 = client.v1


def rule(text):
    print("ok", text, flush=True)


def control(path, **body):
    request = urllib.request.Request(
        f"{BASE}/_sandbox/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def session(**more):
    return v1.checkout.sessions.create(
        {
            "mode": "payment",
            "ui_mode": "hosted_page",
            "success_url": "https://shop.example/thanks?s={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example/cart",
            "client_reference_id": "order-1",
            "metadata": {"order": "1"},
            "payment_intent_data": {"metadata": {"order": "1"}, "transfer_group": "order-1"},
            "adaptive_pricing": {"enabled": False},
            "expires_at": int(time.time()) + 3600,
            "line_items": [
                {
                    "price_data": {
                        "currency": "eur",
                        "unit_amount": 1250,
                        "product_data": {"name": "Teapot, größe L"},
                    },
                    "quantity": 2,
                }
            ],
            **more,
        }
    )


def refused(error, call, **expected):
    try:
        call()
    except error as caught:
        assert type(caught) is error, f"{type(caught)} is not {error}"
        for name, value in expected.items():
            assert getattr(caught, name) == value, (name, getattr(caught, name), value)
        assert caught.request_id or error is stripe.APIConnectionError, "no request id"
        return caught
    raise AssertionError(f"{error} was not raised")


# Sessions
created = session()
assert created.object == "checkout.session" and created.status == "open" and created.amount_total == 2500
assert v1.checkout.sessions.retrieve(created.id).id == created.id
lines = v1.checkout.sessions.line_items.list(created.id)
assert lines.data[0].description == "Teapot, größe L" and lines.data[0].price.unit_amount == 1250
assert v1.checkout.sessions.expire(created.id).status == "expired"
refused(
    stripe.InvalidRequestError, lambda: v1.checkout.sessions.expire(created.id), http_status=400
)
rule("sessions are created, retrieved and expired once")

made = [session().id for _ in range(12)] + []
listed = [s.id for s in v1.checkout.sessions.list({"limit": 5}).auto_paging_iter()]
assert listed[:12] == made[::-1] and listed[12] == created.id, listed
status = [s.id for s in v1.checkout.sessions.list({"limit": 3, "status": "expired"}).auto_paging_iter()]
assert status == [created.id]
rule("lists page by themselves, newest first")

control(f"sessions/{made[0]}/pay", card="4242424242424242")
paid = v1.checkout.sessions.retrieve(made[0], {"expand": ["payment_intent.latest_charge", "line_items"]})
assert paid.payment_status == "paid" and paid.payment_intent.latest_charge.amount == 2500
assert paid.payment_intent.metadata["order"] == "1" and paid.payment_intent.transfer_group == "order-1"
assert paid.line_items.data[0].quantity == 2
rule("expansion gives objects")

# PaymentIntents
intent = v1.payment_intents.create(
    {"amount": 1000, "currency": "usd", "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
)
assert intent.status == "requires_payment_method"
assert v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"
other = v1.payment_intents.create({"amount": 1000, "currency": "usd"})
declined = refused(
    stripe.CardError,
    lambda: v1.payment_intents.confirm(other.id, {"payment_method": "pm_card_chargeDeclined"}),
    http_status=402,
    code="card_declined",
)
assert declined.error.decline_code == "generic_decline"
assert declined.error.payment_intent.id == other.id
assert v1.payment_intents.cancel(other.id, {"cancellation_reason": "abandoned"}).status == "canceled"
rule("intents are confirmed, declined as CardError, and cancelled")

# Refunds
refund = v1.refunds.create({"payment_intent": intent.id, "amount": 400, "reason": "requested_by_customer"})
assert refund.status == "succeeded" and refund.amount == 400
assert v1.refunds.retrieve(refund.id).charge == refund.charge
refused(
    stripe.InvalidRequestError,
    lambda: v1.refunds.create({"payment_intent": intent.id, "amount": 601}),
    http_status=400,
    param="amount",
)
v1.refunds.create({"charge": refund.charge})
refused(
    stripe.InvalidRequestError,
    lambda: v1.refunds.create({"payment_intent": intent.id}),
    code="charge_already_refunded",
)
assert len(v1.refunds.list({"payment_intent": intent.id}).data) == 2
rule("refunds never exceed the charge")

# Idempotency
body = {"amount": 700, "currency": "usd"}
options = {"idempotency_key": "stranger-py-1"}
first = v1.payment_intents.create(body, options)
again = v1.payment_intents.create(body, options)
assert first.id == again.id and again.last_response.headers["idempotent-replayed"] == "true"
refused(
    stripe.IdempotencyError,
    lambda: v1.payment_intents.create({"amount": 701, "currency": "usd"}, options),
    http_status=400,
)
rule("a key replays, and refuses another request as IdempotencyError")

# Errors
anonymous = stripe.StripeClient("sk_live_not_here", base_addresses={"api": BASE}, max_network_retries=0)
refused(stripe.AuthenticationError, lambda: anonymous.v1.balance.retrieve(), http_status=401)
refused(
    stripe.InvalidRequestError,
    lambda: v1.payment_intents.create({"amount": 1, "currency": "zzz"}),
    param="currency",
)
refused(stripe.InvalidRequestError, lambda: session(ui_mode="hosted"), param="ui_mode")
refused(stripe.InvalidRequestError, lambda: v1.charges.retrieve("ch_nothing"), code="resource_missing", http_status=404)
control("faults", kind="rate_limit")
refused(stripe.RateLimitError, lambda: v1.balance.retrieve(), http_status=429)
control("faults", kind="error_after")
refused(stripe.APIError, lambda: v1.customers.create({"name": "Ada"}), http_status=500)
control("faults", kind="lose_reply")
refused(stripe.APIConnectionError, lambda: v1.customers.create({"name": "Ada"}))
rule("errors have the classes that the library gives them")

patient = stripe.StripeClient("sk_test_stranger", base_addresses={"api": BASE}, max_network_retries=2)
before = len(list(v1.customers.list({"limit": 100}).auto_paging_iter()))
control("faults", kind="lose_reply")
customer = patient.v1.customers.create({"email": "ada@example.com"})
after = len(list(v1.customers.list({"limit": 100}).auto_paging_iter()))
assert after == before + 1 and v1.customers.retrieve(customer.id).email == "ada@example.com"
rule("the library's own retry of a lost reply makes one object")

# Events and webhooks
kinds = {e.type for e in v1.events.list({"limit": 100}).auto_paging_iter()}
assert {"checkout.session.completed", "checkout.session.expired", "charge.failed", "refund.created"} <= kinds, kinds
listed = list(v1.events.list({"limit": 100, "types": sorted(kinds)[:20]}).auto_paging_iter())
assert len({e.id for e in listed}) == len(listed) and listed == sorted(listed, key=lambda e: -e.created)
middle = listed[len(listed) // 2].created
window = list(v1.events.list({"limit": 2, "created": {"gte": middle, "lte": middle}}).auto_paging_iter())
assert {e.id for e in window} >= {e.id for e in listed if e.created == middle} and {e.created for e in window} == {middle}
assert v1.events.retrieve(listed[0].id).data == listed[0].data
rule("events are listed by window and type, page by page, and stay as they were")
endpoint = v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["charge.succeeded"]})
assert endpoint.secret.startswith("whsec_")
assert v1.webhook_endpoints.delete(endpoint.id).deleted
control("webhooks/flush")
letters = [json.loads(line) for line in open(HOOKS, encoding="utf-8")]
assert len(letters) >= 20, len(letters)
for letter in letters:
    event = client.construct_event(letter["body"], letter["signature"], SECRET)
    assert event.object == "event" and event.api_version == stripe.api_version, event.api_version
refused_letter = letters[0]["body"].replace("event", "tnevent", 1)
try:
    client.construct_event(refused_letter, letters[0]["signature"], SECRET)
    raise AssertionError("an altered body was accepted")
except stripe.SignatureVerificationError:
    pass
rule("delivered webhooks are verified and constructed")

assert v1.balance.retrieve().pending[0].currency
fee = next(iter(v1.balance_transactions.list({"source": refund.charge}).data))
assert fee.net == fee.amount - fee.fee
rule("the balance is read")
# Shapes: no field that the library does not know, none missing that it always expects.
classes = {
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "refund": stripe.Refund,
}
with urllib.request.urlopen(f"{BASE}/_sandbox/objects") as response:
    objects = json.load(response)["objects"]
for kind, cls in classes.items():
    known = {k: str(v) for k, v in cls.__annotations__.items() if k != "OBJECT_NAME" and "ClassVar" not in str(v)}
    needed = {k for k, v in known.items() if "Optional" not in v.split("[")[0] and "None" not in v}
    assert objects[kind], kind
    for found in objects[kind]:
        assert not found.keys() - known.keys(), (kind, found.keys() - known.keys())
        assert not needed - found.keys(), (kind, needed - found.keys())
rule("objects have the fields that the library declares")
print("PYTHON DONE")
