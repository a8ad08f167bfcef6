//! Processes that take turns: each runs its job for a moment while the others wait. What disturbs the machine for longer
//! than that disturbs all of them alike, and is not seen in their ratios.

use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::job::{Job, Sample};
use super::rounds;

/// A job in a fresh process, which waits for its turns.
pub(super) struct Turns {
    process: Child,
    go: ChildStdin,
    told: BufReader<ChildStdout>,
}

impl Turns {
    pub(super) fn start(job: &Job) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(rounds::words(job)?);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let go = process.stdin.take().context("it has no input")?;
        let told = process.stdout.take().context("it has no output")?;
        Ok(Self {
            process,
            go,
            told: BufReader::new(told),
        })
    }

    /// The process.
    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Has it run for a turn, at the first of which it also makes its connections.
    ///
    /// # Errors
    /// It has ended, and has said why.
    pub(super) fn take(&mut self) -> Result<Sample> {
        let mut line = String::new();
        // Who has ended takes none, and tells nothing.
        let _ = self.go.write_all(b"\n");
        let told = self.told.read_line(&mut line)?;
        ensure!(told > 0, "its process has failed: see above");
        serde_json::from_str(&line).context("it tells no sample")
    }

    /// There are no more turns: waits until it has ended, as it should.
    pub(super) fn end(self) -> Result<()> {
        let Self {
            mut process, go, ..
        } = self;
        drop(go);
        ensure!(
            process.wait()?.success(),
            "its process has failed: see above"
        );
        Ok(())
    }
}

/// In such a process: waits for its next turn, and blocks all that it does. Whether there is one.
pub(super) fn wait() -> bool {
    let taken = stdin().lock().read_line(&mut String::new());
    taken.is_ok_and(|bytes| bytes > 0)
}

/// In such a process: tells what came of the turn.
pub(super) fn tell(sample: &Sample) -> Result<()> {
    println!("{}", serde_json::to_string(sample)?);
    Ok(())
}
