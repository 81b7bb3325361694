//! The story `polyglot`: one order through a browser tab, Node, Rust and Python, and back.
//!
//! The SDKs of TypeScript and Python come out of the `iii` binary and are installed without a
//! network, as a project of a user would do it.

use super::stage::{Iii, stop, title};
use crate::server::Server;
use crate::setup::report::Report;
use crate::{clock, engine, package, paths, process, setup};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const EXAMPLE: &str = "examples/polyglot";
const BUILT: [&str; 4] = ["-p", "iii-cli", "-p", "iii-example-polyglot"];
/// How long all workers may take to be there; a browser takes its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Builds, installs, starts, places an order, checks and stops.
pub(super) fn run() -> Result<()> {
    let report = setup::prepare()?;
    if !package::is_possible(&report) {
        // Setup has said why, and the closing table of `cargo xtask test` says so again.
        println!("this story needs the tools of all three languages");
        return Ok(());
    }
    package::build(&report)?;
    let mut build = process::cargo(&["build"]);
    package::embed(&mut build)?;
    process::run(build.args(BUILT))?;
    let project = Project::install(&report)?;
    title("the page is served");
    let mut page = Server::spawn(&mut project.node("browser/serve.mjs"))?;
    let origin = page.first_line()?;
    println!("{origin}");
    title("the engine starts: iii serve");
    let engine = engine::start(&project.iii, &project.folder, &config(&origin))?;
    let iii = Iii {
        binary: project.iii.clone(),
        folder: project.folder.clone(),
        url: format!("ws://{}", engine.workers),
    };
    title("workers connect: Rust, Python, TypeScript, a browser tab");
    let workers = project.workers(&iii.url)?;
    let tab = tab(
        &report,
        &project.folder,
        &format!("{origin}/?engine={}", iii.url),
    )?;
    let mut wanted = vec!["orders::place", "pricing::total", "tax::rate"];
    match &tab {
        Some(_) => wanted.push("shop::checkout"),
        None => println!("no browser here: the order is placed without the tab"),
    }
    wait_for(&iii, &wanted)?;
    if tab.is_some() {
        order(&iii)?;
    }
    refusal(&iii)?;
    title("everything stops cleanly");
    drop(tab);
    for (name, worker) in workers {
        stop(name, worker)?;
    }
    stop("the page", page)?;
    stop("the engine", engine)
}

/// One listener that lets the page in.
fn config(origin: &str) -> String {
    format!(
        "listeners:\n  - bind: 127.0.0.1:0\n    allowed_origins: [\"{origin}\"]\n\
         workers:\n  - name: http\n    config:\n      port: 0\n"
    )
}

/// A copy of the example, with the packages of the SDKs installed.
struct Project {
    folder: PathBuf,
    iii: PathBuf,
    rust: PathBuf,
    python: PathBuf,
}

