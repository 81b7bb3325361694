//! From YAML text to the tree.

use super::node::{Entry, Kind, Node, Position, ScalarNode};
use crate::config::error::{Located, Problem};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Deepest nesting of lists and maps in a configuration file.
const NESTING_MAX: usize = 64;
/// Most values in a configuration file, repeats through aliases included, so that a few lines of
/// aliases of aliases cannot fill the memory.
const NODES_MAX: usize = 20_000;

/// Parses one document. An empty one is an empty map.
pub(crate) fn parse(text: &str) -> Result<Node, Located> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            Problem::Syntax(error.info().to_owned()).at(position(*error.marker()))
        })?;
        builder.take(event, span)?;
    }
    Ok(builder.root.unwrap_or_else(|| Node::empty_map(START)))
}

const START: Position = Position { line: 1, column: 1 };

fn position(marker: Marker) -> Position {
    Position {
        // A file of at most 1 MiB has no more lines or columns than fit.
        line: marker.line() as u32,
        column: marker.col() as u32 + 1,
    }
}

/// A list or map that is not finished.
struct Open {
    node: Node,
    anchor: usize,
    /// The key that waits for its value, in a map.
    key: Option<(String, Position)>,
}

#[derive(Default)]
struct Builder {
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Located> {
        let at = position(span.start);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.document(at),
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(text.into_owned(), style, anchor, tag.as_ref(), at)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(Kind::List(Vec::new()), anchor, tag.as_ref(), at)
            }
            Event::MappingStart(anchor, tag) => {
                self.open(Kind::Map(Vec::new()), anchor, tag.as_ref(), at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
        }
    }

    fn document(&self, at: Position) -> Result<(), Located> {
        match self.root {
            Some(_) => Err(Problem::SeveralDocuments.at(at)),
            None => Ok(()),
        }
    }

    fn alias(&mut self, anchor: usize, at: Position) -> Result<(), Located> {
        let Some(mut node) = self.anchors.get(&anchor).cloned() else {
            return Err(Problem::Syntax("the alias names no finished value".to_owned()).at(at));
        };
        self.count(size(&node), at)?;
        node.position = at;
        self.put(node, 0)
    }

    fn scalar(
        &mut self,
        text: String,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Cow<'_, Tag>>,
        at: Position,
    ) -> Result<(), Located> {
        self.count(1, at)?;
        let forced_text = match tag {
            Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => true,
            other => {
                refuse_tag(other, at)?;
                false
            }
        };
        let scalar = ScalarNode {
            text,
            plain: style == ScalarStyle::Plain && !forced_text,
            from_environment: false,
        };
        let node = Node {
            position: at,
            kind: Kind::Scalar(scalar),
        };
        self.put(node, anchor)
    }

    fn open(
        &mut self,
        kind: Kind,
        anchor: usize,
        tag: Option<&Cow<'_, Tag>>,
        at: Position,
    ) -> Result<(), Located> {
        self.count(1, at)?;
        refuse_tag(tag, at)?;
        if self.stack.len() == NESTING_MAX {
            return Err(Problem::TooMuch {
                what: "levels of nesting",
                limit: NESTING_MAX,
            }
            .at(at));
        }
        self.stack.push(Open {
            node: Node { position: at, kind },
            anchor,
            key: None,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Located> {
        match self.stack.pop() {
            Some(open) => self.put(open.node, open.anchor),
            None => Ok(()),
        }
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Located> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.node.kind, open.key.take()) {
            (Kind::List(items), _) => items.push(node),
            (Kind::Map(entries), Some((key, key_position))) => entries.push(Entry {
                key,
                key_position,
                value: node,
            }),
            (Kind::Map(entries), None) => open.key = Some(map_key(node, entries)?),
            (Kind::Scalar(_), _) => unreachable!("only lists and maps are opened"),
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, at: Position) -> Result<(), Located> {
        self.nodes += nodes;
        if self.nodes > NODES_MAX {
            return Err(Problem::TooMuch {
                what: "values",
                limit: NODES_MAX,
            }
            .at(at));
        }
        Ok(())
    }
}

fn map_key(node: Node, entries: &[Entry]) -> Result<(String, Position), Located> {
    let at = node.position;
    let Kind::Scalar(scalar) = node.kind else {
        return Err(Problem::KeyIsNotText.at(at));
    };
    let key = scalar.text;
    if let Some(first) = entries.iter().find(|entry| entry.key == key) {
        let first_line = first.key_position.line;
        return Err(Problem::DuplicateKey { key, first_line }.at(at));
    }
    Ok((key, at))
}

fn refuse_tag(tag: Option<&Cow<'_, Tag>>, at: Position) -> Result<(), Located> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => {
            Err(Problem::Tag(format!("{}{}", tag.handle, tag.suffix)).at(at))
        }
        _ => Ok(()),
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(entries) => entries.iter().map(|entry| size(&entry.value)).sum(),
    }
}
