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
/// Clock ticks a second in what the kernel says about processes; the same on every Linux.
const TICKS: f64 = 100.0;

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

    /// Processor time so far, its own and the kernel's for it.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let file = format!("/proc/{}/stat", self.pid());
        let text = fs::read_to_string(&file).with_context(|| file.clone())?;
        ticks(&text).map(|ticks| ticks / TICKS).context(file)
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

/// User and system time in a line of `/proc/PID/stat`, behind the name, which may hold anything.
fn ticks(stat: &str) -> Option<f64> {
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn processor_time_is_read_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 31 11 0 0 20 0 5 0 99";
        assert_eq!(ticks(stat), Some(42.0));
        assert_eq!(ticks("7 (a"), None);
    }
}
