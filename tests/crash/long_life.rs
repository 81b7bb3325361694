//! A long life in a few seconds: workers come and go, channels run, garbage arrives, and the
//! engine's memory stays what it was. `cargo xtask soak` does the same for as long as one likes.

use crate::support::resident_bytes;
use bytes::Bytes;
use iii_kit::serde_json::{Value, json};
use iii_kit::{Client, TriggerRequest};
use iii_testkit::{EngineProcess, ProcessOptions, connect, echo, within};
use std::io::Write;
use std::net::TcpStream;

const ROUNDS: usize = 30;
/// Workers that come and go in each round.
const WORKERS: usize = 8;
const CALLS: usize = 50;
const CHANNEL_BYTES: usize = 512 * 1024;
/// What allocators and tables may still grow by, beside a tenth.
const SLACK_BYTES: u64 = 2 * 1024 * 1024;

/// One worker's life: it comes, serves, calls and goes, in order or not.
async fn life(url: &str, n: usize, in_order: bool) {
    let worker = connect(url, &format!("worker{n}")).await;
    let id = format!("life::{n}");
    worker.register_function(id.as_str(), echo()).await.unwrap();
    for n in 0..CALLS {
        let call = TriggerRequest::new(id.clone(), json!({ "n": n, "pad": "x".repeat(2_000) }));
        let answer: Value = worker.trigger(call).await.unwrap();
        assert_eq!(answer["n"], n);
    }
    if in_order {
        worker.shutdown().await;
    }
}

async fn stream(client: &Client) {
    let channel = client.create_channel(None).await.unwrap();
    let (mut writer, mut reader) = (channel.writer, channel.reader);
    let write = async {
        writer.write(Bytes::from(vec![7; CHANNEL_BYTES])).await?;
        writer.finish().await
    };
    let (written, read) = tokio::join!(write, reader.read_all(CHANNEL_BYTES));
    written.unwrap();
    assert_eq!(read.unwrap().len(), CHANNEL_BYTES);
}

/// Connections that send what is no protocol, from the first byte on or after the handshake.
fn garbage(address: &str, rng: &mut fastrand::Rng) {
    for handshake in [false, true] {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
            Sec-WebSocket-Version: 13\r\n\r\n";
        let bytes: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(4_096).collect();
        // The engine may close before everything is written.
        if handshake {
            let _ = stream.write_all(head.as_bytes());
        }
        let _ = stream.write_all(&bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_what_it_was() {
    let engine = EngineProcess::with(ProcessOptions::with_config(
        "listeners: [{ bind: '127.0.0.1:0' }]\n",
    ));
    let steady = connect(engine.url(), "steady").await;
    let address = engine.url().trim_start_matches("ws://");
    let mut rng = fastrand::Rng::with_seed(1);
    let mut early = None;
    for round in 1..=ROUNDS {
        let lives = async {
            for n in 0..WORKERS {
                life(engine.url(), n, (round + n).is_multiple_of(2)).await;
            }
        };
        within("a round", lives).await;
        within("a channel", stream(&steady)).await;
        garbage(address, &mut rng);
        if round == ROUNDS / 3 {
            early = resident_bytes(engine.pid());
        }
    }
    if let (Some(early), Some(late)) = (early, resident_bytes(engine.pid())) {
        let most = early + early / 10 + SLACK_BYTES;
        assert!(late <= most, "{early} bytes became {late}");
    }
}
