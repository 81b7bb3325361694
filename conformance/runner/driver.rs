//! A driver that runs.

use crate::clock;
use crate::outcome::Outcome;
use crate::request::Request;
use anyhow::{Context, Result, anyhow, bail, ensure};
use iii_testkit::PATIENCE;
use parking_lot::{Condvar, Mutex};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Variables that SDKs read. Nothing of the machine's own settings reaches a driver.
const OWN_VARIABLES: [&str; 7] = [
    "III_URL",
    "III_TOKEN",
    "III_CA_FILE",
    "III_WORKER_NAME",
    "III_NAMESPACE",
    "III_ISOLATION",
    "NODE_OPTIONS",
];
/// How long a driver may take to end after its stdin did.
const END_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between two looks at whether it has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Lines of its talk that a failure shows.
const TALK_LINES: usize = 30;

/// A process; killed with its last handle.
#[derive(Clone)]
pub(crate) struct Driver {
    process: Arc<Process>,
}

struct Process {
    child: Mutex<Child>,
    stdin: Mutex<Option<ChildStdin>>,
    heard: Arc<Heard>,
    requests: AtomicU64,
}

#[derive(Default)]
struct Heard {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    replies: HashMap<u64, Outcome>,
    events: Vec<Value>,
    /// Lines that are neither.
    garbage: Vec<String>,
    talk: Vec<String>,
    ended: bool,
}

/// A request on its way.
pub(crate) struct Pending {
    driver: Driver,
    id: u64,
    asked: Request,
}

impl Driver {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        for name in OWN_VARIABLES {
            command.env_remove(name);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{command:?}"))?;
        let heard = Arc::new(Heard::default());
        let stdout = child.stdout.take().context("stdout is piped")?;
        let stderr = child.stderr.take().context("stderr is piped")?;
        let (lines, talk) = (Arc::clone(&heard), Arc::clone(&heard));
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                lines.line(line);
            }
            lines.state.lock().ended = true;
            lines.changed.notify_all();
        });
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                talk.state.lock().talk.push(line);
            }
        });
        Ok(Self {
            process: Arc::new(Process {
                stdin: Mutex::new(child.stdin.take()),
                child: Mutex::new(child),
                heard,
                requests: AtomicU64::new(1),
            }),
        })
    }

    /// Sends a request.
    pub(crate) fn send(&self, request: Request) -> Result<Pending> {
        let id = self.process.requests.fetch_add(1, Ordering::Relaxed);
        let line = request.line(id);
        let mut stdin = self.process.stdin.lock();
        let stdin = stdin.as_mut().context("the driver's stdin is closed")?;
        let written = stdin
            .write_all(line.as_bytes())
            .and_then(|()| stdin.flush());
        written.map_err(|error| anyhow!("{error}: {}", self.talk()))?;
        Ok(Pending {
            driver: self.clone(),
            id,
            asked: request,
        })
    }

    /// Sends a request and waits for its end.
    pub(crate) fn ask(&self, request: Request) -> Result<Outcome> {
        self.send(request)?.wait()
    }

    /// Waits for the first event that `select` takes, and takes it out.
    pub(crate) fn event<T>(
        &self,
        what: &str,
        mut select: impl FnMut(&Value) -> Option<T>,
    ) -> Result<T> {
        let found = self.wait_for(PATIENCE, |state| {
            let at = state
                .events
                .iter()
                .position(|event| select(event).is_some())?;
            select(&state.events.remove(at))
        });
        found.with_context(|| format!("no event: {what}; {}", self.talk()))
    }

    /// Whether such an event has come by now.
    pub(crate) fn has_event(&self, select: impl Fn(&Value) -> bool) -> bool {
        self.process.heard.state.lock().events.iter().any(select)
    }

    /// Closes stdin and waits for the end, which has to come by itself and in order.
    pub(crate) fn end(&self) -> Result<()> {
        drop(self.process.stdin.lock().take());
        let asked = clock::now();
        loop {
            if let Some(status) = self.process.child.lock().try_wait()? {
                ensure!(status.success(), "{status}: {}", self.talk());
                let garbage = &self.process.heard.state.lock().garbage;
                ensure!(garbage.is_empty(), "stdout is data: {garbage:?}");
                return Ok(());
            }
            ensure!(
                asked.elapsed() < END_TIMEOUT,
                "it runs on {END_TIMEOUT:?} after its stdin ended: {}",
                self.talk()
            );
            thread::sleep(LOOK_AGAIN);
        }
    }

    fn wait_for<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let until = clock::now() + patience;
        let heard = &self.process.heard;
        let mut state = heard.state.lock();
        loop {
            if let Some(found) = look(&mut state) {
                return Some(found);
            }
            if state.ended || heard.changed.wait_until(&mut state, until).timed_out() {
                return look(&mut state);
            }
        }
    }

    fn talk(&self) -> String {
        let state = self.process.heard.state.lock();
        let last = state.talk.len().saturating_sub(TALK_LINES);
        let events: Vec<_> = state.events.iter().map(Value::to_string).collect();
        format!(
            "it says:\n{}\nother events:\n{}",
            state.talk[last..].join("\n"),
            events.join("\n")
        )
    }
}

impl Heard {
    fn line(&self, line: String) {
        let value: Value = serde_json::from_str(&line).unwrap_or_default();
        let mut state = self.state.lock();
        match (value["id"].as_u64(), serde_json::from_str(&line)) {
            _ if value["event"].is_string() => state.events.push(value),
            (Some(id), Ok(outcome)) => {
                state.replies.insert(id, outcome);
            }
            _ => state.garbage.push(line),
        }
        drop(state);
        self.changed.notify_all();
    }
}

impl Pending {
    /// Waits for its end.
    pub(crate) fn wait(self) -> Result<Outcome> {
        match self.wait_at_most(PATIENCE) {
            Ok(outcome) => Ok(outcome),
            Err(pending) => bail!("no reply to {:?}; {}", pending.asked, pending.driver.talk()),
        }
    }

    /// Waits for its end a while; gives itself back when that does not come.
    pub(crate) fn wait_at_most(self, patience: Duration) -> Result<Outcome, Self> {
        let id = self.id;
        let outcome = self
            .driver
            .wait_for(patience, |state| state.replies.remove(&id));
        outcome.ok_or(self)
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.driver
            .process
            .heard
            .state
            .lock()
            .replies
            .contains_key(&self.id)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        let _ = child.kill();
        let _ = child.wait();
    }
}
