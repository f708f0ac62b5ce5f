// The unmodified official Node library against the sandbox. Prints one line for each rule, fails at the first breach.
//
// Usage: node drive.mjs BASE_URL HOOK_FILE WEBHOOK_SECRET, with NODE_MODULES naming the directory that has the library.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.env.NODE_MODULES, 'package.json'));
const Stripe = require('stripe').default ?? require('stripe');
assert.equal(Stripe.PACKAGE_VERSION, '23.1.0');

const [base, hooks, secret] = process.argv.slice(2);
const url = new URL(base);
const options = { host: url.hostname, port: url.port, protocol: 'http', telemetry: false, maxNetworkRetries: 0 };
const stripe = new Stripe('sk_test_stranger', options);
const rule = (text) => console.log('ok', text);

const control = async (to, body = {}) => {
  const response = await fetch(`${base}/_sandbox/${to}`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
};

const session = (more = {}) =>
  stripe.checkout.sessions.create({
    mode: 'payment',
    ui_mode: 'hosted_page',
    success_url: 'https://shop.example/thanks?s={CHECKOUT_SESSION_ID}',
    client_reference_id: 'order-1',
    metadata: { order: '1' },
    payment_intent_data: { metadata: { order: '1' }, transfer_group: 'order-1' },
    allowed_payment_method_types: ['card', 'multibanco'],
    expires_at: Math.floor(Date.now() / 1000) + 3600,
    line_items: [
      { price_data: { currency: 'eur', unit_amount: 1250, product_data: { name: 'Teapot & cup' } }, quantity: 2 },
    ],
    ...more,
  });

const refused = async (call, kind, expected = {}) => {
  const error = await call().then(
    () => assert.fail(`${kind} was not raised`),
    (caught) => caught,
  );
  assert.equal(error.type, kind, error.message);
  for (const [name, value] of Object.entries(expected)) assert.deepEqual(error[name], value, name);
  return error;
};

// Sessions
const created = await session();
assert.equal(created.status, 'open');
assert.equal((await stripe.checkout.sessions.retrieve(created.id)).amount_total, 2500);
assert.equal((await stripe.checkout.sessions.listLineItems(created.id)).data[0].description, 'Teapot & cup');
assert.equal((await stripe.checkout.sessions.expire(created.id)).status, 'expired');
await refused(() => stripe.checkout.sessions.expire(created.id), 'StripeInvalidRequestError', { statusCode: 400 });
const embedded = await session({ ui_mode: 'embedded_page', success_url: undefined, return_url: 'https://shop.example/r' });
assert.ok(embedded.client_secret && embedded.url === null);
rule('sessions are created, retrieved and expired once');

const made = [];
for (let n = 0; n < 12; n += 1) made.unshift((await session()).id);
const listed = [];
for await (const one of stripe.checkout.sessions.list({ limit: 5, created: { gte: created.created } })) listed.push(one.id);
assert.deepEqual(listed.slice(0, 12), made);
rule('lists page by themselves, newest first');

await control(`sessions/${made[0]}/pay`, { card: '4242424242424242' });
const paid = await stripe.checkout.sessions.retrieve(made[0], { expand: ['payment_intent.latest_charge', 'line_items'] });
assert.equal(paid.payment_intent.latest_charge.amount, 2500);
assert.equal(paid.line_items.data[0].quantity, 2);
rule('expansion gives objects');

// PaymentIntents
const intent = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd', allowed_payment_method_types: ['card'] });
assert.equal((await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' })).status, 'succeeded');
const declined = await refused(
  () => stripe.paymentIntents.create({ amount: 1000, currency: 'usd', confirm: true, payment_method: 'pm_card_chargeDeclined' }),
  'StripeCardError',
  { statusCode: 402, code: 'card_declined', decline_code: 'generic_decline' },
);
assert.equal(declined.payment_intent.status, 'requires_payment_method');
assert.equal((await stripe.paymentIntents.cancel(declined.payment_intent.id)).status, 'canceled');
rule('intents are confirmed, declined as StripeCardError, and cancelled');

// Refunds
const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 400, metadata: { why: 'late' } });
assert.equal(refund.metadata.why, 'late');
await refused(() => stripe.refunds.create({ charge: refund.charge, amount: 601 }), 'StripeInvalidRequestError', { param: 'amount' });
await stripe.refunds.create({ charge: refund.charge });
await refused(() => stripe.refunds.create({ charge: refund.charge }), 'StripeInvalidRequestError', {
  code: 'charge_already_refunded',
});
rule('refunds never exceed the charge');

// Idempotency
const idempotencyKey = 'stranger-node-1';
const first = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey });
const again = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey });
assert.equal(first.id, again.id);
assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
await refused(() => stripe.customers.create({ name: 'Bea' }, { idempotencyKey }), 'StripeIdempotencyError', { statusCode: 400 });
rule('a key replays, and refuses another request as StripeIdempotencyError');

// Errors
const anonymous = new Stripe('sk_live_not_here', options);
await refused(() => anonymous.balance.retrieve(), 'StripeAuthenticationError', { statusCode: 401 });
await refused(() => session({ ui_mode: 'embedded' }), 'StripeInvalidRequestError', { param: 'ui_mode' });
await refused(() => stripe.charges.retrieve('ch_nothing'), 'StripeInvalidRequestError', { code: 'resource_missing' });
await control('faults', { kind: 'rate_limit' });
await refused(() => stripe.balance.retrieve(), 'StripeRateLimitError', { statusCode: 429 });
await control('faults', { kind: 'error_before' });
await refused(() => stripe.balance.retrieve(), 'StripeAPIError', { statusCode: 500 });
// Twice: the library repeats the first closed connection whatever it was told about retries.
await control('faults', { kind: 'lose_reply', times: 2 });
await refused(() => stripe.customers.create({ name: 'Ada' }), 'StripeConnectionError');
rule('errors have the classes that the library gives them');

const patient = new Stripe('sk_test_stranger', { ...options, maxNetworkRetries: 2 });
const count = async () => (await (await fetch(`${base}/_sandbox/objects`)).json()).counts.customer;
const before = await count();
await control('faults', { kind: 'lose_reply' });
await patient.customers.create({ email: 'ada@example.com' });
assert.equal(await count(), before + 1);
rule("the library's own retry of a lost reply makes one object");

// Webhooks
await control('webhooks/flush');
const letters = readFileSync(hooks, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
assert.ok(letters.length > 10, `${letters.length} webhooks`);
for (const letter of letters) {
  const event = stripe.webhooks.constructEvent(letter.body, letter.signature, secret);
  assert.equal(event.object, 'event');
}
assert.throws(() => stripe.webhooks.constructEvent(`${letters[0].body} `, letters[0].signature, secret), {
  type: 'StripeSignatureVerificationError',
});
assert.throws(() => stripe.webhooks.constructEvent(letters[0].body, letters[0].signature, 'whsec_other'));
rule('delivered webhooks are verified and constructed');

const types = new Set();
for await (const event of stripe.events.list({ limit: 20, types: ['charge.succeeded', 'charge.failed'] })) types.add(event.type);
assert.deepEqual([...types].sort(), ['charge.failed', 'charge.succeeded']);
rule('events are listed by type');
console.log('NODE DONE');
