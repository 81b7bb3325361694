//! Bytes as they were found, in memory or in a page of the file.

use bytes::Bytes;
use redb::AccessGuard;
use std::ops::Deref;

/// Bytes as they were found. Looking at them copies nothing.
pub(crate) enum Found<'a> {
    Memory(Bytes),
    Page(AccessGuard<'a, &'static [u8]>),
}

impl Found<'_> {
    /// For keeping; copies what is in a page.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Memory(bytes) => bytes,
            Self::Page(page) => Bytes::copy_from_slice(page.value()),
        }
    }
}

impl Deref for Found<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Memory(bytes) => bytes,
            Self::Page(page) => page.value(),
        }
    }
}
