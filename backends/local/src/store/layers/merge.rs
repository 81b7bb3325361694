//! Reading the layers in order.

use super::base::Pages;
use super::overlay::Slot;
use super::{Failure, Found};
use bytes::Bytes;
use imbl::ordmap::RangedIter;
use imbl::shared_ptr::DefaultSharedPtr;
use redb::AccessGuard;
use std::cmp::Ordering;
use std::iter::Peekable;

type Slots<'v> = Peekable<RangedIter<'v, Bytes, Slot, DefaultSharedPtr>>;
type Page = AccessGuard<'static, &'static [u8]>;

/// Keys and values of all layers in order. Where several layers have a key, the newest counts.
pub(crate) struct Merge<'v> {
    active: Slots<'v>,
    frozen: Option<Slots<'v>>,
    pages: Pages,
    page: Option<(Page, Page)>,
}

impl<'v> Merge<'v> {
    pub(super) fn new(
        active: RangedIter<'v, Bytes, Slot, DefaultSharedPtr>,
        frozen: Option<RangedIter<'v, Bytes, Slot, DefaultSharedPtr>>,
        mut pages: Pages,
    ) -> Result<Self, Failure> {
        let page = pages.next().transpose()?;
        Ok(Self {
            active: active.peekable(),
            frozen: frozen.map(Iterator::peekable),
            pages,
            page,
        })
    }

    /// The next slot of the overlays, if it is not behind the next page; the page of the same key
    /// is passed.
    fn next_slot(&mut self) -> Result<Option<(Bytes, Slot)>, Failure> {
        let active = self.active.peek().map(|(key, _)| *key);
        let frozen = self.frozen.as_mut().and_then(Peekable::peek);
        let frozen = frozen.map(|(key, _)| *key);
        let (is_active, is_frozen) = match (active, frozen) {
            (None, None) => return Ok(None),
            (Some(_), None) => (true, false),
            (None, Some(_)) => (false, true),
            (Some(active), Some(frozen)) => (active <= frozen, frozen <= active),
        };
        let key = if is_active { active } else { frozen };
        let page = self.page.as_ref().zip(key);
        match page.map_or(Ordering::Less, |((page, _), key)| {
            key.as_ref().cmp(page.value())
        }) {
            Ordering::Greater => return Ok(None),
            Ordering::Equal => self.page = self.pages.next().transpose()?,
            Ordering::Less => {}
        }
        let older = match self.frozen.as_mut() {
            Some(frozen) if is_frozen => frozen.next(),
            _ => None,
        };
        let newest = if is_active { self.active.next() } else { older };
        Ok(newest.map(|(key, slot)| (key.clone(), slot.clone())))
    }

    fn advance(&mut self) -> Result<Option<(Found<'v>, Found<'v>)>, Failure> {
        while let Some((key, slot)) = self.next_slot()? {
            if let Some(value) = slot.value {
                return Ok(Some((Found::Memory(key), Found::Memory(value))));
            }
        }
        let Some((key, value)) = self.page.take() else {
            return Ok(None);
        };
        self.page = self.pages.next().transpose()?;
        Ok(Some((Found::Page(key), Found::Page(value))))
    }
}

impl<'v> Iterator for Merge<'v> {
    type Item = Result<(Found<'v>, Found<'v>), Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}
