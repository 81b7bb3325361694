//! A program that drives a published client, and what it found.

use anyhow::{Context, Result, bail};
use iii_testkit::EngineProcess;
use serde::Deserialize;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

/// No check takes this long; the slowest wait for an engine that comes back.
const LINE_TIMEOUT: Duration = Duration::from_secs(120);
/// Lines read ahead of the test.
const LINES_AHEAD: usize = 64;

/// One line of a program.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Outcome(Outcome),
    Request { request: String },
}

/// The result of one check.
#[derive(Clone, Debug, Deserialize)]
pub struct Outcome {
    /// What was checked.
    pub check: String,
    /// Whether it holds.
    pub ok: bool,
    /// What went wrong.
    #[serde(default)]
    pub detail: serde_json::Value,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.detail.as_str().map(str::to_owned);
        let detail = detail.unwrap_or_else(|| self.detail.to_string());
        write!(f, "{}: {detail}", self.check)
    }
}

/// A program to run; it is given the engine's address, that of its HTTP triggers, and which checks to
/// make.
pub struct Program {
    command: Command,
    name: &'static str,
    part: Part,
}

/// Which checks a program makes.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// What clients do by themselves, and the workers that a new project has.
    Clients,
    /// Queues, topics and state.
    Durable,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Durable => "durable",
        }
    }
}

impl Program {
    /// A program; its standard error goes to a file named after `name`.
    pub fn new(name: &'static str, command: Command, part: Part) -> Self {
        Self {
            command,
            name,
            part,
        }
    }

    /// Runs the program to its end. When it asks for a restart, the engine is killed and started
    /// again.
    ///
    /// # Errors
    /// It cannot be started, says nothing for too long, or ends badly.
    pub fn run(mut self, engine: &mut EngineProcess) -> Result<Vec<Outcome>> {
        let log = engine.folder().join(format!("{}.log", self.name));
        let home = engine.folder().join("home");
        std::fs::create_dir_all(&home)?;
        let mut process = self
            .command
            .args([engine.url(), engine.http_url(), self.part.name()])
            // Nothing of the machine's own settings reaches the client, nothing of it stays here.
            .env("HOME", home)
            .env("RUST_BACKTRACE", "0")
            .env_remove("III_URL")
            .env_remove("III_TOKEN")
            .env_remove("III_WORKER_NAME")
            .env_remove("III_NAMESPACE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?)
            .spawn()
            .with_context(|| format!("{:?}", self.command))?;
        let outcomes = converse(&mut process, engine);
        if outcomes.is_err() {
            let _ = process.kill();
        }
        let status = process.wait()?;
        match outcomes {
            Ok(outcomes) if status.success() => Ok(outcomes),
            Ok(_) => bail!("{status}\n{}", std::fs::read_to_string(&log)?),
            Err(error) => Err(error.context(std::fs::read_to_string(&log)?)),
        }
    }
}

fn converse(process: &mut Child, engine: &mut EngineProcess) -> Result<Vec<Outcome>> {
    let mut stdin = process.stdin.take().context("stdin is piped")?;
    let lines = lines(process)?;
    let mut outcomes = Vec::new();
    loop {
        let line = match lines.recv_timeout(LINE_TIMEOUT) {
            Ok(line) => line?,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return Ok(outcomes),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                let last = outcomes
                    .last()
                    .map(|outcome: &Outcome| outcome.check.clone());
                bail!("nothing came after {last:?}")
            }
        };
        match serde_json::from_str(&line).with_context(|| line.clone())? {
            Line::Outcome(outcome) => outcomes.push(outcome),
            Line::Request { request } if request == "restart" => {
                engine.kill();
                engine.restart();
                stdin.write_all(b"restarted\n")?;
            }
            Line::Request { request } => bail!("the program asks for `{request}`"),
        }
    }
}

/// The program's standard output, line by line, from a thread of its own.
fn lines(process: &mut Child) -> Result<Receiver<std::io::Result<String>>> {
    let stdout = process.stdout.take().context("stdout is piped")?;
    let (sender, receiver) = sync_channel(LINES_AHEAD);
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}
