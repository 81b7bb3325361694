//! The story `quickstart`: the engine and a worker of its own process, called over HTTP for real.

use super::stage::{Iii, stop, title};
use crate::{clock, engine, http, package, paths, process, server::Server};
use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use std::time::Duration;

/// The example whose story is told.
const EXAMPLE: &str = "examples/quickstart";
const PACKAGES: [&str; 4] = ["-p", "iii-cli", "-p", "iii-example-quickstart"];
/// How long the worker may take to be reachable.
const PATIENCE: Duration = Duration::from_secs(30);

const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:0
workers:
  - name: state
  - name: http
    config:
      port: 0
";

/// Builds, starts, calls, shows and stops. An answer other than the expected one is an error.
pub(crate) fn run() -> Result<()> {
    let mut build = process::cargo(&["build"]);
    package::embed(&mut build)?;
    process::run(build.args(PACKAGES))?;
    let target = paths::target()?;
    let (folder, binaries) = (target.join("demo"), target.join("debug"));
    title("the engine starts: iii serve");
    // What an earlier run has ordered is kept otherwise.
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let engine = engine::start(&binaries.join("iii"), &folder, CONFIG)?;
    let url = format!("ws://{}", engine.workers);
    title(&format!(
        "{EXAMPLE} connects to {url} from a process of its own"
    ));
    let mut example = Command::new(binaries.join("iii-example-quickstart"));
    let worker = Server::spawn(example.arg(&url))?;
    let iii = Iii {
        binary: binaries.join("iii"),
        folder,
        url,
    };
    wait_for_route(&engine.http)?;
    call_over_http(&engine.http)?;
    show_catalog(&iii)?;
    show_state(&iii)?;
    title("everything stops cleanly");
    stop("the example", worker)?;
    stop("the engine", engine)
}

/// The worker is there once its route answers something other than "no such route".
fn wait_for_route(web: &str) -> Result<()> {
    let deadline = clock::now() + PATIENCE;
    loop {
        let answer = http::request(web, "GET", "/orders/nothing", None)?;
        if answer.body["error"] == "no such order" {
            return Ok(());
        }
        if clock::now() > deadline {
            bail!("the example's route did not appear in {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn call_over_http(web: &str) -> Result<()> {
    title(&format!("real requests to http://{web}"));
    let order = json!({ "id": "a-17", "total": 42.50, "items": ["lamp", "cable"] });
    let receipt = json!({ "id": "a-17", "total": 42.50 });
    let steps = [
        ("POST", "/orders", Some(&order), 201, &receipt),
        ("POST", "/orders", Some(&order), 200, &receipt),
        ("GET", "/orders/a-17", None, 200, &order),
        (
            "GET",
            "/orders/a-18",
            None,
            404,
            &json!({ "error": "no such order" }),
        ),
        (
            "POST",
            "/orders",
            Some(&json!({})),
            422,
            &json!({ "error": "an order needs an `id`" }),
        ),
    ];
    for (method, path, body, status, expected) in steps {
        let answer = http::request(web, method, path, body)?;
        let sent = body.map_or(String::new(), |body| format!(" {body}"));
        println!(
            "{method} {path}{sent}\n  -> {} {}",
            answer.status, answer.body
        );
        ensure!(
            answer.status == status && answer.body == *expected,
            "expected {status} {expected}"
        );
    }
    Ok(())
}

fn show_catalog(iii: &Iii) -> Result<()> {
    title("the live catalog");
    for noun in ["workers", "functions", "triggers"] {
        let listed = iii.run(&[noun, "list"])?;
        println!("$ iii {noun} list\n{listed}");
        ensure!(
            listed.contains("orders"),
            "the example is not among the {noun}"
        );
    }
    Ok(())
}

fn show_state(iii: &Iii) -> Result<()> {
    title("the state it left");
    let listed = iii.run(&["trigger", "state::list", "scope=orders"])?;
    println!("$ iii trigger state::list scope=orders\n{listed}");
    let orders: Value = serde_json::from_str(&listed)?;
    ensure!(orders[0]["id"] == "a-17", "the order is not in the state");
    Ok(())
}
