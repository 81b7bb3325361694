//! What each operation does.

use super::document::{Document, Kind, Members, Node};
use super::fault::Fault;
use super::number::{self, Direction};
use super::op::Op;
use super::path::{self, Path};
use crate::limits::{MERGE_DEPTH_MAX, MERGE_KEYS_MAX};
use std::borrow::Cow;

/// Applies one operation or leaves the document as it was. Says whether the document changed.
pub(super) fn apply<'a>(document: &mut Document<'a>, op: &Op<'a>) -> Result<bool, Fault> {
    match op {
        Op::Set { path, value } => set(document, path, value),
        Op::Merge { path, value } => merge(document, path, value),
        Op::Increment { path, by } => count(document, path, by, Direction::Up),
        Op::Decrement { path, by } => count(document, path, by, Direction::Down),
        Op::Append { path, value } => append(document, path, value),
        Op::Remove { path } => remove(document, path),
    }
}

fn set<'a>(document: &mut Document<'a>, path: &Path<'a>, value: &'a str) -> Result<bool, Fault> {
    path.check()?;
    let Some(key) = path.segments().first() else {
        let same = document
            .root
            .as_ref()
            .is_some_and(|root| root.is_text(value));
        document.root = Some(Node::text(value));
        return Ok(!same);
    };
    let members = fields(document)?;
    if members.get_mut(key).is_some_and(|node| node.is_text(value)) {
        return Ok(false);
    }
    members.put(key.clone(), Node::text(value));
    Ok(true)
}

fn remove<'a>(document: &mut Document<'a>, path: &Path<'a>) -> Result<bool, Fault> {
    path.check()?;
    if document.root.is_none() {
        return Ok(false);
    }
    if let Some(key) = path.segments().first() {
        return Ok(fields(document)?.remove(key));
    }
    let same = document
        .root
        .as_ref()
        .is_some_and(|root| root.kind() == Kind::Null);
    document.root = Some(Node::text("null"));
    Ok(!same)
}

fn count<'a>(
    document: &mut Document<'a>,
    path: &Path<'a>,
    by: &str,
    direction: Direction,
) -> Result<bool, Fault> {
    path.check()?;
    let Some(key) = path.segments().first() else {
        let counted = counted(document.root.as_ref(), by, direction)?;
        let same = document
            .root
            .as_ref()
            .is_some_and(|root| root.is_text(&counted));
        document.root = Some(Node::text(counted));
        return Ok(!same);
    };
    let counted = match document.root {
        None => counted(None, by, direction)?,
        Some(_) => counted(
            fields(document)?.get_mut(key).map(|node| &*node),
            by,
            direction,
        )?,
    };
    let members = fields(document)?;
    let same = members
        .get_mut(key)
        .is_some_and(|node| node.is_text(&counted));
    members.put(key.clone(), Node::text(counted));
    Ok(!same)
}

/// The new text of a number; one that is missing counts as 0.
fn counted(old: Option<&Node<'_>>, by: &str, direction: Direction) -> Result<String, Fault> {
    let old = match old {
        None => "0",
        Some(Node::Text(text)) if Kind::of(text) == Kind::Number => text,
        Some(node) => {
            return Err(Fault::NotNumber {
                found: node.kind().name(),
            });
        }
    };
    number::add(old, by, direction).ok_or(Fault::OutOfRange)
}

fn merge<'a>(document: &mut Document<'a>, path: &Path<'a>, value: &'a str) -> Result<bool, Fault> {
    path.check()?;
    let members = mergeable(value)?;
    let mut changed = document.root.is_none();
    let root = document.root.get_or_insert_with(Node::empty_object);
    let target = walk(root, path.segments(), &mut changed);
    changed |= target.kind() != Kind::Object;
    let target = target.make_object();
    for (key, node) in members.into_iter() {
        let Node::Text(text) = &node else { continue };
        if !target.get_mut(&key).is_some_and(|own| own.is_text(text)) {
            target.put(key, node);
            changed = true;
        }
    }
    Ok(changed)
}

/// Checks a value to merge and opens it.
fn mergeable(value: &str) -> Result<Members<'_>, Fault> {
    let Some(members) = Members::parse(value) else {
        return Err(Fault::ValueNotAnObject {
            found: Kind::of(value).name(),
        });
    };
    if members.len() > MERGE_KEYS_MAX {
        return Err(Fault::ValueTooManyKeys {
            keys: members.len(),
        });
    }
    if let Some(key) = members.keys().find(|key| path::pollutes(key)) {
        return Err(Fault::ValuePolluted {
            key: key.to_owned(),
        });
    }
    match depth(value) {
        depth if depth > MERGE_DEPTH_MAX => Err(Fault::ValueTooDeep { depth }),
        _ => Ok(members),
    }
}

fn append<'a>(document: &mut Document<'a>, path: &Path<'a>, value: &'a str) -> Result<bool, Fault> {
    path.check()?;
    let segments = path.segments();
    if matches!(path, Path::Key(_)) && document.root.is_some() {
        fields(document)?;
    }
    let Some((last, before)) = segments.split_last() else {
        if let Some(root) = &mut document.root {
            return append_to(root, value);
        }
        document.root = Some(first_item(path, value));
        return Ok(true);
    };
    let mut changed = document.root.is_none();
    let root = document.root.get_or_insert_with(Node::empty_object);
    let parent = walk(root, before, &mut changed).make_object();
    if let Some(node) = parent.get_mut(last)
        && node.kind() != Kind::Null
    {
        return append_to(node, value);
    }
    parent.put(last.clone(), first_item(path, value));
    Ok(true)
}

/// What appending to nothing makes: a string at a plain path begins a text, all else an array.
fn first_item<'a>(path: &Path<'a>, value: &'a str) -> Node<'a> {
    match path {
        Path::Root | Path::Key(_) if Kind::of(value) == Kind::String => Node::text(value),
        _ => Node::Array(vec![Node::text(value)]),
    }
}

fn append_to<'a>(target: &mut Node<'a>, value: &'a str) -> Result<bool, Fault> {
    if let Some(items) = target.open_array() {
        items.push(Node::text(value));
        return Ok(true);
    }
    let (found, added) = (target.kind(), Kind::of(value));
    let joined = match target {
        Node::Text(own) if found == Kind::String && added == Kind::String => {
            // Two JSON strings without the quotes between them are one JSON string.
            format!("{}{}", &own[..own.len() - 1], &value[1..])
        }
        Node::Text(_) if found == Kind::Null => {
            *target = first_item(&Path::Root, value);
            return Ok(true);
        }
        _ => {
            return Err(Fault::TypeMismatch {
                target: found.name(),
                value: added.name(),
            });
        }
    };
    *target = Node::text(joined);
    Ok(value.len() > 2)
}

/// The fields of the whole value; a missing one becomes an object.
fn fields<'d, 'a>(document: &'d mut Document<'a>) -> Result<&'d mut Members<'a>, Fault> {
    let root = document.root.get_or_insert_with(Node::empty_object);
    let found = root.kind().name();
    root.open_object().ok_or(Fault::TargetNotObject { found })
}

/// Walks to a place, replacing whatever is in the way by objects.
fn walk<'d, 'a>(
    mut node: &'d mut Node<'a>,
    segments: &[Cow<'a, str>],
    changed: &mut bool,
) -> &'d mut Node<'a> {
    for segment in segments {
        let (next, made) = node.make_object().get_or_make(segment);
        *changed |= made;
        node = next;
    }
    node
}

/// How deep arrays and objects are nested in well-formed JSON text.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
