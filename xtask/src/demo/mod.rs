//! `cargo xtask demo`: the whole system at work, every answer checked as it is shown.
//!
//! It builds the binaries, starts an engine on free ports and the worker of `examples/quickstart`
//! as a process of its own, and tells their story. It is part of `cargo xtask test`.

mod http;
mod story;

use crate::{engine, paths, process, server::Server};
use anyhow::{Context, Result, ensure};
use std::{fs, process::Command};
use story::Story;

const EXAMPLE: &str = "examples/quickstart";

const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:0
data_dir: data
workers:
  - name: state
  - name: http
    config: { port: 0 }
";

pub(crate) fn run() -> Result<()> {
    let manifest = format!("{EXAMPLE}/Cargo.toml");
    process::run(&mut process::cargo(&["build", "--package", "iii-cli"]))?;
    process::run(&mut process::cargo(&[
        "build",
        "--manifest-path",
        &manifest,
    ]))?;
    let binaries = paths::target()?.join("debug");
    let folder = paths::target()?.join("demo");
    fs::remove_dir_all(&folder).ok();
    let iii = binaries.join("iii");
    let engine = engine::start(&iii, &folder, CONFIG).context("the engine")?;
    say(&format!(
        "An engine listens for workers on ws://{} and for HTTP on http://{}.",
        engine.workers, engine.http
    ));
    let url = format!("ws://{}", engine.workers);
    let mut command = Command::new(binaries.join("quickstart"));
    let worker = Server::spawn(command.arg(&url)).context("the worker of the example")?;
    say(&format!(
        "The worker of {EXAMPLE} runs as process {}.",
        worker.pid()
    ));
    let story = Story {
        iii: &iii,
        folder: &folder,
        url: &url,
        http: &engine.http,
    };
    story.tell()?;
    say("Both are asked to end.");
    let ended = worker.terminate()?;
    ensure!(ended.success(), "the worker ended with {ended}");
    let ended = engine.terminate()?;
    ensure!(ended.success(), "the engine ended with {ended}");
    say("Both ended in order. Every answer was as expected.");
    Ok(())
}

/// What happens, for people.
fn say(text: &str) {
    eprintln!("\n# {text}");
}
