//! What is measured, and the target of each. The targets are those of the design.

use super::{
    durable,
    figures::{Goal, Sample},
    lab::Lab,
    protocol::Protocol,
    protocols, queues, sdks, streams,
};
use crate::load::Load;
use anyhow::{Result, ensure};
use std::{thread::sleep, time::Duration};

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) in_every_run: bool,
    pub(super) measure: fn(&Lab) -> Result<Vec<Sample>>,
}

const fn case(name: &'static str, measure: fn(&Lab) -> Result<Vec<Sample>>) -> Case {
    Case {
        name,
        in_every_run: true,
        measure,
    }
}

pub(super) const ALL: &[Case] = &[
    case("call-64b", |lab| calls(lab, "64", 0.5)),
    case("call-one", one_call),
    case("call-16k", |lab| calls(lab, "16384", 0.6)),
    case("http", http),
    case("http2", protocols::http2),
    case("https", protocols::https),
    case("https2", protocols::https2),
    case("stream-down", streams::down),
    case("stream-up", streams::up),
    case("routes", routes),
    case("enqueue", queues::enqueue),
    case("queue", queues::queue),
    case("queue-fifo", queues::fifo),
    case("queue-idle", queues::idle),
    case("queue-delayed", queues::delayed),
    case("state", durable::state),
    case("density", density),
    case("idle", idle),
    Case {
        name: "no-loss",
        in_every_run: false,
        measure: no_loss,
    },
    Case {
        name: "sdk-typescript",
        in_every_run: false,
        measure: sdks::typescript,
    },
    Case {
        name: "sdk-python",
        in_every_run: false,
        measure: sdks::python_sdk,
    },
];

const HTTP_RATE_MIN: f64 = 40_000.0;
const HTTP_P99_MAX_MS: f64 = 5.0;
const ROUTES: u32 = 10_000;
const ROUTES_RATIO_MIN: f64 = 0.9;
const IDLE_WORKERS: &str = "1000";
const IDLE_WORKER_MAX_KB: f64 = 12.0;
const IDLE_ENGINE_MAX_MB: f64 = 20.0;
const START_MAX_MS: f64 = 50.0;
const LOSS_CALLS: &str = "10000000";

/// The engine's memory is read when it has had time to give back what starting took.
const IDLE_AFTER: Duration = Duration::from_secs(1);

/// Calls a second with 64 in flight, against the relay.
fn calls(lab: &Lab, payload: &str, ratio: f64) -> Result<Vec<Sample>> {
    let arguments = [
        "invoke",
        "--window",
        "64",
        "--payload",
        payload,
        "--seconds",
        lab.seconds(),
    ];
    let (floor, engine) = lab.relay_and_engine(&arguments)?;
    let rate = |load: &Load| load.number("rate");
    Ok(vec![
        Sample::new("calls/s", "1/s", rate(&engine)?)
            .floor("relay", rate(&floor)?)
            .goal(Goal::RatioAtLeast(ratio)),
        Sample::new("call, p99", "us", engine.number("p99")?).floor("relay", floor.number("p99")?),
    ])
}

/// The median time of a call with nothing else in flight, against the relay.
fn one_call(lab: &Lab) -> Result<Vec<Sample>> {
    let arguments = [
        "invoke",
        "--window",
        "1",
        "--payload",
        "64",
        "--seconds",
        lab.seconds(),
    ];
    let (floor, engine) = lab.relay_and_engine(&arguments)?;
    let sample = Sample::new("one call, p50", "us", engine.number("p50")?)
        .floor("relay", floor.number("p50")?)
        .goal(Goal::RatioAtMost(1.5));
    Ok(vec![sample])
}

