//! Requests over HTTP/2 and TLS, against a bare hyper server that speaks the same.

use super::{figures::Sample, h2load, lab::Lab, protocol::Protocol};
use anyhow::Result;

/// Requests at a time on each connection, with what the figures of each are called.
struct Streams {
    count: &'static str,
    rate: &'static str,
    mean: &'static str,
}

const ONE: Streams = Streams {
    count: "1",
    rate: "requests/s, 1 stream",
    mean: "request, mean, 1 stream",
};
const TEN: Streams = Streams {
    count: "10",
    rate: "requests/s, 10 streams",
    mean: "request, mean, 10 streams",
};

pub(super) fn http2(lab: &Lab) -> Result<Vec<Sample>> {
    measure(lab, Protocol::Http2, &[ONE, TEN])
}

/// HTTP/1.1 over TLS.
pub(super) fn https(lab: &Lab) -> Result<Vec<Sample>> {
    measure(lab, Protocol::Https1, &[ONE])
}

pub(super) fn https2(lab: &Lab) -> Result<Vec<Sample>> {
    measure(lab, Protocol::Https2, &[ONE, TEN])
}

fn measure(lab: &Lab, protocol: Protocol, streams: &[Streams]) -> Result<Vec<Sample>> {
    let body = lab.file("body.json", r#"{"n":1}"#)?;
    let load = |address: &str| -> Result<Vec<h2load::Outcome>> {
        let url = protocol.url(address, "/bench");
        let each = streams.iter();
        each.map(|streams| h2load::run(protocol, &url, &body, streams.count, lab.seconds()))
            .collect()
    };
    let floor = lab.hyper_floor(protocol)?;
    let on_floor = load(&floor.http)?;
    drop(floor);
    let engine = lab.engine_speaking(protocol)?;
    let worker = lab.http_worker(&engine)?;
    let on_engine = load(&engine.http)?;
    drop(worker);
    let mut samples = Vec::new();
    for ((streams, engine), floor) in streams.iter().zip(on_engine).zip(on_floor) {
        let rate = Sample::new(streams.rate, "1/s", engine.rate);
        samples.push(rate.floor("hyper", floor.rate));
        let mean = Sample::new(streams.mean, "ms", engine.mean_ms);
        samples.push(mean.floor("hyper", floor.mean_ms));
    }
    Ok(samples)
}
