//! A client that keeps a window of calls in flight.

use crate::{clock, frame, names, scan, socket::Socket};
use anyhow::Result;
use hdrhistogram::Histogram;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// A call unanswered for this long, with nothing else arriving either, is lost.
const STALLED_AFTER: Duration = Duration::from_secs(30);

/// What to call, and how often.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) function: String,
    /// JSON text; `{n}` becomes a counter, `{g}` the same modulo `groups`, `{r}` a random number
    /// below 100,000.
    pub(crate) data: String,
    pub(crate) groups: u64,
    /// Calls in flight.
    pub(crate) window: usize,
    pub(crate) seconds: f64,
    /// Stops after this many calls instead of after `seconds`, unless 0.
    pub(crate) count: u64,
    /// JSON text put behind `data`, with its comma.
    pub(crate) action: String,
}

/// How the calls ended.
pub(crate) struct Outcome {
    pub(crate) done: u64,
    pub(crate) failed: u64,
    pub(crate) seconds: f64,
    pub(crate) latencies: Histogram<u64>,
}

impl Outcome {
    pub(crate) fn none() -> Result<Self> {
        Ok(Self {
            done: 0,
            failed: 0,
            seconds: 0.0,
            latencies: Histogram::new(3)?,
        })
    }

    /// Adds what another client did in the same time.
    pub(crate) fn add(&mut self, other: &Self) -> Result<()> {
        self.done += other.done;
        self.failed += other.failed;
        self.seconds = self.seconds.max(other.seconds);
        Ok(self.latencies.add(&other.latencies)?)
    }
}

/// What all lanes did together; the first that fails ends the rest.
pub(crate) async fn gather(mut lanes: JoinSet<Result<Outcome>>) -> Result<Outcome> {
    let mut total = Outcome::none()?;
    while let Some(outcome) = lanes.join_next().await {
        total.add(&outcome??)?;
    }
    Ok(total)
}

/// Keeps `plan.window` calls in flight until the plan ends, then waits for the last ones.
pub(crate) async fn drive(addr: &str, plan: &Plan) -> Result<Outcome> {
    let mut socket = Socket::connect(addr, &names::unique()).await?;
    let mut client = Client::new(plan)?;
    for _ in 0..plan.window {
        client.call(&mut socket.write);
    }
    socket.flush().await?;
    while !client.open.is_empty() {
        let pumped = socket.pump(|message, out| client.receive(message, out));
        if let Ok(pumped) = tokio::time::timeout(STALLED_AFTER, pumped).await {
            pumped?;
        } else {
            eprintln!("stalled with {} calls unanswered", client.open.len());
            client.outcome.failed += client.open.len() as u64;
            break;
        }
    }
    Ok(client.finish())
}

struct Client<'a> {
    plan: &'a Plan,
    /// The text between the id and the data.
    middle: String,
    numbered: bool,
    random: bool,
    open: HashMap<Uuid, Instant>,
    /// Calls made.
    made: u64,
    start: Instant,
    deadline: Instant,
    outcome: Outcome,
    first_error: Option<String>,
}

impl<'a> Client<'a> {
    fn new(plan: &'a Plan) -> Result<Self> {
        let start = clock::now();
        Ok(Self {
            plan,
            middle: format!(r#"","function_id":"{}","data":"#, plan.function),
            numbered: plan.data.contains("{n}"),
            random: plan.data.contains("{r}"),
            open: HashMap::with_capacity(plan.window * 2),
            made: 0,
            start,
            deadline: start + Duration::from_secs_f64(plan.seconds),
            outcome: Outcome::none()?,
            first_error: None,
        })
    }

    fn call(&mut self, out: &mut Vec<u8>) {
        let id = Uuid::new_v4();
        let mut text = [0u8; 36];
        let id_text = id.as_hyphenated().encode_lower(&mut text);
        let filled = self.fill(id);
        let data = filled.as_deref().unwrap_or(&self.plan.data);
        self.made += 1;
        frame::push_text(
            out,
            &[
                br#"{"type":"invokefunction","invocation_id":""#,
                id_text.as_bytes(),
                self.middle.as_bytes(),
                data.as_bytes(),
                self.plan.action.as_bytes(),
                b"}",
            ],
        );
        self.open.insert(id, clock::now());
    }

    /// The data with its places filled, or nothing when it has none.
    fn fill(&self, id: Uuid) -> Option<String> {
        if !self.numbered && !self.random {
            return None;
        }
        let mut data = self.plan.data.replace("{n}", &self.made.to_string());
        if self.plan.groups > 0 {
            data = data.replace("{g}", &(self.made % self.plan.groups).to_string());
        }
        Some(data.replace("{r}", &(id.as_u128() % 100_000).to_string()))
    }

    fn receive(&mut self, message: &[u8], out: &mut Vec<u8>) {
        if !scan::is_type(message, "invocationresult") {
            return;
        }
        let id = scan::field(message, scan::INVOCATION_ID);
        let id = id.and_then(|id| Uuid::try_parse_ascii(id).ok());
        let Some(called) = id.and_then(|id| self.open.remove(&id)) else {
            return;
        };
        let latency = called.elapsed().as_nanos() as u64;
        self.outcome.latencies.record(latency).ok();
        if memchr::memmem::find(message, b"\"error\":{").is_some() {
            self.outcome.failed += 1;
            self.first_error.get_or_insert_with(|| {
                String::from_utf8_lossy(&message[..message.len().min(300)]).into_owned()
            });
        } else {
            self.outcome.done += 1;
        }
        if self.has_more() {
            self.call(out);
        }
    }

    fn has_more(&self) -> bool {
        if self.plan.count > 0 {
            self.made < self.plan.count
        } else {
            clock::now() < self.deadline
        }
    }

    fn finish(self) -> Outcome {
        if let Some(error) = self.first_error {
            eprintln!("first error: {error}");
        }
        Outcome {
            seconds: self.start.elapsed().as_secs_f64(),
            ..self.outcome
        }
    }
}
