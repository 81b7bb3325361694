//! `docs/reference`, written from the commands and the configuration types themselves.

mod commands;
mod config;

use crate::failure::Failure;
use crate::output;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Page to print
    page: Page,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Page {
    /// `cli.md`
    Commands,
    /// `config.md`
    Config,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    output::data(&match options.page {
        Page::Commands => commands::markdown(),
        Page::Config => config::markdown(),
    })
}

#[cfg(test)]
mod tests {
    use super::{commands, config};

    #[track_caller]
    fn is_written(file: &str, page: &str, markdown: &str) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference");
        let written = std::fs::read_to_string(format!("{folder}/{file}")).unwrap_or_default();
        assert!(
            written == markdown,
            "write it anew: cargo run -p iii-cli -- reference {page} > docs/reference/{file}"
        );
    }

    #[test]
    fn the_page_of_commands_is_what_they_say() {
        is_written("cli.md", "commands", &commands::markdown());
    }

    #[test]
    fn the_page_of_settings_is_what_their_types_say() {
        is_written("config.md", "config", &config::markdown());
    }
}
