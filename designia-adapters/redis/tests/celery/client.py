"""A Celery client that is told what to do: one JSON object a line in, one out."""

import json
import sys
import time
from datetime import datetime, timezone

from celery import chain, group

from app import app


def signature(call):
    return app.signature(call["name"], args=call.get("args"), kwargs=call.get("kwargs"))


def options(call):
    options = call.get("options", {})
    for name in ("eta", "expires"):
        if isinstance(options.get(name), str):
            options[name] = datetime.fromisoformat(options[name]).astimezone(timezone.utc)
    return options


def send(call):
    sent = app.send_task(call["name"], args=call.get("args"), kwargs=call.get("kwargs"), **options(call))
    return {"id": sent.id}


def send_chain(call):
    return {"id": chain(*[signature(it) for it in call["calls"]]).apply_async(**options(call)).id}


def send_group(call):
    """Sends a group and waits for all of it."""
    result = group(*[signature(it) for it in call["calls"]]).apply_async(**options(call))
    return {"results": result.get(timeout=call["timeout"])}


def get(call):
    result = app.AsyncResult(call["id"])
    try:
        return {"result": result.get(timeout=call["timeout"])}
    except Exception as error:
        return {
            "raised": type(error).__name__,
            "module": type(error).__module__,
            "message": str(error),
            "state": result.state,
            "traceback": result.traceback,
            "date_done": str(result.date_done),
        }


def states(call):
    """Every state that is seen until the task has ended, with what is said of it."""
    result, seen, until = app.AsyncResult(call["id"]), [], time.monotonic() + call["timeout"]
    while time.monotonic() < until:
        info = result._get_task_meta()
        told = [info["status"], info["result"] if isinstance(info["result"], dict) else str(info["result"])]
        if not seen or seen[-1] != told:
            seen.append(told)
        if result.ready():
            break
        time.sleep(0.01)
    return {"states": seen}


for line in sys.stdin:
    call = json.loads(line)
    answer = {"send": send, "chain": send_chain, "group": send_group, "get": get, "states": states}[call["op"]](call)
    print(json.dumps(answer), flush=True)
