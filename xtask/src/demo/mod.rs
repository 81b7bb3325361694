//! `cargo xtask demo`: a story of `examples/`, told with real processes and checked.

mod polyglot;
mod quickstart;
mod stage;

use anyhow::Result;
use clap::{Args, ValueEnum};

#[derive(Args)]
pub(crate) struct Options {
    /// The story to tell
    #[arg(value_enum, default_value_t = Story::Quickstart)]
    story: Story,
}

#[derive(Clone, Copy, ValueEnum)]
enum Story {
    /// A worker in Rust, called over HTTP
    Quickstart,
    /// A browser tab, Node, Rust and Python, calling each other
    Polyglot,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    match options.story {
        Story::Quickstart => quickstart(),
        Story::Polyglot => polyglot(),
    }
}

pub(crate) fn quickstart() -> Result<()> {
    quickstart::run()
}

pub(crate) fn polyglot() -> Result<()> {
    polyglot::run()
}
