//! `jobs`: numbered jobs through a queue, each of which must be handled exactly once.
//!
//! One connection both enqueues and works, and enqueues the next job when one is handled: the queue
//! never holds more than the window, however long this goes on.

use crate::{clock, frame, names, numbered, scan, socket::Socket};
use anyhow::{Result, ensure};
use std::time::Duration;
use tokio::time::timeout;

const FUNCTION: &str = "soak::job";
/// Nothing happens for so long: something is lost.
const STALLED_AFTER: Duration = Duration::from_secs(30);
/// The id of the call that asks how many jobs the queue still has.
const INSPECT: u64 = u64::MAX;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "default")]
    queue: String,
    #[arg(long, default_value_t = 1_000_000)]
    count: u64,
    /// Jobs that are enqueued and not handled yet
    #[arg(long, default_value_t = 256)]
    window: u64,
    #[arg(long, default_value_t = 64)]
    payload: usize,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let mut socket = Socket::connect(addr, &names::unique()).await?;
    socket.push_function(FUNCTION);
    let mut jobs = Jobs::new(options);
    let start = clock::now();
    for _ in 0..options.window.min(options.count) {
        jobs.enqueue(&mut socket.write);
    }
    socket.flush().await?;
    while !jobs.is_done() {
        let pumped = socket.pump(|message, out| jobs.receive(message, out));
        let stalled = timeout(STALLED_AFTER, pumped).await;
        ensure!(stalled.is_ok(), "nothing comes any more: {}", jobs.told());
        stalled??;
        jobs.progress.tell(jobs.handled);
    }
    let seconds = start.elapsed().as_secs_f64();
    // Whatever came twice has come when the queue has nothing left.
    while jobs.left != Some(0) {
        jobs.left = None;
        jobs.inspect(&mut socket.write);
        socket.flush().await?;
        while jobs.left.is_none() {
            let pumped = socket.pump(|message, out| jobs.receive(message, out));
            timeout(STALLED_AFTER, pumped).await??;
        }
    }
    println!(
        "jobs {} rate={:.0}/s",
        jobs.told(),
        jobs.handled as f64 / seconds
    );
    Ok(())
}

struct Jobs {
    count: u64,
    /// An enqueue up to its number, and what follows that.
    call: (String, String),
    queue: String,
    made: u64,
    acknowledged: u64,
    refused: u64,
    /// One bit for each job that was handled.
    seen: Vec<u64>,
    handled: u64,
    again: u64,
    /// Jobs in the queue, as it says.
    left: Option<u64>,
    progress: numbered::Progress,
}

impl Jobs {
    fn new(options: &Options) -> Self {
        let Options { queue, count, .. } = options;
        let pad = "x".repeat(options.payload);
        Self {
            count: *count,
            call: (
                format!(r#"{{"queue":"{queue}","function_id":"{FUNCTION}","data":{{"n":""#),
                format!(r#"","pad":"{pad}"}}}}"#),
            ),
            queue: queue.clone(),
            made: 0,
            acknowledged: 0,
            refused: 0,
            seen: vec![0; (count / 64 + 1) as usize],
            handled: 0,
            again: 0,
            left: None,
            progress: numbered::Progress::default(),
        }
    }

    fn enqueue(&mut self, out: &mut Vec<u8>) {
        let number = self.made;
        self.made += 1;
        let text = number.to_string();
        let data = [
            self.call.0.as_bytes(),
            text.as_bytes(),
            self.call.1.as_bytes(),
        ];
        numbered::call(out, number, "engine::queue::enqueue", &data);
    }

    fn inspect(&self, out: &mut Vec<u8>) {
        let data = format!(r#"{{"queue":"{}"}}"#, self.queue);
        numbered::call(out, INSPECT, "queue::inspect", &[data.as_bytes()]);
    }

    fn receive(&mut self, message: &[u8], out: &mut Vec<u8>) {
        if scan::is_type(message, "invokefunction") {
            self.handle(message, out);
        } else if scan::is_type(message, "invocationresult") {
            match numbered::id(message) {
                Some(INSPECT) => self.left = numbered::integer(message, "\"depth\":"),
                Some(_) if numbered::is_error(message) => self.refused += 1,
                Some(_) => self.acknowledged += 1,
                None => {}
            }
        }
    }

    fn handle(&mut self, message: &[u8], out: &mut Vec<u8>) {
        let id = scan::field(message, scan::INVOCATION_ID);
        let number = numbered::text_number(message);
        let (Some(id), Some(number)) = (id, number) else {
            return;
        };
        let (word, bit) = ((number / 64) as usize, 1 << (number % 64));
        match self.seen.get_mut(word) {
            Some(word) if *word & bit == 0 => {
                *word |= bit;
                self.handled += 1;
            }
            _ => self.again += 1,
        }
        let head = br#"{"type":"invocationresult","invocation_id":""#;
        let tail = br#"","function_id":"soak::job","result":null}"#;
        frame::push_text(out, &[head, id, tail]);
        if self.made < self.count {
            self.enqueue(out);
        }
    }

    fn is_done(&self) -> bool {
        self.acknowledged + self.refused >= self.count && self.handled >= self.acknowledged
    }

    /// `failed` counts everything that should not be.
    fn told(&self) -> String {
        let Self {
            acknowledged,
            handled,
            again,
            refused,
            ..
        } = self;
        let lost = acknowledged.saturating_sub(*handled);
        let failed = lost + again + refused;
        format!(
            "acknowledged={acknowledged} ok={handled} lost={lost} again={again} \
             refused={refused} failed={failed}"
        )
    }
}
