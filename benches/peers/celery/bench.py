"""Celery 5 on Redis, measured as `benches/tasks` measures Designia: same payload, same work, same lines printed.

Needs DATABASE_URL, for the one-row update, and REDIS_URL with two databases that may be emptied; without the latter a private
server is started, which writes an append-only file every second. Run it through `benches/peers/run`.
"""

import contextlib
import importlib.metadata
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import psycopg
import redis

ROUNDS = int(os.environ.get("ROUNDS", "3"))
ENQUEUED, PICKUPS = 2_000, 200
COUNTS = {"nothing": 4_000, "sleep": 4_000, "update": 4_000}
NAMES = {"nothing": "no-op", "sleep": "5 ms sleep", "update": "one-row update"}
PADDING = "x" * 150
PROCESSES = 2
DURABILITY = "Redis with an append-only file, synced every second"
MODE = f"prefork {PROCESSES}, prefetch 4 each; acknowledged late, one by one; results stored; at least once; {DURABILITY}"
HERE = pathlib.Path(__file__).parent


def row(measure, values, unit, notes):
    version = importlib.metadata.version("celery")
    median, least, most = statistics.median(values), min(values), max(values)
    print(
        f"celery {version} | {measure} | {median:.1f} | {unit} | {notes}; {len(values)} rounds, {least:.1f} to {most:.1f}",
        flush=True,
    )


def private_redis():
    """A server of our own, and its address."""
    directory = tempfile.mkdtemp(prefix="designia-peer-")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = ["--bind", "127.0.0.1", "--port", str(port), "--dir", directory]
    settings += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    server = subprocess.Popen(["redis-server", *settings], stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}"
    while True:
        try:
            redis.Redis.from_url(url).ping()
            return server, directory, url
        except redis.exceptions.ConnectionError:
            if server.poll() is not None:
                raise
            time.sleep(0.02)


def cpu(pids):
    """Seconds of CPU that these processes have used."""
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def family(pid):
    """A process and its children."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


class Worker:
    """A stock worker for the queue `gate`, which can be let at others."""

    def __init__(self, app):
        command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--loglevel", "ERROR", "-Q", "gate"]
        command += ["--pool", "prefork", "--concurrency", str(PROCESSES), "-n", f"bench{time.time_ns()}@localhost"]
        self.process = subprocess.Popen(command, cwd=HERE, stdout=subprocess.DEVNULL)
        app.send_task("nothing", args=[0, ""], queue="gate").get(timeout=60)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def main():
    server, directory = None, None
    url = os.environ.get("REDIS_URL")
    if not url:
        server, directory, url = private_redis()
    url = url.rstrip("/")
    os.environ["BROKER_URL"], os.environ["RESULT_URL"] = f"{url}/0", f"{url}/1"
    os.environ["PYTHONWARNINGS"] = "ignore"
    try:
        measure_all(redis.Redis.from_url(f"{url}/0"), redis.Redis.from_url(f"{url}/1"))
    finally:
        if server:
            server.terminate()
            server.wait()
            shutil.rmtree(directory)


def measure_all(broker, results):
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
        database.execute("CREATE TABLE IF NOT EXISTS bench_rows (id bigint PRIMARY KEY, number bigint NOT NULL)")
        database.execute("INSERT INTO bench_rows SELECT n, 0 FROM generate_series(0, 999) n ON CONFLICT DO NOTHING")
    from tasks import app

    server_pid = broker.info("server")["process_id"]
    is_local = pathlib.Path(f"/proc/{server_pid}/comm").exists()

    def clear():
        broker.flushdb()
        results.flushdb()

    def fill(name, count, batch=True):
        task = app.tasks[name]
        with app.producer_pool.acquire(block=True) as producer:
            with producer.batch(max_size=1000) if batch else contextlib.nullcontext():
                for number in range(count):
                    task.apply_async(args=[number, PADDING], queue="bench", producer=producer)

    for measure, batch, notes in [
        ("enqueue, single", False, "one client, one round trip each"),
        ("enqueue, bulk", True, "apply_async in a publish batch of 1000 of kombu 5.7"),
    ]:
        rates = []
        for _ in range(ROUNDS):
            clear()
            begin = time.monotonic()
            fill("nothing", ENQUEUED, batch)
            rates.append(ENQUEUED / (time.monotonic() - begin))
        row(measure, rates, "tasks/s", f"{notes}; {DURABILITY}")

    for name, count in COUNTS.items():
        rates, clients, servers = [], [], []
        for _ in range(ROUNDS):
            clear()
            worker = Worker(app)
            fill(name, count)
            already = results.dbsize()
            client, server, begin = cpu(family(worker.process.pid)), cpu([server_pid] * is_local), time.monotonic()
            app.control.add_consumer("bench", reply=False)
            while results.dbsize() - already < count:
                time.sleep(0.01)
            rates.append(count / (time.monotonic() - begin))
            clients.append((cpu(family(worker.process.pid)) - client) / count * 1e6)
            servers.append((cpu([server_pid] * is_local) - server) / count * 1e6)
            worker.stop()
        row(f"drain, {NAMES[name]}", rates, "tasks/s", MODE)
        row(f"CPU client, {NAMES[name]}", clients, "µs/task", MODE)
        if is_local:
            row(f"CPU server, {NAMES[name]}", servers, "µs/task", f"Redis only; {MODE}")

    p50, p99 = [], []
    for _ in range(ROUNDS):
        clear()
        worker = Worker(app)
        waits = []
        for number in range(PICKUPS):
            time.sleep((20 + number * 7 % 41) / 1000)
            begin = time.time()
            at = app.send_task("started", args=[number, PADDING], queue="gate").get(timeout=60)
            waits.append((at - begin) * 1e3)
        worker.stop()
        waits.sort()
        p50.append(waits[len(waits) // 2])
        p99.append(waits[len(waits) * 99 // 100])
    notes = f"idle worker, {PICKUPS} samples, from before the send to the task's start; {MODE}"
    row("pickup p50", p50, "ms", notes)
    row("pickup p99", p99, "ms", notes)


if __name__ == "__main__":
    main()
