//! The keys as they are, for those who check them.

use super::{Key, KeyIx, Keys};

impl Keys {
    /// All keys and how many messages they have.
    pub(in super::super) fn audit(&self) -> Vec<(KeyIx, &Key, usize)> {
        assert_eq!(self.places.iter().flatten().count(), self.by_name.len());
        let of = |(name, ix): (&_, &KeyIx)| {
            let key = self.key(*ix);
            assert_eq!(&key.name, name);
            (*ix, key, key.messages)
        };
        self.by_name.iter().map(of).collect()
    }
}
