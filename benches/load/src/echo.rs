//! A worker that answers every call of one function at once, with the same result.

use crate::{frame, names, scan, socket::Socket};
use anyhow::Result;
use std::time::Duration;
use tokio::{sync::mpsc::Sender, time::sleep};

/// How long an engine that acknowledges nothing may take to apply a registration.
pub(crate) const SETTLE: Duration = Duration::from_millis(500);

/// What is done with the message of a call before it is answered.
pub(crate) type Heard = Box<dyn FnMut(&[u8]) + Send>;

pub(crate) struct Echo {
    pub(crate) function: String,
    /// JSON text.
    pub(crate) result: String,
    /// Paths and method of http triggers bound to the function.
    pub(crate) routes: Vec<String>,
    pub(crate) method: &'static str,
    /// Hears every call when it comes.
    pub(crate) heard: Option<Heard>,
}

impl Echo {
    pub(crate) fn new(function: &str, result: &str) -> Self {
        Self {
            function: function.into(),
            result: result.into(),
            routes: Vec::new(),
            method: "POST",
            heard: None,
        }
    }

    /// Serves until the connection ends; `ready` hears when it does.
    pub(crate) async fn run(mut self, addr: String, ready: Sender<()>) -> Result<()> {
        let mut socket = Socket::connect(&addr, &names::serving()).await?;
        socket.push_function(&self.function);
        for path in &self.routes {
            socket.push_route(&self.function, path, self.method);
        }
        socket.flush().await?;
        sleep(SETTLE).await;
        ready.send(()).await.ok();
        loop {
            socket
                .pump(|message, out| self.answer(message, out))
                .await?;
        }
    }

    /// Like [`run`](Self::run), for a task whose error nobody else would see.
    pub(crate) async fn run_and_say(self, addr: String, ready: Sender<()>) {
        if let Err(error) = self.run(addr, ready).await {
            eprintln!("worker: {error}");
        }
    }

    fn answer(&mut self, message: &[u8], out: &mut Vec<u8>) {
        if !scan::is_type(message, "invokefunction") {
            return;
        }
        if let Some(heard) = &mut self.heard {
            heard(message);
        }
        if let Some(id) = scan::field(message, scan::INVOCATION_ID) {
            frame::push_text(
                out,
                &[
                    br#"{"type":"invocationresult","invocation_id":""#,
                    id,
                    br#"","function_id":""#,
                    self.function.as_bytes(),
                    br#"","result":"#,
                    self.result.as_bytes(),
                    b"}",
                ],
            );
        }
    }
}
