//! The SDKs of other languages next to the published packages, in the same run.

use super::{
    figures::{Goal, Sample},
    lab::Lab,
    tool,
};
use crate::{env, paths};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::process::Command;

/// A figure of one measurement.
struct Figure {
    /// Which measurement: the fields that it has.
    of: About,
    in_flight: u64,
    key: &'static str,
    what: &'static str,
    goal: Option<Goal>,
}

type About = &'static [(&'static str, &'static str)];

const CALLER: About = &[("role", "caller")];
const WORKER: About = &[("role", "worker")];
const BOTH: About = &[("role", "both")];

/// Processor time says more than rates, where two cores are shared with the other side.
const TYPESCRIPT: [Figure; 6] = [
    figure("caller, 64: processor time a call", CALLER, 64, "cpu_us").at_most(0.5),
    figure("caller, 64: p50", CALLER, 64, "p50_us"),
    figure("caller, 1: p50", CALLER, 1, "p50_us").at_most(1.0),
    figure("worker, 64: processor time a call", WORKER, 64, "cpu_us").at_most(0.5),
    figure("worker, 1: p50", WORKER, 1, "p50_us"),
    figure("both, 64: processor time a call", BOTH, 64, "cpu_us").at_most(0.5),
];

const ASYNC: About = &[("kind", "caller"), ("role", "async")];
const COROUTINE: About = &[("kind", "worker"), ("role", "coroutine")];
const FUNCTION: About = &[("kind", "worker"), ("role", "function")];

const PAIR: About = &[("kind", "both"), ("role", "coroutine")];

const PYTHON: [Figure; 10] = [
    figure("caller, 64: calls/s", ASYNC, 64, "calls_per_s").at_least(2.0),
    figure("caller, 64: processor time a call", ASYNC, 64, "cpu_us"),
    figure("caller, 1: p50", ASYNC, 1, "p50_us").at_most(1.0),
    figure("coroutine, 64: calls/s", COROUTINE, 64, "calls_per_s").at_least(2.0),
    figure(
        "coroutine, 64: processor time a call",
        COROUTINE,
        64,
        "cpu_us",
    ),
    figure("coroutine, 1: p50", COROUTINE, 1, "p50_us").at_most(1.0),
    figure("function, 64: calls/s", FUNCTION, 64, "calls_per_s").at_least(2.0),
    figure("both, 64: calls/s", PAIR, 64, "calls_per_s").at_least(2.0),
    figure("both, 64: processor time a call", PAIR, 64, "cpu_us"),
    figure("both, 1: p50", PAIR, 1, "p50_us").at_most(1.0),
];

const fn figure(what: &'static str, of: About, in_flight: u64, key: &'static str) -> Figure {
    Figure {
        of,
        in_flight,
        key,
        what,
        goal: None,
    }
}

impl Figure {
    const fn at_most(self, ratio: f64) -> Self {
        let goal = Some(Goal::RatioAtMost(ratio));
        Self { goal, ..self }
    }

    const fn at_least(self, ratio: f64) -> Self {
        let goal = Some(Goal::RatioAtLeast(ratio));
        Self { goal, ..self }
    }

    fn unit(&self) -> &'static str {
        if self.key.ends_with("_us") {
            "us"
        } else {
            "1/s"
        }
    }
}

/// TypeScript on Node.
pub(super) fn typescript(lab: &Lab) -> Result<Vec<Sample>> {
    let folder = paths::root().join("benches/sdk/node");
    let built = paths::root().join("sdk/typescript/dist/node.js");
    let installed = folder.join("node_modules/iii-sdk");
    ensure!(
        installed.exists() && built.exists(),
        "run `npm ci` in `benches/sdk/node`, and `npm ci && npm run build` in `sdk/typescript`"
    );
    let mut command = Command::new("node");
    command.arg(folder.join("main.mjs"));
    command.args(["1", "both,caller,worker", "iii-kit,iii-sdk"]);
    let lines = lines(lab, &mut command)?;
    samples(&TYPESCRIPT, &lines, ["iii-kit", "iii-sdk"])
}

/// Python.
pub(super) fn python_sdk(lab: &Lab) -> Result<Vec<Sample>> {
    let interpreter = paths::target()?.join("python/bin/python");
    ensure!(
        interpreter.exists(),
        "`cargo xtask setup` prepares the interpreter with the published package"
    );
    let mut command = Command::new(interpreter);
    command.arg(paths::root().join("benches/sdk/python/main.py"));
    command.args(["--rounds", "1"]);
    let lines = lines(lab, &mut command)?;
    samples(&PYTHON, &lines, ["iii_kit", "iii"])
}

fn lines(lab: &Lab, command: &mut Command) -> Result<Vec<Value>> {
    let [engine, load] = lab.programs();
    let said = tool::run(
        command
            .env(env::BENCH_ENGINE, engine)
            .env(env::BENCH_LOAD, load),
    )?;
    let parse = |line| serde_json::from_str(line).context("a line of a measurement");
    said.lines().map(parse).collect()
}

/// Our figures, with those of the published package as the floor.
fn samples(figures: &[Figure], lines: &[Value], [own, theirs]: [&str; 2]) -> Result<Vec<Sample>> {
    let each = figures.iter().map(|figure| {
        let sample = Sample::new(figure.what, figure.unit(), number(figure, lines, own)?);
        let sample = sample.floor("published", number(figure, lines, theirs)?);
        Ok(figure.goal.into_iter().fold(sample, Sample::goal))
    });
    each.collect()
}

fn number(figure: &Figure, lines: &[Value], package: &str) -> Result<f64> {
    let line = lines.iter().find(|line| {
        let about = figure.of.iter().all(|(key, value)| line[key] == *value);
        about && line["in_flight"] == figure.in_flight && line["package"] == package
    });
    let number = line.and_then(|line| line[figure.key].as_f64());
    number.with_context(|| format!("no figure of `{package}` for `{}`", figure.what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(package: &str, role: &str, cpu: f64) -> Value {
        let about = json!({ "package": package, "role": role });
        let figures = json!({ "in_flight": 64, "cpu_us": cpu });
        let both = [about, figures].map(|part| part.as_object().cloned().unwrap());
        both.into_iter().flatten().collect()
    }

    #[test]
    fn each_figure_is_found_by_what_it_is_of() {
        let lines = [
            line("iii-kit", "both", 1.0),
            line("iii-kit", "caller", 2.0),
            line("iii-sdk", "caller", 3.0),
        ];
        let caller = |package| number(&TYPESCRIPT[0], &lines, package).unwrap().to_string();
        assert_eq!(caller("iii-kit"), "2");
        assert_eq!(caller("iii-sdk"), "3");
        let missing = number(&TYPESCRIPT[3], &lines, "iii-kit").unwrap_err();
        assert!(missing.to_string().contains("worker, 64"), "{missing}");
    }
}
