//! Addresses as keys of a tree, in the order of the port: scope, then key, each by its bytes.

use super::Failure;
use iii_ports::UnixMs;
use iii_ports::kv::Address;

/// Ends a scope. A null inside one is followed by [`ESCAPE`], which no text contains, so that a
/// scope comes before every longer one whatever the keys are.
const END: u8 = 0;
const ESCAPE: u8 = 0xff;

/// Bytes of an instant.
const INSTANT: usize = 8;

/// The place of an entry.
pub(super) fn of(scope: &str, key: &str) -> Vec<u8> {
    let mut bytes = of_scope(scope);
    bytes.extend_from_slice(key.as_bytes());
    bytes
}

/// Where the entries of a scope begin.
pub(super) fn of_scope(scope: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(scope.len() + 40);
    for &byte in scope.as_bytes() {
        bytes.push(byte);
        if byte == END {
            bytes.push(ESCAPE);
        }
    }
    bytes.push(END);
    bytes
}

/// Where the entries of a scope end: behind every key, for no text begins with [`ESCAPE`].
pub(super) fn behind_scope(scope: &str) -> Vec<u8> {
    let mut bytes = of_scope(scope);
    bytes.push(ESCAPE);
    bytes
}

/// Back to scope and key.
pub(super) fn address(bytes: &[u8]) -> Result<Address, Failure> {
    let mut scope = Vec::new();
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        if byte == END && rest.as_slice().first() != Some(&ESCAPE) {
            let key = std::str::from_utf8(rest.as_slice()).map_err(Failure::damaged)?;
            let scope = String::from_utf8(scope).map_err(Failure::damaged)?;
            return Ok(Address::new(scope, key));
        }
        if byte == END {
            rest.next();
        }
        scope.push(byte);
    }
    Err(Failure::damaged("a key without a scope"))
}

/// The place of an entry among those that expire.
pub(super) fn of_expiry(at: UnixMs, place: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(INSTANT + place.len());
    bytes.extend_from_slice(&at.0.to_be_bytes());
    bytes.extend_from_slice(place);
    bytes
}

/// Back to the instant and the place of the entry.
pub(super) fn expiry(bytes: &[u8]) -> Result<(UnixMs, &[u8]), Failure> {
    let (instant, place) = bytes
        .split_first_chunk::<INSTANT>()
        .ok_or_else(|| Failure::damaged("an instant that is too short"))?;
    Ok((UnixMs(u64::from_be_bytes(*instant)), place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_ordered_like_addresses_and_come_back() {
        let names = [
            "",
            "\0",
            "\0\0",
            "a",
            "a\0",
            "a\0b",
            "ab",
            "b",
            "\u{10ffff}",
        ];
        let mut addresses: Vec<Address> = names
            .iter()
            .flat_map(|scope| names.iter().map(|key| Address::new(*scope, *key)))
            .collect();
        addresses.sort();
        let places: Vec<_> = addresses.iter().map(|at| of(&at.scope, &at.key)).collect();
        assert!(places.is_sorted());
        for (at, place) in addresses.iter().zip(&places) {
            assert_eq!(&address(place).unwrap(), at);
            assert!(*place < behind_scope(&at.scope));
            assert!(*place >= of_scope(&at.scope));
        }
    }

    #[test]
    fn what_is_no_place_is_told() {
        for bytes in [&b""[..], b"abc", b"a\0\xff", b"a\0\x80"] {
            assert!(address(bytes).is_err(), "{bytes:?}");
        }
        assert!(expiry(b"1234567").is_err());
    }
}
