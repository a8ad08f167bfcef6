//! How far a step is: a bar on a terminal, a plain line at its end otherwise.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

/// One step on its way.
pub(super) struct Progress {
    what: &'static str,
    started: Instant,
    /// Draws nothing where standard error is no terminal.
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn start(what: &'static str, entries: usize) -> Self {
        let style = ProgressStyle::with_template("{msg} [{wide_bar}] {pos}/{len}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(entries as u64)
            .with_style(style)
            .with_message(what);
        Self {
            what,
            started: Instant::now(),
            bar,
        }
    }

    pub(super) fn done(&self, entries: usize) {
        self.bar.inc(entries as u64);
    }

    /// Ends the step with its figures.
    pub(super) fn finish(self, bytes: usize) {
        let Self { what, started, bar } = self;
        let seconds = started.elapsed().as_secs_f64();
        let entries = bar.position();
        bar.finish_and_clear();
        let (rate, speed) = (entries as f64 / seconds, bytes as f64 / 1e6 / seconds);
        println!(
            "{what}: {entries} entries in {seconds:.2} s, {rate:.0} operations/s, {speed:.0} MB/s"
        );
    }
}
