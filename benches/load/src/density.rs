//! `density`: what an idle worker costs. Its connections never answer pings.

use crate::{clock, names, report, socket::Socket};
use anyhow::Result;
use bytes::BytesMut;
use std::time::Duration;
use tokio::time::sleep;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 1000)]
    count: usize,
    #[arg(long, default_value_t = 5)]
    functions: usize,
    #[arg(long, default_value_t = 10.0)]
    hold: f64,
    #[arg(long)]
    pid: Option<u32>,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let Options {
        count, functions, ..
    } = *options;
    let rss = || options.pid.map_or(0, report::rss_kb);
    let before = rss();
    let start = clock::now();
    let mut idle = Vec::with_capacity(count);
    for worker in 0..count {
        let mut socket = Socket::connect(addr, &names::unique()).await?;
        for function in 0..functions {
            socket.push_function(&format!("density::w{worker}::f{function}"));
        }
        socket.flush().await?;
        // Thousands of these share the machine with the engine that is measured.
        socket.read = BytesMut::new();
        socket.write = Vec::new();
        idle.push(socket);
    }
    let seconds = start.elapsed().as_secs_f64();
    sleep(Duration::from_secs_f64(options.hold)).await;
    let after = rss();
    println!(
        "density workers={count} functions={functions} connect={:.0}/s \
         rss_before={before}KB rss_after={after}KB per_worker={:.1}KB",
        count as f64 / seconds,
        after.saturating_sub(before) as f64 / count as f64
    );
    Ok(())
}
