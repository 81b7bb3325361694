//! `routes`: what does the number of routes cost? One worker serves `count` of them.

use crate::{echo::Echo, http, http_drive, http_worker::RESPONSE};
use anyhow::{Result, ensure};
use std::time::Duration;
use tokio::{sync::mpsc, task::JoinSet};

/// How long the last of many routes may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(120);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// routes `/bench/r0`, `/bench/r1`, ...
    #[arg(long, default_value_t = 1)]
    count: usize,
    /// host:port where the engine serves HTTP
    #[arg(long, default_value = "127.0.0.1:3111")]
    http: String,
    #[arg(long, default_value_t = 64)]
    connections: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// only print the address of one route and serve until killed
    #[arg(long)]
    serve: bool,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    ensure!(options.count > 0, "--count must be at least 1");
    let (sender, mut ready) = mpsc::channel(1);
    let mut echo = Echo::new("bench::route", RESPONSE);
    echo.method = "GET";
    echo.routes = (0..options.count).map(|n| format!("bench/r{n}")).collect();
    let mut serving = JoinSet::new();
    serving.spawn(echo.run(addr.to_owned(), sender));
    let url = |n: usize| format!("http://{}/bench/r{n}", options.http);
    tokio::select! {
        _ = ready.recv() => {}
        Some(ended) = serving.join_next() => return ended?,
    }
    // Routes are registered in order, so the last one answers when all are there.
    let last = http::Request::get(&url(options.count - 1))?;
    http::wait_until_ok(&last, READY_WITHIN).await?;
    let driven = url(options.count / 2);
    if options.serve {
        println!("ready {driven}");
        while let Some(ended) = serving.join_next().await {
            ended??;
        }
        return Ok(());
    }
    let request = http::Request::get(&driven)?;
    let load = http_drive::drive(&request, options.connections, options.seconds);
    let name = format!(
        "routes count={} connections={}",
        options.count, options.connections
    );
    crate::report::print(&name, &load.await?);
    Ok(())
}
