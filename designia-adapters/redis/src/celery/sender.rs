//! Tasks for Celery's workers, and what became of them.

use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::{IdGenerator, StoreError};
use designia_core::task::Json;
use designia_core::time::Timestamp;
use futures_util::StreamExt;
use redis::cmd;
use serde_json::value::to_raw_value;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::envelope::{Args, Body, DeliveryInfo, Embed, Envelope, Headers, Properties};
use super::names::Names;
use super::result::{CeleryOutcome, Meta};
use super::{CeleryOptions, Priority};
use crate::RedisConnection;

/// Puts the message in its list, and binds the queue as Celery's own clients do.
const SEND: &str = "
redis.call('SADD', KEYS[2], ARGV[2])
redis.call('SADD', KEYS[3], ARGV[2])
return redis.call('LPUSH', KEYS[1], ARGV[1])";

/// How often a result is looked for besides listening: what is published while a connection is being made is heard by nobody.
const LOOK: Duration = Duration::from_secs(1);

/// A task for a Celery worker.
#[derive(Clone, Debug)]
pub struct CeleryTask {
    /// Its id. Celery runs a task as often as it is sent, whatever its id.
    pub id: Uuid,
    /// Its name there, such as `marketplace.tasks.resize`.
    pub name: String,
    /// The queue.
    pub queue: String,
    /// Positional arguments.
    pub args: Vec<Json>,
    /// Arguments by name: a JSON object.
    pub kwargs: Json,
    /// Not before this. A worker of Celery's takes the message at once and keeps it in memory until then, and another gets it as
    /// well once the visibility timeout is over, so this had better be nearer than that.
    pub eta: Option<Timestamp>,
    /// Not after this.
    pub expires: Option<Timestamp>,
    /// After so long the worker's process is killed.
    pub time_limit: Option<Duration>,
    /// After so long the task gets `SoftTimeLimitExceeded`.
    pub soft_time_limit: Option<Duration>,
    /// What goes first within the queue.
    pub priority: Priority,
    /// Whether nobody will ask for the result.
    pub ignore_result: bool,
}

impl CeleryTask {
    /// A task with these arguments by name, a JSON object, to be run as soon as there is a worker.
    #[must_use]
    pub fn new(id: Uuid, name: impl Into<String>, queue: impl Into<String>, kwargs: Json) -> Self {
        Self {
            id,
            name: name.into(),
            queue: queue.into(),
            args: Vec::new(),
            kwargs,
            eta: None,
            expires: None,
            time_limit: None,
            soft_time_limit: None,
            priority: Priority::default(),
            ignore_result: false,
        }
    }
}

/// Sends tasks to Celery's workers, and reads what became of them. Clones share the connections.
///
/// What is sent is not part of any transaction: a task may be sent of an order that is rolled back, or not be sent of one that is
/// committed. Celery's workers run it at most once if they acknowledge early, as is their default, and else at least once.
#[derive(Clone, Debug)]
pub struct CelerySender {
    broker: RedisConnection,
    results: RedisConnection,
    broker_names: Names,
    result_names: Names,
    ids: Arc<dyn IdGenerator>,
}

impl CelerySender {
    /// To the queues of `broker`, whose results are in `results`: Celery's `broker_url` and `result_backend`.
    #[must_use]
    pub fn new(
        broker: RedisConnection,
        results: RedisConnection,
        options: &CeleryOptions,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        let (broker_names, result_names) = (Names::new(&options.key_prefix), Names::new(&options.result_key_prefix));
        Self { broker, results, broker_names, result_names, ids }
    }

    /// Sends a task; it is in Redis when this returns.
    ///
    /// # Errors
    /// Redis can't be reached (the task may have been sent all the same), or the arguments are no array and object.
    pub async fn send(&self, task: &CeleryTask) -> Result<(), StoreError> {
        let envelope = envelope(task, self.ids.next())?;
        let message = serde_json::to_string(&envelope).map_err(|error| StoreError::invalid(error.to_string()))?;
        let (bindings, member) = self.broker_names.binding(&task.queue);
        let mut send = cmd("EVAL");
        send.arg(SEND).arg(3);
        send.arg(self.broker_names.list(&task.queue, task.priority));
        send.arg(bindings).arg(self.broker_names.permanent_binding(&task.queue));
        send.arg(message).arg(member);
        self.broker.ask(&send).await
    }

