//! Runs checks and prints one JSON line for each.

use anyhow::{Result, bail};
use futures_util::future::BoxFuture;
use iii_sdk_published::protocol::TriggerRequest;
use iii_sdk_published::{Error, IIIClient, RegisterFunction};
use serde_json::{Value, json};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long anything may take that is not itself about waiting.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A name and what to do; it fails with an error.
pub type Check = (&'static str, fn(&World) -> BoxFuture<'_, Result<()>>);

/// What every check may use.
pub struct World {
    pub url: String,
    pub http_url: String,
    /// Registers functions and is called.
    pub provider: IIIClient,
    /// Calls.
    pub caller: IIIClient,
    /// Lives in another namespace.
    pub stranger: IIIClient,
}

impl World {
    pub async fn call(&self, function_id: &str, payload: Value) -> Result<Value, Error> {
        let request = TriggerRequest::new(function_id, payload);
        self.caller.trigger(request).await
    }

    /// Registers a function and waits until it can be found.
    pub async fn serve(&self, function_id: &str, function: RegisterFunction) -> Result<()> {
        self.provider.register_function(function_id, function);
        let there = || async { Ok(self.listed(function_id).await?.is_object()) };
        eventually(function_id, there).await
    }

    /// Serves a function that collects what it is given.
    pub async fn collector(&self, function_id: &str) -> Result<Inbox> {
        let inbox = Inbox::default();
        let seen = inbox.clone();
        let collect = RegisterFunction::new(move |event: Value| {
            seen.put(event);
            Ok::<Value, Error>(Value::Null)
        });
        self.serve(function_id, collect).await?;
        Ok(inbox)
    }

    /// What the engine lists of a function, or null.
    pub async fn listed(&self, function_id: &str) -> Result<Value> {
        let answer = self.call("engine::functions::list", json!({})).await?;
        let functions = answer["functions"].as_array().cloned().unwrap_or_default();
        let mut functions = functions.into_iter();
        let found = functions.find(|function| function["function_id"] == function_id);
        Ok(found.unwrap_or_default())
    }

    /// The code and message of a call that must fail.
    pub async fn failure(&self, function_id: &str, payload: Value) -> Result<(String, String)> {
        failed(self.call(function_id, payload).await)
    }
}

pub fn failed(answer: Result<Value, Error>) -> Result<(String, String)> {
    match answer {
        Err(Error::Remote { code, message, .. }) => Ok((code, message)),
        Err(other) => bail!("failed otherwise: {other}"),
        Ok(answer) => bail!("answered {answer} instead of failing"),
    }
}

/// Standard output is this program's report.
pub fn say(line: &Value) {
    println!("{line}");
}

pub async fn run((name, check): Check, world: &World) {
    let started = Instant::now();
    let outcome = check(world).await;
    let ms = started.elapsed().as_millis() as u64;
    say(&match outcome {
        Ok(()) => json!({"check": name, "ok": true, "ms": ms}),
        Err(error) => json!({"check": name, "ok": false, "detail": format!("{error:#}"), "ms": ms}),
    });
}

pub fn expect<A: PartialEq<B> + Debug, B: Debug>(actual: A, wanted: B) -> Result<()> {
    if actual == wanted {
        Ok(())
    } else {
        bail!("expected {wanted:?}, got {actual:?}")
    }
}

/// Waits until `probe` says yes; registrations of this client cannot be awaited.
pub async fn eventually<F: Future<Output = Result<bool>>>(
    what: &str,
    mut probe: impl FnMut() -> F,
) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut last = Ok(false);
    while Instant::now() < deadline {
        last = probe().await;
        if matches!(last, Ok(true)) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("{what}: never happened, last {last:?}")
}

/// Collects what handlers receive.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<Vec<Value>>>);

impl Inbox {
    pub fn put(&self, item: Value) {
        self.0.lock().expect("nobody panics").push(item);
    }

    pub async fn take(&self, matches: impl Fn(&Value) -> bool) -> Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(item) = self.find(&matches) {
                return Ok(item);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("nothing came; there is {:?}", self.0)
    }

    /// Everything that is there, in the order in which it came.
    pub fn all(&self) -> Vec<Value> {
        self.0.lock().expect("nobody panics").clone()
    }

    /// Takes what matches, if it is there.
    pub fn find(&self, matches: impl Fn(&Value) -> bool) -> Option<Value> {
        let mut items = self.0.lock().expect("nobody panics");
        let at = items.iter().position(matches)?;
        Some(items.remove(at))
    }
}
