//! `http-drive`: one request again and again over keep-alive connections, one in flight on each.

use crate::{
    clock,
    drive::{Outcome, gather},
    http::{Connection, Request},
    report,
};
use anyhow::Result;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// http://host:port/path
    #[arg(long)]
    url: String,
    #[arg(long, default_value_t = 64)]
    connections: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    #[arg(long, default_value = "GET")]
    method: String,
    /// JSON text
    #[arg(long, default_value = "")]
    body: String,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let request = Request::new(&options.method, &options.url, &options.body)?;
    let outcome = drive(&request, options.connections, options.seconds).await?;
    report::print(
        &format!("http connections={}", options.connections),
        &outcome,
    );
    Ok(())
}

/// Answers other than 200 count as failed.
pub(crate) async fn drive(request: &Request, connections: usize, seconds: f64) -> Result<Outcome> {
    let start = clock::now();
    let deadline = start + Duration::from_secs_f64(seconds);
    let mut driving = JoinSet::new();
    for _ in 0..connections {
        driving.spawn(one(request.clone(), deadline));
    }
    let mut total = gather(driving).await?;
    total.seconds = start.elapsed().as_secs_f64();
    Ok(total)
}

async fn one(request: Request, deadline: Instant) -> Result<Outcome> {
    let mut outcome = Outcome::none()?;
    let mut connection = Connection::open(&request).await?;
    let mut sent = clock::now();
    while sent < deadline {
        match connection.send(&request).await? {
            200 => outcome.done += 1,
            _ => outcome.failed += 1,
        }
        let answered = clock::now();
        let latency = (answered - sent).as_nanos() as u64;
        outcome.latencies.record(latency).ok();
        sent = answered;
    }
    Ok(outcome)
}
