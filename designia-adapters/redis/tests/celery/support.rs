//! A private Redis, real Celery on it, and a worker of Designia's.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use designia_core::memory::MemoryStore;
use designia_core::ports::{Clock, IdGenerator};
use designia_core::task::{Kind, RetryPolicy};
use designia_core::time::Timestamp;
use designia_core::worker::{Renewing, TaskRegistry, TaskWorker, WorkerConfig};
use designia_redis::celery::{
    CeleryIntake, CeleryKinds, CeleryMirror, CeleryOptions, CeleryRunner, CeleryRunnerOptions, CelerySender,
};
use designia_redis::{Config, RedisConnection};
use designia_services::{PrivateRedis, private_redis_or_skip};
use redis::{FromRedisValue, aio::MultiplexedConnection};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

/// No test waits longer for anything; the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "Celery's side has no other clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }
}

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

#[derive(Debug)]
pub(crate) struct Ids;

impl IdGenerator for Ids {
    fn next(&self) -> Uuid {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let nanos = u128::from(now().as_micros().unsigned_abs());
        Uuid::from_u128((nanos << 64) | u128::from(NEXT.fetch_add(1, Ordering::Relaxed)))
    }
}

/// A Redis with Celery on the other side.
pub(crate) struct Bench {
    pub(crate) redis: PrivateRedis,
    python: String,
    pub(crate) options: CeleryOptions,
}

impl Bench {
    /// `None` after saying what is missing.
    pub(crate) fn or_skip() -> Option<Self> {
        let Ok(python) = std::env::var("DESIGNIA_PYTHON") else {
            assert!(std::env::var("CI").is_err(), "DESIGNIA_PYTHON must be set on CI");
            // Past the test harness, which keeps the output of tests that pass to itself.
            std::io::stderr().write_all(b"SKIPPED: a test with Celery needs DESIGNIA_PYTHON\n").unwrap();
            return None;
        };
        let redis = private_redis_or_skip()?;
        Some(Self { redis, python, options: CeleryOptions::default() })
    }

    pub(crate) fn broker_url(&self) -> String {
        format!("{}/0", self.redis.url())
    }

    fn result_url(&self) -> String {
        format!("{}/1", self.redis.url())
    }

    pub(crate) fn broker(&self) -> RedisConnection {
        RedisConnection::lazy(&self.broker_url().parse::<Config>().unwrap())
    }

    pub(crate) fn results(&self) -> RedisConnection {
        RedisConnection::lazy(&self.result_url().parse::<Config>().unwrap())
    }

    pub(crate) fn sender(&self) -> CelerySender {
        CelerySender::new(self.broker(), self.results(), &self.options, Arc::new(Ids))
    }

    pub(crate) fn intake(&self, queue: &str, kinds: CeleryKinds, into: Arc<MemoryStore>) -> CeleryIntake {
        CeleryIntake::new(self.broker(), self.results(), &self.options, [queue], kinds, into)
    }

    pub(crate) fn mirror(&self, store: Arc<MemoryStore>) -> CeleryMirror {
        CeleryMirror::new(store, self.results(), &self.options)
    }

