//! `call`: calls of a function that the engine's side offers.

use crate::{
    drive::{self, Plan},
    report,
};
use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long)]
    function: String,
    /// JSON payload; {n} is replaced by a counter, {r} by a random number below 100,000, {pad} by
    /// --payload bytes
    #[arg(long)]
    data: String,
    #[arg(long, default_value_t = 1)]
    window: usize,
    #[arg(long, default_value_t = 64)]
    payload: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    #[arg(long, default_value_t = 0)]
    count: u64,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let plan = Plan {
        function: options.function.clone(),
        data: options.data.replace("{pad}", &"x".repeat(options.payload)),
        window: options.window,
        seconds: options.seconds,
        count: options.count,
        groups: 0,
        action: String::new(),
    };
    let outcome = drive::drive(addr, &plan).await?;
    report::print(
        &format!("call {} window={}", plan.function, plan.window),
        &outcome,
    );
    Ok(())
}
