//! `docs/reference/cli.md`, written from the commands themselves.

use crate::arguments::Arguments;
use clap::{Arg, Command, CommandFactory};
use std::fmt::Write as _;

pub(super) fn markdown() -> String {
    let mut root = Arguments::command();
    root.build();
    let mut out = String::from(HEADING);
    section(&mut out, &root, "iii");
    out
}

fn section(out: &mut String, command: &Command, path: &str) {
    let is_runnable = command.get_subcommands().next().is_none() || path == "iii";
    if is_runnable {
        let _ = writeln!(out, "\n## `{path}`\n");
        let about = command.get_long_about().or_else(|| command.get_about());
        if let Some(about) = about {
            let _ = writeln!(out, "{about}\n");
        }
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").lines().map(str::trim);
        let _ = writeln!(
            out,
            "```text\n{}\n```",
            usage.collect::<Vec<_>>().join("\n")
        );
        arguments(out, command);
    }
    for inner in command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
    {
        section(out, inner, &format!("{path} {}", inner.get_name()));
    }
}

fn arguments(out: &mut String, command: &Command) {
    let shown: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| {
            !argument.is_hide_set() && argument.get_id() != "help" && argument.get_id() != "version"
        })
        .collect();
    if shown.is_empty() {
        return;
    }
    out.push_str("\n| argument | what |\n|---|---|\n");
    for argument in shown {
        let help = argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = writeln!(out, "| `{}` | {help}{} |", name(argument), notes(argument));
    }
}

fn name(argument: &Arg) -> String {
    let value = argument
        .get_value_names()
        .filter(|_| argument.get_action().takes_values())
        .map(|names| names.join(" "))
        .unwrap_or_default();
    let Some(long) = argument.get_long() else {
        return value;
    };
    let short = argument
        .get_short()
        .map(|short| format!("-{short}, "))
        .unwrap_or_default();
    format!("{short}--{long} {value}").trim_end().to_owned()
}

fn notes(argument: &Arg) -> String {
    let mut notes = String::new();
    if let Some(variable) = argument.get_env() {
        let _ = write!(notes, "; variable `{}`", variable.to_string_lossy());
    }
    if argument.get_action().takes_values()
        && let [default] = argument.get_default_values()
    {
        let _ = write!(notes, "; default `{}`", default.to_string_lossy());
    }
    notes
}

const HEADING: &str = "<!-- Written by `iii reference commands`; a test compares it. -->
# Commands

stdout is data, stderr is talk. Exit code 0: done. 1: what was asked for failed; stderr says what
happened, why, and what to do next. 2: the command line cannot be understood.
";
