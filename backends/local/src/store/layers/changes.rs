//! Changes of tables as bytes, as the journal has them.

use super::{Failure, Table};
use bytes::{Buf, Bytes};

const REMOVED: u8 = 0;
const PUT: u8 = 1;
/// Table, what was done, length of the key.
const KEY_HEAD: usize = 6;

/// Appends a change.
///
/// # Errors
/// The value has 4 GiB or more.
pub(super) fn encode(
    out: &mut Vec<u8>,
    table: Table,
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<(), Failure> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(Failure::damaged);
    out.push(table as u8);
    out.push(if value.is_some() { PUT } else { REMOVED });
    out.extend_from_slice(&length(key)?.to_be_bytes());
    if let Some(value) = value {
        out.extend_from_slice(&length(value)?.to_be_bytes());
    }
    out.extend_from_slice(key);
    out.extend_from_slice(value.unwrap_or_default());
    Ok(())
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) table: Table,
    pub(crate) key: Bytes,
    /// `None`: it was removed.
    pub(crate) value: Option<Bytes>,
}

/// The changes, with memory of their own, in their order.
pub(crate) struct Changes<'b>(&'b [u8]);

impl<'b> Changes<'b> {
    pub(crate) const fn of(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    fn decode(&mut self) -> Option<Change> {
        let rest = &mut self.0;
        if rest.len() < KEY_HEAD {
            return None;
        }
        let table = *Table::ALL.get(usize::from(rest.get_u8()))?;
        let is_put = match rest.get_u8() {
            REMOVED => false,
            PUT => true,
            _ => return None,
        };
        let key_len = rest.try_get_u32().ok()? as usize;
        let value_len = if is_put { rest.try_get_u32().ok()? } else { 0 } as usize;
        let (key, behind) = rest.split_at_checked(key_len)?;
        let (value, behind) = behind.split_at_checked(value_len)?;
        self.0 = behind;
        Some(Change {
            table,
            key: Bytes::copy_from_slice(key),
            value: is_put.then(|| Bytes::copy_from_slice(value)),
        })
    }
}

impl Iterator for Changes<'_> {
    type Item = Result<Change, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let change = self.decode();
        if change.is_none() {
            self.0 = &[];
        }
        Some(change.ok_or_else(|| Failure::damaged("a change that nobody writes")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_back() {
        let change = |table, key: &'static [u8], value: Option<&'static [u8]>| Change {
            table,
            key: Bytes::from_static(key),
            value: value.map(Bytes::from_static),
        };
        let changes = [
            change(Table::KvEntries, b"key", Some(b"value")),
            change(Table::LogBodies, b"", Some(b"")),
            change(Table::LogHeads, b"gone", None),
        ];
        let mut bytes = Vec::new();
        for change in &changes {
            let value = change.value.as_deref();
            encode(&mut bytes, change.table, &change.key, value).unwrap();
        }
        let read: Result<Vec<_>, _> = Changes::of(&bytes).collect();
        assert_eq!(read.unwrap(), changes);
        for length in 1..bytes.len() {
            // An end between two changes is for the record to find.
            let _ = Changes::of(&bytes[..length]).collect::<Vec<_>>();
        }
        assert!(Changes::of(&[9, PUT, 0, 0, 0, 0]).any(|change| change.is_err()));
        assert!(Changes::of(&[1, 7, 0, 0, 0, 0]).any(|change| change.is_err()));
    }
}