    /// How a task stands; `None` if Celery has stored nothing of it, be it that it waits, or that nobody has heard of it.
    ///
    /// # Errors
    /// Redis can't be reached, or what is stored can't be read.
    pub async fn outcome(&self, id: Uuid) -> Result<Option<CeleryOutcome>, StoreError> {
        let key = self.result_names.result(&id.to_string());
        let stored: Option<String> = self.results.ask(cmd("GET").arg(&key)).await?;
        stored.map(|stored| read(&key, &stored)).transpose()
    }

    /// Waits until a task has ended; `None` if it has not within `patience`.
    ///
    /// # Errors
    /// As of [`CelerySender::outcome`].
    pub async fn wait(&self, id: Uuid, patience: Duration) -> Result<Option<CeleryOutcome>, StoreError> {
        timeout(patience, self.ended(id)).await.unwrap_or(Ok(None))
    }

    /// Forgets what is stored of a task.
    ///
    /// # Errors
    /// Redis can't be reached.
    pub async fn forget(&self, id: Uuid) -> Result<(), StoreError> {
        self.results.ask(cmd("DEL").arg(self.result_names.result(&id.to_string()))).await
    }

    async fn ended(&self, id: Uuid) -> Result<Option<CeleryOutcome>, StoreError> {
        let mut subscriber = self.results.subscriber().await.map_err(crate::OpenError::into_store_error)?;
        let channel = self.result_names.result(&id.to_string());
        subscriber.subscribe(&channel).await.map_err(StoreError::unavailable)?;
        let mut news = subscriber.into_on_message();
        loop {
            if let Some(outcome) = self.outcome(id).await?.filter(CeleryOutcome::is_final) {
                return Ok(Some(outcome));
            }
            // One that has ended, because the connection has, would be ready for ever.
            if let Ok(None) = timeout(LOOK, news.next()).await {
                sleep(LOOK).await;
            }
        }
    }
}

fn read(key: &str, stored: &str) -> Result<CeleryOutcome, StoreError> {
    let meta = serde_json::from_str::<Meta>(stored);
    meta.and_then(Meta::outcome).map_err(|error| StoreError::corrupt(key, error))
}

fn envelope(task: &CeleryTask, delivery_tag: Uuid) -> Result<Envelope, StoreError> {
    let invalid = |field: &str, error: serde_json::Error| StoreError::invalid(format!("{field}: {error}"));
    let args: Result<Args, _> = task.args.iter().map(Json::read).collect();
    let args = args.map_err(|error| invalid("args", error))?;
    let kwargs = task.kwargs.read().map_err(|error| invalid("kwargs", error))?;
    let body = Body(args, kwargs, Embed::default()).encoded().map_err(|error| invalid("args", error))?;
    let id = task.id.to_string();
    let limit = |limit: Option<Duration>| limit.map(|it| to_raw_value(&it.as_secs().max(1))).transpose();
    let time_limit = limit(task.time_limit).map_err(|error| invalid("time_limit", error))?;
    let soft_time_limit = limit(task.soft_time_limit).map_err(|error| invalid("soft_time_limit", error))?;
    let headers = Headers {
        lang: Some("py".to_owned()),
        task: Some(task.name.clone()),
        id: Some(id.clone()),
        eta: task.eta.map(|it| it.to_string()),
        expires: task.expires.map(|it| it.to_string()),
        retries: Some(0),
        timelimit: Some([time_limit, soft_time_limit]),
        root_id: Some(id.clone()),
        // Personal data may be among the arguments, and these texts go to logs and monitors.
        argsrepr: Some("(…)".to_owned()),
        kwargsrepr: Some("{…}".to_owned()),
        origin: Some("designia".to_owned()),
        ignore_result: Some(task.ignore_result),
        ..Headers::default()
    };
    let delivery_info = DeliveryInfo { exchange: Some(String::new()), routing_key: Some(task.queue.clone()) };
    let properties = Properties {
        correlation_id: Some(id),
        reply_to: Some(String::new()),
        delivery_mode: 2,
        delivery_info,
        priority: Some(task.priority.get()),
        body_encoding: Some("base64".to_owned()),
        delivery_tag: delivery_tag.to_string(),
        expiration: None,
    };
    Ok(Envelope {
        body,
        content_encoding: Some("utf-8".to_owned()),
        content_type: Some("application/json".to_owned()),
        headers,
        properties,
    })
}
