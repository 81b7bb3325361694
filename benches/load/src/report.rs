//! What is printed, and what is read from the kernel.

use crate::drive::Outcome;
use anyhow::{Context, Result};

/// Clock ticks a second in what the kernel says about processes; the same on every Linux.
const TICKS: f64 = 100.0;

/// One line: a name, then `key=value` pairs.
pub(crate) fn print(name: &str, outcome: &Outcome) {
    let latencies = &outcome.latencies;
    let at = |quantile: f64| latencies.value_at_quantile(quantile) as f64 / 1000.0;
    println!(
        "{name} ok={} failed={} rate={:.0}/s p50={:.1}us p99={:.1}us p999={:.1}us max={:.1}us \
         seconds={:.2} cpu={:.2}s",
        outcome.done,
        outcome.failed,
        outcome.done as f64 / outcome.seconds,
        at(0.5),
        at(0.99),
        at(0.999),
        latencies.max() as f64 / 1000.0,
        outcome.seconds,
        own_cpu_seconds()
    );
}

/// One line about messages from their enqueue to the durable end of their handling.
pub(crate) fn print_queue(name: &str, processed: u64, seconds: f64) {
    println!(
        "{name} processed={processed} rate={:.0}/s seconds={seconds:.2} cpu={:.2}s",
        processed as f64 / seconds,
        own_cpu_seconds()
    );
}

/// Processor time that this program has taken, to tell when it is slower than what it measures.
fn own_cpu_seconds() -> f64 {
    cpu_seconds(std::process::id()).unwrap_or_default()
}

/// Processor time of a process, its own and the kernel's for it.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64> {
    let file = format!("/proc/{pid}/stat");
    let text = std::fs::read_to_string(&file).with_context(|| file.clone())?;
    ticks(&text).map(|ticks| ticks / TICKS).context(file)
}

/// User and system time in a line of `/proc/PID/stat`, behind the name, which may hold anything.
fn ticks(stat: &str) -> Option<f64> {
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Resident memory of a process in KiB, or 0 when it cannot be read.
pub(crate) fn rss_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 31 11 0 0 20 0 5 0 99";
        assert_eq!(ticks(stat), Some(42.0));
    }
}
