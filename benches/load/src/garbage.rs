//! `garbage`: connections that send what is no protocol, say nothing, or never read.

use crate::{clock, frame, names, socket::Socket};
use anyhow::Result;
use std::time::Duration;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use uuid::Uuid;

/// Peers that are held open at a time.
const HELD: usize = 64;
/// A peer that the engine does not take bytes from has done its part.
const WRITE_WITHIN: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_millis(2);

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let start = clock::now();
    let deadline = start + Duration::from_secs_f64(options.seconds);
    let mut held = std::collections::VecDeque::with_capacity(HELD);
    let mut peers = 0u64;
    while clock::now() < deadline {
        held.push_back(peer(addr, peers).await?);
        peers += 1;
        if held.len() == HELD {
            held.pop_front();
        }
        tokio::time::sleep(PAUSE).await;
    }
    println!(
        "garbage peers={peers} rate={:.0}/s",
        peers as f64 / start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Opens one and lets it misbehave; what is returned keeps it open.
async fn peer(addr: &str, number: u64) -> Result<TcpStream> {
    match number % 6 {
        0 => Ok(TcpStream::connect(addr).await?),
        1 => raw(addr, &noise(4_096)).await,
        2 => raw(addr, b"GET / HTTP/1.1\r\nHost: local").await,
        3 => welcomed(addr, &noise(4_096)).await,
        4 => welcomed(addr, &damaged(200)).await,
        // Many answers, none of them read.
        _ => welcomed(addr, &asking(500)).await,
    }
}

async fn raw(addr: &str, bytes: &[u8]) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(addr).await?;
    // The engine may have closed it before everything is written, which is its right.
    let _ = timeout(WRITE_WITHIN, stream.write_all(bytes)).await;
    Ok(stream)
}

async fn welcomed(addr: &str, bytes: &[u8]) -> Result<TcpStream> {
    let mut stream = Socket::connect(addr, &names::unique()).await?.into_stream();
    let _ = timeout(WRITE_WITHIN, stream.write_all(bytes)).await;
    Ok(stream)
}

fn noise(bytes: usize) -> Vec<u8> {
    let pieces = std::iter::repeat_with(|| Uuid::new_v4().into_bytes());
    pieces.flatten().take(bytes).collect()
}

/// Frames in order whose messages are not.
fn damaged(frames: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for number in 0..frames {
        let id = Uuid::new_v4();
        let message = match number % 5 {
            0 => format!(r#"{{"type":"invokefunction","invocation_id":"{id}","data":{{"a":"#),
            1 => format!(r#"{{"type":"invokefunction","invocation_id":"{id}","function_id":7}}"#),
            2 => format!(r#"{{"type":"registerfunction","id":"{id}","description":[]}}"#),
            3 => format!(r#"{{"type":"registertrigger","id":"{id}"}}"#),
            _ => format!(r#"{{"type":"{id}"}}"#),
        };
        frame::push_text(&mut out, &[message.as_bytes()]);
    }
    out
}

fn asking(calls: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..calls {
        let call = format!(
            r#"{{"type":"invokefunction","invocation_id":"{}",{}"#,
            Uuid::new_v4(),
            r#""function_id":"engine::functions::list","data":{"include_internal":true}}"#
        );
        frame::push_text(&mut out, &[call.as_bytes()]);
    }
    out
}
