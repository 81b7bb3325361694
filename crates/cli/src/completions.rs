//! `iii completions SHELL`

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::output;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The shell that will read the script
    shell: Shell,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "iii", &mut script);
    output::data(&String::from_utf8_lossy(&script))
}
