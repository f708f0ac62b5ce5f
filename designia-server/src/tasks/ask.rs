//! Asking for a task by hand: the same rules for the REST API and the command line.

use std::fmt;

use designia_core::id::TaskId;
use designia_core::ports::{Enqueued, IdGenerator, ScheduleStore, StoreError, TaskQueue, Tasks};
use designia_core::schedule::ScheduleRecord;
use designia_core::task::{Json, KindName, ScheduleName, Task};
use designia_core::time::Timestamp;
use designia_core::worker::{Scheduler, TaskRegistry};

/// A task that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The task: the one that waits or runs already, if another is not allowed beside it.
    pub(crate) id: TaskId,
    /// Whether it is new.
    pub(crate) is_new: bool,
}

/// Why a task was not asked for.
#[derive(Debug)]
pub(crate) enum NotAsked {
    /// This program has no such kind.
    UnknownKind {
        /// What was asked for.
        kind: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The kind's handler can't read the arguments.
    Args(String),
    /// There is no such schedule.
    NoSuchSchedule(ScheduleName),
    /// The store can't be reached.
    Store(StoreError),
}

impl fmt::Display for NotAsked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKind { kind, known } => {
                write!(f, "`{kind}` is no kind of task here; there are {}", known.join(", "))
            }
            Self::Args(rule) => write!(f, "args: {rule}"),
            Self::NoSuchSchedule(name) => write!(f, "there is no schedule `{name}`"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotAsked {}

impl From<StoreError> for NotAsked {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A task of this kind, to be run at `run_at`. Without arguments it gets none, in whichever way its handler reads that.
pub(crate) fn of_kind(
    registry: &TaskRegistry,
    kind: &str,
    args: Option<Json>,
    ids: &dyn IdGenerator,
    now: Timestamp,
    run_at: Timestamp,
) -> Result<Task, NotAsked> {
    let unknown = || NotAsked::UnknownKind {
        kind: kind.chars().take(128).collect(),
        known: registry.kinds().map(|kind| kind.name.to_string()).collect(),
    };
    let name: KindName = kind.parse().map_err(|_| unknown())?;
    let kind = registry.kind(&name).ok_or_else(unknown)?;
    let args = match args {
        Some(args) => args,
        None => nothing(registry, &name)?,
    };
    registry.check(&name, &args).map_err(|error| NotAsked::Args(rule(&error)))?;
    Ok(kind.task_at(TaskId::from_uuid(ids.next()), args, now, run_at))
}

/// Enqueues the task.
pub(crate) async fn ask(queue: &dyn TaskQueue, task: Task) -> Result<Asked, StoreError> {
    let id = task.id;
    Ok(match queue.enqueue(&[task]).await?.first() {
        Some(Enqueued::Duplicate(other)) => Asked { id: *other, is_new: false },
        Some(Enqueued::Known) => Asked { id, is_new: false },
        Some(Enqueued::New) | None => Asked { id, is_new: true },
    })
}

/// Asks at once for what a schedule asks for at its moments.
pub(crate) async fn ask_schedule(
    registry: &TaskRegistry,
    tasks: &Tasks,
    name: &ScheduleName,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(ScheduleRecord, Asked), NotAsked> {
    let row =
        find_schedule(tasks.schedules.as_ref(), name).await?.ok_or_else(|| NotAsked::NoSuchSchedule(name.clone()))?;
    let task = Scheduler::new(registry.clone()).task_now(&row.schedule, ids, now);
    let task = task.ok_or_else(|| NotAsked::UnknownKind {
        kind: row.schedule.kind.to_string(),
        known: registry.kinds().map(|kind| kind.name.to_string()).collect(),
    })?;
    let asked = ask(tasks.queue.as_ref(), task).await?;
    Ok((row, asked))
}

/// The schedule of this name.
pub(crate) async fn find_schedule(
    schedules: &dyn ScheduleStore,
    name: &ScheduleName,
) -> Result<Option<ScheduleRecord>, StoreError> {
    Ok(schedules.schedules().await?.into_iter().find(|row| row.schedule.name == *name))
}

/// No arguments: `null`, or an object without fields where one is read.
fn nothing(registry: &TaskRegistry, kind: &KindName) -> Result<Json, NotAsked> {
    let empty = Json::parse("{}").map_err(|error| NotAsked::Args(error.to_string()))?;
    Ok(if registry.check(kind, &Json::null()).is_ok() { Json::null() } else { empty })
}

/// serde's words without the position, which is one in our own text.
fn rule(error: &serde_json::Error) -> String {
    let told = error.to_string();
    told.split(" at line ").next().unwrap_or(&told).to_owned()
}

#[cfg(test)]
mod tests {
    use designia_core::task::Kind;
    use designia_core::testing::SequentialIds;
    use designia_core::worker::{TaskContext, TaskError};
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Greeting {
        whom: String,
    }

    fn registry() -> TaskRegistry {
        let kind = |name: &str| Kind::new(name.parse().unwrap(), "shop".parse().unwrap());
        TaskRegistry::new()
            .add(kind("greet"), |args: Greeting, _: TaskContext| async move { Ok::<_, TaskError>(args.whom) })
            .add(kind("tidy"), |(): (), _: TaskContext| async { Ok::<_, TaskError>(()) })
    }

    fn asked(kind: &str, args: Option<&str>) -> Result<Task, String> {
        let args = args.map(|text| Json::parse(text).unwrap());
        let (ids, now) = (SequentialIds::new(), Timestamp::from_secs(100));
        of_kind(&registry(), kind, args, &ids, now, now).map_err(|error| error.to_string())
    }

    #[test]
    fn a_task_that_no_handler_could_read_is_refused_before_it_waits() {
        assert_eq!(asked("greet", Some(r#"{"whom":"Ada"}"#)).unwrap().args.as_str(), r#"{"whom":"Ada"}"#);
        assert_eq!(asked("greet", None).unwrap_err(), "args: missing field `whom`");
        assert_eq!(
            asked("greet", Some("{\"whom\":1}")).unwrap_err(),
            "args: invalid type: integer `1`, expected a string"
        );
        assert_eq!(asked("tidy", None).unwrap().args, Json::null());
    }

    #[test]
    fn an_unknown_kind_is_answered_with_those_that_there_are() {
        assert_eq!(asked("cook", None).unwrap_err(), "`cook` is no kind of task here; there are greet, tidy");
        assert_eq!(asked("no such", None).unwrap_err(), "`no such` is no kind of task here; there are greet, tidy");
    }
}
