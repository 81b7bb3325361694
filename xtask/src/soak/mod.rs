//! `cargo xtask soak`: a long life under load. The engine's memory must stay what it was after the
//! first third, and no call may be lost. With `--jobs` or `--sets`: millions of what is durable.

mod durable;

use crate::{clock, engine, load::Load, paths, process, server::Server, table};
use anyhow::{Context, Result, bail, ensure};
use std::{
    path::Path,
    process::Command,
    thread::{self, sleep},
    time::Duration,
};

/// What memory may grow by from a third of the run to its end.
const GROWTH_MAX: f64 = 1.1;
const SAMPLE_EVERY: Duration = Duration::from_secs(1);
/// Rows of the table of memory.
const ROWS: usize = 12;

/// References of channels are remembered until they expire: long before a third of the run.
const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:0
limits: { channel_ttl_ms: 2000 }
data_dir: data
workers:
  - name: state
  - name: http
    config: { port: 0 }
";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long to run
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// Instead: so many jobs through a queue, each handled exactly once
    #[arg(long, default_value_t = 0, conflicts_with = "minutes")]
    jobs: u64,
    /// Instead: so many writes of `state` to 100,000 entries
    #[arg(long, default_value_t = 0, conflicts_with = "minutes")]
    sets: u64,
}

/// One kind of load, with the arguments of the generator.
struct Kind {
    name: &'static str,
    arguments: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.jobs > 0 || options.sets > 0 {
        return durable::run(options.jobs, options.sets);
    }
    let seconds = options.minutes * 60.0;
    // Fewer samples have no third to look at.
    ensure!(seconds >= 9.0, "a soak takes at least 0.15 minutes");
    let packages = ["-p", "iii-load", "-p", "iii-cli"];
    process::run(process::cargo(&["build", "--release"]).args(packages))?;
    let release = paths::target()?.join("release");
    let generator = release.join("iii-load");
    let engine = engine::start(&release.join("iii"), &release.join("soak"), CONFIG)?;
    let mut worker = Command::new(&generator);
    let mut worker = Server::spawn(worker.args(["--addr", &engine.workers, "http-worker"]))?;
    worker.first_line()?;

    let kinds = kinds(&engine.http, seconds);
    let (memory, outcomes) = thread::scope(|scope| -> Result<_> {
        let running: Vec<_> = kinds
            .iter()
            .map(|kind| scope.spawn(|| load(&generator, &engine.workers, kind)))
            .collect();
        let memory = sample(&engine, seconds)?;
        let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
        let outcomes: Vec<_> = ended
            .map(|outcome| outcome.unwrap_or_else(|_| bail!("the load's thread panicked")))
            .collect();
        Ok((memory, outcomes))
    })?;
    drop(worker);
    let status = engine.terminate()?;
    report(&memory, &kinds, &outcomes)?;
    ensure!(status.success(), "the engine ended with {status}");
    verdict(&memory)
}

fn kinds(http: &str, seconds: f64) -> Vec<Kind> {
    let url = format!("http://{http}/bench");
    let seconds = format!("{seconds}");
    let commands: [(&'static str, &[&str]); 6] = [
        ("calls", &["invoke", "--window", "16"]),
        (
            "state",
            &[
                "call",
                "--function",
                "state::set",
                "--data",
                r#"{"scope":"soak","key":"k","value":{"n":{r},"pad":"{pad}"}}"#,
                "--window",
                "4",
            ],
        ),
        (
            "http",
            &[
                "http-drive",
                "--url",
                &url,
                "--method",
                "POST",
                "--body",
                "{}",
                "--connections",
                "8",
            ],
        ),
        ("channels", &["channels"]),
        ("churn", &["churn"]),
        ("garbage", &["garbage"]),
    ];
    let kind = |(name, arguments): (&'static str, &[&str])| Kind {
        name,
        arguments: arguments
            .iter()
            .chain(&["--seconds", &seconds])
            .map(|argument| (*argument).to_owned())
            .collect(),
    };
    commands.into_iter().map(kind).collect()
}

/// A call that fails or is lost is an error of the load's.
fn load(generator: &Path, address: &str, kind: &Kind) -> Result<Load> {
    let mut command = Command::new(generator);
    command.args(["--addr", address]).args(&kind.arguments);
    Load::run(&mut command).with_context(|| kind.name)
}

/// Resident kilobytes of the engine, every second of the run.
fn sample(engine: &Server, seconds: f64) -> Result<Vec<u64>> {
    let start = clock::now();
    let mut samples = Vec::new();
    while start.elapsed().as_secs_f64() < seconds {
        sleep(SAMPLE_EVERY);
        samples.push(engine.rss_kb().context("the engine has ended")?);
    }
    Ok(samples)
}

fn report(memory: &[u64], kinds: &[Kind], outcomes: &[Result<Load>]) -> Result<()> {
    let rows = memory.len().min(ROWS);
    let rows: Vec<[String; 2]> = (1..=rows)
        .map(|row| row * memory.len() / rows)
        .map(|second| {
            [
                format!("{second}"),
                format!("{:.1}", megabytes(memory[second - 1])),
            ]
        })
        .collect();
    println!("{}", table::render(["second", "RSS in MB"], &rows));
    let figure = |load: &Load, key: &str| {
        let number = load.number(key);
        number.map_or(String::new(), |number| format!("{number:.0}"))
    };
    let mut rows = Vec::new();
    for (kind, outcome) in kinds.iter().zip(outcomes) {
        let name = kind.name.to_owned();
        rows.push(match outcome {
            Ok(load) => {
                let done = load.number("ok").map_or("peers", |_| "ok");
                [
                    name,
                    figure(load, done),
                    figure(load, "rate"),
                    "0".to_owned(),
                ]
            }
            Err(error) => [name, String::new(), String::new(), format!("{error:#}")],
        });
    }
    print!(
        "{}",
        table::render(["load", "done", "per second", "failed"], &rows)
    );
    ensure!(
        outcomes.iter().all(Result::is_ok),
        "not every call ended well"
    );
    Ok(())
}

/// Compares the end of the run with its first third.
fn verdict(memory: &[u64]) -> Result<()> {
    let (third, end) = (
        around(memory, memory.len() / 3),
        around(memory, memory.len()),
    );
    let growth = end as f64 / third as f64;
    eprintln!(
        "{:.1} MB at a third, {:.1} MB at the end: {growth:.2}",
        megabytes(third),
        megabytes(end)
    );
    ensure!(
        growth <= GROWTH_MAX,
        "memory grew to {growth:.2} times what it was at a third of the run"
    );
    Ok(())
}

/// The median of the twentieth of the run that ends at a sample.
fn around(memory: &[u64], end: usize) -> u64 {
    let first = end.saturating_sub((memory.len() / 20).max(1));
    let mut window = memory[first..end].to_vec();
    window.sort_unstable();
    window[window.len() / 2]
}

fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn growth_after_the_first_third_is_a_fault() {
        let warm: Vec<u64> = (0..100).map(|n| 1_000 + 20 * n.min(30)).collect();
        assert!(verdict(&warm).is_ok());
        let leak: Vec<u64> = (0..100).map(|n| 1_000 + 20 * n).collect();
        assert!(verdict(&leak).is_err());
    }
}
