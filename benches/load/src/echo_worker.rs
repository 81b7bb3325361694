//! `echo-worker`: serves a function until killed, for callers that are measured themselves.

use crate::echo::Echo;
use anyhow::Result;
use tokio::{sync::mpsc, task::JoinSet};

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "bench::echo")]
    function: String,
    /// what it answers with, in JSON
    #[arg(long, default_value = "null")]
    result: String,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let (sender, mut ready) = mpsc::channel(1);
    let echo = Echo::new(&options.function, &options.result);
    let mut serving = JoinSet::new();
    serving.spawn(echo.run(addr.to_owned(), sender));
    ready.recv().await;
    println!("ready");
    while let Some(ended) = serving.join_next().await {
        ended??;
    }
    Ok(())
}
