//! How far a copy is, for whoever watches: a bar on a terminal, a line now and then in a log.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use designia_core::ports::Clock;
use designia_core::service::Progress;
use designia_core::time::Timestamp;
use indicatif::{ProgressBar, ProgressStyle};

use crate::edge::SystemClock;

/// The pause between two lines in a log.
const PAUSE: Duration = Duration::from_secs(5);

/// What has been told so far.
pub(super) struct Told {
    is_terminal: bool,
    bar: Option<ProgressBar>,
    latest: Progress,
    began: Timestamp,
    line_at: Timestamp,
    /// How many records were copied by this run.
    copied: u64,
}

impl Told {
    pub(super) fn new(latest: Progress, began: Timestamp) -> Self {
        let is_terminal = stderr().is_terminal();
        let mut told = Self { is_terminal, bar: None, latest, began, line_at: began, copied: 0 };
        told.begin(latest);
        if latest.done > 0 {
            eprintln!("going on after {}", line(latest));
        }
        told
    }

    pub(super) fn tell(&mut self, now: Progress) {
        if now.section == self.latest.section {
            self.copied += now.done - self.latest.done;
        } else {
            self.end();
            self.begin(now);
        }
        self.latest = now;
        if let Some(bar) = &self.bar {
            bar.set_position(now.done);
        } else if SystemClock.now().since(self.line_at) >= PAUSE {
            self.line_at = SystemClock.now();
            eprintln!("{}", line(now));
        }
    }

    /// How many records were copied, and how fast.
    pub(super) fn rate(&self, now: Timestamp) -> String {
        let millis = now.since(self.began).as_millis().max(1);
        let rate = u128::from(self.copied) * 1_000 / millis;
        format!("{} records in {}.{:03} s, {rate} a second", self.copied, millis / 1_000, millis % 1_000)
    }

    fn begin(&mut self, progress: Progress) {
        let Some(section) = progress.section.filter(|_| self.is_terminal && progress.total > 0) else { return };
        let template = "{msg:<16} [{bar:40}] {pos}/{len}  {per_sec}, {eta} to go";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(progress.total).with_message(section.to_string());
        bar.set_style(style.progress_chars("=> "));
        bar.set_position(progress.done);
        self.bar = Some(bar);
    }

    /// The last page of a section is counted nowhere else: what was there at the beginning is now copied.
    fn end(&mut self) {
        self.copied += self.latest.total.saturating_sub(self.latest.done);
        match (self.bar.take(), self.latest.section) {
            (Some(bar), _) => {
                bar.set_position(self.latest.total);
                bar.finish();
            }
            (None, Some(_)) if self.latest.total > 0 => {
                eprintln!("{}", line(Progress { done: self.latest.total, ..self.latest }));
            }
            (None, _) => {}
        }
        self.latest.done = self.latest.total;
    }
}

fn line(progress: Progress) -> String {
    let section = progress.section.map(|section| section.to_string()).unwrap_or_default();
    format!("{section}: {} of {}", progress.done, progress.total)
}
