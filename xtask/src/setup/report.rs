//! `setup.json` in the target folder: what is ready and where, what is not and why.
//!
//! Tests read it through `iii_testkit::prepared`.

use crate::{paths, required::Part};
use anyhow::Result;
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Default, Serialize)]
pub(crate) struct Report {
    parts: Vec<Entry>,
}

#[derive(Serialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) required: bool,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

#[derive(Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// There, at this path.
    Ready { path: PathBuf },
    /// Not there; `reachable` tells whether the registry it comes from answered.
    Skipped { reason: String, reachable: bool },
}

impl Report {
    pub(super) fn add(&mut self, part: &Part, outcome: Outcome) {
        self.parts.push(Entry {
            name: part.name.clone(),
            required: part.required,
            outcome,
        });
    }

    pub(super) fn write(&self) -> Result<()> {
        let folder = paths::target()?;
        fs::create_dir_all(&folder)?;
        let text = serde_json::to_string_pretty(self)?;
        Ok(fs::write(folder.join("setup.json"), text + "\n")?)
    }

    /// The parts that are required, in reach, and not there.
    pub(crate) fn failed(&self) -> Vec<&Entry> {
        self.parts.iter().filter(|part| part.failed()).collect()
    }

    /// Where a part is, when it is there.
    pub(crate) fn ready(&self, name: &str) -> Option<&Path> {
        let part = self.parts.iter().find(|part| part.name == name)?;
        match &part.outcome {
            Outcome::Ready { path } => Some(path),
            Outcome::Skipped { .. } => None,
        }
    }

    /// The parts that are not there, and why.
    pub(crate) fn skipped(&self) -> impl Iterator<Item = (&Entry, &str)> {
        self.parts.iter().filter_map(|part| match &part.outcome {
            Outcome::Skipped { reason, .. } => Some((part, reason.as_str())),
            Outcome::Ready { .. } => None,
        })
    }

    /// Whether a part is missing only because its registry is out of reach.
    pub(crate) fn out_of_reach(&self, name: &str) -> bool {
        let part = self.parts.iter().find(|part| part.name == name);
        let outcome = part.map(|part| &part.outcome);
        matches!(
            outcome,
            Some(Outcome::Skipped {
                reachable: false,
                ..
            })
        )
    }
}

impl Entry {
    pub(crate) fn failed(&self) -> bool {
        let missing = matches!(
            self.outcome,
            Outcome::Skipped {
                reachable: true,
                ..
            }
        );
        self.required && missing
    }
}

#[cfg(test)]
impl Report {
    /// A report of one part that is not there.
    pub(crate) fn without(name: &str, reachable: bool) -> Self {
        let outcome = Outcome::Skipped {
            reason: "test".into(),
            reachable,
        };
        let entry = Entry {
            name: name.into(),
            required: true,
            outcome,
        };
        Self { parts: vec![entry] }
    }
}
