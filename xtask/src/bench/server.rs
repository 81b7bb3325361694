//! A process that is measured or helps measuring, ended with its value.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// A server that says nothing for this long will not come up.
const READY_WITHIN: Duration = Duration::from_secs(30);

pub(super) struct Server {
    child: Child,
    /// host:port of the worker socket, where there is one.
    pub(super) workers: String,
    /// host:port of HTTP, where there is one.
    pub(super) http: String,
    /// From the start of the process to its saying that it is ready.
    pub(super) started_in: Duration,
}

impl Server {
    /// Starts a program whose readiness shows otherwise than on stdout.
    pub(super) fn spawn(command: &mut Command) -> Result<Self> {
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
    pub(super) fn first_line(&mut self) -> Result<String> {
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

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn rss_kb(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.context("no VmRSS")?.parse().context("VmRSS")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
