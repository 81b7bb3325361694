//! A client inside a driver: one short method for each operation.

use crate::driver::{Driver, Pending};
use crate::outcome::Outcome;
use crate::request::Request;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;

/// Pause between two tries of something that cannot be awaited.
const TRY_AGAIN: Duration = Duration::from_millis(10);
const TRIES: usize = 1000;

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) driver: Driver,
    pub(crate) name: String,
}

/// A handler that was called.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    pub(crate) invocation: String,
    pub(crate) trace_id: Option<String>,
}

impl Client {
    /// Makes a client and waits until it is connected.
    pub(crate) fn connected(driver: Driver, url: &str, name: &str) -> Result<Self> {
        let client = Self::connecting(driver, url, name, &json!({}))?;
        client.reaches("connected")?;
        Ok(client)
    }

    /// Makes a client with further options, and does not wait.
    pub(crate) fn connecting(
        driver: Driver,
        url: &str,
        name: &str,
        options: &Value,
    ) -> Result<Self> {
        Self::named(driver, name, url, name, options)
    }

    /// A client whose handle differs from its worker's name.
    pub(crate) fn named(
        driver: Driver,
        handle: &str,
        url: &str,
        name: &str,
        options: &Value,
    ) -> Result<Self> {
        let mut request = Request::new("connect")
            .with("client", handle)
            .with("url", url)
            .with("name", name);
        for (field, value) in options.as_object().into_iter().flatten() {
            request = request.with(field, value);
        }
        driver.ask(request)?.nothing()?;
        Ok(Self {
            driver,
            name: handle.to_owned(),
        })
    }

    /// A request of this client.
    pub(crate) fn request(&self, op: &str) -> Request {
        Request::new(op).with("client", &self.name)
    }

    /// Waits for a state; those before it are forgotten.
    pub(crate) fn reaches(&self, state: &str) -> Result<()> {
        let what = format!("client `{}` is {state}", self.name);
        loop {
            let of_client = |event: &Value| {
                let ours = event["event"] == "state" && event["client"] == self.name.as_str();
                ours.then(|| event["state"].as_str().unwrap_or_default().to_owned())
            };
            if self.driver.event(&what, of_client)? == state {
                return Ok(());
            }
        }
    }

    // === functions and calls ===

    /// Offers a function.
    pub(crate) fn offer(&self, function: &str, behaviour: Value) -> Result<()> {
        self.offer_with(function, behaviour, &json!({}))?.nothing()
    }

    /// Offers a function with further fields.
    pub(crate) fn offer_with(
        &self,
        function: &str,
        behaviour: Value,
        fields: &Value,
    ) -> Result<Outcome> {
        let mut request = self
            .request("register_function")
            .with("function", function)
            .with("behaviour", behaviour);
        for (field, value) in fields.as_object().into_iter().flatten() {
            request = request.with(field, value);
        }
        self.driver.ask(request)
    }

    pub(crate) fn unregister(&self, function: &str) -> Result<()> {
        let request = self
            .request("unregister_function")
            .with("function", function);
        self.driver.ask(request)?.nothing()
    }

    /// A call to be sent.
    pub(crate) fn trigger(&self, function: &str) -> Request {
        self.request("trigger").with("function", function)
    }

    /// Calls with this input, and waits.
    pub(crate) fn call(&self, function: &str, data: Value) -> Result<Outcome> {
        self.driver.ask(self.trigger(function).with("data", data))
    }

    /// Calls with this input, and does not wait.
    pub(crate) fn start(&self, function: &str, data: Value) -> Result<Pending> {
        self.driver.send(self.trigger(function).with("data", data))
    }

    /// Calls again and again until the answer is what it should be.
    pub(crate) fn call_until(
        &self,
        function: &str,
        what: &str,
        accept: impl Fn(&Outcome) -> bool,
    ) -> Result<Outcome> {
        for _ in 0..TRIES {
            let request = self
                .trigger(function)
                .with("data", 0)
                .with("timeout_ms", 5000);
            let outcome = self.driver.ask(request)?;
            if accept(&outcome) {
                return Ok(outcome);
            }
            std::thread::sleep(TRY_AGAIN);
        }
        anyhow::bail!("`{function}`: {what} does not come")
    }

    /// Waits until nobody offers a function.
    pub(crate) fn gone(&self, function: &str) -> Result<()> {
        let outcome = self.call_until(function, "its end", Outcome::is_failure);
        outcome?.fails_with("function_not_found").map(drop)
    }

    /// Waits until a function of this driver is called.
    pub(crate) fn called(&self, function: &str) -> Result<Called> {
        called(&self.driver, function)
    }

    pub(crate) fn release(&self, called: &Called, value: Value) -> Result<()> {
        release(&self.driver, called, value)
    }

