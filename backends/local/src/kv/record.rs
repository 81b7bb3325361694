//! An entry as it is written: version, instant, value.

use super::Failure;
use bytes::Bytes;
use iii_ports::UnixMs;
use iii_ports::kv::{Entry, Version};

/// Stands for an entry that never expires.
const NEVER: u64 = u64::MAX;
/// Bytes before the value.
const HEAD: usize = 16;

pub(super) fn encode(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + entry.value.len());
    let instant = entry.expires_at.map_or(NEVER, |at| at.0);
    bytes.extend_from_slice(&entry.version.0.to_be_bytes());
    bytes.extend_from_slice(&instant.to_be_bytes());
    bytes.extend_from_slice(&entry.value);
    bytes
}

/// The value shares the memory of the record, which has little besides.
pub(super) fn decode(bytes: Bytes) -> Result<Entry, Failure> {
    let (version, expires_at, _) = split(&bytes)?;
    Ok(Entry {
        value: bytes.slice(HEAD..),
        version,
        expires_at,
    })
}

/// Version, instant and value.
pub(super) fn split(bytes: &[u8]) -> Result<(Version, Option<UnixMs>, &[u8]), Failure> {
    let too_short = || Failure::damaged("an entry that is too short");
    let (version, rest) = bytes.split_first_chunk().ok_or_else(too_short)?;
    let (instant, value) = rest.split_first_chunk().ok_or_else(too_short)?;
    let instant = u64::from_be_bytes(*instant);
    let expires_at = (instant != NEVER).then_some(UnixMs(instant));
    Ok((Version(u64::from_be_bytes(*version)), expires_at, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back() {
        for expires_at in [None, Some(UnixMs(0)), Some(UnixMs(NEVER - 1))] {
            let entry = Entry {
                value: Bytes::from_static(b"value"),
                version: Version(7),
                expires_at,
            };
            assert_eq!(decode(encode(&entry).into()).unwrap(), entry);
        }
        assert!(decode(Bytes::from_static(&[0; HEAD - 1])).is_err());
    }
}
