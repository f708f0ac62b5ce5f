// Signs and verifies with npm `stripe`: one JSON object per line in, one per line out.
// The directory that holds `node_modules` is the first argument. The protocol is that of webhook.py.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { join } from "node:path";

const require = createRequire(join(process.argv[2], "package.json"));
const module = require("stripe");
const Stripe = module.default ?? module;
const { webhooks } = new Stripe("sk_test_unused");

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (request.op === "sign") {
    const { body: payload, secret, time: timestamp } = request;
    console.log(JSON.stringify({ header: webhooks.generateTestHeaderString({ payload, secret, timestamp }) }));
    continue;
  }
  try {
    const payload = Buffer.from(request.body);
    webhooks.signature.verifyHeader(payload, request.header, request.secret, 300, undefined, request.now * 1000);
    console.log(JSON.stringify({ accepted: true }));
  } catch {
    // Any error: an empty v1 makes the SDK's comparison itself throw.
    console.log(JSON.stringify({ accepted: false }));
  }
}