    /// Waits until a handler of this driver is told that nobody waits for it.
    pub(crate) fn cancelled(&self, called: &Called) -> Result<()> {
        let what = format!("the handler {called:?} is cancelled");
        let found = |event: &Value| {
            let ours = event["event"] == "cancelled" && event["invocation"] == called.invocation;
            ours.then_some(())
        };
        self.driver.event(&what, found)
    }

    // === triggers ===

    /// Provides a trigger type.
    pub(crate) fn provide(&self, trigger_type: &str) -> Result<()> {
        let request = self.request("register_trigger_type");
        let request = request
            .with("trigger_type", trigger_type)
            .with("description", "a test");
        self.driver.ask(request)?.nothing()
    }

    /// Binds a function.
    pub(crate) fn bind(
        &self,
        trigger: &str,
        trigger_type: &str,
        function: &str,
        config: Value,
    ) -> Result<()> {
        let request = self.binding(trigger, trigger_type, function, config);
        self.driver.ask(request)?.nothing()
    }

    pub(crate) fn binding(
        &self,
        trigger: &str,
        trigger_type: &str,
        function: &str,
        config: Value,
    ) -> Request {
        self.request("register_trigger")
            .with("trigger", trigger)
            .with("trigger_type", trigger_type)
            .with("function", function)
            .with("config", config)
    }

    pub(crate) fn unbind(&self, trigger: &str) -> Result<()> {
        let request = Request::new("unregister_trigger").with("trigger", trigger);
        self.driver.ask(request)?.nothing()
    }

    /// Waits until this driver is handed a trigger to serve, and returns what it was handed.
    pub(crate) fn bound(&self, trigger_type: &str) -> Result<Value> {
        let found = |event: &Value| {
            let ours = event["event"] == "bound" && event["trigger_type"] == trigger_type;
            ours.then(|| event["trigger"].clone())
        };
        self.driver.event("a trigger is bound", found)
    }

    /// Waits until a trigger is taken from this driver again.
    pub(crate) fn unbound(&self, id: &str) -> Result<()> {
        let found =
            |event: &Value| (event["event"] == "unbound" && event["id"] == id).then_some(());
        self.driver.event("a trigger is unbound", found)
    }

    pub(crate) fn fire(&self, trigger_type: &str, id: &str, payload: Value) -> Result<Outcome> {
        let request = self
            .request("fire")
            .with("trigger_type", trigger_type)
            .with("trigger", id)
            .with("payload", payload);
        self.driver.ask(request)
    }

    // === channels ===

    /// References to a new channel.
    pub(crate) fn channel(&self) -> Result<(Value, Value)> {
        self.channel_by(self.request("create_channel"))
    }

    pub(crate) fn channel_by(&self, request: Request) -> Result<(Value, Value)> {
        let refs = self.driver.ask(request)?.value()?;
        ensure!(refs["reader"]["direction"] == "read", "{refs}");
        ensure!(refs["writer"]["direction"] == "write", "{refs}");
        Ok((refs["reader"].clone(), refs["writer"].clone()))
    }

    /// Opens an end: `open_reader` or `open_writer`.
    pub(crate) fn open(&self, op: &str, end: &str, reference: &Value) -> Result<End> {
        let request = self.request(op).with("end", end).with("ref", reference);
        self.driver.ask(request)?.nothing()?;
        Ok(End {
            driver: self.driver.clone(),
            name: end.to_owned(),
        })
    }

    /// Drains and closes.
    pub(crate) fn shutdown(&self) -> Result<()> {
        self.driver.ask(self.request("shutdown"))?.nothing()
    }
}

/// Waits until a function of a driver is called.
pub(crate) fn called(driver: &Driver, function: &str) -> Result<Called> {
    let what = format!("`{function}` is called");
    let event = driver.event(&what, |event| {
        let ours = event["event"] == "called" && event["function"] == function;
        ours.then(|| event.clone())
    })?;
    let invocation = event["invocation"].as_str();
    Ok(Called {
        invocation: invocation.context("an invocation has a name")?.to_owned(),
        trace_id: event["trace_id"].as_str().map(str::to_owned),
    })
}

pub(crate) fn release(driver: &Driver, called: &Called, value: Value) -> Result<()> {
    let request = Request::new("release").with("invocation", &called.invocation);
    driver.ask(request.with("value", value))?.nothing()
}

/// An open end of a channel.
pub(crate) struct End {
    pub(crate) driver: Driver,
    name: String,
}

impl End {
    pub(crate) fn request(&self, op: &str) -> Request {
        Request::new(op).with("end", &self.name)
    }

    pub(crate) fn ask(&self, op: &str) -> Result<Outcome> {
        self.driver.ask(self.request(op))
    }

    pub(crate) fn write_text(&self, text: &str) -> Result<()> {
        self.driver
            .ask(self.request("write").with("text", text))?
            .nothing()
    }

    pub(crate) fn write_fill(&self, bytes: usize) -> Result<()> {
        self.driver
            .ask(self.request("write").with("fill", bytes))?
            .nothing()
    }
}
