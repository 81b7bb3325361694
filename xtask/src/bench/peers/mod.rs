//! Other queues, each started from its package for one case and ended after it: on 127.0.0.1, on
//! free ports, with a folder of its own. Who is not there is reported as missing.

mod rabbitmq;
mod redis;

use super::{figures::Sample, lab::Lab};
use crate::{load::Load, paths, server::Server};
use anyhow::{Result, ensure};
use std::process::Command;

/// A figure of ours, and the load that finds the same figure of a peer.
pub(super) struct Figure<'a> {
    pub(super) what: &'static str,
    pub(super) unit: &'static str,
    /// What the load calls it.
    pub(super) key: &'static str,
    /// How many units of the load are one of the figure.
    pub(super) divisor: f64,
    pub(super) ours: f64,
    pub(super) load: &'a [&'a str],
}

impl Figure<'_> {
    /// Our own side of it.
    pub(super) fn sample(&self) -> Sample {
        Sample::new(self.what, self.unit, self.ours)
    }
}

/// Everybody whose queue is measured beside ours.
const ALL: [Peer; 3] = [Peer::RedisStreams, Peer::RabbitMq, Peer::BullMq];

#[derive(Clone, Copy)]
enum Peer {
    RedisStreams,
    RabbitMq,
    /// On the same Redis.
    BullMq,
}

/// A peer that serves.
struct Running {
    server: Server,
    address: String,
    /// Another process that it needs.
    _helper: Option<Server>,
}

/// Our figures, each with that of every peer.
pub(super) fn beside(lab: &Lab, figures: &[Figure<'_>]) -> Vec<Sample> {
    let mut samples = Vec::new();
    for peer in ALL {
        let started = peer.start(lab);
        for figure in figures {
            let started = started.as_ref().map_err(|error| format!("{error:#}"));
            let theirs = started.and_then(|running| {
                let measured = peer.measure(lab, running, figure);
                measured.map_err(|error| format!("{error:#}"))
            });
            samples.push(match theirs {
                Ok((theirs, note)) => figure.sample().floor(peer.name(), theirs).note(note),
                Err(reason) => figure.sample().missing(peer.name(), &reason),
            });
        }
    }
    samples
}

/// How busy a server was during a load, and who drove it.
pub(super) fn cores(server_seconds: f64, load: &Load) -> Result<String> {
    let seconds = load.number("seconds")?;
    let server = server_seconds / seconds;
    let driver = load.number("cpu")? / seconds;
    Ok(format!("server {server:.2} cores, driver {driver:.2}"))
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::RedisStreams => "Redis Streams",
            Self::RabbitMq => "RabbitMQ",
            Self::BullMq => "BullMQ",
        }
    }

    fn start(self, lab: &Lab) -> Result<Running> {
        match self {
            Self::RedisStreams => redis::start(lab),
            Self::RabbitMq => rabbitmq::start(lab),
            Self::BullMq => {
                let installed = paths::root().join(BULLMQ).join("node_modules/bullmq");
                ensure!(
                    installed.exists(),
                    "no packages in `{BULLMQ}`; `cargo xtask setup` installs them"
                );
                redis::start(lab)
            }
        }
    }

    /// The figure, and how busy server and driver were.
    fn measure(self, lab: &Lab, peer: &Running, figure: &Figure<'_>) -> Result<(f64, String)> {
        let before = peer.server.cpu_seconds()?;
        let load = Load::run(self.driver(lab, &peer.address).args(figure.load))?;
        let note = cores(peer.server.cpu_seconds()? - before, &load)?;
        Ok((load.number(figure.key)? / figure.divisor, note))
    }

    /// What loads it, up to what is to be done.
    fn driver(self, lab: &Lab, address: &str) -> Command {
        let [_, load] = lab.programs();
        let ours = |kind| {
            let mut command = Command::new(load);
            command.args(["--addr", address, "peer", kind]);
            command
        };
        match self {
            Self::RedisStreams => ours("redis"),
            Self::RabbitMq => ours("rabbitmq"),
            Self::BullMq => {
                let mut command = Command::new("node");
                command.arg(paths::root().join(BULLMQ).join("bullmq.mjs"));
                command.arg(address);
                command
            }
        }
    }
}

/// Where what drives BullMQ is.
const BULLMQ: &str = "benches/queue-peers";
