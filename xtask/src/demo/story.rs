//! What the demo does and what it must see.

use super::{http, say};
use crate::{clock, process};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{path::Path, process::Command, thread::sleep, time::Duration};

const WORKER_READY_WITHIN: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub(super) struct Story<'a> {
    pub(super) iii: &'a Path,
    /// Where the engine runs; its operator token is below.
    pub(super) folder: &'a Path,
    pub(super) url: &'a str,
    pub(super) http: &'a str,
}

impl Story<'_> {
    pub(super) fn tell(&self) -> Result<()> {
        self.wait_for_worker()?;
        say("Orders arrive over HTTP.");
        let book = json!({ "id": "a1", "item": "book", "quantity": 2 });
        self.request(
            "POST",
            "/orders",
            Some(&book),
            201,
            &json!({ "placed": "a1" }),
        )?;
        let lamp = json!({ "id": "b2", "item": "lamp", "quantity": 1 });
        self.request(
            "POST",
            "/orders",
            Some(&lamp),
            201,
            &json!({ "placed": "b2" }),
        )?;
        say("They can be read again, and what is wrong is refused.");
        self.request("GET", "/orders/a1", None, 200, &book)?;
        let unknown = json!({ "error": "no such order" });
        self.request("GET", "/orders/zz", None, 404, &unknown)?;
        say("Any function can be called by its id.");
        self.call("orders::total", &[], &json!({ "orders": 2, "pieces": 3 }))?;
        say("The live catalog knows who offers what, and what is bound to what.");
        self.list("workers", "orders")?;
        self.list("functions", "orders::place")?;
        self.list("triggers", "/orders/:id")?;
        say("This is the state that the orders left.");
        self.call("state::get", &["scope=orders", "key=b2"], &lamp)
    }

    /// The worker is there when its last function answers.
    fn wait_for_worker(&self) -> Result<()> {
        let start = clock::now();
        loop {
            let (status, answer) = http::request(self.http, "GET", "/orders/none", None)?;
            // Before the route is there, 404 comes from the http worker, with a code.
            if status == 404 && answer["error"] == "no such order" {
                return Ok(());
            }
            if start.elapsed() > WORKER_READY_WITHIN {
                bail!("the worker's route is not served, last answer: {status} {answer}");
            }
            sleep(LOOK_AGAIN);
        }
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        status: u16,
        expected: &Value,
    ) -> Result<()> {
        let sent = body.map_or(String::new(), |body| format!(" {body}"));
        println!("{method} {path}{sent}");
        let (found, answer) = http::request(self.http, method, path, body)?;
        println!("  {found} {answer}");
        let right = found == status && answer == *expected;
        ensure!(right, "expected {status} {expected}");
        Ok(())
    }

    fn call(&self, function: &str, payload: &[&str], expected: &Value) -> Result<()> {
        let answer = self.command(&[&["trigger", function], payload].concat())?;
        print!("{answer}");
        let answer: Value = serde_json::from_str(&answer)?;
        ensure!(answer == *expected, "expected {expected}");
        Ok(())
    }

    fn list(&self, what: &str, expected: &str) -> Result<()> {
        let table = self.command(&[what, "list"])?;
        print!("{table}");
        ensure!(
            table.contains(expected),
            "expected `{expected}` among the {what}"
        );
        Ok(())
    }

    /// Runs `iii` with these arguments against the engine of the demo.
    fn command(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(self.iii);
        command.args(arguments).args(["--url", self.url]);
        process::quiet(command.current_dir(self.folder)).context("a command of the demo")
    }
}
