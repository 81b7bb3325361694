//! `queue`: calls through a queue, from the first enqueue to the last run.

use crate::{
    clock,
    drive::{self, Plan},
    echo::Echo,
    report,
};
use anyhow::Result;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinSet, time::sleep};

const FUNCTION: &str = "bench::job";
const LOOK_AGAIN: Duration = Duration::from_millis(2);

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "default")]
    queue: String,
    #[arg(long, default_value_t = 10000)]
    count: u64,
    #[arg(long, default_value_t = 64)]
    window: usize,
    #[arg(long, default_value_t = 64)]
    payload: usize,
    #[arg(long, default_value_t = 120.0)]
    timeout: f64,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let (sender, mut ready) = mpsc::channel(1);
    let seen = Arc::new(AtomicU64::new(0));
    let mut serving = JoinSet::new();
    let mut echo = Echo::new(FUNCTION, "null");
    echo.seen = Some(Arc::clone(&seen));
    serving.spawn(echo.run_and_say(addr.to_owned(), sender));
    ready.recv().await;
    let plan = Plan {
        function: FUNCTION.into(),
        data: format!(r#"{{"n":{{n}},"pad":"{}"}}"#, "x".repeat(options.payload)),
        window: options.window,
        seconds: 1e9,
        count: options.count,
        action: format!(
            r#","action":{{"type":"enqueue","queue":"{}"}}"#,
            options.queue
        ),
    };
    let start = clock::now();
    let outcome = drive::drive(addr, &plan).await?;
    report::print(&format!("enqueue window={}", options.window), &outcome);
    let done = outcome.done;
    while seen.load(Ordering::Relaxed) < done && start.elapsed().as_secs_f64() < options.timeout {
        sleep(LOOK_AGAIN).await;
    }
    let processed = seen.load(Ordering::Relaxed);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "queue processed={processed}/{done} in {seconds:.2}s rate={:.0}/s",
        processed as f64 / seconds
    );
    Ok(())
}
