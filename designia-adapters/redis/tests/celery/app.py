"""The Celery side of the tests: an ordinary application, for `celery -A app worker` and for client.py."""

import os
import time

import redis
from celery import Celery

app = Celery("app", broker=os.environ["BROKER_URL"], backend=os.environ["RESULT_URL"])
app.conf.update(
    broker_transport_options={"visibility_timeout": int(os.environ.get("VISIBILITY_TIMEOUT", "3600"))},
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
)


@app.task(name="app.greet")
def greet(greeting, name):
    return f"{greeting}, {name}"


@app.task(name="app.fail")
def fail(why):
    raise ValueError(why)


@app.task(name="app.flaky", bind=True, max_retries=3)
def flaky(self, wait):
    if self.request.retries == 0:
        raise self.retry(exc=RuntimeError("not yet"), countdown=wait)
    return self.request.retries


@app.task(name="app.now")
def now():
    return int(time.time() * 1_000_000)


@app.task(name="app.request", bind=True)
def request(self):
    return {
        "id": self.request.id,
        "timelimit": self.request.timelimit,
        "expires": self.request.expires,
        "eta": self.request.eta,
        "priority": self.request.delivery_info["priority"],
        "queue": self.request.delivery_info["routing_key"],
    }


@app.task(name="app.note", ignore_result=True)
def note(word):
    redis.Redis.from_url(os.environ["RESULT_URL"]).rpush("notes", word)
