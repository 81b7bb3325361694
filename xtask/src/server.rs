//! A process that serves until it is told to end, and ends with its value at the latest.

use crate::{clock, env, process};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// A server that says nothing for this long will not come up.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// So does one that is asked to end and does not.
const ENDED_WITHIN: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

pub(crate) struct Server {
    child: Child,
    /// host:port of the worker socket, where there is one.
    pub(crate) workers: String,
    /// host:port of HTTP, where there is one.
    pub(crate) http: String,
    /// From the start of the process to its saying that it is ready.
    pub(crate) started_in: Duration,
}

impl Server {
    /// Starts a program whose readiness shows otherwise than on stdout.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        // What the caller's shell exports must not change what is measured or shown.
        for variable in env::PRODUCT_VARIABLES {
            command.env_remove(variable);
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", command.get_program().display()))?;
        Ok(Self {
            child,
            workers: String::new(),
            http: String::new(),
            started_in: Duration::ZERO,
        })
    }

    /// The first line on its stdout.
    pub(crate) fn first_line(&mut self) -> Result<String> {
        let stdout = self.child.stdout.take().context("stdout is taken")?;
        let (sender, lines) = mpsc::sync_channel(1);
        thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
            sender.send(lines.next()).ok();
            // What follows is read so that the process never waits for us.
            lines.for_each(drop);
        });
        match lines.recv_timeout(READY_WITHIN) {
            Ok(Some(line)) => Ok(line),
            Ok(None) => bail!("the process ended before it was ready"),
            Err(_) => bail!("the process was not ready within {READY_WITHIN:?}"),
        }
    }

    /// Asks the process to end in order, and waits until it has.
    pub(crate) fn terminate(mut self) -> Result<ExitStatus> {
        let pid = self.pid().to_string();
        process::capture(Command::new("kill").args(["-TERM", &pid]))?;
        let start = clock::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if start.elapsed() > ENDED_WITHIN {
                bail!("the process did not end within {ENDED_WITHIN:?}");
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory.
    pub(crate) fn rss_kb(&self) -> Result<u64> {
        self.status_kb("VmRSS:")
    }

    /// The most resident memory since the start, or since [`forget_peak`](Self::forget_peak).
    pub(crate) fn peak_kb(&self) -> Result<u64> {
        self.status_kb("VmHWM:")
    }

    /// Lets the peak be what is resident now.
    pub(crate) fn forget_peak(&self) -> Result<()> {
        const PEAK: &str = "5";
        let file = format!("/proc/{}/clear_refs", self.pid());
        fs::write(&file, PEAK).context(file)
    }

    fn status_kb(&self, name: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find(|line| line.starts_with(name));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        let number = number.with_context(|| format!("no {name}"))?;
        number.parse().with_context(|| name.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
