//! `channels`: streams from one connection to another through the engine, checked for their length.

use crate::{
    ask, clock,
    drive::{self, Outcome},
    frame, names, report, scan,
    socket::Socket,
};
use anyhow::{Context, Result};
use std::time::Duration;
use tokio::task::JoinSet;

const FRAME_BYTES: usize = 32 * 1024;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// channels at a time
    #[arg(long, default_value_t = 2)]
    lanes: usize,
    /// bytes of one channel
    #[arg(long, default_value_t = 1_000_000)]
    bytes: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let start = clock::now();
    let deadline = start + Duration::from_secs_f64(options.seconds);
    let mut lanes = JoinSet::new();
    for _ in 0..options.lanes {
        let (addr, bytes) = (addr.to_owned(), options.bytes);
        lanes.spawn(async move {
            let mut outcome = Outcome::none()?;
            let mut worker = Socket::connect(&addr, &names::unique()).await?;
            while clock::now() < deadline {
                let begun = clock::now();
                if channel(&addr, &mut worker, bytes).await? == bytes as u64 {
                    outcome.done += 1;
                } else {
                    outcome.failed += 1;
                }
                let latency = begun.elapsed().as_nanos() as u64;
                outcome.latencies.record(latency).ok();
            }
            anyhow::Ok(outcome)
        });
    }
    let mut total = drive::gather(lanes).await?;
    total.seconds = start.elapsed().as_secs_f64();
    let name = format!("channels lanes={} bytes={}", options.lanes, options.bytes);
    report::print(&name, &total);
    Ok(())
}

/// One channel from its creation to its end: the bytes that its reader got.
async fn channel(addr: &str, worker: &mut Socket, bytes: usize) -> Result<u64> {
    let references = create(worker).await?;
    let target = |end| scan::channel_target(references.as_bytes(), end);
    let (write, read) = (target("writer"), target("reader"));
    let mut writer = Socket::open(addr, &write.context("no writer")?).await?;
    let reader = Socket::open(addr, &read.context("no reader")?).await?;
    let writing = async {
        let data = vec![7; FRAME_BYTES];
        let mut left = bytes;
        while left > 0 {
            let taken = left.min(FRAME_BYTES);
            frame::header(&mut writer.write, frame::BINARY, taken, true);
            writer.write.extend_from_slice(&data[..taken]);
            writer.flush().await?;
            left -= taken;
        }
        frame::header(&mut writer.write, frame::CLOSE, 0, true);
        writer.flush().await
    };
    let (written, read) = tokio::join!(writing, reader.read_to_close());
    written?;
    read
}

/// The message with the references of a new channel.
async fn create(worker: &mut Socket) -> Result<String> {
    ask::ask(worker, "engine::channels::create", "{}", "").await
}
