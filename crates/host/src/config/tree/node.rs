//! A YAML document as a tree that remembers where everything stands.

use super::scalar::Scalar;

/// Where something stands in a file. Both count from 1; the column counts characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// One value of the document.
///
/// Equality looks at content only: comments, order of keys, quoting and positions do not count,
/// which is what hot reload means by "unchanged".
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) position: Position,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Scalar(ScalarNode),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(crate) struct ScalarNode {
    pub(crate) text: String,
    /// Written without quotes, so that it may be a number, a truth value or null.
    pub(crate) plain: bool,
    /// Holds text from the environment, which must not appear in messages.
    pub(crate) from_environment: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_position: Position,
    pub(crate) value: Node,
}

impl Node {
    /// An empty map, which is what an absent section reads like.
    pub(crate) fn empty_map(position: Position) -> Self {
        Self {
            position,
            kind: Kind::Map(Vec::new()),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar.resolve() == Scalar::Null)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Map(entries) => entries
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| &entry.value),
            _ => None,
        }
    }

    /// What it is, for messages. Text from the file or the environment is never shown: it may be
    /// a secret.
    pub(crate) fn describe(&self) -> String {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.describe(),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a map".to_owned(),
        }
    }
}

impl ScalarNode {
    pub(crate) fn resolve(&self) -> Scalar<'_> {
        if self.plain {
            Scalar::of_plain(&self.text)
        } else {
            Scalar::Text(&self.text)
        }
    }

    fn describe(&self) -> String {
        let (word, shown) = match self.resolve() {
            Scalar::Null => return "nothing".to_owned(),
            Scalar::Text(_) => return "text".to_owned(),
            Scalar::Bool(value) => ("truth value", value.to_string()),
            Scalar::Integer(value) => ("integer", value.to_string()),
            Scalar::Unsigned(value) => ("integer", value.to_string()),
            Scalar::Float(value) => ("number", value.to_string()),
        };
        if self.from_environment {
            format!("another {word}")
        } else {
            format!("the {word} `{shown}`")
        }
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Scalar(left), Kind::Scalar(right)) => left.resolve() == right.resolve(),
            (Kind::List(left), Kind::List(right)) => left == right,
            (Kind::Map(left), Kind::Map(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .all(|entry| other.get(&entry.key) == Some(&entry.value))
            }
            _ => false,
        }
    }
}
