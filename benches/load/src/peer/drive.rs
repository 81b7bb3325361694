//! The loads, for any peer.

use super::{Consumer, Options, Producer, What};
use crate::{clock, drive::Outcome, ledger::Ledger, report};
use anyhow::{Context, Result};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};
use tokio::time::sleep;

pub(super) async fn run<P: Producer, C: Consumer>(addr: &str, options: &Options) -> Result<()> {
    match options.what {
        What::Enqueue => enqueue::<P>(addr, options).await,
        What::Queue => queue::<P, C>(addr, options).await,
        What::Idle => idle::<P, C>(addr, options).await,
    }
}

async fn enqueue<P: Producer>(addr: &str, options: &Options) -> Result<()> {
    let mut producer = P::connect(addr, options.window).await?;
    let outcome = fill(&mut producer, options).await?;
    report::print(&format!("enqueue window={}", options.window), &outcome);
    Ok(())
}

/// Keeps a window of messages in flight until the load ends.
async fn fill(producer: &mut impl Producer, options: &Options) -> Result<Outcome> {
    let start = clock::now();
    let deadline = start + Duration::from_secs_f64(options.seconds);
    let has_more = |made: u64| match options.count {
        0 => clock::now() < deadline,
        count => made < count,
    };
    let mut outcome = Outcome::none()?;
    let mut open: VecDeque<Instant> = VecDeque::with_capacity(options.window);
    let body = Body::new(options);
    let mut made = 0;
    loop {
        while open.len() < options.window && has_more(made) {
            producer.push(&body.numbered(made));
            open.push_back(clock::now());
            made += 1;
        }
        if open.is_empty() {
            break;
        }
        for _ in 0..producer.pump().await? {
            let sent = open.pop_front().context("an answer to nothing")?;
            let latency = sent.elapsed().as_nanos() as u64;
            outcome.latencies.record(latency)?;
            outcome.done += 1;
        }
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

async fn queue<P: Producer, C: Consumer>(addr: &str, options: &Options) -> Result<()> {
    let mut producer = P::connect(addr, options.window).await?;
    let mut consumer = C::connect(addr, options.window).await?;
    let mut ledger = Ledger::new(options.count, 0);
    let start = clock::now();
    let consuming = async {
        while ledger.handled() < options.count {
            consumer.pump(&mut |body| ledger.note(body)).await?;
        }
        consumer.finish().await
    };
    let (filled, emptied) = tokio::join!(fill(&mut producer, options), consuming);
    emptied?;
    let outcome = filled?;
    let seconds = start.elapsed().as_secs_f64();
    report::print(&format!("enqueue window={}", options.window), &outcome);
    ledger.verdict(outcome.done)?;
    report::print_queue("queue", outcome.done, seconds);
    Ok(())
}

async fn idle<P: Producer, C: Consumer>(addr: &str, options: &Options) -> Result<()> {
    let mut producer = P::connect(addr, 1).await?;
    let mut consumer = C::connect(addr, 1).await?;
    let body = Body::new(options);
    let mut outcome = Outcome::none()?;
    let start = clock::now();
    for number in 0..options.count {
        let mut begun = None;
        let mut handle = |_: &[u8]| begun = Some(clock::now());
        // The consumer waits already when the message comes.
        let consuming = consumer.pump(&mut handle);
        let producing = async {
            sleep(Duration::from_millis(options.pause)).await;
            let sent = clock::now();
            producer.push(&body.numbered(number));
            producer.pump().await?;
            anyhow::Ok(sent)
        };
        let (sent, handled) = tokio::join!(producing, consuming);
        handled?;
        let sent = sent?;
        let begun = begun.context("nothing was handed over")?;
        let latency = begun.duration_since(sent).as_nanos() as u64;
        outcome.latencies.record(latency)?;
        outcome.done += 1;
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    report::print("idle", &outcome);
    Ok(())
}

/// The text of messages, the same that the engine gets.
struct Body {
    rest: String,
}

impl Body {
    fn new(options: &Options) -> Self {
        let rest = format!(r#","pad":"{}"}}"#, "x".repeat(options.payload));
        Self { rest }
    }

    fn numbered(&self, number: u64) -> Vec<u8> {
        format!(r#"{{"n":{number}{}"#, self.rest).into_bytes()
    }
}
