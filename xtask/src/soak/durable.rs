//! Millions of jobs, and of writes to `state`: none may be lost or come twice, and neither memory
//! nor disk may grow with their number.

use super::megabytes;
use crate::{engine, load, paths, process, server::Server, table};
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

/// What memory may be at the end, as a multiple of what it was after a tenth.
const GROWTH_MAX: f64 = 1.05;
/// What the disk may have besides live data: the journal, and files that are never smaller.
const DISK_BASE_BYTES: u64 = 160 << 20;
/// Room for each byte that is alive: pages are written anew, not over, and are not full.
const DISK_PER_LIVE_BYTE: u64 = 6;
const SAMPLE_EVERY: Duration = Duration::from_millis(200);

const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:0
data_dir: data
workers:
  - name: state
  - name: queue
  - name: http
    config: { port: 0 }
";

/// How the engine was at one moment.
#[derive(Clone, Copy)]
struct Sample {
    /// Operations that were done.
    done: u64,
    rss_kb: u64,
    disk_bytes: u64,
}

/// One long run of the load generator.
struct Run {
    samples: Vec<Sample>,
    load: load::Load,
}

pub(super) fn run(jobs: u64, sets: u64) -> Result<()> {
    let packages = ["-p", "iii-load", "-p", "iii-cli"];
    process::run(process::cargo(&["build", "--release"]).args(packages))?;
    let release = paths::target()?.join("release");
    let mut failures = Vec::new();
    for (kind, count) in [("jobs", jobs), ("sets", sets)] {
        if count == 0 {
            continue;
        }
        let ended = soak(&release, kind, count)?;
        if let Err(error) = ended.verdict(kind, count) {
            eprintln!("{kind}: {error:#}");
            failures.push(kind);
        }
    }
    ensure!(failures.is_empty(), "not as it should be: {failures:?}");
    Ok(())
}

/// An engine with a new folder, under this load alone.
fn soak(release: &Path, kind: &str, count: u64) -> Result<Run> {
    let folder = release.join("soak-durable");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let engine = engine::start(&release.join("iii"), &folder, CONFIG)?;
    let mut command = Command::new(release.join("iii-load"));
    let count = count.to_string();
    command.args(["--addr", &engine.workers, kind, "--count", &count]);
    let ended = watch(&engine, &folder.join("data"), &mut command)?;
    let status = engine.terminate()?;
    ensure!(status.success(), "the engine ended with {status}");
    Ok(ended)
}

