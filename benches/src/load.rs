//! How much of the machine's processors others use while something is measured, as Linux counts it in `/proc`.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};

/// From when it is counted.
#[derive(Debug)]
pub struct Foreign {
    at: Instant,
    ticks: u64,
    per_second: u64,
    /// Processes whose use is ours, as much as that of this one and of those that it has waited for.
    ours: Vec<u32>,
}

impl Foreign {
    /// Counts from now; `per_second` is the number of the system's ticks in a second.
    ///
    /// # Errors
    /// `/proc` is not as Linux has it, or one of them is gone.
    pub fn start(ours: Vec<u32>, per_second: u64) -> Result<Self> {
        Ok(Self {
            at: Instant::now(),
            ticks: foreign(&ours)?,
            per_second,
            ours,
        })
    }

    /// How many processors others have used since then, on average.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn stop(self) -> Result<f64> {
        let ticks = foreign(&self.ours)?.saturating_sub(self.ticks);
        Ok(ticks as f64 / self.per_second as f64 / self.at.elapsed().as_secs_f64())
    }
}

/// Ticks that others have used since the machine started.
fn foreign(processes: &[u32]) -> Result<u64> {
    let all = fs::read_to_string("/proc/stat")?;
    let all = of_all(&all).context("/proc/stat has no times of all processors")?;
    let mut ours = of_process("self", true)?;
    for process in processes {
        ours += of_process(&process.to_string(), false)?;
    }
    Ok(all.saturating_sub(ours))
}

fn of_process(process: &str, with_children: bool) -> Result<u64> {
    let file = format!("/proc/{process}/stat");
    let stat = fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
    used(&stat, with_children).with_context(|| format!("{file} has no times"))
}

/// Of `/proc/stat`: ticks of users' and of the system's time. Those of interrupts are left out, as on loopback they are
/// the work of whoever sends.
fn of_all(stat: &str) -> Option<u64> {
    sum(stat.lines().next()?.strip_prefix("cpu ")?, 0, 3)
}

/// Of `/proc/PID/stat`: ticks of the process, and of its children that have been waited for.
fn used(stat: &str, with_children: bool) -> Option<u64> {
    // The name may have blanks and brackets in it.
    let (_, rest) = stat.rsplit_once(')')?;
    sum(rest, 11, if with_children { 4 } else { 2 })
}

/// Of so many numbers behind the first words.
fn sum(line: &str, first: usize, count: usize) -> Option<u64> {
    let mut words = line.split_whitespace().skip(first);
    (0..count).try_fold(0, |sum, _| Some(sum + words.next()?.parse::<u64>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_system_are_summed() {
        let stat = "cpu  10 2 3 9999 50 60 70 0 0 0\ncpu0 1 1 1 1";
        assert_eq!(of_all(stat), Some(15));
        assert_eq!(of_all("cpu  10 2 x"), None);
        assert_eq!(of_all(""), None);
    }

    #[test]
    fn a_process_has_times_of_its_own_and_of_its_children() {
        let stat = "12 (a) b) S 1 2 3 4 5 6 7 8 9 10 100 20 3000 400 20 0";
        assert_eq!(used(stat, false), Some(120));
        assert_eq!(used(stat, true), Some(3520));
        assert_eq!(used("12 (a) S 1", false), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_machine_tells() {
        let foreign = Foreign::start(vec![std::process::id()], 100).unwrap();
        assert!(foreign.stop().unwrap() >= 0.0);
        assert!(Foreign::start(vec![u32::MAX], 100).is_err());
    }
}
