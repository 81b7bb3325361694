//! State that is on the disk before it is acknowledged, against the disk itself.

use super::{
    figures::{Goal, Sample},
    lab::Lab,
};
use crate::{clock, load::Load, server::Server};
use anyhow::Result;
use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    time::Duration,
};

pub(super) const IN_FLIGHT: &str = "64";
/// What one flush can serve at the most when so many are in flight.
pub(super) const A_FLUSH: f64 = 64.0;
const SETS_MIN: f64 = 50_000.0;
const GETS_MIN: f64 = 150_000.0;

/// What one flush writes at least.
const BLOCK: [u8; 4096] = [7; 4096];
/// Blocks that are written over again and again.
const BLOCKS: u64 = 256;
/// How long the disk is measured.
const DISK_FOR: Duration = Duration::from_millis(500);

const SET: &str = r#"{"scope":"bench","key":"k{r}","value":{"pad":"{pad}"}}"#;
const GET: &str = r#"{"scope":"bench","key":"k{r}"}"#;

/// Writes and reads of random entries of 100,000.
pub(super) fn state(lab: &Lab) -> Result<Vec<Sample>> {
    let flushes = flushes(lab)?;
    let engine = lab.engine_keeping()?;
    let sets = call(lab, &engine, "state::set", SET, IN_FLIGHT)?;
    let gets = call(lab, &engine, "state::get", GET, IN_FLIGHT)?;
    Ok(vec![
        Sample::new("durable sets/s, random", "1/s", sets.number("rate")?)
            .floor("64 a flush", flushes * A_FLUSH)
            .goal(Goal::AtLeast(SETS_MIN)),
        Sample::new("gets/s, random", "1/s", gets.number("rate")?).goal(Goal::AtLeast(GETS_MIN)),
    ])
}

pub(super) fn call(
    lab: &Lab,
    engine: &Server,
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
pub(super) fn flushes(lab: &Lab) -> Result<f64> {
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
