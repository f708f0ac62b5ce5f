//! How much is logged, changed while the process runs: for a while, and back to what was configured by itself.
//!
//! # What other crates may say
//! Whoever changes the filter over the network must not be able to make secrets appear. Our own crates log none at any level. Of
//! others that is true up to `info` only: below it `lettre` writes down the exchange of credentials with the mail server, `tungstenite`
//! the frames of chats with what is said in them, `reqwest` and `hyper` what goes over the wire, headers among it, `rustls` handshakes,
//! and `axum` the bodies that it rejects. Some of that is left out by the features that we build them with, which is nothing to rely
//! on. So a filter that is set at run time lets crates of others say nothing below `info`, and who asks for more is refused. What the
//! operator configures is up to the operator.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use designia_core::time::{DAY, Timestamp};
use serde::Serialize;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::reload::{self, Handle};

/// The lowest level at which crates of others hold their tongue about secrets.
const SAFE: LevelFilter = LevelFilter::INFO;

/// How long a filter may be.
const LONGEST: usize = 500;

/// How much this process logs. Clones change the same.
#[derive(Clone)]
pub struct LogLevel {
    shared: Arc<Shared>,
}

struct Shared {
    handle: Handle<EnvFilter, Registry>,
    configured: String,
    changed: Mutex<Changed>,
}

#[derive(Default)]
struct Changed {
    /// How often it was changed, so that the end of an earlier change doesn't end a later one.
    number: u64,
    /// What is in force instead of what was configured, and until when.
    filter: Option<(String, Timestamp)>,
}

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogState {
    /// What is logged now.
    pub filter: String,
    /// What is logged unless it was changed.
    pub configured: String,
    /// When what was configured is in force again, if it isn't.
    pub until: Option<Timestamp>,
}

/// What is logged can't be changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogLevelError {
    /// It is no filter that may be set at run time.
    #[error("{0}")]
    Unfit(String),
    /// It would last too short or too long.
    #[error("a change of what is logged lasts from a second to {} hours", LogLevel::LONGEST_CHANGE.as_secs() / 3_600)]
    Lasting,
    /// The log belongs to the program that this server is a part of.
    #[error("what is logged is not decided by this server")]
    Elsewhere,
}

impl LogLevel {
    /// How long a change may last.
    pub const LONGEST_CHANGE: Duration = DAY;

    /// A filter that can be changed, and how.
    pub(super) fn over(configured: &str) -> (reload::Layer<EnvFilter, Registry>, Self) {
        let (filter, handle) = reload::Layer::new(EnvFilter::new(configured));
        let shared = Shared { handle, configured: configured.to_owned(), changed: Mutex::default() };
        (filter, Self { shared: Arc::new(shared) })
    }

    /// What is in force.
    #[must_use]
    pub fn get(&self) -> LogState {
        let changed = self.shared.lock();
        let configured = self.shared.configured.clone();
        match &changed.filter {
            Some((filter, until)) => LogState { filter: filter.clone(), configured, until: Some(*until) },
            None => LogState { filter: configured.clone(), configured, until: None },
        }
    }

    /// Logs by this filter for a while from `now` on, in this process alone: a level, or levels of our own crates and modules, such
    /// as `debug` or `info,designia_stripe=debug`. What is not named is logged at `info`. To be called from asynchronous code.
    ///
    /// # Errors
    /// A [`LogLevelError`]; nothing has changed then.
    pub fn set(&self, filter: &str, lasting: Duration, now: Timestamp) -> Result<LogState, LogLevelError> {
        if !(Duration::from_secs(1)..=Self::LONGEST_CHANGE).contains(&lasting) {
            return Err(LogLevelError::Lasting);
        }
        let filter = safe(filter).map_err(LogLevelError::Unfit)?;
        tracing::warn!(filter, seconds = lasting.as_secs(), "what is logged is changed for a while");
        let number = {
            let mut changed = self.shared.lock();
            self.shared.apply(&filter)?;
            changed.number += 1;
            changed.filter = Some((filter, now + lasting));
            changed.number
        };
        let level = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(lasting).await;
            level.end(Some(number));
        });
        Ok(self.get())
    }

    /// Logs what was configured.
    pub fn reset(&self) {
        self.end(None);
    }

    /// Ends whatever change is in force, or only the one of this number.
    fn end(&self, number: Option<u64>) {
        let mut changed = self.shared.lock();
        if number.is_some_and(|number| number != changed.number) || changed.filter.is_none() {
            return;
        }
        if self.shared.apply(&self.shared.configured).is_ok() {
            changed.filter = None;
            changed.number += 1;
            drop(changed);
            tracing::info!(filter = self.shared.configured, "what was configured is logged again");
        }
    }
}

impl Shared {
    fn apply(&self, filter: &str) -> Result<(), LogLevelError> {
        self.handle.reload(EnvFilter::new(filter)).map_err(|_| LogLevelError::Elsewhere)
    }

    fn lock(&self) -> MutexGuard<'_, Changed> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogLevel").field(&self.get()).finish()
    }
}

/// The filter that does what is asked for and lets crates of others say nothing below [`SAFE`].
fn safe(asked: &str) -> Result<String, String> {
    if asked.len() > LONGEST {
        return Err(format!("a filter has at most {LONGEST} characters"));
    }
    let (mut rest, mut named) = (None, Vec::new());
    for part in asked.split(',').map(str::trim) {
        match part.split_once('=') {
            None if rest.is_some() => return Err(format!("`{asked}` has two levels without a name")),
            None => rest = Some(level(part)?),
            Some((target, wanted)) if is_target(target) => {
                let wanted = level(wanted)?;
                if wanted > SAFE && !is_ours(target) {
                    return Err(format!(
                        "`{part}`: other crates may log secrets below {SAFE}, so that is up to the configuration"
                    ));
                }
                named.push((target, wanted));
            }
            Some(_) => return Err(format!("`{part}` is not a level or NAME=LEVEL")),
        }
    }
    let rest = rest.unwrap_or(SAFE);
    let mut filter = rest.min(SAFE).to_string();
    if rest > SAFE && !named.iter().any(|(target, _)| *target == "designia") {
        named.insert(0, ("designia", rest));
    }
    for (target, wanted) in named {
        filter.push_str(&format!(",{target}={wanted}"));
    }
    Ok(filter)
}

