//! Logs and numbers as keys of a tree: by the name of the log, then by the number.

use super::Failure;
use bytes::Bytes;
use iii_ports::log::EntryId;

/// Ends a name. A null inside one is followed by [`ESCAPE`], which no text contains, so that a
/// log comes before every other with a longer name whatever the numbers are.
const END: u8 = 0;
const ESCAPE: u8 = 0xff;
/// Follows the name. Less than [`ESCAPE`], so that a number is never taken for one.
const NUMBER: u8 = 1;
/// Bytes of a number.
const NUMBER_BYTES: usize = 8;

/// The place of an entry.
pub(super) fn of(log: &str, id: EntryId) -> Bytes {
    let mut bytes = of_log(log);
    bytes.extend_from_slice(&id.0.to_be_bytes());
    bytes.into()
}

/// Where the entries of a log begin.
pub(super) fn of_log(log: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(log.len() + 2 + NUMBER_BYTES);
    for &byte in log.as_bytes() {
        bytes.push(byte);
        if byte == END {
            bytes.push(ESCAPE);
        }
    }
    bytes.extend_from_slice(&[END, NUMBER]);
    bytes
}

/// Where the entries of a log end: behind every number.
pub(super) fn behind_log(log: &str) -> Vec<u8> {
    let mut bytes = of_log(log);
    bytes.pop();
    bytes.push(NUMBER + 1);
    bytes
}

/// The number of an entry.
pub(super) fn id(place: &[u8]) -> Result<EntryId, Failure> {
    let number = place.last_chunk::<NUMBER_BYTES>();
    let number = number.ok_or_else(|| Failure::damaged("an entry without a number"))?;
    Ok(EntryId(u64::from_be_bytes(*number)))
}

/// The name of an entry's log.
pub(super) fn log(place: &[u8]) -> Result<String, Failure> {
    let mut name = Vec::new();
    let mut rest = place.iter();
    while let Some(&byte) = rest.next() {
        match (byte, rest.as_slice()) {
            (END, [NUMBER, number @ ..]) if number.len() == NUMBER_BYTES => {
                return String::from_utf8(name).map_err(Failure::damaged);
            }
            (END, [ESCAPE, ..]) => drop(rest.next()),
            (END, _) => break,
            _ => {}
        }
        name.push(byte);
    }
    Err(Failure::damaged("an entry without a log"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_ordered_like_names_and_numbers_and_come_back() {
        let names = [
            "",
            "\0",
            "\0\0",
            "\0\u{1}",
            "\u{1}",
            "a",
            "a\0",
            "a\0\u{1}",
            "a\0b",
            "ab",
            "b",
            "\u{10ffff}",
        ];
        let numbers = [0, 1, 255, 256, u64::MAX].map(EntryId);
        let mut places = Vec::new();
        for name in names {
            for number in numbers {
                let place = of(name, number);
                assert_eq!(log(&place).unwrap(), name);
                assert_eq!(id(&place).unwrap(), number);
                assert!(of_log(name).as_slice() <= place.as_ref());
                assert!(place.as_ref() < behind_log(name).as_slice());
                places.push(place);
            }
            places.push(behind_log(name).into());
        }
        assert!(places.is_sorted());
    }

    #[test]
    fn what_is_no_place_is_told() {
        for bytes in [&b""[..], b"abc", b"a\0\xff", b"a\0\x01123", b"a\0\x02"] {
            assert!(log(bytes).is_err(), "{bytes:?}");
        }
        assert!(id(b"1234567").is_err());
    }
}
