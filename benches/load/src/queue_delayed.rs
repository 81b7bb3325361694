//! `queue-delayed`: what it costs an engine that messages wait for their time, and whether their
//! time is kept.

use crate::{
    clock,
    drive::{self, Plan},
    echo::Echo,
    queue::FUNCTION,
    report,
};
use anyhow::{Context, Result, ensure};
use std::time::Duration;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};

/// Due long after everybody has gone home.
const DELAY_MS: &str = "86400000";
/// When the batch at the end is due, from its first enqueue.
const DUE_IN_MS: u64 = 2000;
/// How much later than due the last of it may begin before it counts as lost.
const LATE_MAX: Duration = Duration::from_secs(20);
/// The engine's memory and time are read when it has written what it has to write.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "default")]
    queue: String,
    /// messages that wait
    #[arg(long, default_value_t = 1_000_000)]
    count: u64,
    /// messages that are due at the end, all at the same instant
    #[arg(long, default_value_t = 1000)]
    due: u64,
    #[arg(long, default_value_t = 64)]
    window: usize,
    #[arg(long, default_value_t = 64)]
    payload: usize,
    /// for how long the waiting engine is watched, in seconds
    #[arg(long, default_value_t = 10.0)]
    hold: f64,
    /// process of the engine
    #[arg(long)]
    pid: u32,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let (sender, mut ready) = mpsc::channel(1);
    let (starts, started) = mpsc::channel(options.due as usize + 1);
    let mut serving = JoinSet::new();
    let mut echo = Echo::new(FUNCTION, "null");
    echo.heard = Some(Box::new(move |_| {
        starts.try_send(clock::unix_ms()).ok();
    }));
    serving.spawn(echo.run_and_say(addr.to_owned(), sender));
    ready.recv().await;
    let before = report::rss_kb(options.pid);
    let wait = format!(r#","delay_ms":{DELAY_MS}"#);
    let waiting = drive::drive(addr, &plan(options, options.count, &wait)).await?;
    ensure!(waiting.failed == 0, "{} enqueues failed", waiting.failed);
    report::print("enqueue", &waiting);
    sleep(SETTLED_AFTER).await;
    let after = report::rss_kb(options.pid);
    let share = processor_share(options).await?;
    println!(
        "waiting count={} rss_before={before}KB rss_after={after}KB growth={}KB \
         cpu_share={share:.3}%",
        waiting.done,
        after.saturating_sub(before)
    );
    due(addr, options, started).await
}

fn plan(options: &Options, count: u64, when: &str) -> Plan {
    let pad = "x".repeat(options.payload);
    let queue = &options.queue;
    Plan {
        function: FUNCTION.into(),
        data: format!(r#"{{"pad":"{pad}"}}"#),
        window: options.window,
        seconds: 1e9,
        count,
        groups: 0,
        action: format!(r#","action":{{"type":"enqueue","queue":"{queue}"{when}}}"#),
    }
}

/// Processor time of the waiting engine, as a percentage of a core.
async fn processor_share(options: &Options) -> Result<f64> {
    let start = clock::now();
    let before = report::cpu_seconds(options.pid)?;
    sleep(Duration::from_secs_f64(options.hold)).await;
    let used = report::cpu_seconds(options.pid)? - before;
    Ok(used / start.elapsed().as_secs_f64() * 100.0)
}

/// Messages that are due at one instant, behind all those that wait.
async fn due(addr: &str, options: &Options, mut started: mpsc::Receiver<u64>) -> Result<()> {
    let at = clock::unix_ms() + DUE_IN_MS;
    let when = format!(r#","run_at":{at}"#);
    let outcome = drive::drive(addr, &plan(options, options.due, &when)).await?;
    ensure!(outcome.failed == 0, "{} enqueues failed", outcome.failed);
    ensure!(clock::unix_ms() < at, "the batch was enqueued too slowly");
    let mut late = Vec::new();
    let mut early = 0_u64;
    while (late.len() as u64) < options.due {
        let begun = timeout(LATE_MAX, started.recv()).await;
        let begun = begun.with_context(|| format!("only {} came in time", late.len()))?;
        let begun = begun.context("the worker is gone")?;
        early += u64::from(begun < at);
        late.push(begun.saturating_sub(at));
    }
    late.sort_unstable();
    let last = late.last().copied().unwrap_or_default();
    println!(
        "due count={} early={early} first_late={}ms last_late={last}ms",
        late.len(),
        late[0]
    );
    ensure!(early == 0, "{early} messages came before their time");
    Ok(())
}
