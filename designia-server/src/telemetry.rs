//! Where log lines go: to standard error, so that standard output stays what a command was asked for. And where spans go: to a
//! collector, if there is one.

mod export;
mod level;

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

pub use export::{Export, ExportError};
pub use level::{LogLevel, LogLevelError, LogState};

use crate::config::{Log, LogFormat};

/// Sends this process's log lines where the configuration says, and its spans where the export leads; what is logged can be changed
/// afterwards. A second call changes nothing, and what it returns can't either.
pub fn init(log: &Log, export: Option<&Export>) -> LogLevel {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    let lines = match log.format {
        LogFormat::Text => lines.with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let (filter, level) = LogLevel::over(&log.filter);
    let lines = lines.with_filter(filter);
    // What is logged and what is exported don't depend on each other: a quiet server has traces, too.
    let spans = export.map(|export| {
        let ours = filter_fn(is_for_export).with_max_level_hint(LevelFilter::INFO);
        tracing_opentelemetry::layer()
            .with_tracer(export.tracer())
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(ours)
    });
    // The only failure is that a host already installed its own subscriber, which then wins.
    let _ = tracing_subscriber::registry().with(lines).with(spans).try_init();
    LEVEL.get_or_init(|| level).clone()
}

/// A process has one log, whatever runs in it.
static LEVEL: OnceLock<LogLevel> = OnceLock::new();

/// What changes how much this process logs, if [`init`] decided it.
pub(crate) fn level() -> Option<LogLevel> {
    LEVEL.get().cloned()
}

/// Spans of our own and no log lines, which have their own way.
fn is_for_export(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && *metadata.level() <= Level::INFO && metadata.target().starts_with("designia")
}
