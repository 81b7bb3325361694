//! `${NAME}` and `${NAME:default}` inside values.
//!
//! Expansion works on the finished tree, so that a value can never change the structure of the
//! file, whatever the environment holds, and comments and keys are left alone.

use super::node::{Kind, Node, Position, ScalarNode};
use crate::config::Environment;
use crate::config::error::{Located, Problem};

/// Expands every placeholder of the tree in place.
///
/// A plain value that consists of placeholders only stays plain, so that `${PORT:3111}` is a
/// number; anything else is text.
pub(crate) fn expand(node: &mut Node, environment: &dyn Environment) -> Result<(), Located> {
    let position = node.position;
    match &mut node.kind {
        Kind::Scalar(scalar) => expand_scalar(scalar, position, environment),
        Kind::List(items) => items.iter_mut().enumerate().try_for_each(|(index, item)| {
            expand(item, environment).map_err(|error| error.inside_index(index))
        }),
        Kind::Map(entries) => entries.iter_mut().try_for_each(|entry| {
            expand(&mut entry.value, environment).map_err(|error| error.inside_key(&entry.key))
        }),
    }
}

fn expand_scalar(
    scalar: &mut ScalarNode,
    position: Position,
    environment: &dyn Environment,
) -> Result<(), Located> {
    if !scalar.text.contains("${") {
        return Ok(());
    }
    let mut expanded = String::with_capacity(scalar.text.len());
    let mut rest = scalar.text.as_str();
    let mut placeholders = 0;
    let mut literal_bytes = 0;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        if let Some(before) = before.strip_suffix('$') {
            expanded.extend([before, "${"]);
            literal_bytes += start + 2;
            rest = &from[2..];
            continue;
        }
        expanded.push_str(before);
        literal_bytes += before.len();
        let (value, after) =
            placeholder(&from[2..], environment).map_err(|problem| problem.at(position))?;
        scalar.from_environment |= value.from_environment;
        expanded.push_str(&value.text);
        placeholders += 1;
        rest = after;
    }
    expanded.push_str(rest);
    literal_bytes += rest.len();
    scalar.plain &= placeholders == 1 && literal_bytes == 0;
    scalar.text = expanded;
    Ok(())
}

struct Value {
    text: String,
    from_environment: bool,
}

/// Reads `NAME}` or `NAME:default}` and what follows.
fn placeholder<'a>(
    text: &'a str,
    environment: &dyn Environment,
) -> Result<(Value, &'a str), Problem> {
    let (inside, after) = text.split_once('}').ok_or(Problem::BadPlaceholder)?;
    let (name, default) = match inside.split_once(':') {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_name(name) {
        return Err(Problem::BadPlaceholder);
    }
    let value = match (environment.get(name), default) {
        (Some(text), _) => Value {
            text,
            from_environment: true,
        },
        (None, Some(default)) => Value {
            text: default.to_owned(),
            from_environment: false,
        },
        (None, None) => {
            let variable = name.to_owned();
            return Err(Problem::MissingVariable { variable });
        }
    };
    Ok((value, after))
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
