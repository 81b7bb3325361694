//! `http-worker`: serves an http-triggered function until killed.

use crate::echo::Echo;
use anyhow::Result;
use tokio::{sync::mpsc, task::JoinSet};

/// What the function answers, as the http worker wants it.
pub(crate) const RESPONSE: &str = r#"{"status_code":200,"body":{"ok":true},"headers":{}}"#;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "bench")]
    path: String,
    #[arg(long, default_value_t = 1)]
    workers: usize,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let (sender, mut ready) = mpsc::channel(options.workers);
    let mut serving = JoinSet::new();
    for _ in 0..options.workers {
        let mut echo = Echo::new("bench::http", RESPONSE);
        echo.routes = vec![options.path.clone()];
        serving.spawn(echo.run(addr.to_owned(), sender.clone()));
    }
    for _ in 0..options.workers {
        ready.recv().await;
    }
    println!("ready");
    while let Some(ended) = serving.join_next().await {
        ended??;
    }
    Ok(())
}
