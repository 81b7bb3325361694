//! One body of a gibibyte, from a function and to a function, against a bare hyper server that
//! does the same; and what it takes of the engine's memory, which must not depend on the size.

use super::{
    curl::Curl,
    figures::{Goal, Sample},
    lab::Lab,
    protocol::Protocol,
};
use crate::server::Server;
use anyhow::Result;

/// What a stream may take of the engine's memory, whatever its size.
const GROWTH_MAX_MB: f64 = 24.0;

/// A way to move a body, with what its figures are called.
struct Way {
    protocol: Protocol,
    rate: &'static str,
    growth: &'static str,
}

const WAYS: [Way; 3] = [
    Way {
        protocol: Protocol::Http1,
        rate: "HTTP/1.1",
        growth: "HTTP/1.1, growth of RSS",
    },
    Way {
        protocol: Protocol::Http2,
        rate: "HTTP/2",
        growth: "HTTP/2, growth of RSS",
    },
    Way {
        protocol: Protocol::Https2,
        rate: "HTTP/2, TLS",
        growth: "HTTP/2, TLS, growth of RSS",
    },
];

/// From a function that writes to its response channel.
pub(super) fn down(lab: &Lab) -> Result<Vec<Sample>> {
    let bytes = lab.stream_bytes();
    measure(lab, &|curl| curl.download(bytes))
}

/// To a function that reads the channel of its request's body.
pub(super) fn up(lab: &Lab) -> Result<Vec<Sample>> {
    let file = lab.zeros()?;
    measure(lab, &|curl| curl.upload(&file))
}

fn measure(lab: &Lab, transfer: &dyn Fn(&Curl<'_>) -> Result<f64>) -> Result<Vec<Sample>> {
    let certificate = lab.certificate();
    let mut samples = Vec::new();
    for way in &WAYS {
        let protocol = way.protocol;
        let on = |server: &Server| {
            transfer(&Curl {
                protocol,
                address: &server.http,
                certificate: &certificate,
            })
        };
        let floor = lab.hyper_floor(protocol)?;
        let on_floor = on(&floor)?;
        drop(floor);
        let engine = lab.engine_speaking(protocol)?;
        let worker = lab.stream_worker(&engine)?;
        engine.forget_peak()?;
        let before = engine.rss_kb()?;
        let on_engine = on(&engine)?;
        let growth = engine.peak_kb()?.saturating_sub(before) as f64 / 1024.0;
        drop(worker);
        samples.push(Sample::new(way.rate, "MB/s", on_engine).floor("hyper", on_floor));
        let growth = Sample::new(way.growth, "MB", growth);
        samples.push(growth.goal(Goal::AtMost(GROWTH_MAX_MB)));
    }
    Ok(samples)
}