/// Runs the load, and looks at the engine meanwhile.
fn watch(engine: &Server, data: &Path, command: &mut Command) -> Result<Run> {
    let shown = process::shown(command);
    let mut child = Running(
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?,
    );
    let stdout = child.0.stdout.take().context("stdout is taken")?;
    let lines = lines(stdout);
    let (mut samples, mut done, mut last) = (Vec::new(), 0, String::new());
    loop {
        match lines.recv_timeout(SAMPLE_EVERY) {
            Ok(line) => match line.strip_prefix("progress ") {
                Some(number) => done = number.parse()?,
                None => last = line,
            },
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        samples.push(Sample {
            done,
            rss_kb: engine.rss_kb().context("the engine has ended")?,
            disk_bytes: disk_bytes(data)?,
        });
    }
    let status = child.0.wait()?;
    ensure!(status.success(), "`{shown}` ended with {status}: {last}");
    Ok(Run {
        samples,
        load: load::Load::parse(&last),
    })
}

/// Lines of a process that is told to end when nobody reads them any more.
fn lines(stdout: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(Result::ok);
        for line in lines {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// The load, which ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// What the files of a folder take on the disk.
fn disk_bytes(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else {
            // The journal gives a file back now and then.
            continue;
        };
        bytes += if metadata.is_dir() {
            disk_bytes(&entry.path())?
        } else {
            allocated(&metadata)
        };
    }
    Ok(bytes)
}

#[cfg(unix)]
fn allocated(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.blocks() * 512
}

#[cfg(not(unix))]
fn allocated(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}

impl Run {
    fn verdict(&self, kind: &str, count: u64) -> Result<()> {
        let (ok, failed) = (self.load.count("ok")?, self.load.count("failed")?);
        let rate = self.load.number("rate")?;
        println!("{kind}: {ok} done, {failed} lost, refused or twice, {rate:.0}/s");
        println!("{}", self.table(count));
        ensure!(ok == count, "{ok} of {count} were done");
        ensure!(failed == 0, "{failed} were lost, refused or came twice");
        let tenth = self.memory(count / 10, count)?;
        let end = self.memory(count, count)?;
        let growth = end as f64 / tenth as f64;
        println!(
            "RSS {:.1} MB after a tenth, {:.1} MB at the end: {growth:.3}",
            megabytes(tenth),
            megabytes(end)
        );
        let live = self.load.count("live").unwrap_or(0);
        let disk_max = DISK_BASE_BYTES + DISK_PER_LIVE_BYTE * live;
        let disk = self.samples.iter().map(|sample| sample.disk_bytes).max();
        let disk = disk.unwrap_or(0);
        println!(
            "disk at most {} MB, {} MB of it live data; limit {} MB",
            disk >> 20,
            live >> 20,
            disk_max >> 20
        );
        ensure!(
            growth <= GROWTH_MAX,
            "memory grew to {growth:.3} of a tenth"
        );
        ensure!(disk <= disk_max, "the disk holds more than it may");
        Ok(())
    }

    /// The median of the samples of the twentieth of the run that ends with so many operations.
    fn memory(&self, done: u64, count: u64) -> Result<u64> {
        let from = done.saturating_sub(count / 20);
        let at = |sample: &&Sample| sample.done > from && sample.done <= done;
        let mut memory: Vec<u64> = self
            .samples
            .iter()
            .filter(at)
            .map(|sample| sample.rss_kb)
            .collect();
        memory.sort_unstable();
        match memory.get(memory.len() / 2) {
            Some(median) => Ok(*median),
            None => bail!("no sample between {from} and {done}: the run is too short"),
        }
    }

    /// One row for each tenth.
    fn table(&self, count: u64) -> String {
        let row = |tenth: u64| {
            let done = count * tenth / 10;
            let from = count * (tenth - 1) / 10;
            let at = |sample: &&Sample| sample.done > from && sample.done <= done;
            let disk = self
                .samples
                .iter()
                .filter(at)
                .map(|sample| sample.disk_bytes);
            let peak = self.samples.iter().filter(at).map(|sample| sample.rss_kb);
            let memory = self.memory(done, count).unwrap_or(0);
            [
                format!("{done}"),
                format!("{:.1}", megabytes(memory)),
                format!("{:.1}", megabytes(peak.max().unwrap_or(0))),
                format!("{}", disk.max().unwrap_or(0) >> 20),
            ]
        };
        let rows: Vec<_> = (1..=10).map(row).collect();
        table::render(["done", "RSS in MB", "most", "disk in MB"], &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(memory: impl Fn(u64) -> u64, disk_bytes: u64, load: &str) -> Run {
        let sample = |done| Sample {
            done,
            rss_kb: memory(done),
            disk_bytes,
        };
        Run {
            samples: (1..=1_000).map(sample).collect(),
            load: load::Load::parse(load),
        }
    }

    #[test]
    fn growth_losses_and_a_large_disk_are_faults() {
        let good = "ok=1000 failed=0 rate=9/s live=0";
        let even = |_| 5_000;
        assert!(run(even, 0, good).verdict("jobs", 1_000).is_ok());
        let leak = |done| 5_000 + done;
        assert!(run(leak, 0, good).verdict("jobs", 1_000).is_err());
        let disk = DISK_BASE_BYTES + 1;
        assert!(run(even, disk, good).verdict("jobs", 1_000).is_err());
        for bad in ["ok=999 failed=0 rate=9/s", "ok=1000 failed=1 rate=9/s"] {
            assert!(run(even, 0, bad).verdict("jobs", 1_000).is_err(), "{bad}");
        }
    }
}
