//! What is printed, and what is read from the kernel.

use crate::drive::Outcome;

/// One line: a name, then `key=value` pairs.
pub(crate) fn print(name: &str, outcome: &Outcome) {
    let latencies = &outcome.latencies;
    let at = |quantile: f64| latencies.value_at_quantile(quantile) as f64 / 1000.0;
    println!(
        "{name} ok={} failed={} rate={:.0}/s p50={:.1}us p99={:.1}us p999={:.1}us max={:.1}us",
        outcome.done,
        outcome.failed,
        outcome.done as f64 / outcome.seconds,
        at(0.5),
        at(0.99),
        at(0.999),
        latencies.max() as f64 / 1000.0
    );
}

/// Resident memory of a process in KiB, or 0 when it cannot be read.
pub(crate) fn rss_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
