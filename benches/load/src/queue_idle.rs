//! `queue-idle`: from the sending of an enqueue into an idle queue to the start of its handler.

use crate::{
    ask, clock, drive::Outcome, echo::Echo, names, queue::FUNCTION, report, socket::Socket,
};
use anyhow::{Context, Result};
use std::time::Duration;
use tokio::{sync::mpsc, task::JoinSet, time::sleep};

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "default")]
    queue: String,
    /// messages, one after the other
    #[arg(long, default_value_t = 300)]
    count: u32,
    #[arg(long, default_value_t = 64)]
    payload: usize,
    /// how long nothing happens before each, in milliseconds
    #[arg(long, default_value_t = 5)]
    pause: u64,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let (sender, mut ready) = mpsc::channel(1);
    let (starts, mut started) = mpsc::channel(1);
    let mut serving = JoinSet::new();
    let mut echo = Echo::new(FUNCTION, "null");
    echo.heard = Some(Box::new(move |_| {
        starts.try_send(clock::now()).ok();
    }));
    serving.spawn(echo.run_and_say(addr.to_owned(), sender));
    ready.recv().await;
    let mut socket = Socket::connect(addr, &names::unique()).await?;
    let data = format!(r#"{{"n":0,"pad":"{}"}}"#, "x".repeat(options.payload));
    let action = format!(
        r#","action":{{"type":"enqueue","queue":"{}"}}"#,
        options.queue
    );
    let mut outcome = Outcome::none()?;
    let start = clock::now();
    for _ in 0..options.count {
        sleep(Duration::from_millis(options.pause)).await;
        let sent = clock::now();
        ask::ask(&mut socket, FUNCTION, &data, &action).await?;
        let begun = started.recv().await.context("the worker is gone")?;
        let latency = begun.duration_since(sent).as_nanos() as u64;
        outcome.latencies.record(latency)?;
        outcome.done += 1;
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    report::print("queue-idle", &outcome);
    Ok(())
}
