//! iiibench: a load generator for any engine that speaks the iii worker protocol (JSON over WebSocket).
//! It writes WebSocket frames by hand so that the generator costs as little as possible on a shared
//! two-core machine. `relay` is the floor: a process that only moves frames between two sockets.
use bytes::{Buf, BytesMut};
use clap::{Parser, Subcommand};
use hdrhistogram::Histogram;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type R<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
struct Cli {
    /// host:port of the engine's worker socket
    #[arg(long, default_value = "127.0.0.1:49134")]
    addr: String,
    #[command(subcommand)]
    cmd: Cmd,
}
#[derive(Subcommand)]
enum Cmd {
    /// call a function on another worker: `window` calls in flight
    Invoke {
        #[arg(long, default_value_t = 1)]
        window: usize,
        #[arg(long, default_value_t = 64)]
        payload: usize,
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// stop after this many calls instead of after `seconds`
        #[arg(long, default_value_t = 0)]
        count: u64,
        /// workers serving the function, each its own connection
        #[arg(long, default_value_t = 1)]
        workers: usize,
        /// client connections
        #[arg(long, default_value_t = 1)]
        clients: usize,
    },
    /// call a function the engine itself (or one of its workers) offers, e.g. state::set
    Call {
        #[arg(long)]
        function: String,
        /// JSON payload; {n} is replaced by a counter, {r} by a random number below 100,000, {pad} by --payload bytes
        #[arg(long)]
        data: String,
        #[arg(long, default_value_t = 1)]
        window: usize,
        #[arg(long, default_value_t = 64)]
        payload: usize,
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        #[arg(long, default_value_t = 0)]
        count: u64,
    },
    /// enqueue `count` calls on `queue` and wait until the worker has run all of them
    Queue {
        #[arg(long, default_value = "default")]
        queue: String,
        #[arg(long, default_value_t = 10000)]
        count: u64,
        #[arg(long, default_value_t = 64)]
        window: usize,
        #[arg(long, default_value_t = 64)]
        payload: usize,
        #[arg(long, default_value_t = 120.0)]
        timeout: f64,
    },
    /// serve an http-triggered function until killed
    HttpWorker {
        #[arg(long, default_value = "bench")]
        path: String,
        #[arg(long, default_value_t = 1)]
        workers: usize,
    },
    /// connect `count` idle workers with `functions` functions each and hold them for `hold` seconds
    Density {
        #[arg(long, default_value_t = 1000)]
        count: usize,
        #[arg(long, default_value_t = 5)]
        functions: usize,
        #[arg(long, default_value_t = 10.0)]
        hold: f64,
        #[arg(long)]
        pid: Option<u32>,
    },
    /// the floor: accept connections, first is the worker, the rest are clients; move frames only
    Relay {
        #[arg(long, default_value = "127.0.0.1:49999")]
        listen: String,
    },
}

