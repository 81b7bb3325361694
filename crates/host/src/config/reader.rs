//! Reads a map of the tree key by key, for sections that are read by hand.

use super::error::{Located, Problem};
use super::tree::node::{Entry, Kind, Node};
use serde::Deserialize;

/// A map that is being read. What was asked for is what is known; [`Self::finish`] refuses the
/// rest.
pub(crate) struct MapReader<'a> {
    node: &'a Node,
    entries: &'a [Entry],
    known: Vec<String>,
}

impl<'a> MapReader<'a> {
    /// Begins to read; nothing reads like an empty map.
    pub(crate) fn new(node: &'a Node) -> Result<Self, Located> {
        let entries: &[Entry] = match &node.kind {
            Kind::Map(entries) => entries,
            _ if node.is_null() => &[],
            _ => return Err(wrong_type(node, "a map")),
        };
        Ok(Self {
            node,
            entries,
            known: Vec::new(),
        })
    }

    /// Whether a key is there, without making it a known one.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// The value of a key; none when it is absent or has nothing behind it.
    pub(crate) fn optional(&mut self, key: &str) -> Option<&'a Node> {
        self.known.push(key.to_owned());
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
            .filter(|value| !value.is_null())
    }

    /// Like [`Self::optional`], for a key that must be there.
    pub(crate) fn required(&mut self, key: &str) -> Result<&'a Node, Located> {
        self.optional(key).ok_or_else(|| {
            let key = key.to_owned();
            Problem::MissingKey { key }.at(self.node.position)
        })
    }

    /// Reads a key as any type.
    pub(crate) fn value<T: Deserialize<'a>>(&mut self, key: &str) -> Result<Option<T>, Located> {
        self.with(key, |node| T::deserialize(node))
    }

    /// Reads a key with a function.
    pub(crate) fn with<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&'a Node) -> Result<T, Located>,
    ) -> Result<Option<T>, Located> {
        self.optional(key)
            .map(|node| read(node).map_err(|error| error.or_at(node.position).inside_key(key)))
            .transpose()
    }

    /// Refuses every key that was not asked for.
    pub(crate) fn finish(self) -> Result<(), Located> {
        match self
            .entries
            .iter()
            .find(|entry| !self.known.contains(&entry.key))
        {
            None => Ok(()),
            Some(entry) => Err(Problem::UnknownKey {
                key: entry.key.clone(),
                known: self.known,
            }
            .at(entry.key_position)),
        }
    }
}

/// The items of a list, each read with a function.
pub(crate) fn read_list<'a, T>(
    node: &'a Node,
    mut read: impl FnMut(&'a Node) -> Result<T, Located>,
) -> Result<Vec<T>, Located> {
    let Kind::List(items) = &node.kind else {
        return Err(wrong_type(node, "a list"));
    };
    items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            read(item).map_err(|error| error.or_at(item.position).inside_index(index))
        })
        .collect()
}

pub(crate) fn wrong_type(node: &Node, expected: &str) -> Located {
    Problem::WrongType {
        expected: expected.to_owned(),
        found: node.describe(),
    }
    .at(node.position)
}
