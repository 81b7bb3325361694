//! Room for messages that grows in pieces: doubling a vector of a million would need the memory of
//! three million for a moment.

use std::ops::{Index, IndexMut};

/// Places of a piece.
const PIECE: usize = 1024;

/// Where something is in a slab. Used again once it is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot(pub(super) u32);

/// Values under numbers that stay while they are there.
#[derive(Debug)]
pub(super) struct Slab<T> {
    pieces: Vec<Vec<Option<T>>>,
    free: Vec<Slot>,
    len: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            pieces: Vec::new(),
            free: Vec::new(),
            len: 0,
        }
    }
}

impl<T> Slab<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// # Panics
    /// There are four thousand million values.
    pub(super) fn insert(&mut self, value: T) -> Slot {
        self.len += 1;
        if let Some(slot) = self.free.pop() {
            *self.place(slot) = Some(value);
            return slot;
        }
        if self.pieces.last().is_none_or(|last| last.len() == PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let piece = self.pieces.len() - 1;
        let places = &mut self.pieces[piece];
        places.push(Some(value));
        let number = piece * PIECE + places.len() - 1;
        Slot(u32::try_from(number).expect("depth_max is below the number of slots"))
    }

    /// # Panics
    /// There is nothing.
    pub(super) fn remove(&mut self, slot: Slot) -> T {
        let value = self.place(slot).take();
        let value = value.expect("a slot is removed once");
        self.len -= 1;
        self.free.push(slot);
        if self.len == 0 {
            // The memory of a backlog goes with it.
            *self = Self::default();
        }
        value
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &T)> {
        let places = self.pieces.iter().flatten().zip(0..);
        places.filter_map(|(value, slot)| Some((Slot(slot), value.as_ref()?)))
    }

    /// All values once, beginning with the slot of this number.
    pub(super) fn iter_from(&self, first: u32) -> impl Iterator<Item = (Slot, &T)> {
        let (first, pieces) = (first as usize, self.pieces.len());
        let places = pieces * PIECE;
        let numbers = (first.min(places)..places).chain(0..first.min(places));
        numbers.filter_map(|number| {
            let value = self.pieces[number / PIECE].get(number % PIECE)?;
            let slot = Slot(u32::try_from(number).ok()?);
            Some((slot, value.as_ref()?))
        })
    }

    fn place(&mut self, slot: Slot) -> &mut Option<T> {
        let number = slot.0 as usize;
        &mut self.pieces[number / PIECE][number % PIECE]
    }
}

impl<T> Index<Slot> for Slab<T> {
    type Output = T;

    fn index(&self, slot: Slot) -> &T {
        let number = slot.0 as usize;
        let value = self.pieces[number / PIECE][number % PIECE].as_ref();
        value.expect("a slot in use holds a value")
    }
}

impl<T> IndexMut<Slot> for Slab<T> {
    fn index_mut(&mut self, slot: Slot) -> &mut T {
        let value = self.place(slot).as_mut();
        value.expect("a slot in use holds a value")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_stay_and_are_used_again() {
        let mut slab = Slab::default();
        let slots: Vec<Slot> = (0..3000).map(|number| slab.insert(number)).collect();
        assert_eq!(slab[slots[2047]], 2047);
        assert_eq!(slab.remove(slots[5]), 5);
        assert_eq!(slab.len(), 2999);
        assert_eq!(slab.insert(7), slots[5], "a free slot is used first");
        slab[slots[5]] = 8;
        let from: Vec<i32> = slab.iter_from(2998).map(|(_, it)| *it).take(3).collect();
        assert_eq!(from, [2998, 2999, 0], "once around");
        assert_eq!(slab.iter_from(u32::MAX).count(), 3000);
        let sum: i32 = slab.iter().map(|(_, number)| *number).sum();
        assert_eq!(sum, (0..3000).sum::<i32>() + 3);
    }

    #[test]
    fn an_empty_slab_keeps_no_memory() {
        let mut slab = Slab::default();
        let slots: Vec<Slot> = (0..5000).map(|number| slab.insert(number)).collect();
        for slot in slots {
            slab.remove(slot);
        }
        assert_eq!((slab.pieces.capacity(), slab.free.capacity()), (0, 0));
    }
}