    /// Asks the broker.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &[&str]) -> T {
        ask(self.broker_url(), command).await
    }

    /// Asks the result store.
    pub(crate) async fn ask_results<T: FromRedisValue>(&self, command: &[&str]) -> T {
        ask(self.result_url(), command).await
    }

    fn python(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        command.args(arguments).current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/celery"));
        command.env("BROKER_URL", self.broker_url()).env("RESULT_URL", self.result_url());
        command.env("VISIBILITY_TIMEOUT", self.options.visibility_timeout.as_secs().to_string());
        // No cache in the repository, and no word about whoever runs the tests.
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONWARNINGS", "ignore");
        command
    }

    /// A stock worker for this queue, until it is dropped.
    pub(crate) fn celery_worker(&self, queue: &str) -> Stopped {
        let mut command =
            self.python(&["-m", "celery", "-A", "app", "worker", "--pool", "solo", "--loglevel", "CRITICAL"]);
        command.args(["--without-gossip", "--without-mingle", "-Q", queue]);
        Stopped(command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap())
    }

    pub(crate) fn celery_client(&self) -> Client {
        let mut child = self.python(&["client.py"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        Client { to, from, _child: Stopped(child) }
    }

    /// A bridge for these kinds and a worker that runs them.
    pub(crate) fn bridge(&self, queue: &str, kinds: CeleryKinds, registry: TaskRegistry) -> Bridge {
        let store = Arc::new(MemoryStore::new());
        let (intake, mirror) = (self.intake(queue, kinds, store.clone()), self.mirror(store.clone()));
        let options = CeleryRunnerOptions {
            poll: Duration::from_millis(20),
            pause: Duration::from_millis(200),
            ..CeleryRunnerOptions::default()
        };
        let runner = CeleryRunner::start(intake, mirror, Arc::new(SystemClock), options, || ());
        let mut worker = JoinSet::new();
        worker.spawn(work(Arc::clone(&store), registry));
        Bridge { runner, store, _worker: worker }
    }
}

async fn ask<T: FromRedisValue>(url: String, command: &[&str]) -> T {
    let client = redis::Client::open(url).unwrap();
    let mut connection: MultiplexedConnection = client.get_multiplexed_async_connection().await.unwrap();
    let mut cmd = redis::cmd(command[0]);
    cmd.arg(&command[1..]);
    cmd.query_async(&mut connection).await.unwrap()
}

pub(crate) struct Bridge {
    pub(crate) runner: CeleryRunner,
    pub(crate) store: Arc<MemoryStore>,
    /// Ends with this.
    _worker: JoinSet<()>,
}

/// A worker that looks for tasks all the time.
async fn work(store: Arc<MemoryStore>, registry: TaskRegistry) {
    let config = WorkerConfig {
        name: "bridge-worker".parse().unwrap(),
        host: "localhost".to_owned(),
        pid: std::process::id(),
        queues: registry.queues(),
        slots: 8,
        batch: 8,
    };
    let worker = TaskWorker::new(config, registry, Arc::new(SystemClock));
    loop {
        for job in worker.turn(&*store).await.unwrap().jobs {
            let limits = job.limits();
            tokio::spawn(job.run(tokio::time::sleep(limits.soft), tokio::time::sleep(limits.hard)));
        }
        worker.renew(&*store, Renewing::News).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A kind in the queue `taken`, tried twice; the wait in between can be seen from Python.
pub(crate) fn kind(name: &str) -> Kind {
    let wait = Duration::from_millis(500);
    let mut kind = Kind::new(name.parse().unwrap(), "taken".parse().unwrap());
    kind.retry = RetryPolicy { retries: 1, first: wait, factor: 1, longest: wait };
    kind
}

/// A process that is stopped when this is dropped.
pub(crate) struct Stopped(pub(crate) Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// client.py.
pub(crate) struct Client {
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    _child: Stopped,
}

impl Client {
    pub(crate) fn call(&mut self, call: &Value) -> Value {
        writeln!(self.to, "{call}").unwrap();
        let mut answer = String::new();
        self.from.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: client.py answered `{answer}`"))
    }

    /// Sends a task, and answers its id.
    pub(crate) fn send(&mut self, name: &str, kwargs: &Value, options: &Value) -> String {
        self.send_with(&json!({ "op": "send", "name": name, "kwargs": kwargs, "options": options }))
    }

    pub(crate) fn send_with(&mut self, call: &Value) -> String {
        self.call(call)["id"].as_str().unwrap().to_owned()
    }

    /// `AsyncResult(id).get()`.
    pub(crate) fn get(&mut self, id: &str) -> Value {
        self.call(&json!({ "op": "get", "id": id, "timeout": PATIENCE.as_secs() }))
    }
}

/// Waits until something is there.
pub(crate) async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("it happens in time")
}
