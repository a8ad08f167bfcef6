//! Whether this process runs all the time, or waits for a processor.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;
use tokio::time::sleep;

const TICK: Duration = Duration::from_millis(1);

/// A task that wakes all the time, and notices when it does so late. It ends with this.
#[derive(Debug)]
pub(super) struct Ticking {
    latest: Arc<AtomicU64>,
    task: AbortHandle,
}

impl Ticking {
    pub(super) fn start() -> Self {
        let latest = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(tick(Arc::clone(&latest))).abort_handle();
        Self { latest, task }
    }

    /// By how much it woke late, at most.
    pub(super) fn held_up(&self) -> Duration {
        Duration::from_micros(self.latest.load(Ordering::Relaxed))
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn tick(latest: Arc<AtomicU64>) {
    loop {
        let begun = Instant::now();
        sleep(TICK).await;
        // A timer counts whole milliseconds, and begins with the next.
        let late = begun.elapsed().saturating_sub(2 * TICK).as_micros();
        latest.fetch_max(u64::try_from(late).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}
