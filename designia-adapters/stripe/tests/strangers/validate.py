"""Validates Stripe requests against the parameter types of PyPI `stripe`.

One JSON object per line in: {"method", "path", "query", "headers", "body"}; one per line out: {"findings": [...]}.
A finding is a hard fault (unknown or missing parameter, wrong type, wrong header, other bytes than the SDK's) or starts
with "enum: " for a value that the SDK does not list; Stripe leaves its enumerations open, so the caller decides on those.
"""

import json
import re
import sys
import typing
from urllib.parse import parse_qsl, urlencode

import stripe
import typing_extensions
from stripe import _encode, params
from stripe.params import checkout
from stripe._api_version import _ApiVersion

ENDPOINTS = [
    ("POST", r"/v1/checkout/sessions", checkout.SessionCreateParams),
    ("GET", r"/v1/checkout/sessions", checkout.SessionListParams),
    ("GET", r"/v1/checkout/sessions/[^/]+", checkout.SessionRetrieveParams),
    ("POST", r"/v1/checkout/sessions/[^/]+/expire", checkout.SessionExpireParams),
    ("POST", r"/v1/payment_intents", params.PaymentIntentCreateParams),
    ("GET", r"/v1/payment_intents", params.PaymentIntentListParams),
    ("GET", r"/v1/payment_intents/[^/]+", params.PaymentIntentRetrieveParams),
    ("POST", r"/v1/payment_intents/[^/]+/cancel", params.PaymentIntentCancelParams),
    ("GET", r"/v1/events", params.EventListParams),
    ("POST", r"/v1/refunds", params.RefundCreateParams),
    ("GET", r"/v1/refunds", params.RefundListParams),
    ("GET", r"/v1/refunds/[^/]+", params.RefundRetrieveParams),
]


def tree(text):
    """The nested value that a form stands for; lists are dicts with the keys 0, 1, ..."""
    root = {}
    for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)):
        head, *rest = re.findall(r"^[^\[]+|(?<=\[)[^\]]*(?=\])", name)
        node, path = root, [head, *rest]
        for part in path[:-1]:
            node = node.setdefault(part, {})
        if path[-1] in node:
            raise ValueError(f"{name} is there twice")
        node[path[-1]] = value
    return root


def as_list(value):
    if not isinstance(value, dict) or list(value) != [str(i) for i in range(len(value))]:
        return None
    return list(value.values())


def check(value, kind, where, module):
    """The findings about one value against one type."""
    if isinstance(kind, str):
        return check(value, eval(kind, vars(module) | vars(typing)), where, module)
    if isinstance(kind, typing.ForwardRef):
        return check(value, kind.__forward_arg__, where, module)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is not None and "Required" in str(origin):
        return check(value, args[0], where, module)
    if origin is typing.Union or type(kind).__name__ == "UnionType":
        return check_union(value, args, where, module)
    if origin is typing.Literal:
        return [] if value in args else [f"enum: {where}={value}"]
    if origin in (list, typing.List):
        items = as_list(value)
        if items is None:
            return [f"{where} is not a list"]
        return [f for i, item in enumerate(items) for f in check(item, args[0], f"{where}[{i}]", module)]
    if origin in (dict, typing.Dict):
        if not isinstance(value, dict):
            return [f"{where} is not a map"]
        return [f for key, item in value.items() for f in check(item, args[1], f"{where}[{key}]", module)]
    if typing_extensions.is_typeddict(kind):
        return check_map(value, kind, where)
    if isinstance(value, dict):
        return [f"{where} is a map, not {kind}"]
    if kind is int:
        return [] if re.fullmatch(r"-?(0|[1-9][0-9]*)", value) else [f"{where}={value} is not an integer"]
    if kind is bool:
        return [] if value in ("true", "false") else [f"{where}={value} is not a boolean"]
    if kind is str:
        return []
    return [f"{where} has a type that this script does not know: {kind}"]


def check_union(value, kinds, where, module):
    best = None
    for kind in kinds:
        # A literal beside `str` is an open enumeration: the words count, `str` only says that there may be more.
        if kind is str and any("Literal" in str(other) for other in kinds):
            continue
        findings = check(value, kind, where, module)
        if not findings:
            return []
        if best is None or len(findings) < len(best):
            best = findings
    return best


def check_map(value, kind, where):
    if not isinstance(value, dict):
        return [f"{where} is not a map"]
    module = sys.modules[kind.__module__]
    fields = {}
    for base in reversed(kind.__mro__):
        fields |= getattr(base, "__annotations__", {})
    findings = [f"{where}[{key}] is unknown" for key in value if key not in fields]
    for name, field in fields.items():
        if name in value:
            findings += check(value[name], field, f"{where}[{name}]", module)
        elif name in kind.__required_keys__ and "NotRequired" not in str(field):
            findings.append(f"{where}[{name}] is required")
    return findings


def check_headers(request):
    headers = request["headers"]
    if not headers.get("authorization", "").startswith("Bearer sk_"):
        yield "no bearer key"
    if headers.get("stripe-version") != _ApiVersion.CURRENT:
        yield f"stripe-version {headers.get('stripe-version')} is not {_ApiVersion.CURRENT}"
    if request["method"] == "POST":
        if headers.get("content-type") != "application/x-www-form-urlencoded":
            yield "wrong content-type"
        closes = request["path"].endswith(("/expire", "/cancel"))
        if not closes and not 0 < len(headers.get("idempotency-key", "")) <= 255:
            yield "no idempotency-key"
    elif "idempotency-key" in headers or request["body"]:
        yield "a question with an idempotency-key or a body"


def sdk_bytes(value):
    """What the SDK would have sent: the tree with its lists restored, through its own encoder."""

    def restore(node):
        if not isinstance(node, dict):
            return node
        items = as_list(node)
        return [restore(item) for item in items] if items is not None else {k: restore(v) for k, v in node.items()}

    return urlencode(list(_encode._api_encode({k: restore(v) for k, v in value.items()})))


def validate(request):
    kind = next(
        (k for method, path, k in ENDPOINTS if method == request["method"] and re.fullmatch(path, request["path"])), None
    )
    if kind is None:
        return [f"{request['method']} {request['path']} is not an endpoint"]
    sent = request["body"] if request["method"] == "POST" else request["query"]
    try:
        value = tree(sent)
    except ValueError as error:
        return [str(error)]
    findings = [*check_headers(request), *check_map(value, kind, "")]
    if sent.replace("[", "%5B").replace("]", "%5D") != sdk_bytes(value):
        findings.append(f"the SDK would send {sdk_bytes(value)}")
    return findings


assert stripe.VERSION == "16.1.0", stripe.VERSION
for line in sys.stdin:
    print(json.dumps({"findings": validate(json.loads(line))}))