/// Errors are logged whatever is asked for: who may change this may not hide them.
fn level(text: &str) -> Result<LevelFilter, String> {
    let levels = ["error", "warn", "info", "debug", "trace"];
    let known = levels.contains(&text).then(|| text.parse().ok()).flatten();
    known.ok_or_else(|| format!("`{text}` is none of {}", levels.join(", ")))
}

fn is_target(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte))
}

/// A filter takes a name for the beginning of names, so one that is shorter than ours is everybody's.
fn is_ours(target: &str) -> bool {
    target.strip_prefix("designia").is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', ':']))
}

#[cfg(test)]
mod tests {
    use std::io;

    use tracing::{debug, info, trace};
    use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_348_800);

    /// What was logged.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn logging(configured: &str) -> (Self, LogLevel, tracing::subscriber::DefaultGuard) {
            let (lines, (filter, level)) = (Self::default(), LogLevel::over(configured));
            let writer = lines.clone();
            let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
            let guard =
                tracing::subscriber::set_default(tracing_subscriber::registry().with(layer.with_filter(filter)));
            (lines, level, guard)
        }

        /// Which of the events of [`speak`] are logged.
        fn heard(&self) -> String {
            self.0.lock().unwrap().clear();
            speak();
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            let words = text.lines().filter_map(|line| line.rsplit(' ').next());
            words.collect::<Vec<_>>().join(" ")
        }
    }

    fn speak() {
        info!(target: "designia_server::x", "ours");
        debug!(target: "designia_server::x", "ours-debug");
        trace!(target: "designia_stripe", "ours-trace");
        info!(target: "lettre::transport", "others");
        debug!(target: "lettre::transport", "secret-debug");
        trace!(target: "hyper", "secret-trace");
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_lasts_as_long_as_it_was_asked_for() {
        let (lines, level, _guard) = Lines::logging("warn,designia=info");
        assert_eq!(lines.heard(), "ours");
        let state = level.set("debug", Duration::from_secs(60), NOW).unwrap();
        assert_eq!((state.filter.as_str(), state.until), ("info,designia=debug", Some(NOW + Duration::from_secs(60))));
        assert_eq!(lines.heard(), "ours ours-debug others");
        tokio::time::sleep(Duration::from_secs(59)).await;
        assert_eq!(lines.heard(), "ours ours-debug others");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(lines.heard(), "ours");
        let configured = "warn,designia=info".to_owned();
        assert_eq!(level.get(), LogState { filter: configured.clone(), configured, until: None });
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_an_earlier_change_does_not_end_a_later_one() {
        let (lines, level, _guard) = Lines::logging("warn");
        level.set("debug", Duration::from_secs(60), NOW).unwrap();
        tokio::time::sleep(Duration::from_secs(30)).await;
        level.set("info", Duration::from_secs(60), NOW).unwrap();
        tokio::time::sleep(Duration::from_secs(40)).await;
        assert_eq!(lines.heard(), "ours others");
        level.reset();
        assert_eq!(lines.heard(), "");
        level.set("info", Duration::from_secs(60), NOW).unwrap();
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert_eq!(lines.heard(), "ours others", "the change that was ended by hand doesn't end this one");
    }

    #[tokio::test]
    async fn whatever_is_set_other_crates_log_nothing_below_info() {
        let (lines, level, _guard) = Lines::logging("info");
        for filter in
            ["trace", "trace,designia=trace", "designia=trace", "trace,lettre=info", "trace,hyper::proto=warn"]
        {
            level.set(filter, Duration::from_secs(60), NOW).unwrap();
            let heard = lines.heard();
            assert!(heard.contains("ours-trace") && !heard.contains("secret"), "{filter}: {heard}");
        }
        for filter in ["lettre=debug", "trace,hyper=trace", "h=trace", "design=debug", "designiax=debug", "log=debug"] {
            let refused = level.set(filter, Duration::from_secs(60), NOW).unwrap_err();
            assert!(refused.to_string().contains("secrets"), "{filter}: {refused}");
        }
    }

    #[tokio::test]
    async fn what_is_no_filter_or_hides_errors_is_refused_and_changes_nothing() {
        let (_, level, _guard) = Lines::logging("info");
        let long = "designia=debug,".repeat(99);
        for filter in
            ["", "off", "loud", "0", "designia=off", "debug,info", "[span]=trace", "designia[x{y=1}]=debug", "=", &long]
        {
            assert!(matches!(level.set(filter, HOUR, NOW), Err(LogLevelError::Unfit(_))), "{filter}");
        }
        for lasting in [Duration::ZERO, Duration::from_millis(999), LogLevel::LONGEST_CHANGE + HOUR] {
            assert_eq!(level.set("debug", lasting, NOW), Err(LogLevelError::Lasting));
        }
        assert_eq!(level.get().until, None);
    }

    #[tokio::test]
    async fn a_host_that_logs_by_itself_is_left_alone() {
        let (_, level) = LogLevel::over("info");
        assert_eq!(level.set("debug", HOUR, NOW), Err(LogLevelError::Elsewhere));
        assert_eq!(level.get().filter, "info");
    }

    const HOUR: Duration = Duration::from_secs(3_600);
}
