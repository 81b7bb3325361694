//! What one hop of a call costs: decode and encode of the two messages of the hot path.

use bytes::{Bytes, BytesMut};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use iii_protocol::{EncodeSink, Message, decode, encode};
use std::hint::black_box;

const ID: &str = "b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2";
const TRACEPARENT: &str = "\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"";

/// Counts bytes and copies no payload, like a sink that chains buffers.
struct Chain(BytesMut, Option<Bytes>);

impl EncodeSink for Chain {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn put_payload(&mut self, payload: &Bytes) {
        self.1 = Some(payload.clone());
    }
}

/// `data` of about `bytes` bytes: `{"text":"…"}`.
fn data(bytes: usize) -> String {
    format!(r#"{{"text":"{}"}}"#, "x".repeat(bytes - 11))
}

/// Many small values, the worst case for a scanner.
fn dense_data(bytes: usize) -> String {
    let row = r#"{"sku":"A-17","count":3,"price":12.50,"tags":["new",null,true]},"#;
    let mut rows = row.repeat(bytes / row.len());
    rows.pop();
    format!("[{rows}]")
}

/// An object with these members, given as JSON text.
fn object(members: &[(&str, &str)]) -> String {
    let members = members
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn frames() -> Vec<(&'static str, String)> {
    let (id, function) = (format!("\"{ID}\""), "\"bench::echo\"");
    let call = [("invocation_id", &*id), ("function_id", function)];
    let invoke = |data: &str| {
        object(&[
            ("type", "\"invokefunction\""),
            call[0],
            call[1],
            ("data", data),
        ])
    };
    let small = data(64);
    let traced = object(&[
        call[0],
        call[1],
        ("data", &small),
        ("traceparent", TRACEPARENT),
        ("baggage", "\"iii.function.id=bench::echo\""),
        ("timeout_ms", "30000"),
        ("type", "\"invokefunction\""),
    ]);
    let result = object(&[
        ("type", "\"invocationresult\""),
        call[0],
        call[1],
        ("result", &small),
    ]);
    vec![
        ("invoke 64 B", invoke(&small)),
        ("invoke 64 B, traced", traced),
        ("invoke 16 KiB string", invoke(&data(16 * 1024))),
        ("invoke 16 KiB dense", invoke(&dense_data(16 * 1024))),
        ("result 64 B", result),
    ]
}

fn decoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, frame) in frames() {
        let frame = Bytes::from(frame);
        group.throughput(Throughput::Bytes(frame.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| decode(black_box(frame.clone())));
        });
    }
    group.finish();
}

fn encoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for (name, frame) in frames() {
        let message: Message = decode(Bytes::from(frame)).expect("the frames are valid");
        let mut sink = Chain(BytesMut::with_capacity(64 * 1024), None);
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                sink.0.clear();
                encode(black_box(&message), &mut sink);
                black_box(sink.0.len())
            });
        });
    }
    group.finish();
}

criterion_group!(codec, decoding, encoding);
criterion_main!(codec);
