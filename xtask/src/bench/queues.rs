//! Queues against the disk, and beside other queues in the same run.

use super::{
    durable::{self, A_FLUSH, IN_FLIGHT},
    figures::{Goal, Sample},
    lab::Lab,
    peers::{self, Figure},
};
use crate::{load::Load, server::Server};
use anyhow::Result;

const ENQUEUES_MIN: f64 = 50_000.0;
const ENQUEUE_P50_MAX_MS: f64 = 1.0;
const JOBS_MIN: f64 = 30_000.0;
const GROUPS: &str = "1000";
const GROUPED_MIN: f64 = 20_000.0;
const WAKE_UPS: &str = "300";
const WAKE_UP_P50_MAX_MS: f64 = 1.0;
/// What a million waiting messages may take.
const DELAYED_MAX_MB: f64 = 200.0;
const DELAYED_CPU_MAX_PERCENT: f64 = 1.0;
const MILLION: f64 = 1_000_000.0;

const ENQUEUE: &str = r#"{"queue":"kept","data":{"pad":"{pad}"}}"#;

/// Messages that are acknowledged, with 64 in flight and with one.
pub(super) fn enqueue(lab: &Lab) -> Result<Vec<Sample>> {
    let flushes = durable::flushes(lab)?;
    let engine = lab.engine_keeping()?;
    let call = |window| durable::call(lab, &engine, "engine::queue::enqueue", ENQUEUE, window);
    let (many, busy) = busy(&engine, || call(IN_FLIGHT))?;
    let one = call("1")?;
    drop(engine);
    let seconds = lab.seconds();
    let figures = [
        Figure {
            what: "durable enqueues/s, 64 in flight",
            unit: "1/s",
            key: "rate",
            divisor: 1.0,
            ours: many.number("rate")?,
            load: &["enqueue", "--window", IN_FLIGHT, "--seconds", seconds],
        },
        Figure {
            what: "one durable enqueue, p50",
            unit: "ms",
            key: "p50",
            divisor: 1000.0,
            ours: one.number("p50")? / 1000.0,
            load: &["enqueue", "--window", "1", "--seconds", seconds],
        },
    ];
    let mut samples = vec![
        figures[0]
            .sample()
            .floor("64 a flush", flushes * A_FLUSH)
            .goal(Goal::AtLeast(ENQUEUES_MIN))
            .note(busy),
        figures[1]
            .sample()
            .floor("one flush", 1000.0 / flushes)
            .goal(Goal::AtMost(ENQUEUE_P50_MAX_MS)),
    ];
    samples.extend(peers::beside(lab, &figures));
    Ok(samples)
}

/// Messages from their enqueue to the durable end of their handling.
pub(super) fn queue(lab: &Lab) -> Result<Vec<Sample>> {
    let flushes = durable::flushes(lab)?;
    let (done, busy) = through(lab, "work", "0")?;
    let load = ["queue", "--count", lab.messages(), "--window", IN_FLIGHT];
    let figure = Figure {
        what: "messages/s, end to end",
        unit: "1/s",
        key: "rate",
        divisor: 1.0,
        ours: done.number("rate")?,
        load: &load,
    };
    let sample = figure.sample().floor("64 a flush", flushes * A_FLUSH);
    let mut samples = vec![sample.goal(Goal::AtLeast(JOBS_MIN)).note(busy)];
    samples.extend(peers::beside(lab, &[figure]));
    Ok(samples)
}

/// The same in groups whose order is kept. No peer offers that in the version measured here.
pub(super) fn fifo(lab: &Lab) -> Result<Vec<Sample>> {
    let flushes = durable::flushes(lab)?;
    let (done, busy) = through(lab, "groups", GROUPS)?;
    let sample = Sample::new("messages/s, 1,000 groups", "1/s", done.number("rate")?)
        .floor("64 a flush", flushes * A_FLUSH)
        .goal(Goal::AtLeast(GROUPED_MIN));
    Ok(vec![sample.note(busy)])
}

fn through(lab: &Lab, queue: &str, groups: &str) -> Result<(Load, String)> {
    let engine = lab.engine_keeping()?;
    let load = ["queue", "--queue", queue, "--groups", groups];
    let much = ["--count", lab.messages(), "--window", IN_FLIGHT];
    let load = [&load[..], &much].concat();
    busy(&engine, || lab.load(Some(&engine), &load))
}

/// From the sending of a message to the start of its handler, with nothing else going on.
pub(super) fn idle(lab: &Lab) -> Result<Vec<Sample>> {
    let flushes = durable::flushes(lab)?;
    let engine = lab.engine_keeping()?;
    let load = ["queue-idle", "--queue", "work", "--count", WAKE_UPS];
    let woken = lab.load(Some(&engine), &load)?;
    drop(engine);
    let figure = |what, key| -> Result<Figure<'_>> {
        Ok(Figure {
            what,
            unit: "ms",
            key,
            divisor: 1000.0,
            ours: woken.number(key)? / 1000.0,
            load: &["idle", "--count", WAKE_UPS],
        })
    };
    let figures = [
        figure("wake-up, p50", "p50")?,
        figure("wake-up, p99", "p99")?,
    ];
    let median = figures[0].sample().floor("one flush", 1000.0 / flushes);
    let mut samples = vec![
        median.goal(Goal::AtMost(WAKE_UP_P50_MAX_MS)),
        figures[1].sample(),
    ];
    samples.extend(peers::beside(lab, &figures));
    Ok(samples)
}

/// What messages cost that wait for their time. None may be early.
pub(super) fn delayed(lab: &Lab) -> Result<Vec<Sample>> {
    let engine = lab.engine_keeping()?;
    let (pid, count) = (engine.pid().to_string(), lab.delayed().to_string());
    let load = ["queue-delayed", "--queue", "later", "--window", IN_FLIGHT];
    let much = ["--count", &count, "--pid", &pid];
    let waiting = lab.load(Some(&engine), &[&load[..], &much].concat())?;
    let growth = waiting.number("growth")? / 1024.0;
    let share = f64::from(lab.delayed()) / MILLION;
    let late = waiting.number("last_late")?;
    Ok(vec![
        Sample::new("waiting messages, RSS", "MB", growth)
            .goal(Goal::AtMost(DELAYED_MAX_MB * share))
            .note(format!("{count} messages")),
        Sample::new("processor, of a core", "%", waiting.number("cpu_share")?)
            .goal(Goal::AtMost(DELAYED_CPU_MAX_PERCENT)),
        Sample::new(
            "early of 1,000 due together",
            "messages",
            waiting.number("early")?,
        )
        .goal(Goal::AtMost(0.0)),
        Sample::new("the last of them is late by", "ms", late),
    ])
}

/// What a load found, and how busy engine and driver were.
fn busy(engine: &Server, load: impl FnOnce() -> Result<Load>) -> Result<(Load, String)> {
    let before = engine.cpu_seconds()?;
    let load = load()?;
    let note = peers::cores(engine.cpu_seconds()? - before, &load)?;
    Ok((load, note))
}
