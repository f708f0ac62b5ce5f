"""Signs and verifies with PyPI `stripe`: one JSON object per line in, one per line out.

{"op": "verify", "header", "body", "secret", "now"} -> {"accepted": true | false}
{"op": "sign", "body", "secret", "time"}            -> {"header": "t=...,v1=..."}
"""

import json
import sys
import types

import stripe
from stripe import _webhook

for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "sign":
        header = stripe.WebhookSignature.generate_signature_header(
            request["body"], request["secret"], request["time"]
        )
        print(json.dumps({"header": header}))
        continue
    _webhook.time = types.SimpleNamespace(time=lambda: request["now"])
    try:
        stripe.WebhookSignature.verify_header(
            request["body"].encode(), request["header"], request["secret"], 300
        )
        print(json.dumps({"accepted": True}))
    except stripe.SignatureVerificationError:
        print(json.dumps({"accepted": False}))
