//! `churn`: workers that come, serve, call themselves and go, some of them in the middle of a call.

use crate::{
    clock, drive, frame, names, report,
    scan::{self, INVOCATION_ID},
    socket::Socket,
};
use anyhow::Result;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Calls of one life, so many in flight.
const CALLS: usize = 100;
const WINDOW: usize = 8;
/// A call unanswered for this long is lost.
const STALLED_AFTER: Duration = Duration::from_secs(30);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// lives at a time
    #[arg(long, default_value_t = 4)]
    lanes: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let start = clock::now();
    let deadline = start + Duration::from_secs_f64(options.seconds);
    let mut lanes = JoinSet::new();
    for _ in 0..options.lanes {
        lanes.spawn(lane(addr.to_owned(), deadline));
    }
    let mut total = drive::Outcome::none()?;
    while let Some(outcome) = lanes.join_next().await {
        total.add(&outcome??)?;
    }
    total.seconds = start.elapsed().as_secs_f64();
    report::print(&format!("churn lanes={}", options.lanes), &total);
    Ok(())
}

/// One life after the other.
async fn lane(addr: String, deadline: Instant) -> Result<drive::Outcome> {
    let mut outcome = drive::Outcome::none()?;
    let mut lives = 0u32;
    while clock::now() < deadline {
        let mut socket = Socket::connect(&addr, &names::unique()).await?;
        let mut life = Life::new(&mut outcome);
        socket.push_function(&life.function);
        socket.push_route(&life.function, &format!("/{}", life.function), "POST");
        for _ in 0..WINDOW {
            life.call(&mut socket.write);
        }
        socket.flush().await?;
        while life.open > 0 {
            let pumped = socket.pump(|message, out| life.receive(message, out));
            let Ok(pumped) = tokio::time::timeout(STALLED_AFTER, pumped).await else {
                outcome.failed += life.open as u64;
                break;
            };
            pumped?;
        }
        leave(socket, lives).await?;
        lives += 1;
    }
    Ok(outcome)
}

/// In order, without a word, or with calls under way that nobody will answer or hear.
async fn leave(mut socket: Socket, lives: u32) -> Result<()> {
    match lives % 3 {
        0 => frame::header(&mut socket.write, frame::CLOSE, 0, true),
        1 => {}
        _ => {
            for _ in 0..WINDOW {
                socket.push(&format!(
                    r#"{{"type":"invokefunction","invocation_id":"{}",{}"#,
                    Uuid::new_v4(),
                    r#""function_id":"bench::echo","data":{}}"#
                ));
            }
        }
    }
    socket.flush().await
}

struct Life<'a> {
    function: String,
    made: usize,
    open: usize,
    outcome: &'a mut drive::Outcome,
}

impl<'a> Life<'a> {
    fn new(outcome: &'a mut drive::Outcome) -> Self {
        Self {
            function: format!("churn::{}", Uuid::new_v4().as_simple()),
            made: 0,
            open: 0,
            outcome,
        }
    }

    fn call(&mut self, out: &mut Vec<u8>) {
        let id = Uuid::new_v4().to_string();
        let parts = [
            br#"{"type":"invokefunction","invocation_id":""#.as_slice(),
            id.as_bytes(),
            br#"","function_id":""#,
            self.function.as_bytes(),
            br#"","data":{"a":1}}"#,
        ];
        frame::push_text(out, &parts);
        self.made += 1;
        self.open += 1;
    }

    fn receive(&mut self, message: &[u8], out: &mut Vec<u8>) {
        if scan::is_type(message, "invokefunction") {
            let Some(id) = scan::field(message, INVOCATION_ID) else {
                return;
            };
            let head = br#"{"type":"invocationresult","invocation_id":""#;
            frame::push_text(out, &[head, id, br#"","result":{"b":2}}"#]);
        } else if scan::is_type(message, "invocationresult") {
            self.open -= 1;
            if memchr::memmem::find(message, b"\"error\":{").is_some() {
                self.outcome.failed += 1;
            } else {
                self.outcome.done += 1;
            }
            if self.made < CALLS {
                self.call(out);
            }
        }
    }
}
