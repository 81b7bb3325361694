//! `queue`: calls through a queue, from the first enqueue to the durable end of the last run.

use crate::{
    ask, clock,
    drive::{self, Plan},
    echo::Echo,
    ledger::Ledger,
    names, report, scan,
    socket::Socket,
};
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};
use tokio::{sync::mpsc, task::JoinSet, time::sleep};

pub(crate) const FUNCTION: &str = "bench::job";
const LOOK_AGAIN: Duration = Duration::from_millis(2);

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "default")]
    queue: String,
    #[arg(long, default_value_t = 10000)]
    count: u64,
    /// groups whose order is checked, at least as many as `window`; 0: none
    #[arg(long, default_value_t = 0)]
    groups: u64,
    #[arg(long, default_value_t = 64)]
    window: usize,
    #[arg(long, default_value_t = 64)]
    payload: usize,
    #[arg(long, default_value_t = 120.0)]
    timeout: f64,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let Options { count, groups, .. } = *options;
    ensure!(
        groups == 0 || groups >= options.window as u64,
        "two messages of a group in flight have no order that could be checked"
    );
    let ledger = Ledger::new(count, groups).shared();
    let (sender, mut ready) = mpsc::channel(1);
    let mut serving = JoinSet::new();
    let mut echo = Echo::new(FUNCTION, "null");
    let heard = ledger.clone();
    echo.heard = Some(Box::new(move |message| heard.lock().note(message)));
    serving.spawn(echo.run_and_say(addr.to_owned(), sender));
    ready.recv().await;
    let start = clock::now();
    let deadline = start + Duration::from_secs_f64(options.timeout);
    let outcome = drive::drive(addr, &plan(options)).await?;
    report::print(&format!("enqueue window={}", options.window), &outcome);
    while ledger.lock().handled() < outcome.done && clock::now() < deadline {
        sleep(LOOK_AGAIN).await;
    }
    until_empty(addr, &options.queue, deadline).await?;
    let seconds = start.elapsed().as_secs_f64();
    ledger.lock().verdict(outcome.done)?;
    report::print_queue("queue", outcome.done, seconds);
    Ok(())
}

fn plan(options: &Options) -> Plan {
    let pad = "x".repeat(options.payload);
    let group = if options.groups > 0 {
        r#","group":"g{g}""#
    } else {
        ""
    };
    let queue = &options.queue;
    Plan {
        function: FUNCTION.into(),
        data: format!(r#"{{"n":{{n}}{group},"pad":"{pad}"}}"#),
        window: options.window,
        seconds: 1e9,
        count: options.count,
        groups: options.groups,
        action: format!(r#","action":{{"type":"enqueue","queue":"{queue}"}}"#),
    }
}

/// Waits for the end of what is being handled: a message leaves its queue when that is durable.
async fn until_empty(addr: &str, queue: &str, deadline: Instant) -> Result<()> {
    let mut socket = Socket::connect(addr, &names::unique()).await?;
    let queue = format!(r#"{{"queue":"{queue}"}}"#);
    loop {
        let standing = ask::ask(&mut socket, "queue::inspect", &queue, "").await?;
        let depth = scan::number(standing.as_bytes(), "\"depth\":");
        if depth.with_context(|| format!("no depth in {standing}"))? == 0 {
            return Ok(());
        }
        ensure!(clock::now() < deadline, "messages are left: {standing}");
        sleep(LOOK_AGAIN).await;
    }
}
