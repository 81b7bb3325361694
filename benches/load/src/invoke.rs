//! `invoke`: calls of a function on another worker.

use crate::{
    drive::{self, Plan},
    echo::Echo,
    report,
};
use anyhow::Result;
use tokio::{sync::mpsc, task::JoinSet};

const FUNCTION: &str = "bench::echo";

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 1)]
    window: usize,
    #[arg(long, default_value_t = 64)]
    payload: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// stop after this many calls instead of after `seconds`
    #[arg(long, default_value_t = 0)]
    count: u64,
    /// workers serving the function, each its own connection
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// client connections
    #[arg(long, default_value_t = 1)]
    clients: usize,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let Options {
        window,
        payload,
        workers,
        clients,
        ..
    } = *options;
    let data = format!(r#"{{"pad":"{}"}}"#, "x".repeat(payload));
    let (sender, mut ready) = mpsc::channel(workers);
    let mut serving = JoinSet::new();
    for _ in 0..workers {
        let echo = Echo::new(FUNCTION, &data);
        serving.spawn(echo.run_and_say(addr.to_owned(), sender.clone()));
    }
    for _ in 0..workers {
        ready.recv().await;
    }
    let plan = Plan {
        function: FUNCTION.into(),
        data,
        window,
        seconds: options.seconds,
        count: options.count,
        groups: 0,
        action: String::new(),
    };
    let mut driving = JoinSet::new();
    for _ in 0..clients {
        let (addr, plan) = (addr.to_owned(), plan.clone());
        driving.spawn(async move { drive::drive(&addr, &plan).await });
    }
    let total = drive::gather(driving).await?;
    let name = format!("invoke payload={payload} window={window}x{clients} workers={workers}");
    report::print(&name, &total);
    Ok(())
}
