//! What a file means, and the exact words of every refusal.

mod errors;
mod meaning;

use super::{Config, Error, File};
use crate::built_in::{BuiltIn, Plan};
use iii_kit::schemars;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The settings of a worker that exists for these tests only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeskConfig {
    port: u16,
    drawers: Vec<String>,
    mode: Mode,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Open,
    Locked,
}

impl Default for DeskConfig {
    fn default() -> Self {
        Self {
            port: 1,
            drawers: Vec::new(),
            mode: Mode::Open,
        }
    }
}

fn read_desk(section: &super::Section) -> Result<Plan, Error> {
    let config: DeskConfig = section.read()?;
    if config.port == 1 && matches!(config.mode, Mode::Locked) && config.drawers.is_empty() {
        return Err(section.refuse("a locked desk without drawers is of no use"));
    }
    Ok(no_plan())
}

/// These tests only read settings.
fn no_plan() -> Plan {
    Plan::new(|_| unreachable!("nothing is started"))
}

static BUILT_INS: [BuiltIn; 2] = [
    BuiltIn {
        name: "desk",
        aliases: &["iii-desk"],
        schema: || schemars::json_schema!({}),
        read: read_desk,
    },
    BuiltIn {
        name: "lamp",
        aliases: &[],
        schema: || schemars::json_schema!({}),
        read: |_| Ok(no_plan()),
    },
];

fn environment() -> BTreeMap<String, String> {
    [
        ("PORT", "8080"),
        ("SECRET", "hunter2"),
        ("EMPTY", ""),
        ("YAML", "a: [1, 2]"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn parse(text: &str) -> Result<Config, Error> {
    let file = File {
        path: PathBuf::from("iii-config.yaml"),
        text: text.to_owned(),
    };
    Config::parse(&file, &environment(), &BUILT_INS)
}
