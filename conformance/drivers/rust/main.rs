//! The conformance driver of the Rust SDK. The contract is `conformance/README.md`.
//!
//! Start reading at [`driver`], which names each operation.

mod behaviour;
mod calls;
mod channels;
mod clients;
mod driver;
mod failure;
mod functions;
mod line;
mod providers;
mod tasks;
mod triggers;

use driver::Driver;
use std::io::BufRead;
use tokio::sync::mpsc;

/// Requests read ahead of those that run.
const REQUESTS_AHEAD: usize = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (sender, mut requests) = mpsc::channel(REQUESTS_AHEAD);
    std::thread::spawn(move || {
        for request in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(request).is_err() {
                return;
            }
        }
    });
    let driver = Driver::new();
    while let Some(request) = requests.recv().await {
        let driver = driver.clone();
        tasks::spawn(async move { driver.answer(&request).await });
    }
    driver.shut_down_all().await;
}
