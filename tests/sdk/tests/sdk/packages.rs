//! The packages that the binary carries: exported, installed into empty projects without a
//! network, and run as a worker.

use crate::command::{npm, python, run};
use anyhow::{Context, Result, ensure};
use iii_testkit::{EngineProcess, iii, skip};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A worker in each language: offers `greet`, calls it, prints the answer, ends.
const TYPESCRIPT: &str = include_str!("../../workers/greeter.mjs");
const PYTHON: &str = include_str!("../../workers/greeter.py");

/// An empty project with the exported package of a language, or a skip.
fn project(language: &str) -> Result<Option<(TempDir, PathBuf)>> {
    let folder = TempDir::new()?;
    let listed = iii(folder.path(), &["sdk", "list", "--json"], "");
    let listed: Value = serde_json::from_str(&listed.stdout)?;
    if listed["packages"] == json!([]) {
        skip("this `iii` was built without the packages; `cargo xtask test` builds it with them");
        return Ok(None);
    }
    let export = ["sdk", "export", "--to", "packages", "--json", language];
    let exported = iii(folder.path(), &export, "");
    ensure!(exported.code == Some(0), "{}", exported.stderr);
    let exported: Value = serde_json::from_str(&exported.stdout)?;
    let package = &exported["packages"][0];
    ensure!(package["language"] == language, "{exported}");
    let path = package["path"].as_str().context("a path")?;
    let path = folder.path().join(path);
    ensure!(path.exists(), "{} was not written", path.display());
    Ok(Some((folder, path)))
}

/// Runs a worker against a real engine; what it printed.
fn greeted(mut worker: Command) -> Result<()> {
    let engine = EngineProcess::start();
    worker.arg(engine.url());
    let said: Value = serde_json::from_str(run(worker)?.trim())?;
    ensure!(said == json!({ "greeting": "hello ada" }), "{said}");
    Ok(())
}

#[test]
fn typescript_installs_offline_and_works() -> Result<()> {
    let Some((folder, package)) = project("typescript")? else {
        return Ok(());
    };
    fs::write(
        folder.path().join("package.json"),
        r#"{"name":"empty","private":true}"#,
    )?;
    fs::write(folder.path().join("greeter.mjs"), TYPESCRIPT)?;
    let install = ["install", "--offline", "--no-audit", "--no-fund"];
    match npm(folder.path(), &install) {
        Ok(mut npm) => {
            npm.arg(&package);
            run(npm)?;
        }
        Err(reason) => {
            skip(&reason);
            return Ok(());
        }
    }
    let mut worker = Command::new("node");
    worker.arg("greeter.mjs").current_dir(folder.path());
    greeted(worker)
}

#[test]
fn python_installs_offline_and_works() -> Result<()> {
    let Some((folder, package)) = project("python")? else {
        return Ok(());
    };
    fs::write(folder.path().join("greeter.py"), PYTHON)?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--target",
        "site",
    ];
    match python(folder.path(), &install) {
        Ok(mut pip) => {
            pip.arg(&package);
            run(pip)?;
        }
        Err(reason) => {
            skip(&reason);
            return Ok(());
        }
    }
    // Nothing but the interpreter and the package: no environment of ours.
    let mut worker = Command::new("python3");
    worker
        .args(["-I", "-c", &isolated(folder.path())])
        .current_dir(folder.path());
    greeted(worker)
}

/// Runs the worker with only the installed package on its path.
fn isolated(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "import sys, runpy; sys.path.insert(0, '{folder}/site'); \
         sys.argv = ['greeter.py', sys.argv[-1]]; \
         runpy.run_path('{folder}/greeter.py', run_name='__main__')"
    )
}
