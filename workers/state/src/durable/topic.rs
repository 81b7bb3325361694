//! The topic of a filter, and the group of an entry.

use crate::error;
use crate::trigger::Filter;
use iii_kit::HandlerError;
use iii_ports::kv::Address;

/// Longest name that the queue takes for a topic or a group, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// What changes that fit a filter are published to: `state`, `state:scope` or `state:scope/key`,
/// with `*` for every scope.
pub(super) fn of(filter: &Filter) -> Result<String, HandlerError> {
    let topic = match (&filter.scope, &filter.key) {
        (None, None) => "state".to_owned(),
        (Some(scope), None) => format!("state:{}", escaped(scope)),
        (None, Some(key)) => format!("state:*/{key}"),
        (Some(scope), Some(key)) => format!("state:{}/{key}", escaped(scope)),
    };
    if topic.len() > NAME_BYTES_MAX {
        return Err(error::invalid(format!(
            "`scope` and `key` of a durable trigger are too long: the topic made of them has {} \
             bytes, the limit is {NAME_BYTES_MAX}",
            topic.len()
        )));
    }
    Ok(topic)
}

/// What the changes of one entry have in common, so that they stay in order.
pub(super) fn group(at: &Address) -> String {
    let name = format!("{}/{}", escaped(&at.scope), at.key);
    if name.len() <= NAME_BYTES_MAX {
        return name;
    }
    // Two entries with the same number are only kept in order with each other.
    let number = name.bytes().fold(FNV_OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
    });
    format!("{number:016x}")
}

/// FNV-1a, which is the same in every version of everything.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// Without the characters that have a meaning in a topic.
fn escaped(scope: &str) -> String {
    let mut text = String::with_capacity(scope.len());
    for character in scope.chars() {
        match character {
            '%' => text.push_str("%25"),
            '*' => text.push_str("%2A"),
            '/' => text.push_str("%2F"),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn filter(scope: Option<&str>, key: Option<&str>) -> Filter {
        Filter {
            scope: scope.map(str::to_owned),
            key: key.map(str::to_owned),
        }
    }

    #[test]
    fn no_two_filters_share_a_topic() {
        let scopes = [
            None,
            Some("a"),
            Some("a/b"),
            Some("*"),
            Some("a%2Fb"),
            Some(""),
        ];
        let keys = [None, Some("b"), Some("b/c"), Some("*"), Some("")];
        let topics: BTreeSet<String> = scopes
            .iter()
            .flat_map(|scope| keys.iter().map(|key| of(&filter(*scope, *key)).unwrap()))
            .collect();
        assert_eq!(topics.len(), scopes.len() * keys.len());
    }

    #[test]
    fn names_are_as_short_as_the_queue_wants_them() {
        let long = "x".repeat(300);
        let refused = of(&filter(Some(&long), None)).unwrap_err();
        assert!(refused.message.contains("256"), "{}", refused.message);
        let at = |key: &str| Address::new(long.as_str(), key);
        assert!(group(&at("a")).len() <= NAME_BYTES_MAX);
        assert_ne!(group(&at("a")), group(&at("b")));
        assert_eq!(group(&Address::new("s", "k")), "s/k");
    }
}
