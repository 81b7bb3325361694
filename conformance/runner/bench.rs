//! What a scenario has to work with: an engine, the driver under test, and a partner.

use crate::client::Client;
use crate::driver::Driver;
use crate::program::Program;
use crate::request::Request;
use anyhow::{Context, Result};
use iii_testkit::{EngineProcess, ProcessOptions};
use serde_json::Value;
use std::process::Command;

/// An engine without any worker, on a port that stays the same over restarts.
const LISTENER: &str = "listeners:\n  - bind: 127.0.0.1:${III_TEST_PORT:0}\n";
const WORKERS: &str = "workers: []\n";

/// Everything a scenario starts; it ends with this value.
pub(crate) struct Bench {
    command: Option<Command>,
    driver: Option<Driver>,
    partner: Option<Driver>,
    engine: Option<EngineProcess>,
}

impl Bench {
    pub(crate) fn new(command: Command) -> Self {
        Self {
            command: Some(command),
            driver: None,
            partner: None,
            engine: None,
        }
    }

    /// The engine, started when it is first asked for. It lets the page of a browser in, and no
    /// other.
    pub(crate) fn engine(&mut self) -> &mut EngineProcess {
        if self.engine.is_none() {
            let origin = self
                .about()
                .ok()
                .and_then(|about| Some(about["origin"].as_str()?.into()));
            self.engine = Some(engine(origin));
        }
        self.engine.get_or_insert_with(|| engine(None))
    }

    /// What the driver under test says about itself.
    fn about(&mut self) -> Result<Value> {
        self.driver()?.ask(Request::new("about"))?.value()
    }

    /// Where the engine listens.
    pub(crate) fn url(&mut self) -> String {
        self.engine().url().to_owned()
    }

    /// The driver under test, started when it is first asked for.
    pub(crate) fn driver(&mut self) -> Result<Driver> {
        if let Some(command) = self.command.take() {
            self.driver = Some(Driver::start(command)?);
        }
        self.driver.clone().context("the driver did not start")
    }

    /// A driver of another language, or the same one again.
    pub(crate) fn partner(&mut self) -> Result<Driver> {
        let partner = match self.partner.take() {
            Some(partner) => partner,
            None => Driver::start(Program::Rust.command().map_err(anyhow::Error::msg)?)?,
        };
        self.partner = Some(partner.clone());
        Ok(partner)
    }

    /// Whether the driver under test has an optional group.
    pub(crate) fn has(&mut self, feature: &str) -> Result<bool> {
        let about = self.about()?;
        let features = about["features"].as_array().map(Vec::as_slice);
        Ok(features.unwrap_or_default().contains(&Value::from(feature)))
    }

    /// A connected client of the driver under test, a worker of this name.
    pub(crate) fn client(&mut self, name: &str) -> Result<Client> {
        let (driver, url) = (self.driver()?, self.url());
        Client::connected(driver, &url, name)
    }

    /// A connected client of the partner.
    pub(crate) fn other(&mut self, name: &str) -> Result<Client> {
        let (driver, url) = (self.partner()?, self.url());
        Client::connected(driver, &url, name)
    }
}

fn engine(origin: Option<String>) -> EngineProcess {
    let origins = origin.map(|origin| format!("    allowed_origins: [\"{origin}\"]\n"));
    let config = [LISTENER, &origins.unwrap_or_default(), WORKERS].concat();
    EngineProcess::with(ProcessOptions::with_config(config))
}