/// Requests over 64 connections to a function, against a bare hyper server.
fn http(lab: &Lab) -> Result<Vec<Sample>> {
    let floor = lab.hyper_floor(Protocol::Http1)?;
    let on_floor = drive(lab, &floor.http)?;
    drop(floor);
    let engine = lab.engine()?;
    let worker = lab.http_worker(&engine)?;
    let on_engine = drive(lab, &engine.http)?;
    drop(worker);
    Ok(vec![
        Sample::new("requests/s", "1/s", on_engine.number("rate")?)
            .floor("hyper", on_floor.number("rate")?)
            .goal(Goal::AtLeast(HTTP_RATE_MIN)),
        Sample::new("request, p99", "ms", on_engine.number("p99")? / 1000.0)
            .floor("hyper", on_floor.number("p99")? / 1000.0)
            .goal(Goal::AtMost(HTTP_P99_MAX_MS)),
    ])
}

fn drive(lab: &Lab, address: &str) -> Result<Load> {
    let url = format!("http://{address}/bench");
    let seconds = lab.seconds();
    let request = ["--method", "POST", "--body", r#"{"n":1}"#];
    let load = [
        "http-drive",
        "--connections",
        "64",
        "--seconds",
        seconds,
        "--url",
        &url,
    ];
    lab.load(None, &[&load[..], &request].concat())
}

/// The same requests with one route and with 10,000.
fn routes(lab: &Lab) -> Result<Vec<Sample>> {
    let one = served_routes(lab, 1)?;
    let many = served_routes(lab, ROUTES)?;
    let sample = Sample::new("requests/s, 10,000 routes", "1/s", many.number("rate")?)
        .floor("1 route", one.number("rate")?)
        .goal(Goal::RatioAtLeast(ROUTES_RATIO_MIN));
    Ok(vec![sample])
}

fn served_routes(lab: &Lab, count: u32) -> Result<Load> {
    let engine = lab.engine()?;
    let count = count.to_string();
    let load = [
        "routes",
        "--count",
        &count,
        "--connections",
        "64",
        "--seconds",
        lab.seconds(),
    ];
    lab.load(
        Some(&engine),
        &[&load[..], &["--http", &engine.http]].concat(),
    )
}

/// What an idle worker with 5 functions adds to the engine's memory.
fn density(lab: &Lab) -> Result<Vec<Sample>> {
    let engine = lab.engine()?;
    let pid = engine.pid().to_string();
    let load = [
        "density",
        "--count",
        IDLE_WORKERS,
        "--functions",
        "5",
        "--hold",
        "2",
    ];
    let load = lab.load(Some(&engine), &[&load[..], &["--pid", &pid]].concat())?;
    let sample = Sample::new("idle worker, 5 functions", "KB", load.number("per_worker")?)
        .goal(Goal::AtMost(IDLE_WORKER_MAX_KB));
    Ok(vec![sample])
}

/// What an engine without workers takes, and how long it takes to start.
fn idle(lab: &Lab) -> Result<Vec<Sample>> {
    let engine = lab.engine()?;
    sleep(IDLE_AFTER);
    let megabytes = engine.rss_kb()? as f64 / 1024.0;
    let start = engine.started_in.as_secs_f64() * 1000.0;
    Ok(vec![
        Sample::new("engine idle, RSS", "MB", megabytes).goal(Goal::AtMost(IDLE_ENGINE_MAX_MB)),
        Sample::new("start to listening", "ms", start).goal(Goal::AtMost(START_MAX_MS)),
    ])
}

/// Ten million calls, of which none may be lost.
fn no_loss(lab: &Lab) -> Result<Vec<Sample>> {
    let engine = lab.engine()?;
    let load = lab.load(
        Some(&engine),
        &["invoke", "--window", "64", "--count", LOSS_CALLS],
    )?;
    let (answered, lost) = (load.number("ok")?, load.number("failed")?);
    ensure!(answered > 0.0, "no call was answered");
    let sample = Sample::new("lost of 10,000,000 calls", "calls", lost).goal(Goal::AtMost(0.0));
    Ok(vec![sample])
}
