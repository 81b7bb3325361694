//! Runs the servers in turn, round after round, and prints medians and ratios.

use crate::client::Client;
use crate::process::Server;
use crate::servers::NAMES;
use anyhow::Result;
use std::collections::BTreeMap;
use std::time::Duration;

/// Payload bytes and frames in flight.
const CASES: [(usize, usize); 4] = [(64, 64), (64, 1), (16_384, 64), (16_384, 1)];

const WARM_UP: Duration = Duration::from_millis(200);
const MEASURED: Duration = Duration::from_millis(1_000);
const IDLE_CONNECTIONS: u64 = 2_000;

/// One measurement of one server.
type Key = (usize, &'static str);

#[derive(Default)]
struct Samples {
    rates: BTreeMap<Key, Vec<f64>>,
    cpu_microseconds: BTreeMap<Key, Vec<f64>>,
}

pub fn run(rounds: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut samples = Samples::default();
        for round in 0..rounds {
            eprintln!("round {} of {rounds}", round + 1);
            for (case, (payload_bytes, window)) in CASES.into_iter().enumerate() {
                for name in NAMES {
                    measure(&mut samples, (case, name), payload_bytes, window).await?;
                }
            }
        }
        print(&samples);
        println!("\n| bytes per idle connection | after 64 B | after 16 KiB |\n|---|---|---|");
        for name in NAMES {
            let small = idle(name, 64).await?;
            let large = idle(name, 16_384).await?;
            println!("| {name} | {small} | {large} |");
        }
        Ok(())
    })
}

async fn measure(
    samples: &mut Samples,
    key: Key,
    payload_bytes: usize,
    window: usize,
) -> Result<()> {
    let server = Server::start(key.1)?;
    let mut client = Client::open(server.address, payload_bytes).await?;
    client.echo().await?;
    client.pipeline(window, WARM_UP).await?;
    // What is still in flight after the warm-up belongs to another connection's stream.
    let mut client = Client::open(server.address, payload_bytes).await?;
    let before = server.cpu_seconds()?;
    let rate = client.pipeline(window, MEASURED).await?;
    let cpu = server.cpu_seconds()? - before;
    let frames = rate * MEASURED.as_secs_f64();
    samples.rates.entry(key).or_default().push(rate);
    let cpu_microseconds = samples.cpu_microseconds.entry(key).or_default();
    cpu_microseconds.push(cpu * 1e6 / frames);
    Ok(())
}

fn print(samples: &Samples) {
    println!(
        "| frames/s (server CPU us/frame), x = of iii-transport \
         | 64 B, 64 in flight | 64 B, 1 | 16 KiB, 64 | 16 KiB, 1 |"
    );
    println!("|---|---|---|---|---|");
    for name in NAMES {
        let mut line = format!("| {name} |");
        for case in 0..CASES.len() {
            let rates = &samples.rates[&(case, name)];
            let ours = &samples.rates[&(case, NAMES[NAMES.len() - 1])];
            // A ratio within each round, because other work on the machine comes and goes.
            let ratios = rates.iter().zip(ours).map(|(rate, ours)| rate / ours);
            let ratio = median(ratios.collect());
            let cpu = median(samples.cpu_microseconds[&(case, name)].clone());
            let rate = median(rates.clone());
            line += &format!(" {rate:.0} ({cpu:.2}) x{ratio:.2} |");
        }
        println!("{line}");
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Resident memory per connection that has echoed once and then says nothing.
async fn idle(name: &str, payload_bytes: usize) -> Result<u64> {
    let server = Server::start(name)?;
    let mut first = Client::open(server.address, payload_bytes).await?;
    first.echo().await?;
    let before = server.resident_bytes()?;
    let mut clients = Vec::new();
    for _ in 0..IDLE_CONNECTIONS {
        let mut client = Client::open(server.address, payload_bytes).await?;
        client.echo().await?;
        clients.push(client);
    }
    Ok(server.resident_bytes()?.saturating_sub(before) / IDLE_CONNECTIONS)
}
