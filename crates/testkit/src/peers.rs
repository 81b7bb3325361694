//! Workers of a test's own, connected to engine processes.

use crate::within;
use iii_kit::{
    Client, ClientOptions, Context, HandlerError, Payload, RegisterFunction, WorkerOptions,
};
use iii_transport::ws::{DialOptions, WsDialer};
use std::path::PathBuf;
use std::sync::Arc;

/// A worker of this name, connected to the engine at `url`.
///
/// # Panics
/// It is not greeted within [`crate::PATIENCE`].
pub async fn connect(url: &str, name: &str) -> Client {
    connect_trusting(url, name, None).await
}

/// [`connect`] to an engine whose certificate comes from an authority of the test.
///
/// # Panics
/// It is not greeted within [`crate::PATIENCE`].
pub async fn connect_trusting(url: &str, name: &str, ca_file: Option<PathBuf>) -> Client {
    let options = DialOptions {
        ca_file,
        ..DialOptions::default()
    };
    let dial = WsDialer::new(url, options).expect("the address of an engine");
    let client = Client::connect(Arc::new(dial), ClientOptions::new(WorkerOptions::new(name)));
    within("the connection", client.wait_connected())
        .await
        .expect("an engine that greets");
    client
}

/// A function that answers with its input.
pub fn echo() -> RegisterFunction {
    RegisterFunction::raw(|input: Option<Payload>, _: Context| async move {
        Ok::<_, HandlerError>(input)
    })
}
