//! Measures WebSocket implementations as echo servers: frames a second, server CPU per frame, and
//! memory per idle connection. Every server runs in a process of its own with one thread; the
//! client is written by hand and the same for all.
//!
//! `iii-bench-websocket run [ROUNDS]` measures all of them in turn and prints tables.

mod client;
mod process;
mod report;
mod servers;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", name] => servers::serve(name),
        ["run"] => report::run(5),
        ["run", rounds] => report::run(rounds.parse()?),
        _ => bail!("usage: iii-bench-websocket run [ROUNDS] | serve NAME"),
    }
}
