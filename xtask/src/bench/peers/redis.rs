//! A Redis that flushes before it answers.

use super::Running;
use crate::{
    bench::{
        lab::{self, Lab},
        tool,
    },
    server::Server,
};
use anyhow::{Context, Result};
use std::process::Command;

const PROGRAM: &str = "redis-server";

pub(super) fn start(lab: &Lab) -> Result<Running> {
    tool::run(Command::new(PROGRAM).arg("--version"))?;
    let folder = lab.empty_folder("redis")?;
    let address = lab::free_address()?;
    let (host, port) = address.split_once(':').context("no port")?;
    let mut command = Command::new(PROGRAM);
    command.args(["--bind", host, "--port", port, "--daemonize", "no"]);
    command.args(["--appendonly", "yes", "--appendfsync", "always"]);
    command.args(["--save", "", "--logfile", "redis.log"]);
    command.arg("--dir").arg(&folder);
    let server = Server::spawn(&mut command)?;
    lab::wait_until_open(&address)?;
    Ok(Running {
        server,
        address,
        _helper: None,
    })
}
