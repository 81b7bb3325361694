//! What several of these tests need.

use iii_kit::{
    Client, ClientOptions, Context, HandlerError, Payload, RegisterFunction, WorkerOptions,
};
use iii_testkit::within;
use iii_transport::ws::{DialOptions, WsDialer};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

/// A worker of the test's own, connected to an engine process.
pub(crate) async fn connect(url: &str, name: &str) -> Client {
    connect_trusting(url, name, None).await
}

/// [`connect`] to an engine whose certificate comes from an authority of the test.
pub(crate) async fn connect_trusting(url: &str, name: &str, ca_file: Option<PathBuf>) -> Client {
    let options = DialOptions {
        ca_file,
        ..DialOptions::default()
    };
    let dial = WsDialer::new(url, options).unwrap();
    let client = Client::connect(Arc::new(dial), ClientOptions::new(WorkerOptions::new(name)));
    within("the connection", client.wait_connected())
        .await
        .unwrap();
    client
}

/// A function that answers with its input.
pub(crate) fn echo() -> RegisterFunction {
    RegisterFunction::raw(|input: Option<Payload>, _: Context| async move {
        Ok::<_, HandlerError>(input)
    })
}

/// The status line of a plain HTTP request, or none when nothing answers.
pub(crate) fn http_status(url: &str) -> Option<String> {
    let address = url.strip_prefix("http://")?;
    let mut stream = TcpStream::connect(address).ok()?;
    let request = format!("GET /nothing HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer.lines().next()?.to_owned())
}
