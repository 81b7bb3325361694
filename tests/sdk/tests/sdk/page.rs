//! A page in a real browser is a worker like any other: called by a worker in Python, back after
//! the engine was killed, and refused where it does not come from.

use crate::command::{python, run};
use anyhow::{Context, Result, ensure};
use iii_testkit::{EngineProcess, ProcessOptions, prepared, skip};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A tab, and the program that drives it.
struct Tab {
    program: Child,
    told: Option<ChildStdin>,
    said: Lines<BufReader<ChildStdout>>,
    /// Where the page is served.
    origin: String,
}

impl Tab {
    fn start(chromium: &Path) -> Result<Self> {
        let mut program = Command::new("node")
            .arg(workers().join("tab/tab.mjs"))
            .env("CHROMIUM", chromium)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let told = program.stdin.take();
        let said = program.stdout.take().context("its output")?;
        let mut tab = Self {
            program,
            told,
            said: BufReader::new(said).lines(),
            origin: String::new(),
        };
        let origin = tab.next()?;
        origin
            .as_str()
            .context("an origin")?
            .clone_into(&mut tab.origin);
        Ok(tab)
    }

    fn tell(&mut self, line: &str) -> Result<()> {
        let told = self.told.as_mut().context("it was told to end")?;
        Ok(writeln!(told, "{line}")?)
    }

    fn next(&mut self) -> Result<Value> {
        let line = self.said.next().context("the tab has ended")??;
        Ok(serde_json::from_str(&line)?)
    }

    /// Reads on until the page says this.
    fn says(&mut self, word: &str) -> Result<()> {
        while self.next()? != word {}
        Ok(())
    }

    /// What the page shows now.
    fn shown(&mut self) -> Result<Value> {
        self.tell("document.querySelector('#shown').textContent")?;
        self.next()
    }

    /// Whether the engine lets the page in.
    fn knocks(&mut self, engine: &EngineProcess) -> Result<Value> {
        self.tell(&format!("knock('{}')", engine.url()))?;
        self.next()
    }

    fn end(mut self) -> Result<()> {
        drop(self.told.take());
        for _ in self.said {}
        ensure!(self.program.wait()?.success(), "the tab ended badly");
        Ok(())
    }
}

fn workers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workers")
}

/// Has the page show a text; how the page answered.
fn show(engine: &EngineProcess, text: &str) -> Result<Value> {
    let program = workers().join("show.py");
    let arguments = [program.to_str().context("a path")?, engine.url(), text];
    let mut command = python(&workers(), &arguments).map_err(anyhow::Error::msg)?;
    command.env("PYTHONPATH", crate::command::sdk("python").join("src"));
    Ok(serde_json::from_str(run(command)?.trim())?)
}

#[test]
fn a_page_is_a_worker() -> Result<()> {
    let parts = ["typescript", "python-sdk", "chromium"].map(prepared);
    if let Some(reason) = parts.iter().find_map(|part| part.as_ref().err()) {
        skip(reason);
        return Ok(());
    }
    let [_, _, Ok(chromium)] = &parts else {
        anyhow::bail!("it was there just now");
    };
    let mut tab = Tab::start(chromium)?;
    let mut engine = EngineProcess::with(ProcessOptions::with_config(format!(
        "listeners:\n  - bind: 127.0.0.1:${{III_TEST_PORT:0}}\n    \
         allowed_origins: [\"{}\"]\nworkers: []\n",
        tab.origin
    )));
    tab.tell(&format!("{}/?engine={}", tab.origin, engine.url()))?;
    tab.says("ready")?;
    let title = json!({ "title": "tab" });
    ensure!(show(&engine, "from Python")? == title);
    ensure!(tab.shown()? == "from Python");

    engine.kill();
    tab.says("reconnecting")?;
    engine.restart();
    tab.says("ready")?;
    ensure!(show(&engine, "and again")? == title);
    ensure!(tab.shown()? == "and again");

    ensure!(tab.knocks(&engine)? == "admitted");
    // The same page from the same server, by another name.
    let elsewhere = tab.origin.replace("127.0.0.1", "localhost");
    tab.tell(&format!("{elsewhere}/?engine={}", engine.url()))?;
    ensure!(tab.knocks(&engine)? == "refused");
    ensure!(tab.shown()? == "nothing yet");
    tab.end()
}
