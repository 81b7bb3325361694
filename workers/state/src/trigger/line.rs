//! Putting the outcomes of concurrent writes back into the order in which they were begun.

use std::collections::VecDeque;

/// A place in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u64);

/// Work that is finished in any order and leaves in the order of its places.
pub(super) struct Line<T> {
    first: u64,
    slots: VecDeque<Option<T>>,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self {
            first: 0,
            slots: VecDeque::new(),
        }
    }
}

impl<T> Line<T> {
    /// The next place.
    pub(super) fn join(&mut self) -> Place {
        self.slots.push_back(None);
        Place(self.first + self.slots.len() as u64 - 1)
    }

    /// Finishes a place; everything that waits behind nothing unfinished goes to `leave`.
    pub(super) fn finish(&mut self, place: Place, done: T, mut leave: impl FnMut(T)) {
        let at = place
            .0
            .checked_sub(self.first)
            .and_then(|at| usize::try_from(at).ok());
        if let Some(slot) = at.and_then(|at| self.slots.get_mut(at)) {
            *slot = Some(done);
        }
        while let Some(Some(_)) = self.slots.front() {
            self.first += 1;
            self.slots
                .pop_front()
                .flatten()
                .into_iter()
                .for_each(&mut leave);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_leaves_in_the_order_of_its_places() {
        let mut line = Line::default();
        let places: Vec<_> = (0..6).map(|_| line.join()).collect();
        let mut left = Vec::new();
        for at in [2, 1, 4, 0, 3, 5] {
            line.finish(places[at], at, |done| left.push(done));
            assert!(left.is_sorted(), "{left:?}");
        }
        assert_eq!(left, [0, 1, 2, 3, 4, 5]);
        let place = line.join();
        line.finish(place, 6, |done| left.push(done));
        assert_eq!(left.last(), Some(&6));
    }
}
