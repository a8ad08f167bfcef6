//! One run of memcached, from the fork to the reaping.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::MemcachedBuilder;
use crate::{Address, Error};

/// How long memcached may take until it listens. It takes some 30 ms on an idle machine.
const START_LIMIT: Duration = Duration::from_secs(10);

/// The pause between two looks at a server that is starting.
const POLL: Duration = Duration::from_millis(2);

/// A child that is killed and reaped with the value.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
}

impl Process {
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Sends SIGSTOP and waits until it has stopped, without reaping it if it died instead.
    pub(super) fn stop(&self) -> io::Result<()> {
        kill_process(self.pid(), Signal::STOP)?;
        let seen = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(self.pid()), seen)?;
        Ok(())
    }

    pub(super) fn cont(&self) -> io::Result<()> {
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

/// Starts memcached at `at`, or wherever there is room, and waits until it listens.
///
/// A given port may belong to somebody else for a while, as the system lends free ports to
/// outgoing connections: then it is tried again until the limit.
pub(super) fn start(
    options: &MemcachedBuilder,
    dir: &Path,
    at: Option<&Address>,
) -> Result<(Process, Address), Error> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        match start_once(options, dir, at, deadline) {
            Err(Error::Exited { output, .. })
                if at.is_some()
                    && output.contains("Address already in use")
                    && Instant::now() < deadline =>
            {
                thread::sleep(POLL);
            }
            done => return done,
        }
    }
}

fn start_once(
    options: &MemcachedBuilder,
    dir: &Path,
    at: Option<&Address>,
    deadline: Instant,
) -> Result<(Process, Address), Error> {
    let files = Files::new(dir);
    // The note of an earlier run would say too early that this one listens.
    remove(&files.port).map_err(Error::io("remove the old port file"))?;
    let mut process = spawn(options, &files, at)?;
    loop {
        if let Some(status) = ended(&mut process)? {
            let output = fs::read_to_string(&files.output).unwrap_or_default();
            return Err(Error::Exited { status, output });
        }
        if let Some(address) = listening(options, &files) {
            return Ok((process, address));
        }
        if Instant::now() >= deadline {
            return Err(Error::NotListening {
                waited: START_LIMIT,
            });
        }
        thread::sleep(POLL);
    }
}

/// The small files beside one server.
struct Files {
    port: PathBuf,
    socket: PathBuf,
    output: PathBuf,
}

impl Files {
    fn new(dir: &Path) -> Self {
        Self {
            port: dir.join("port"),
            socket: dir.join("socket"),
            output: dir.join("output"),
        }
    }
}

fn spawn(
    options: &MemcachedBuilder,
    files: &Files,
    at: Option<&Address>,
) -> Result<Process, Error> {
    let output = File::create(&files.output).map_err(Error::io("make memcached's log"))?;
    let child = options
        .command(&files.socket, at)
        .env("MEMCACHED_PORT_FILENAME", &files.port)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(output)
        .spawn()
        .map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Error::NotInstalled {
                program: options.program_name().to_string_lossy().into_owned(),
            },
            _ => Error::io("start memcached")(source),
        })?;
    Ok(Process { child })
}

fn ended(process: &mut Process) -> Result<Option<ExitStatus>, Error> {
    process
        .child
        .try_wait()
        .map_err(Error::io("look after memcached"))
}

/// Where memcached accepts connections by now, if it does.
fn listening(options: &MemcachedBuilder, files: &Files) -> Option<Address> {
    let address = match options.listen().loopback(0) {
        Some(mut loopback) => {
            loopback.set_port(port_in(&fs::read_to_string(&files.port).ok()?)?);
            Address::Tcp(loopback)
        }
        None => Address::Unix(files.socket.clone()),
    };
    address.connect(START_LIMIT).is_ok().then_some(address)
}

/// The port in memcached's note, a line such as `TCP INET: 32801` or `TCP INET6: 32801`.
fn port_in(note: &str) -> Option<u16> {
    let tcp = note.lines().find(|line| line.starts_with("TCP "))?;
    tcp.rsplit(' ').next()?.parse().ok()
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
