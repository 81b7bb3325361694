//! The section `limits`: the keys of `protocol/limits.toml`.

use super::error::{Located, Problem};
use super::reader::wrong_type;
use super::tree::node::{Kind, Node};
use iii_protocol::Limits;
use serde::Deserialize;

pub(super) fn read(node: &Node, limits: &mut Limits) -> Result<(), Located> {
    let Kind::Map(entries) = &node.kind else {
        return Err(wrong_type(node, "a map"));
    };
    for entry in entries {
        let inside = |error: Located| error.inside_key(&entry.key);
        if !Limits::KEYS.contains(&entry.key.as_str()) {
            return Err(Problem::UnknownKey {
                key: entry.key.clone(),
                known: Limits::KEYS.iter().map(|&key| key.to_owned()).collect(),
            }
            .at(entry.key_position));
        }
        let value = u64::deserialize(&entry.value).map_err(inside)?;
        if value == 0 {
            // Zero would mean that nothing is ever accepted, which no one wants.
            let problem = Problem::Refused("a limit must be at least 1".to_owned());
            return Err(inside(problem.at(entry.value.position)));
        }
        limits.set(&entry.key, value);
    }
    Ok(())
}
