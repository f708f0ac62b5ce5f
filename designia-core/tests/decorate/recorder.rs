//! A subscriber that writes down everything that it is told.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Everything that was told, as text.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    text: Arc<Mutex<String>>,
}

impl Recorder {
    /// What has been told so far.
    pub(crate) fn text(&self) -> String {
        self.text.lock().expect("nobody panicked").clone()
    }

    fn write(&self, what: &str, fields: impl FnOnce(&mut dyn Visit)) {
        let mut line = Line(what.to_owned());
        fields(&mut line);
        self.text.lock().expect("nobody panicked").push_str(&(line.0 + "\n"));
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("a string takes all text");
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(span.metadata().name(), |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write("record", |line| values.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.write(event.metadata().level().as_str(), |line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
