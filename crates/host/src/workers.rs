//! The workers of this build: the one list that a new first-party worker is added to.

use crate::built_in::{BuiltIn, Made, Plan};
use crate::config::{Error, Section};
use iii_kit::StartError;
use iii_kit::schemars::schema_for;
use std::sync::Arc;

/// In the order in which they start when there is no file.
pub static BUILT_INS: &[BuiltIn] = &[
    BuiltIn {
        name: "state",
        aliases: &["iii-state"],
        schema: || schema_for!(iii_worker_state::Config),
        read: state,
    },
    BuiltIn {
        name: "http",
        aliases: &["iii-http"],
        schema: || schema_for!(iii_worker_http::Config),
        read: http,
    },
    BuiltIn {
        name: "queue",
        aliases: &["iii-queue"],
        schema: || schema_for!(iii_worker_queue::Config),
        read: queue,
    },
];

fn state(section: &Section) -> Result<Plan, Error> {
    let config: iii_worker_state::Config = section.read()?;
    config.check().map_err(|reason| section.refuse(reason))?;
    Ok(Plan::new(move |backends| {
        let clock = Arc::new(iii_ports::SystemClock);
        let state = iii_worker_state::State::new(config.clone(), backends.kv()?, clock);
        Ok(Made::quiet(state))
    }))
}

fn queue(section: &Section) -> Result<Plan, Error> {
    let config = queue_config(section)?;
    Ok(Plan::new(move |backends| {
        let clock = Arc::new(iii_ports::SystemClock);
        let (log, leases) = (backends.log()?, backends.leases()?);
        let owner = backends.owner();
        let worker = iii_worker_queue::Queue::new(config.clone(), log, leases, owner, clock);
        let control = worker.control();
        Ok(Made {
            worker: Box::new(worker),
            address: Box::pin(async { None }),
            change: Some(Box::new(move |section| {
                let config = queue_config(section);
                let config = config.map_err(|error| StartError::Config(error.to_string()))?;
                control.reconfigure(config).map(|()| None)
            })),
        })
    }))
}

fn queue_config(section: &Section) -> Result<iii_worker_queue::Config, Error> {
    let config: iii_worker_queue::Config = section.read()?;
    match config.check() {
        Ok(()) => Ok(config),
        Err(reason) => Err(section.refuse(reason)),
    }
}

fn http(section: &Section) -> Result<Plan, Error> {
    let config = http_config(section)?;
    Ok(Plan::new(move |_| {
        let clock = Arc::new(iii_kit::SystemClock::default());
        let worker = iii_worker_http::Http::new(config.clone(), clock);
        let (listening, control) = (worker.listening(), worker.control());
        Ok(Made {
            worker: Box::new(worker),
            address: Box::pin(async move { urls(&listening.endpoints().await) }),
            change: Some(Box::new(move |section| {
                let config = http_config(section);
                let config = config.map_err(|error| StartError::Config(error.to_string()))?;
                Ok(urls(&control.reconfigure(config)?))
            })),
        })
    }))
}

/// Certificates are tried here too, so that a bad one leaves the running configuration in force.
fn http_config(section: &Section) -> Result<iii_worker_http::Config, Error> {
    let mut config: iii_worker_http::Config = section.read()?;
    config.resolve_paths(section.folder());
    match config.check() {
        Ok(()) => Ok(config),
        Err(reason) => Err(section.refuse(reason)),
    }
}

fn urls(endpoints: &[iii_worker_http::Endpoint]) -> Option<String> {
    let urls: Vec<String> = endpoints.iter().map(ToString::to_string).collect();
    (!urls.is_empty()).then(|| urls.join(", "))
}
