//! The engine as a process of its own.

use super::events::Event;
use super::options::ProcessOptions;
use super::run::{Ran, command, iii};
use super::streams::Lines;
use crate::clock::Stopwatch;
use crate::wait::eventually_blocking;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A running `iii serve` in a folder of its own. It is killed with this value.
pub struct EngineProcess {
    folder: TempDir,
    options: ProcessOptions,
    child: Child,
    stdout: Lines,
    stderr: Lines,
    /// Lines of stdout that were looked at.
    seen: usize,
    url: String,
    http_url: Option<String>,
    started_in: Duration,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
    /// By a signal.
    Signal,
}

impl EngineProcess {
    /// Starts the engine with the default configuration and waits until it is ready.
    ///
    /// # Panics
    /// It does not become ready; the message has what it said.
    pub fn start() -> Self {
        Self::with(ProcessOptions::default())
    }

    /// Starts the engine and waits until it is ready.
    ///
    /// # Panics
    /// It does not become ready; the message has what it said.
    pub fn with(options: ProcessOptions) -> Self {
        let folder = match TempDir::new() {
            Ok(folder) => folder,
            Err(error) => panic!("no temporary folder: {error}"),
        };
        if let Some(config) = &options.config {
            write(&folder.path().join("iii-config.yaml"), config);
        }
        let (stdout, stderr) = (Lines::default(), Lines::default());
        let start = Stopwatch::start();
        let child = spawn(folder.path(), &options, None, &stdout, &stderr);
        let mut process = Self {
            folder,
            options,
            child,
            stdout,
            stderr,
            seen: 0,
            url: String::new(),
            http_url: None,
            started_in: Duration::ZERO,
        };
        process.await_ready(start);
        process
    }

    /// Starts it again after its end: same folder, same ports.
    ///
    /// # Panics
    /// It still runs, or does not become ready.
    pub fn restart(&mut self) {
        assert!(self.try_ended().is_some(), "it still runs: kill it first");
        let ports = Some((port(&self.url), self.http_url.as_deref().and_then(port)));
        let ports = ports.and_then(|(port, http)| Some((port?, http)));
        let start = Stopwatch::start();
        self.child = spawn(
            self.folder.path(),
            &self.options,
            ports,
            &self.stdout,
            &self.stderr,
        );
        self.await_ready(start);
    }

    fn await_ready(&mut self, start: Stopwatch) {
        let Event::Ready { listeners, workers } = self.next_event() else {
            panic!("the first word of an engine is that it is ready");
        };
        self.started_in = start.elapsed();
        self.url = listeners.first().cloned().unwrap_or_default();
        self.http_url = workers
            .into_iter()
            .find(|worker| worker.name == "http")
            .and_then(|worker| worker.address);
    }

    /// The next line of `iii serve --json`.
    ///
    /// # Panics
    /// The engine ends, or says nothing within [`crate::PATIENCE`].
    pub fn next_event(&mut self) -> Event {
        let found = self
            .stdout
            .find(self.seen, |line| serde_json::from_str(line).ok());
        match found {
            Some((event, seen)) => {
                self.seen = seen;
                event
            }
            None => panic!("no further event; stderr says:\n{}", self.stderr()),
        }
    }

    /// How long the last start took until it was ready.
    pub fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Gives it another variable in its environment, or takes one away, from its next start on.
    pub fn set_variable(&mut self, name: &str, value: Option<&str>) {
        let variables = &mut self.options.variables;
        variables.retain(|(other, _)| other != name);
        variables.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    /// Where workers connect.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its `http` worker listens: `http://127.0.0.1:PORT`.
    ///
    /// # Panics
    /// It runs no `http` worker.
    pub fn http_url(&self) -> &str {
        match &self.http_url {
            Some(url) => url,
            None => panic!("this engine runs no `http` worker"),
        }
    }

    /// Its working folder, with `iii-config.yaml` and `.iii/data`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Writes its configuration file anew.
    ///
    /// # Panics
    /// The file cannot be written.
    pub fn write_config(&self, config: &str) {
        write(&self.folder.path().join("iii-config.yaml"), config);
    }

    /// Runs another `iii` command in its folder, against it.
    ///
    /// # Panics
    /// The command cannot be run at all.
    pub fn iii(&self, arguments: &[&str], stdin: &str) -> Ran {
        let mut all = arguments.to_vec();
        all.extend(["--url", &self.url]);
        iii(self.folder.path(), &all, stdin)
    }

    /// Everything it wrote to stderr, over all its starts.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits until a line of stderr contains `part`.
    ///
    /// # Panics
    /// None does within [`crate::PATIENCE`].
    pub fn wait_for_stderr(&self, part: &str) {
        let found = self
            .stderr
            .find(0, |line| line.contains(part).then_some(()));
        assert!(
            found.is_some(),
            "`{part}` is not in stderr:\n{}",
            self.stderr()
        );
    }

    /// Sends SIGKILL and waits for the end: what a power loss looks like to the process.
    ///
    /// # Panics
    /// The system refuses.
    pub fn kill(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            panic!("cannot kill the engine: {error}");
        }
    }

    /// Sends SIGTERM and returns at once.
    ///
    /// # Panics
    /// The system refuses.
    pub fn terminate(&self) {
        let pid = self.child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "cannot send SIGTERM"
        );
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// It does not end within [`crate::PATIENCE`].
    pub fn wait(&mut self) -> Ended {
        eventually_blocking("the end of the engine", || self.try_ended())
    }

    fn try_ended(&mut self) -> Option<Ended> {
        let status: ExitStatus = self.child.try_wait().ok()??;
        Some(status.code().map_or(Ended::Signal, Ended::Code))
    }
}

impl Drop for EngineProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(
    folder: &Path,
    options: &ProcessOptions,
    ports: Option<(u16, Option<u16>)>,
    stdout: &Lines,
    stderr: &Lines,
) -> Child {
    let mut command = command(folder);
    command
        .args(["serve", "--json"])
        .args(&options.arguments)
        .envs(options.variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some((port, http)) = ports {
        command.env("III_TEST_PORT", port.to_string());
        command.env("III_TEST_HTTP_PORT", http.unwrap_or(0).to_string());
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => panic!("cannot start `iii serve`: {error}"),
    };
    if let Some(stream) = child.stdout.take() {
        stdout.collect(stream);
    }
    if let Some(stream) = child.stderr.take() {
        stderr.collect(stream);
    }
    child
}

fn port(url: &str) -> Option<u16> {
    url.rsplit_once(':')?.1.parse().ok()
}

fn write(path: &Path, text: &str) {
    if let Err(error) = std::fs::write(path, text) {
        panic!("cannot write `{}`: {error}", path.display());
    }
}
