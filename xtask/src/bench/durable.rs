//! What is on the disk before it is acknowledged, against the disk itself.

use super::{
    figures::{Goal, Sample},
    lab::Lab,
};
use crate::{clock, load::Load};
use anyhow::Result;
use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    time::Duration,
};

const IN_FLIGHT: &str = "64";
const ENQUEUES_MIN: f64 = 50_000.0;
const ENQUEUE_P50_MAX_MS: f64 = 1.0;
const JOBS_MIN: f64 = 30_000.0;
const SETS_MIN: f64 = 50_000.0;
const GETS_MIN: f64 = 150_000.0;
const JOBS: &str = "100000";

/// What one flush writes at least.
const BLOCK: [u8; 4096] = [7; 4096];
/// Blocks that are written over again and again.
const BLOCKS: u64 = 256;
/// How long the disk is measured.
const DISK_FOR: Duration = Duration::from_millis(500);

const ENQUEUE: &str = r#"{"queue":"kept","data":{"pad":"{pad}"}}"#;
const SET: &str = r#"{"scope":"bench","key":"k{r}","value":{"pad":"{pad}"}}"#;
const GET: &str = r#"{"scope":"bench","key":"k{r}"}"#;

/// Messages that are acknowledged, with 64 in flight and with one.
pub(super) fn enqueue(lab: &Lab) -> Result<Vec<Sample>> {
    let flushes = flushes(lab)?;
    let engine = lab.engine_keeping()?;
    let many = call(lab, &engine, "engine::queue::enqueue", ENQUEUE, IN_FLIGHT)?;
    let one = call(lab, &engine, "engine::queue::enqueue", ENQUEUE, "1")?;
    Ok(vec![
        Sample::new(
            "durable enqueues/s, 64 in flight",
            "1/s",
            many.number("rate")?,
        )
        .floor("64 a flush", flushes * 64.0)
        .goal(Goal::AtLeast(ENQUEUES_MIN)),
        Sample::new(
            "one durable enqueue, p50",
            "ms",
            one.number("p50")? / 1000.0,
        )
        .floor("one flush", 1000.0 / flushes)
        .goal(Goal::AtMost(ENQUEUE_P50_MAX_MS)),
    ])
}

/// Messages from their enqueue to the durable end of their handling.
pub(super) fn queue(lab: &Lab) -> Result<Vec<Sample>> {
    let flushes = flushes(lab)?;
    let engine = lab.engine_keeping()?;
    let arguments = [
        "queue", "--queue", "work", "--count", JOBS, "--window", IN_FLIGHT,
    ];
    let done = lab.load(Some(&engine), &arguments)?;
    let sample = Sample::new("messages/s, end to end", "1/s", done.number("rate")?)
        .floor("64 a flush", flushes * 64.0)
        .goal(Goal::AtLeast(JOBS_MIN));
    Ok(vec![sample])
}

/// Writes and reads of random entries of 100,000.
pub(super) fn state(lab: &Lab) -> Result<Vec<Sample>> {
    let flushes = flushes(lab)?;
    let engine = lab.engine_keeping()?;
    let sets = call(lab, &engine, "state::set", SET, IN_FLIGHT)?;
    let gets = call(lab, &engine, "state::get", GET, IN_FLIGHT)?;
    Ok(vec![
        Sample::new("durable sets/s, random", "1/s", sets.number("rate")?)
            .floor("64 a flush", flushes * 64.0)
            .goal(Goal::AtLeast(SETS_MIN)),
        Sample::new("gets/s, random", "1/s", gets.number("rate")?).goal(Goal::AtLeast(GETS_MIN)),
    ])
}

fn call(
    lab: &Lab,
    engine: &crate::server::Server,
    function: &str,
    data: &str,
    window: &str,
) -> Result<Load> {
    let arguments = [
        "call",
        "--function",
        function,
        "--data",
        data,
        "--window",
        window,
        "--seconds",
        lab.seconds(),
    ];
    lab.load(Some(engine), &arguments)
}

/// Flushes a second of this disk: blocks that are there are written over.
fn flushes(lab: &Lab) -> Result<f64> {
    let path = lab.file("flushes", "")?;
    let mut file = File::options().write(true).open(path)?;
    for _ in 0..BLOCKS {
        file.write_all(&BLOCK)?;
    }
    file.sync_all()?;
    let start = clock::now();
    let mut done = 0_u64;
    while start.elapsed() < DISK_FOR {
        let offset = done % BLOCKS * BLOCK.len() as u64;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(&BLOCK)?;
        file.sync_data()?;
        done += 1;
    }
    Ok(done as f64 / start.elapsed().as_secs_f64())
}
