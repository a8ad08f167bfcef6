//! The reference at work: a Python process that is asked, and answers, one JSON object a line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What the process runs; its head tells the protocol.
const REFERENCE: &str = include_str!("reference.py");

/// The process; killed and reaped when it is dropped.
pub(super) struct Python {
    child: Child,
    /// What is asked.
    asked: ChildStdin,
    /// What is answered.
    answers: BufReader<ChildStdout>,
}

/// One line of the process.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Ok(Value),
    Error(String),
}

impl Python {
    /// Starts [`REFERENCE`] under an interpreter that has the packages.
    pub(super) fn start(interpreter: &Path) -> Result<Self> {
        let mut child = Command::new(interpreter)
            .args(["-c", REFERENCE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", interpreter.display()))?;
        let (asked, answers) = (child.stdin.take(), child.stdout.take());
        Ok(Self {
            child,
            asked: asked.context("no pipe to Python")?,
            answers: BufReader::new(answers.context("no pipe from Python")?),
        })
    }

    /// Asks for `{"do": …}` and reads the answer. What the reference raised is an error.
    pub(super) fn ask<T: DeserializeOwned>(&mut self, what: Value) -> Result<T> {
        let answer = self.line(&what).context("Python has ended")?;
        let result = match answer {
            Answer::Ok(result) => result,
            Answer::Error(error) => return Err(anyhow!(error).context(format!("{}", what["do"]))),
        };
        serde_json::from_value(result).with_context(|| format!("{}", what["do"]))
    }

    fn line(&mut self, what: &Value) -> Result<Answer> {
        writeln!(self.asked, "{what}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It may have ended already; there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
