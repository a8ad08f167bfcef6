//! What a link and every snapshot that has it know each other by.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Report;
use crate::metrics::Meter;
use crate::sync::AtomicBool;

/// A server's place in a cluster, for as long as it has the same link: other servers may come and go around it.
///
/// Links report to it. A server that is removed, or has another link now, has no such seat in the current snapshot
/// any more, so that late reports count for nothing.
#[derive(Debug)]
pub(crate) struct Seat {
    /// Whether the server's health must be asked before a request goes to it.
    troubled: AtomicBool,
    /// What its links count; a link that is made anew goes on with it.
    pub(crate) meter: Arc<Meter>,
}

impl Seat {
    pub(super) fn new(meter: Arc<Meter>) -> Self {
        Self {
            troubled: AtomicBool::new(false),
            meter,
        }
    }

    #[inline]
    pub(crate) fn is_troubled(&self) -> bool {
        self.troubled.load(Ordering::Acquire)
    }

    /// Whether this is to be noted: a healthy server's answers are not.
    #[inline]
    pub(crate) fn heeds(&self, report: Report) -> bool {
        report != Report::Answered || self.is_troubled()
    }

    pub(super) fn set_troubled(&self, troubled: bool) {
        self.troubled.store(troubled, Ordering::Release);
    }
}
