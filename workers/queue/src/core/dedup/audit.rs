//! The keys as they are, for those who check them.

use super::{Dedup, Kept, KeyKind};
use crate::core::ids::MessageId;
use std::collections::BTreeMap;

impl Dedup {
    /// Messages that some key leads to.
    pub(in super::super) fn audit(&self) -> Vec<(KeyKind, MessageId)> {
        let all = self.by_key.iter();
        all.map(|((kind, _), id)| (*kind, *id)).collect()
    }

    pub(in super::super) fn all_kept(&self) -> &BTreeMap<MessageId, Kept> {
        &self.kept
    }
}
