//! `stream-worker`: serves a download and an upload of any size through channels, until killed.
//!
//! `GET /download?bytes=N` answers with so many bytes, `POST /upload` takes a raw body and answers
//! how many bytes it had.

use crate::{
    echo::SETTLE,
    frame, names,
    scan::{self, INVOCATION_ID},
    socket::Socket,
};
use anyhow::{Context, Result, bail};
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
    task::JoinSet,
    time::sleep,
};

/// Bytes of one frame, here and on the floor.
pub(crate) const CHUNK_BYTES: usize = 64 * 1024;

const DOWNLOAD: &str = "bench::download";
const UPLOAD: &str = "bench::upload";
/// Transfers that may end at the same time.
const RESULTS_MAX: usize = 64;

/// A call, and what it takes to serve it.
struct Job {
    id: String,
    kind: Kind,
    /// The channel to attach.
    target: String,
}

enum Kind {
    Download { bytes: u64 },
    Upload,
}

pub(crate) async fn run(addr: &str) -> Result<()> {
    let mut socket = Socket::connect(addr, &names::serving()).await?;
    socket.push_function(DOWNLOAD);
    socket.push_route(DOWNLOAD, "download", "GET");
    socket.push_function(UPLOAD);
    let roomy = r#","body_bytes_max":1099511627776,"timeout_ms":600000"#;
    socket.push_route_with(UPLOAD, "upload", "POST", roomy);
    socket.flush().await?;
    sleep(SETTLE).await;
    println!("ready");
    let addr: Arc<str> = addr.into();
    let (sender, mut results) = mpsc::channel::<String>(RESULTS_MAX);
    let mut running = JoinSet::new();
    loop {
        let mut jobs = Vec::new();
        tokio::select! {
            received = socket.receive(|message, _| jobs.extend(job(message))) => received?,
            Some(result) = results.recv() => socket.push(&result),
            Some(ended) = running.join_next() => ended?,
        }
        for job in jobs {
            running.spawn(serve(Arc::clone(&addr), job, sender.clone()));
        }
        socket.flush().await?;
    }
}

fn job(message: &[u8]) -> Option<Job> {
    if !scan::is_type(message, "invokefunction") {
        return None;
    }
    let text = |key| Some(String::from_utf8_lossy(scan::field(message, key)?).into_owned());
    let (kind, channel) = match text("\"function_id\":\"")?.as_str() {
        DOWNLOAD => {
            let bytes = text("\"bytes\":\"")?.parse().ok()?;
            (Kind::Download { bytes }, "response")
        }
        UPLOAD => (Kind::Upload, "request_body"),
        _ => return None,
    };
    Some(Job {
        id: text(INVOCATION_ID)?,
        kind,
        target: scan::channel_target(message, channel)?,
    })
}

async fn serve(addr: Arc<str>, job: Job, results: mpsc::Sender<String>) {
    let ended = match job.kind {
        Kind::Download { bytes } => download(&addr, &job.target, bytes).await,
        Kind::Upload => upload(&addr, &job.target).await,
    };
    let end = match ended {
        Ok(result) => format!(r#""result":{result}"#),
        Err(error) => {
            eprintln!("stream: {error:#}");
            r#""error":{"code":"stream","message":"the stream broke"}"#.to_owned()
        }
    };
    let id = job.id;
    let result = format!(r#"{{"type":"invocationresult","invocation_id":"{id}",{end}}}"#);
    results.send(result).await.ok();
}

/// Writes so many bytes to the response channel.
async fn download(addr: &str, target: &str, bytes: u64) -> Result<String> {
    let mut stream = Socket::open(addr, target).await?.into_stream();
    let whole = chunk(CHUNK_BYTES);
    let size = CHUNK_BYTES as u64;
    for _ in 0..bytes / size {
        stream.write_all(&whole).await?;
    }
    let mut last = chunk((bytes % size) as usize);
    frame::header(&mut last, frame::CLOSE, 0, true);
    stream.write_all(&last).await?;
    // The engine's farewell; a socket that is closed before could take data back.
    let mut farewell = [0; 64];
    while stream.read(&mut farewell).await? > 0 {}
    Ok("null".to_owned())
}

fn chunk(length: usize) -> Vec<u8> {
    let mut frame = Vec::with_capacity(length + 64);
    frame::header(&mut frame, frame::BINARY, length, true);
    frame.resize(frame.len() + length, b'x');
    frame
}

/// Counts what comes through the channel of the request's body.
async fn upload(addr: &str, target: &str) -> Result<String> {
    let body = Socket::open(addr, target).await?;
    let bytes = body.read_to_close().await.context("the body")?;
    if bytes == 0 {
        bail!("an empty body");
    }
    Ok(format!(
        r#"{{"status_code":200,"body":{{"bytes":{bytes}}},"headers":{{}}}}"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_name_their_channel_and_size() {
        let message = br#"{"type":"invokefunction","invocation_id":"i",
            "function_id":"bench::download","data":{"query_params":{"bytes":"12"},
            "request_body":{"channel_id":"1","access_key":"k","direction":"read"},
            "response":{"channel_id":"2","access_key":"l","direction":"write"}}}"#;
        let job = job(message).unwrap();
        assert_eq!(job.id, "i");
        assert!(matches!(job.kind, Kind::Download { bytes: 12 }));
        assert_eq!(job.target, "/ws/channels/2?key=l&dir=write");
    }

    #[test]
    fn chunks_are_whole_frames() {
        let frame = chunk(CHUNK_BYTES);
        let (op, header, length) = frame::peek(&frame).unwrap();
        assert_eq!((op, length), (frame::BINARY, CHUNK_BYTES));
        assert_eq!(header + length, frame.len());
    }
}
