//! The published Rust client, unmodified, against an engine: `ENGINE_URL HTTP_URL
//! PART`.
//!
//! **Invariant:** nothing here knows the engine's own crates; only what the client publishes.
//!
//! Start reading at `calls.rs`.

mod calls;
mod checks;
mod crash;
mod events;
mod queues;
mod reconnect;
mod state;
mod streams;
mod topics;
mod web;

use anyhow::{Context, Result, bail};
use checks::{Check, World};
use iii_sdk_published::runtime::WorkerMetadata;
use iii_sdk_published::{IIIClient, InitOptions, WorkerIdentityMode, register_worker};

fn worker(url: &str, name: &str, namespace: Option<&str>) -> IIIClient {
    let metadata = WorkerMetadata {
        name: name.to_owned(),
        ..WorkerMetadata::default()
    };
    register_worker(
        url,
        InitOptions {
            metadata: Some(metadata),
            namespace: namespace.map(str::to_owned),
            identity: WorkerIdentityMode::Explicit,
            ..InitOptions::default()
        },
    )
}

/// What is checked, in the order in which it runs.
fn part(name: &str) -> Result<Vec<Check>> {
    let lists: &[&[Check]] = match name {
        "clients" => &[
            calls::CHECKS,
            events::CHECKS,
            web::CHECKS,
            streams::CHECKS,
            reconnect::CHECKS,
        ],
        "durable" => &[queues::CHECKS, topics::CHECKS, state::CHECKS, crash::CHECKS],
        other => bail!("there is no part `{other}`"),
    };
    Ok(lists.concat())
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().context("the engine's address")?;
    let http_url = arguments.next().context("the address of HTTP triggers")?;
    let part = part(&arguments.next().context("what to check")?)?;
    let world = World {
        provider: worker(&url, "rs-provider", None),
        caller: worker(&url, "rs-caller", None),
        stranger: worker(&url, "rs-stranger", Some("billing")),
        url,
        http_url,
    };
    for check in part {
        checks::run(check, &world).await;
    }
    for client in [&world.provider, &world.caller, &world.stranger] {
        client.shutdown_async().await;
    }
    Ok(())
}
