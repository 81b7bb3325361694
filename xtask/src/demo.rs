//! `cargo xtask demo`: the engine and a worker of its own process, called over HTTP for real.

use crate::{clock, env, http, paths, process};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
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
    process::run(build.args(PACKAGES))?;
    let folder = paths::target()?.join("demo");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("iii-config.yaml"), CONFIG)?;
    let bin = paths::target()?.join("debug");
    let (mut engine, url, web) = start_engine(&bin, &folder)?;
    title(&format!(
        "{EXAMPLE} connects to {url} from a process of its own"
    ));
    let mut worker = Running::start(
        Command::new(bin.join("iii-example-quickstart")).arg(&url),
        "the example",
    )?;
    let iii = Iii {
        binary: bin.join("iii"),
        folder,
        url,
    };
    wait_for_route(&web)?;
    call_over_http(&web)?;
    show_catalog(&iii)?;
    show_state(&iii)?;
    title("everything stops cleanly");
    worker.stop()?;
    engine.stop()
}

fn start_engine(bin: &Path, folder: &Path) -> Result<(Running, String, String)> {
    title("the engine starts: iii serve");
    let mut command = Command::new(bin.join("iii"));
    command
        .args(["--config", "iii-config.yaml", "--json"])
        .current_dir(folder);
    let mut engine = Running::start(command.stdout(Stdio::piped()), "the engine")?;
    let stdout = engine.child.stdout.take().context("stdout is piped")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let ready: Value = serde_json::from_str(&line).context("the engine did not get ready")?;
    let url = ready["listeners"][0]
        .as_str()
        .context("no listener")?
        .to_owned();
    let workers = ready["workers"].as_array().context("no workers")?;
    let web = workers.iter().find(|worker| worker["name"] == "http");
    let web = web
        .and_then(|worker| worker["address"].as_str())
        .context("no HTTP address")?;
    Ok((engine, url, web.trim_start_matches("http://").to_owned()))
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

fn title(text: &str) {
    println!("\n== {text}");
}

/// The `iii` command against the demo's engine.
struct Iii {
    binary: PathBuf,
    folder: PathBuf,
    url: String,
}

impl Iii {
    fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .args(["--url", &self.url])
            .current_dir(&self.folder);
        process::quiet(&mut command)
    }
}

/// A process that ends with this value at the latest.
struct Running {
    child: Child,
    name: &'static str,
}

impl Running {
    fn start(command: &mut Command, name: &'static str) -> Result<Self> {
        // What the caller's shell exports must not change what the demo shows.
        for variable in env::PRODUCT_VARIABLES {
            command.env_remove(variable);
        }
        let child = command.stdin(Stdio::null()).spawn();
        let child = child.with_context(|| format!("{name} does not start"))?;
        Ok(Self { child, name })
    }

    /// Asks it to end and checks that it does so in order.
    fn stop(&mut self) -> Result<()> {
        process::quiet(Command::new("kill").arg(self.child.id().to_string()))?;
        let status = self.child.wait()?;
        println!("{} ended with {status}", self.name);
        ensure!(status.success(), "{} did not end in order", self.name);
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