impl Project {
    fn install(report: &Report) -> Result<Self> {
        let target = paths::target()?;
        let project = Self {
            folder: target.join("demo-polyglot"),
            iii: target.join("debug/iii"),
            rust: target.join("debug/iii-example-polyglot"),
            python: report.ready("python-sdk").context("python-sdk")?.to_owned(),
        };
        if project.folder.exists() {
            fs::remove_dir_all(&project.folder)?;
        }
        for part in ["typescript", "python", "browser"] {
            let from = paths::root().join(EXAMPLE).join(part);
            copy(&from, &project.folder.join(part))?;
        }
        fs::write(project.folder.join("package.json"), r#"{"private":true}"#)?;
        title("the packages of the SDKs: iii sdk export");
        let mut export = Command::new(&project.iii);
        export.args(["sdk", "export", "--to", "packages"]);
        print!("{}", process::quiet(export.current_dir(&project.folder))?);
        project.install_packages()?;
        Ok(project)
    }

    fn install_packages(&self) -> Result<()> {
        for entry in fs::read_dir(self.folder.join("packages"))? {
            let package = entry?.path();
            let mut install = if package.extension().is_some_and(|kind| kind == "whl") {
                let mut pip = Command::new(&self.python);
                pip.args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--no-index",
                    "--target",
                    "site",
                ]);
                pip
            } else {
                let mut npm = Command::new("npm");
                npm.args([
                    "install",
                    "--offline",
                    "--no-audit",
                    "--no-fund",
                    "--silent",
                ]);
                npm
            };
            process::quiet(install.arg(&package).current_dir(&self.folder))?;
        }
        Ok(())
    }

    fn node(&self, script: &str) -> Command {
        let mut node = Command::new("node");
        node.arg(script).current_dir(&self.folder);
        node
    }

    fn workers(&self, url: &str) -> Result<[(&'static str, Server); 3]> {
        let mut python = Command::new(&self.python);
        python.arg("python/worker.py").current_dir(&self.folder);
        python.env("PYTHONPATH", self.folder.join("site"));
        Ok([
            (
                "pricing in Rust",
                Server::spawn(Command::new(&self.rust).arg(url))?,
            ),
            ("tax in Python", Server::spawn(python.arg(url))?),
            (
                "orders in TypeScript",
                Server::spawn(self.node("typescript/worker.mjs").arg(url))?,
            ),
        ])
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// A tab of a real browser, where there is one.
fn tab(report: &Report, folder: &Path, url: &str) -> Result<Option<Server>> {
    let Some(chromium) = report.ready("chromium") else {
        return Ok(None);
    };
    let mut browser = Command::new(chromium);
    // The sandbox of a browser needs rights that root and containers do not have.
    browser.args([
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
    ]);
    browser.arg("--remote-debugging-port=0");
    browser.arg(format!(
        "--user-data-dir={}",
        folder.join("profile").display()
    ));
    browser.stderr(fs::File::create(folder.join("browser.log"))?);
    Server::spawn(browser.arg(url)).map(Some)
}

fn wait_for(iii: &Iii, functions: &[&str]) -> Result<()> {
    let deadline = clock::now() + PATIENCE;
    loop {
        let listed: Value = serde_json::from_str(&iii.run(&["functions", "list", "--json"])?)?;
        let listed = listed["functions"].as_array().map(Vec::as_slice);
        let is_there = |function: &str| {
            let mut listed = listed.unwrap_or_default().iter();
            listed.any(|entry| entry["function_id"] == function)
        };
        if functions.iter().all(|function| is_there(function)) {
            return Ok(());
        }
        if clock::now() > deadline {
            bail!("not all of {functions:?} came within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One order through all of them.
fn order(iii: &Iii) -> Result<()> {
    title("an order is placed in the tab");
    let order = json!({
        "id": "a-17",
        "country": "de",
        "lines": [{ "cents": 4200, "count": 1 }, { "cents": 150, "count": 2 }],
    });
    let answer = iii.run(&["trigger", "shop::checkout", "--json", &order.to_string()])?;
    println!("$ iii trigger shop::checkout --json '{order}'\n{answer}");
    let answer: Value = serde_json::from_str(&answer)?;
    ensure!(answer["cents"] == 5355, "4500 and 19 % are 5355: {answer}");
    ensure!(
        answer["shown"] == "a-17: 53.55 EUR",
        "the page shows another text: {answer}"
    );
    let path = answer["path"].as_array().context("the answer has a path")?;
    let languages: Vec<_> = path.iter().map(|hop| hop["language"].clone()).collect();
    let expected = ["browser", "typescript", "rust", "python"];
    ensure!(languages == expected, "it went another way: {languages:?}");
    let trace = &path[0]["trace"];
    ensure!(
        trace.as_str().is_some_and(|trace| trace.len() == 32),
        "no trace: {trace}"
    );
    ensure!(
        path.iter().all(|hop| hop["trace"] == *trace),
        "more than one trace: {answer}"
    );
    println!("one trace: {trace}");
    Ok(())
}

/// An error of Python's, seen through Rust and TypeScript.
fn refusal(iii: &Iii) -> Result<()> {
    title("an order for a country that Python does not know");
    let order = json!({ "id": "a-18", "country": "nowhere", "lines": [{ "cents": 1 }] });
    let refused = iii.run(&["trigger", "orders::place", "--json", &order.to_string()]);
    let error = refused
        .err()
        .context("it should have been refused")?
        .to_string();
    println!("{error}");
    ensure!(
        error.contains("unknown_country"),
        "another error came: {error}"
    );
    Ok(())
}
