//! `cargo xtask crash`: the tests that kill engines and workers, many times over, at moments that
//! no run before had.

use crate::{clock, env, paths, process, table};
use anyhow::{Context, Result, ensure};
use std::{collections::BTreeMap, fs, path::Path};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many times to run them
    #[arg(long, default_value_t = 20)]
    rounds: u64,
    /// Instead: until so many minutes have passed
    #[arg(long, conflicts_with = "rounds")]
    minutes: Option<f64>,
    /// Deaths of each test that counts them, in each round; as in CI when absent
    #[arg(long)]
    deaths: Option<u64>,
    /// What the moments of the first round's deaths are drawn from; another one every time when
    /// absent
    #[arg(long)]
    seed: Option<u64>,
}

/// What a test has seen in all rounds.
#[derive(Default, PartialEq, Eq, Debug)]
struct Seen {
    deaths: u64,
    longest_start_ms: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let first = options.seed.unwrap_or_else(clock::unix_seconds);
    let log = paths::target()?.join("crash.txt");
    fs::write(&log, "")?;
    let start = clock::now();
    let is_over = |round: u64| match options.minutes {
        Some(minutes) => start.elapsed().as_secs_f64() >= minutes * 60.0,
        None => round >= options.rounds,
    };
    let mut ended = Ok(());
    let mut round = 0;
    while ended.is_ok() && !is_over(round) {
        let seed = first.wrapping_add(round);
        round += 1;
        eprintln!("round {round}, seed {seed}");
        ended = play(seed, options.deaths, &log)
            .with_context(|| format!("round {round} failed, again: {}", again(seed, options)));
    }
    let seen = seen(&fs::read_to_string(&log)?)?;
    println!("{}", shown(&seen));
    let deaths: u64 = seen.values().map(|seen| seen.deaths).sum();
    println!(
        "{deaths} deaths in {round} rounds, {} s",
        start.elapsed().as_secs()
    );
    ended?;
    ensure!(deaths > 0, "nothing was killed");
    Ok(())
}

fn play(seed: u64, deaths: Option<u64>, log: &Path) -> Result<()> {
    let arguments = ["test", "--package", "iii-cli", "--test", "crash"];
    let mut command = process::cargo(&arguments);
    command.env(env::CRASH_SEED, seed.to_string());
    command.env(env::CRASH_LOG, log);
    if let Some(deaths) = deaths {
        command.env(env::CRASH_DEATHS, deaths.to_string());
    }
    process::run(&mut command)
}

/// How to repeat a round, as far as the moments of deaths decide about it.
fn again(seed: u64, options: &Options) -> String {
    let deaths = options.deaths.map(|deaths| format!(" --deaths {deaths}"));
    format!(
        "cargo xtask crash --rounds 1 --seed {seed}{}",
        deaths.unwrap_or_default()
    )
}

/// What the tests have written: test, deaths, longest start in milliseconds.
fn seen(log: &str) -> Result<BTreeMap<String, Seen>> {
    let mut all: BTreeMap<String, Seen> = BTreeMap::new();
    for line in log.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let [test, deaths, start_ms] = parts[..] else {
            anyhow::bail!("`{line}` is no line of a test of crashes");
        };
        let seen = all.entry(test.to_owned()).or_default();
        seen.deaths += deaths.parse::<u64>()?;
        seen.longest_start_ms = seen.longest_start_ms.max(start_ms.parse()?);
    }
    Ok(all)
}

fn shown(seen: &BTreeMap<String, Seen>) -> String {
    let row = |(test, seen): (&String, &Seen)| {
        [
            test.clone(),
            seen.deaths.to_string(),
            seen.longest_start_ms.to_string(),
        ]
    };
    let rows: Vec<_> = seen.iter().map(row).collect();
    table::render(["test", "deaths", "longest start, ms"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_test_are_counted_together() {
        let seen = seen("queue\t60\t120\nstate\t60\t90\nqueue\t40\t80\n").unwrap();
        let queue = Seen {
            deaths: 100,
            longest_start_ms: 120,
        };
        assert_eq!(seen["queue"], queue);
        assert_eq!(seen.len(), 2);
        assert!(super::seen("queue 60\n").is_err());
    }

    #[test]
    fn a_round_can_be_repeated() {
        let options = Options {
            rounds: 20,
            minutes: None,
            deaths: Some(500),
            seed: None,
        };
        let command = again(42, &options);
        assert_eq!(
            command,
            "cargo xtask crash --rounds 1 --seed 42 --deaths 500"
        );
    }
}
