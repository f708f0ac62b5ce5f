"""The tasks that are measured, in an application set up as careful users of Celery set it up."""

import os
import time

from celery import Celery
from celery.signals import worker_process_init

app = Celery("tasks", broker=os.environ["BROKER_URL"], backend=os.environ["RESULT_URL"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=4,
    broker_connection_retry_on_startup=True,
)

database = None


@worker_process_init.connect
def connect(**_):
    global database
    import psycopg

    database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


@app.task(name="nothing")
def nothing(number, padding):
    return number


@app.task(name="sleep")
def sleep(number, padding):
    time.sleep(0.005)
    return number


@app.task(name="update")
def update(number, padding):
    database.execute("UPDATE bench_rows SET number = number + 1 WHERE id = %s", (number % 1000,))
    return number


@app.task(name="started")
def started(number, padding):
    return time.time()
