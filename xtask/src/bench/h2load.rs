//! `h2load`, which speaks HTTP/2 and TLS.

use super::protocol::Protocol;
use super::tool;
use anyhow::{Context, Result, ensure};
use std::{path::Path, process::Command};

pub(super) const CONNECTIONS: &str = "64";

/// What came of a load.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    /// Requests a second.
    pub(super) rate: f64,
    /// Mean time of a request.
    pub(super) mean_ms: f64,
}

/// Posts `body` again and again, with so many requests at a time on each connection.
pub(super) fn run(
    protocol: Protocol,
    url: &str,
    body: &Path,
    streams: &str,
    seconds: &str,
) -> Result<Outcome> {
    let mut command = Command::new("h2load");
    command.args(["-c", CONNECTIONS, "-m", streams, "-D", seconds]);
    command.args(["-H", "content-type: application/json", "-d"]);
    command.arg(body);
    if !protocol.is_http2() {
        command.arg("--h1");
    }
    let said = tool::run(command.arg(url))?;
    parse(&said).with_context(|| format!("h2load said: {said}"))
}

fn parse(said: &str) -> Result<Outcome> {
    let line = |start: &str| {
        let line = said.lines().find(|line| line.starts_with(start));
        line.with_context(|| format!("no line `{start}`"))
    };
    let requests = line("requests:")?;
    let counted = |word: &str| {
        let (before, _) = requests.split_once(&format!(" {word}"))?;
        before.rsplit(' ').next()?.parse::<u64>().ok()
    };
    let done = counted("done").context("no requests")?;
    let good = line("status codes:")?.split_whitespace().nth(2);
    let good: u64 = good
        .and_then(|good| good.parse().ok())
        .context("no status")?;
    let lost = counted("failed").zip(counted("errored"));
    ensure!(lost == Some((0, 0)), "requests were lost");
    ensure!(
        done > 0 && good == done,
        "{good} of {done} requests were answered with 2xx"
    );
    let rate = line("finished in")?.split(", ").nth(1);
    let rate = rate.and_then(|rate| rate.strip_suffix(" req/s"));
    let times = line("time for request:")?;
    let mean = times.split_whitespace().nth(5);
    Ok(Outcome {
        rate: rate.context("no rate")?.parse()?,
        mean_ms: mean.and_then(milliseconds).context("no mean")?,
    })
}

/// A time as h2load writes it.
fn milliseconds(text: &str) -> Option<f64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().ok()?;
    match unit {
        "us" => Some(number / 1000.0),
        "ms" => Some(number),
        "s" => Some(number * 1000.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
finished in 3.00s, 106376.00 req/s, 3.76MB/s
requests: 31912 total, 31976 started, 31912 done, 31912 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 31912 2xx, 0 3xx, 0 4xx, 0 5xx
                     min         max         mean         sd        +/- sd
time for request:      161us      4.87ms       553us       121us    96.18%
";

    #[test]
    fn rate_and_mean_are_read() {
        let outcome = parse(SAID).unwrap();
        assert_eq!(
            outcome,
            Outcome {
                rate: 106_376.0,
                mean_ms: 0.553
            }
        );
    }

    #[test]
    fn lost_requests_and_other_statuses_are_failures() {
        assert!(parse(&SAID.replace(" 0 errored", " 3 errored")).is_err());
        assert!(parse(&SAID.replace(" 31912 2xx, 0 3xx", " 31911 2xx, 1 3xx")).is_err());
        assert!(parse("").is_err());
    }

    #[test]
    fn times_have_units() {
        for (text, ms) in [("553us", 0.553), ("4.87ms", 4.87), ("1.50s", 1500.0)] {
            assert_eq!(milliseconds(text), Some(ms));
        }
        assert_eq!(milliseconds("5"), None);
    }
}
