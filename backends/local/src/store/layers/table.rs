//! The tables by their numbers.

use redb::TableDefinition;

/// A table of the store: ordered keys with a value each, both plain bytes.
///
/// Its number is part of what is written to the disk: it is never given to another table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    /// Numbers by their names: the format, counts.
    Numbers = 0,
    /// Entries of the key-value port.
    KvEntries = 1,
    /// Places of entries by the instant of their expiry.
    KvExpiry = 2,
    /// Heads of the log port.
    LogHeads = 3,
    /// Bodies of the log port.
    LogBodies = 4,
}

/// How the file has a table.
pub(super) type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

impl Table {
    /// All of them, each at the place of its number.
    pub(crate) const ALL: [Self; 5] = [
        Self::Numbers,
        Self::KvEntries,
        Self::KvExpiry,
        Self::LogHeads,
        Self::LogBodies,
    ];
    pub(crate) const COUNT: usize = Self::ALL.len();

    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    pub(super) const fn definition(self) -> Definition {
        TableDefinition::new(match self {
            Self::Numbers => "numbers",
            Self::KvEntries => "kv/entries",
            Self::KvExpiry => "kv/expiry",
            Self::LogHeads => "log/heads",
            Self::LogBodies => "log/bodies",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_at_the_place_of_its_number() {
        for (index, table) in Table::ALL.into_iter().enumerate() {
            assert_eq!(table.index(), index);
        }
    }
}