struct Ws {
    s: TcpStream,
    rbuf: BytesMut,
    wbuf: Vec<u8>,
}
fn frame_header(out: &mut Vec<u8>, op: u8, len: usize, masked: bool) {
    out.push(0x80 | op);
    let m = if masked { 0x80 } else { 0 };
    if len < 126 {
        out.push(m | len as u8);
    } else if len < 65536 {
        out.push(m | 126);
        out.extend_from_slice(&(len as u16).to_be_bytes());
    } else {
        out.push(m | 127);
        out.extend_from_slice(&(len as u64).to_be_bytes());
    }
    if masked {
        out.extend_from_slice(&[0; 4]);
    }
}
/// One whole frame at the front of `b`: (opcode, header length, payload length). Server frames are unmasked.
fn peek(b: &[u8]) -> Option<(u8, usize, usize, bool)> {
    if b.len() < 2 {
        return None;
    }
    let op = b[0] & 0x0f;
    let masked = b[1] & 0x80 != 0;
    let (mut h, l) = match b[1] & 0x7f {
        126 => {
            if b.len() < 4 {
                return None;
            }
            (4, u16::from_be_bytes([b[2], b[3]]) as usize)
        }
        127 => {
            if b.len() < 10 {
                return None;
            }
            (
                10,
                u64::from_be_bytes(b[2..10].try_into().unwrap()) as usize,
            )
        }
        n => (2, n as usize),
    };
    if masked {
        h += 4;
    }
    if b.len() < h + l {
        None
    } else {
        Some((op, h, l, masked))
    }
}
impl Ws {
    async fn connect(addr: &str, name: &str) -> R<Ws> {
        let mut s = TcpStream::connect(addr).await?;
        s.set_nodelay(true)?;
        s.write_all(
            format!("GET / HTTP/1.1\r\nHost: {addr}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").as_bytes(),
        ).await?;
        let mut rbuf = BytesMut::with_capacity(1 << 16);
        loop {
            if s.read_buf(&mut rbuf).await? == 0 {
                return Err("closed in handshake".into());
            }
            if let Some(p) = memchr::memmem::find(&rbuf, b"\r\n\r\n") {
                if !rbuf.starts_with(b"HTTP/1.1 101") {
                    return Err(String::from_utf8_lossy(&rbuf[..p]).into_owned().into());
                }
                rbuf.advance(p + 4);
                break;
            }
        }
        let mut ws = Ws {
            s,
            rbuf,
            wbuf: Vec::with_capacity(1 << 16),
        };
        // what every SDK says first: who this worker is
        ws.push(format!(r#"{{"type":"invokefunction","function_id":"engine::workers::register","data":{{"runtime":"rust","version":"0.25.0","name":"{name}","os":"linux","pid":1,"isolation":null}},"action":{{"type":"void"}}}}"#).as_bytes());
        Ok(ws)
    }
    fn push(&mut self, text: &[u8]) {
        frame_header(&mut self.wbuf, 1, text.len(), true);
        self.wbuf.extend_from_slice(text);
    }
    async fn flush(&mut self) -> R<()> {
        if !self.wbuf.is_empty() {
            self.s.write_all(&self.wbuf).await?;
            self.wbuf.clear();
        }
        Ok(())
    }
    /// Reads at least once, then hands every whole frame in the buffer to `f`.
    async fn pump(&mut self, mut f: impl FnMut(&[u8], &mut Vec<u8>)) -> R<()> {
        if self.s.read_buf(&mut self.rbuf).await? == 0 {
            return Err("closed".into());
        }
        while let Some((op, h, l, _)) = peek(&self.rbuf) {
            match op {
                1 | 2 => f(&self.rbuf[h..h + l], &mut self.wbuf),
                9 => {
                    let p = self.rbuf[h..h + l].to_vec();
                    frame_header(&mut self.wbuf, 10, l, true);
                    self.wbuf.extend_from_slice(&p);
                }
                8 => return Err("close frame".into()),
                _ => {}
            }
            self.rbuf.advance(h + l);
        }
        self.flush().await
    }
}
fn push_text(w: &mut Vec<u8>, parts: &[&[u8]]) {
    let len = parts.iter().map(|p| p.len()).sum();
    frame_header(w, 1, len, true);
    for p in parts {
        w.extend_from_slice(p);
    }
}
/// The string value of `key` (given with quotes and colon) in a JSON text with no escapes in that value.
fn field<'a>(msg: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let p = memchr::memmem::find(msg, key.as_bytes())? + key.len();
    let rest = &msg[p..];
    let e = memchr::memchr(b'"', rest)?;
    Some(&rest[..e])
}
fn is_type(msg: &[u8], t: &str) -> bool {
    field(msg, "\"type\":\"") == Some(t.as_bytes())
}
const INV: &str = "\"invocation_id\":\"";

/// Serving workers are replicas: they share one name. DISTINCT_NAMES=1 gives each its own, for engines without replicas.
fn worker_name() -> String {
    if std::env::var_os("DISTINCT_NAMES").is_some() {
        unique_name()
    } else {
        "bench-echo".into()
    }
}
fn unique_name() -> String {
    format!("bench-{}", uuid::Uuid::new_v4().as_simple())
}

/// A worker that answers every call of `function` at once.
async fn echo_worker(
    addr: String,
    function: String,
    result: String,
    http: Option<String>,
    ready: tokio::sync::mpsc::Sender<()>,
    seen: Option<std::sync::Arc<std::sync::atomic::AtomicU64>>,
) -> R<()> {
    let mut w = Ws::connect(&addr, &worker_name()).await?;
    w.push(format!(r#"{{"type":"registerfunction","id":"{function}","request_format":null,"response_format":null}}"#).as_bytes());
    if let Some(path) = http {
        let id = uuid::Uuid::new_v4();
        w.push(format!(r#"{{"type":"registertrigger","id":"{id}","trigger_type":"http","function_id":"{function}","config":{{"api_path":"{path}","http_method":"POST"}}}}"#).as_bytes());
    }
    w.flush().await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    ready.send(()).await.ok();
    loop {
        w.pump(|m, out| {
            if !is_type(m, "invokefunction") {
                return;
            }
            if let Some(s) = &seen {
                s.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            if let Some(id) = field(m, INV) {
                push_text(
                    out,
                    &[
                        br#"{"type":"invocationresult","invocation_id":""#,
                        id,
                        br#"","function_id":""#,
                        function.as_bytes(),
                        br#"","result":"#,
                        result.as_bytes(),
                        b"}",
                    ],
                );
            }
        })
        .await?;
    }
}

/// Keeps `window` calls in flight until the deadline; returns finished calls, failures and latencies.
async fn drive(
    addr: &str,
    function: &str,
    data: &str,
    window: usize,
    seconds: f64,
    count: u64,
    action: &str,
) -> R<(u64, u64, f64, Histogram<u64>)> {
    let mut c = Ws::connect(addr, &unique_name()).await?;
    let mut open: HashMap<uuid::Uuid, Instant> = HashMap::with_capacity(window * 2);
    let mut hist = Histogram::<u64>::new(3)?;
    let mut n = 0u64;
    let prefix = format!(r#","function_id":"{function}","data":"#);
    let call = |n: &mut u64, open: &mut HashMap<uuid::Uuid, Instant>, out: &mut Vec<u8>| {
        let id = uuid::Uuid::new_v4();
        let mut b = [0u8; 36];
        let ids = id.as_hyphenated().encode_lower(&mut b);
        let mut d = data.replace("{n}", &n.to_string());
        if d.contains("{r}") {
            d = d.replace("{r}", &(id.as_u128() % 100_000).to_string());
        }
        *n += 1;
        push_text(
            out,
            &[
                br#"{"type":"invokefunction","invocation_id":""#,
                ids.as_bytes(),
                b"\"",
                prefix.as_bytes(),
                d.as_bytes(),
                action.as_bytes(),
                b"}",
            ],
        );
        open.insert(id, Instant::now());
    };
    let start = Instant::now();
    for _ in 0..window {
        call(&mut n, &mut open, &mut c.wbuf);
    }
    c.flush().await?;
    let deadline = start + Duration::from_secs_f64(seconds);
    let (mut done, mut failed) = (0u64, 0u64);
    let mut first_error: Option<String> = None;
    while !open.is_empty() {
        let more = |n: u64| {
            if count > 0 {
                n < count
            } else {
                Instant::now() < deadline
            }
        };
        let f = tokio::time::timeout(
            Duration::from_secs(30),
            c.pump(|m, out| {
                if !is_type(m, "invocationresult") {
                    return;
                }
                let Some(id) = field(m, INV).and_then(|b| uuid::Uuid::try_parse_ascii(b).ok())
                else {
                    return;
                };
                if let Some(t) = open.remove(&id) {
                    hist.record(t.elapsed().as_nanos() as u64).ok();
                    if memchr::memmem::find(m, b"\"error\":{").is_some() {
                        failed += 1;
                        first_error.get_or_insert_with(|| {
                            String::from_utf8_lossy(&m[..m.len().min(300)]).into_owned()
                        });
                    } else {
                        done += 1;
                    }
                    if more(n) {
                        call(&mut n, &mut open, out);
                    }
                }
            }),
        )
        .await;
        match f {
            Ok(r) => r?,
            Err(_) => {
                eprintln!("stalled with {} calls unanswered", open.len());
                failed += open.len() as u64;
                break;
            }
        }
    }
    if let Some(e) = first_error {
        eprintln!("first error: {e}");
    }
    Ok((done, failed, start.elapsed().as_secs_f64(), hist))
}
fn report(name: &str, done: u64, failed: u64, secs: f64, h: &Histogram<u64>) {
    let us = |q: f64| h.value_at_quantile(q) as f64 / 1000.0;
    println!(
        "{name} ok={done} failed={failed} rate={:.0}/s p50={:.1}us p99={:.1}us p999={:.1}us max={:.1}us",
        done as f64 / secs,
        us(0.5),
        us(0.99),
        us(0.999),
        h.max() as f64 / 1000.0
    );
}
fn rss_kb(pid: u32) -> u64 {
    std::fs::read_to_string(format!("/proc/{pid}/status"))
        .ok()
        .and_then(|s| {
            s.lines()
                .find(|l| l.starts_with("VmRSS:"))
                .and_then(|l| l.split_whitespace().nth(1)?.parse().ok())
        })
        .unwrap_or(0)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> R<()> {
    let cli = Cli::parse();
    let addr = cli.addr.clone();
    match cli.cmd {
        Cmd::Invoke {
            window,
            payload,
            seconds,
            count,
            workers,
            clients,
        } => {
            let (tx, mut rx) = tokio::sync::mpsc::channel(workers);
            let result = format!(r#"{{"pad":"{}"}}"#, "x".repeat(payload));
            for _ in 0..workers {
                tokio::spawn({
                    let (a, r, tx) = (addr.clone(), result.clone(), tx.clone());
                    async move {
                        if let Err(e) =
                            echo_worker(a, "bench::echo".into(), r, None, tx, None).await
                        {
                            eprintln!("worker: {e}");
                        }
                    }
                });
            }
            for _ in 0..workers {
                rx.recv().await;
            }
            let data = result;
            let mut set = Vec::new();
            for _ in 0..clients {
                let (a, d) = (addr.clone(), data.clone());
                set.push(tokio::spawn(async move {
                    drive(&a, "bench::echo", &d, window, seconds, count, "").await
                }));
            }
            let (mut done, mut failed, mut secs, mut h) = (0, 0, 0f64, Histogram::<u64>::new(3)?);
            for t in set {
                let (d, f, s, hh) = t.await??;
                done += d;
                failed += f;
                secs = secs.max(s);
                h.add(hh)?;
            }
            report(
                &format!("invoke payload={payload} window={window}x{clients} workers={workers}"),
                done,
                failed,
                secs,
                &h,
            );
        }
        Cmd::Call {
            function,
            data,
            window,
            payload,
            seconds,
            count,
        } => {
            let d = data.replace("{pad}", &"x".repeat(payload));
            let (done, failed, secs, h) =
                drive(&addr, &function, &d, window, seconds, count, "").await?;
            report(
                &format!("call {function} window={window}"),
                done,
                failed,
                secs,
                &h,
            );
        }
        Cmd::Queue {
            queue,
            count,
            window,
            payload,
            timeout,
        } => {
            let (tx, mut rx) = tokio::sync::mpsc::channel(1);
            let seen = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
            tokio::spawn({
                let (a, s) = (addr.clone(), seen.clone());
                async move {
                    if let Err(e) =
                        echo_worker(a, "bench::job".into(), "null".into(), None, tx, Some(s)).await
                    {
                        eprintln!("worker: {e}");
                    }
                }
            });
            rx.recv().await;
            let data = format!(r#"{{"n":{{n}},"pad":"{}"}}"#, "x".repeat(payload));
            let action = format!(r#","action":{{"type":"enqueue","queue":"{queue}"}}"#);
            let start = Instant::now();
            let (done, failed, secs, h) =
                drive(&addr, "bench::job", &data, window, 1e9, count, &action).await?;
            report(&format!("enqueue window={window}"), done, failed, secs, &h);
            while seen.load(std::sync::atomic::Ordering::Relaxed) < done
                && start.elapsed().as_secs_f64() < timeout
            {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            let got = seen.load(std::sync::atomic::Ordering::Relaxed);
            let total = start.elapsed().as_secs_f64();
            println!(
                "queue processed={got}/{done} in {total:.2}s rate={:.0}/s",
                got as f64 / total
            );
        }
        Cmd::HttpWorker { path, workers } => {
            let (tx, mut rx) = tokio::sync::mpsc::channel(workers);
            let mut tasks = Vec::new();
            for _ in 0..workers {
                tasks.push(tokio::spawn(echo_worker(
                    addr.clone(),
                    "bench::http".into(),
                    r#"{"status_code":200,"body":{"ok":true},"headers":{}}"#.into(),
                    Some(path.clone()),
                    tx.clone(),
                    None,
                )));
            }
            for _ in 0..workers {
                rx.recv().await;
            }
            println!("ready");
            for t in tasks {
                t.await??;
            }
        }
        Cmd::Density {
            count,
            functions,
            hold,
            pid,
        } => {
            let before = pid.map(rss_kb).unwrap_or(0);
            let start = Instant::now();
            let mut all = Vec::with_capacity(count);
            for i in 0..count {
                let mut w = Ws::connect(&addr, &unique_name()).await?;
                for f in 0..functions {
                    w.push(format!(r#"{{"type":"registerfunction","id":"density::w{i}::f{f}","request_format":null,"response_format":null}}"#).as_bytes());
                }
                w.flush().await?;
                w.rbuf = BytesMut::new();
                w.wbuf = Vec::new();
                all.push(w);
            }
            let secs = start.elapsed().as_secs_f64();
            tokio::time::sleep(Duration::from_secs_f64(hold)).await;
            let after = pid.map(rss_kb).unwrap_or(0);
            println!(
                "density workers={count} functions={functions} connect={:.0}/s rss_before={before}KB rss_after={after}KB per_worker={:.1}KB",
                count as f64 / secs,
                (after.saturating_sub(before)) as f64 / count as f64
            );
        }
        Cmd::Relay { listen } => relay(&listen).await?,
    }
    Ok(())
}

/// The least an engine can do: take frames from a client socket, write them to the worker socket, and back.
async fn relay(listen: &str) -> R<()> {
    let l = TcpListener::bind(listen).await?;
    let mut worker_tx: Option<tokio::sync::mpsc::UnboundedSender<Vec<u8>>> = None;
    let client_tx: std::sync::Arc<
        std::sync::Mutex<Option<tokio::sync::mpsc::UnboundedSender<Vec<u8>>>>,
    > = Default::default();
    loop {
        let (mut s, _) = l.accept().await?;
        s.set_nodelay(true)?;
        let mut b = BytesMut::with_capacity(1 << 16);
        loop {
            s.read_buf(&mut b).await?;
            if let Some(p) = memchr::memmem::find(&b, b"\r\n\r\n") {
                b.advance(p + 4);
                break;
            }
        }
        s.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n").await?;
        let (mut r, mut w) = s.into_split();
        let (tx, mut rx) = tokio::sync::mpsc::unbounded_channel::<Vec<u8>>();
        tokio::spawn(async move {
            while let Some(mut m) = rx.recv().await {
                while let Ok(n) = rx.try_recv() {
                    m.extend_from_slice(&n);
                }
                if w.write_all(&m).await.is_err() {
                    break;
                }
            }
        });
        let is_worker = worker_tx.is_none();
        if is_worker {
            worker_tx = Some(tx);
        } else {
            *client_tx.lock().unwrap() = Some(tx);
        }
        let to_worker = worker_tx.clone().unwrap();
        let clients = client_tx.clone();
        tokio::spawn(async move {
            loop {
                let mut out = Vec::new();
                while let Some((op, h, len, _)) = peek(&b) {
                    let m = &b[h..h + len];
                    if op == 1 && (is_type(m, "invokefunction") || is_type(m, "invocationresult")) {
                        frame_header(&mut out, 1, len, false);
                        out.extend_from_slice(m);
                    }
                    b.advance(h + len);
                }
                if !out.is_empty() {
                    if is_worker {
                        if let Some(c) = clients.lock().unwrap().as_ref() {
                            c.send(out).ok();
                        }
                    } else {
                        to_worker.send(out).ok();
                    }
                }
                match r.read_buf(&mut b).await {
                    Ok(0) | Err(_) => break,
                    _ => {}
                }
            }
        });
    }
}
