//! Ten thousand connections that say nothing: what they cost, and what their neighbours notice.

use crate::support::resident_bytes;
use iii_kit::serde_json::{Value, json};
use iii_kit::{Client, TriggerRequest};
use iii_testkit::{EngineProcess, ProcessOptions, connect, echo, eventually, within};
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

const CROWD: usize = 10_000;
/// Descriptors that the rest of the test needs.
const KEPT_FREE: usize = 200;
/// Connections from one address: far fewer than it has ports, of which others use some.
const PER_ADDRESS: usize = 2_000;
/// What one silent connection may cost the engine, in a build without optimization.
const SILENT_BYTES_MAX: u64 = 6 * 1024;

/// As many as the system lets this process open.
fn crowd() -> usize {
    let wanted = (CROWD + KEPT_FREE) as u64;
    let allowed = rlimit::increase_nofile_limit(wanted).unwrap();
    let fitting = usize::try_from(allowed).unwrap() - KEPT_FREE;
    if fitting < CROWD {
        iii_testkit::skip(&format!("only {fitting} of {CROWD} connections fit here"));
    }
    fitting.min(CROWD)
}

/// The `n`th of the crowd, from an address of its own for every so many.
fn silent(engine: SocketAddr, n: usize) -> TcpStream {
    let host = u8::try_from(2 + n / PER_ADDRESS).unwrap();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let from = SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0));
    socket.bind(&from.into()).unwrap();
    socket.connect(&engine.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    let head = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");
    stream
}

/// Whether the engine has not let go of it.
fn is_open(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
        }
    }
}

/// Descriptors that a process has open; none where the system does not tell.
fn descriptors(pid: u32) -> Option<usize> {
    Some(std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count())
}

async fn call(caller: &Client, n: usize) {
    let call = TriggerRequest::new("neighbour::echo", json!({ "n": n }));
    let answer: Value = within("a neighbour's call", caller.trigger(call))
        .await
        .unwrap();
    assert_eq!(answer, json!({ "n": n }));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_silent_connections_cost_little_and_hurt_nobody() {
    let crowd = crowd();
    let engine = EngineProcess::with(ProcessOptions::with_config(
        "listeners: [{ bind: '127.0.0.1:0' }]\n",
    ));
    let worker = connect(engine.url(), "neighbour").await;
    let echo = worker.register_function("neighbour::echo", echo());
    let _echo = echo.await.unwrap();
    let caller = connect(engine.url(), "caller").await;
    for n in 0..1_000 {
        call(&caller, n).await;
    }
    let before = resident_bytes(engine.pid());
    let address: SocketAddr = engine.url().trim_start_matches("ws://").parse().unwrap();
    let arriving = std::thread::spawn(move || -> Vec<TcpStream> {
        (0..crowd).map(|n| silent(address, n)).collect()
    });
    // The neighbours go on while they come, and while they are there.
    let mut calls = 0;
    while !arriving.is_finished() {
        call(&caller, calls).await;
        calls += 1;
    }
    let silent = arriving.join().unwrap();
    for n in 0..1_000 {
        call(&caller, n).await;
    }
    let after = resident_bytes(engine.pid());
    let open = silent.iter().filter(|stream| is_open(stream)).count();
    assert_eq!(open, crowd, "who says nothing is not sent away");
    if let (Some(before), Some(after)) = (before, after) {
        let each = after.saturating_sub(before) / crowd as u64;
        assert!(each <= SILENT_BYTES_MAX, "{each} bytes for each");
    }
    // They leave all at once, and nothing of them stays but who was there before.
    drop(silent);
    let left = eventually("the end of the crowd", async || {
        let open = descriptors(engine.pid())?;
        (open < KEPT_FREE).then_some(())
    });
    if descriptors(engine.pid()).is_some() {
        left.await;
    }
    call(&caller, 0).await;
}
