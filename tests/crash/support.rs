//! What several of these tests need.

use iii_kit::serde_json::Value;
use iii_kit::{Client, Error, TriggerRequest};
use iii_testkit::{EngineProcess, ProcessOptions, iii_binary};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Lets SIGKILL take what the store has not flushed, as a loss of power would.
pub(crate) const HELD: (&str, &str) = ("III_UNFLUSHED", "held");
/// How long a call waits. One that never left before a death waits for the engine to come back,
/// which it does not before everybody has ended.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);

/// An engine with this configuration and these variables.
pub(crate) fn with(config: &str, variables: &[(&str, &str)]) -> EngineProcess {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    EngineProcess::with(ProcessOptions {
        variables: variables.iter().map(owned).collect(),
        ..ProcessOptions::with_config(config)
    })
}

/// Calls a function.
pub(crate) async fn ask(client: &Client, function: &str, input: Value) -> Result<Value, Error> {
    let call = TriggerRequest::new(function, input).timeout(CALL_TIMEOUT);
    client.trigger(call).await
}

/// Resident memory of a process in bytes; none where the system does not tell.
pub(crate) fn resident_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Sends a signal, by its name.
pub(crate) fn send_signal(pid: u32, name: &str) {
    let mut sent = Command::new("kill");
    sent.args(["-s", name, &pid.to_string()]);
    assert!(sent.status().unwrap().success(), "cannot send SIG{name}");
}

/// The `state` worker as a process of its own, killed with this value.
pub(crate) struct StateProcess {
    process: Child,
    /// What it keeps is its own: a folder has one owner.
    _folder: tempfile::TempDir,
}

impl StateProcess {
    /// Starts it and waits until it serves.
    pub(crate) fn start(engine: &EngineProcess) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(iii_binary())
            .args([
                "worker",
                "run",
                "state",
                "--url",
                engine.url(),
                "--data-dir",
            ])
            .arg(folder.path())
            .current_dir(engine.folder())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut talk = BufReader::new(child.stderr.take().unwrap()).lines();
        let serving = talk.any(|line| line.unwrap() == "worker `state`: serving");
        assert!(serving, "it ended instead");
        Self {
            process: child,
            _folder: folder,
        }
    }

    /// Stops it from doing anything, without its noticing.
    pub(crate) fn freeze(&self) {
        send_signal(self.process.id(), "STOP");
    }

    /// Sends SIGKILL.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for StateProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
