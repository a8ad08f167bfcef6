//! One run of a program, from the fork to the reaping.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::Error;

/// How long a server may take until it listens. memcached takes some 30 ms on an idle machine.
const START_LIMIT: Duration = Duration::from_secs(10);

/// The pause between two looks at a server that is starting.
const POLL: Duration = Duration::from_millis(2);

/// Where Debian has servers and their tools; the `PATH` of most users is without it.
const SERVERS: &str = "/usr/local/sbin:/usr/sbin";

/// A child that is killed and reaped with the value.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Sends SIGSTOP and waits until it has stopped, without reaping it if it died instead.
    pub(crate) fn stop(&self) -> io::Result<()> {
        kill_process(self.pid(), Signal::STOP)?;
        let seen = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(self.pid()), seen)?;
        Ok(())
    }

    pub(crate) fn cont(&self) -> io::Result<()> {
        Ok(kill_process(self.pid(), Signal::CONT)?)
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to do.
        let _ = self.kill();
    }
}

/// A program, found on `PATH` or among the servers, and the package that brings it.
pub(crate) struct Program {
    command: Command,
    package: &'static str,
}

impl Program {
    pub(crate) fn new(name: &OsStr, package: &'static str) -> Self {
        let mut path = std::env::var_os("PATH").unwrap_or_default();
        path.push(":");
        path.push(SERVERS);
        let mut command = Command::new(name);
        // The child's `PATH` is where it is looked for.
        command.env("PATH", path);
        Self { command, package }
    }

    /// Its arguments and environment.
    pub(crate) fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Starts a server and waits until `listening` says where; what it prints goes to `log`.
    pub(crate) fn serve<T>(
        mut self,
        log: &Path,
        deadline: Instant,
        listening: impl Fn() -> Option<T>,
    ) -> Result<(Process, T), Error> {
        let output = empty(log).map_err(Error::io("make the log of a server"))?;
        let (stdin, stdout) = (Stdio::null(), Stdio::null());
        self.command.stdin(stdin).stdout(stdout).stderr(output);
        let child = self.spawn()?;
        let mut process = Process { child };
        loop {
            let ended = process.child.try_wait();
            if let Some(status) = ended.map_err(Error::io("look after a server"))? {
                return Err(Error::Exited {
                    program: self.name(),
                    status,
                    output: fs::read_to_string(log).unwrap_or_default(),
                });
            }
            if let Some(at) = listening() {
                return Ok((process, at));
            }
            if Instant::now() >= deadline {
                return Err(Error::NotListening {
                    program: self.name(),
                    waited: START_LIMIT,
                });
            }
            thread::sleep(POLL);
        }
    }

    /// Runs a tool to its end, with `input` on its standard input.
    pub(crate) fn run(mut self, input: &[u8]) -> Result<(), Error> {
        self.command.stdin(Stdio::piped());
        self.command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = self.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A tool that ended without reading says why.
            let _ = stdin.write_all(input);
        }
        let done = child.wait_with_output();
        let done = done.map_err(Error::io("wait for a tool"))?;
        if done.status.success() {
            return Ok(());
        }
        Err(Error::Exited {
            program: self.name(),
            status: done.status,
            output: String::from_utf8_lossy(&done.stderr).into_owned(),
        })
    }

    fn spawn(&mut self) -> Result<Child, Error> {
        let child = self.command.spawn();
        child.map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Error::NotInstalled {
                program: self.command.get_program().to_string_lossy().into_owned(),
                package: self.package,
            },
            _ => Error::io("start a program")(source),
        })
    }

    /// Its name without directories.
    fn name(&self) -> String {
        let path = Path::new(self.command.get_program());
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

/// A file that is written at its end, as a server may open its log a second time.
fn empty(log: &Path) -> io::Result<File> {
    fs::write(log, "")?;
    File::options().append(true).open(log)
}

/// Whether a server says that it has not got its port: memcached may have lost the reason on the way.
fn is_taken(output: &str) -> bool {
    let words = ["Address already in use", "failed to listen on"];
    words.iter().any(|words| output.contains(words))
}

/// Starts a server, again and again for ten seconds while something else has its port.
///
/// `start` gets the end of these ten seconds.
pub(crate) fn until_free<T>(
    mut start: impl FnMut(Instant) -> Result<T, Error>,
) -> Result<T, Error> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        match start(deadline) {
            Err(Error::Exited { output, .. }) if is_taken(&output) && Instant::now() < deadline => {
                thread::sleep(POLL);
            }
            done => return done,
        }
    }
}
