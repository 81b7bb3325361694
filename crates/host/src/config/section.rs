//! A part of the file that somebody else reads: a worker's `config`.

use super::error::{Error, Problem, Segment};
use super::tree::node::{Node, Position};
use serde::de::DeserializeOwned;
use std::path::Path;

/// A worker's `config`, with what is needed to name the place of an error.
///
/// Two sections are equal when they say the same, wherever and however it is written.
#[derive(Clone, Debug)]
pub struct Section {
    pub(crate) source: String,
    pub(crate) node: Node,
    /// From the inside out, as in errors.
    pub(crate) path: Vec<Segment>,
}

impl Section {
    /// A section that says nothing, so that every default holds.
    pub fn empty(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            node: Node::empty_map(Position::default()),
            path: Vec::new(),
        }
    }

    /// Reads the section as a worker's own configuration type.
    ///
    /// # Errors
    /// An unknown key, a missing key, or a value that the type refuses, with its position.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(&self.node).map_err(|mut error| {
            error.path.extend(self.path.iter().cloned());
            error.or_at(self.node.position).in_source(&self.source)
        })
    }

    /// Where relative paths of the section begin: the folder of the file.
    pub fn folder(&self) -> &Path {
        let folder = Path::new(&self.source).parent();
        folder.unwrap_or_else(|| Path::new(""))
    }

    /// Refuses the section for a reason that its type alone cannot know.
    pub fn refuse(&self, reason: impl Into<String>) -> Error {
        let mut error = Problem::Refused(reason.into()).at(self.node.position);
        error.path.extend(self.path.iter().cloned());
        error.in_source(&self.source)
    }
}

impl PartialEq for Section {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node || (self.is_empty() && other.is_empty())
    }
}

impl Section {
    fn is_empty(&self) -> bool {
        self.node.is_null() || self.node == Node::empty_map(Position::default())
    }
}
