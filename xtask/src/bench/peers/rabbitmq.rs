//! A RabbitMQ node of its own, which nobody else knows of.

use super::Running;
use crate::{
    bench::lab::{self, Lab},
    env,
    server::Server,
};
use anyhow::{Context, Result, ensure};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What Debian's package starts as the user of the service.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// Knows on which port a node of Erlang talks to others, without which none starts.
const PORT_MAPPER: &str = "epmd";
const HOST: &str = "127.0.0.1";

pub(super) fn start(lab: &Lab) -> Result<Running> {
    ensure!(
        Path::new(PROGRAM).exists(),
        "there is no `rabbitmq-server`; `cargo xtask setup` installs it"
    );
    let folder = lab.empty_folder("rabbitmq")?;
    let [address, nodes, mapper] = [
        lab::free_address()?,
        lab::free_address()?,
        lab::free_address()?,
    ];
    let mut command = Command::new(PORT_MAPPER);
    command.args(["-port", port(&mapper)?, "-address", HOST]);
    // It tells of every connection that says nothing, and ours only look whether it is there.
    command.stderr(Stdio::null());
    let helper = Server::spawn(&mut command)?;
    lab::wait_until_open(&mapper)?;
    let mut command = Command::new(PROGRAM);
    command.current_dir(&folder).envs(settings(&folder));
    command.envs([
        (env::RABBITMQ_NODE_PORT, port(&address)?),
        (env::RABBITMQ_DIST_PORT, port(&nodes)?),
        (env::ERL_EPMD_PORT, port(&mapper)?),
    ]);
    let server = Server::spawn(&mut command)?;
    lab::wait_until_open(&address)?;
    Ok(Running {
        server,
        address,
        _helper: Some(helper),
    })
}

fn port(address: &str) -> Result<&str> {
    let (_, port) = address.split_once(':').context("no port")?;
    Ok(port)
}

/// Everything that would otherwise be that of the machine's own node.
fn settings(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let mut settings: Vec<(&str, PathBuf)> = env::RABBITMQ_FILES
        .map(|(variable, file)| (variable, folder.join(file)))
        .into();
    let texts = [
        (env::RABBITMQ_NODENAME, "bench@localhost"),
        (env::RABBITMQ_NODE_IP_ADDRESS, HOST),
        (env::ERL_EPMD_ADDRESS, HOST),
        (
            env::RABBITMQ_ERL_ARGS,
            "-kernel inet_dist_use_interface {127,0,0,1}",
        ),
        // The process that is started is then the node itself, which can be watched and ended.
        (env::RUNNING_UNDER_SYSTEMD, "true"),
    ];
    settings.extend(texts.map(|(variable, text)| (variable, text.into())));
    settings
}
