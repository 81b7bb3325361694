//! Identities inside one engine.

use iii_protocol::InvocationId;

/// One connection. The upper 16 bits name the executor thread it is pinned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(u64);

const THREAD_SHIFT: u32 = 48;

impl SessionId {
    /// The engine itself, as the caller of what it fires and the provider of its own triggers.
    pub const ENGINE: Self = Self(0);

    /// The `sequence`-th session (from 1) of executor thread `thread`.
    #[must_use]
    pub const fn new(thread: u16, sequence: u64) -> Self {
        Self(((thread as u64) << THREAD_SHIFT) | (sequence & ((1 << THREAD_SHIFT) - 1)))
    }

    /// The executor thread that owns the session.
    #[must_use]
    pub const fn thread(self) -> u16 {
        (self.0 >> THREAD_SHIFT) as u16
    }
}

/// One call, named by its caller: the caller's session and the slot there, with the slot's
/// generation so that a late answer cannot meet a later call. Its executor knows it by
/// [`CallKey::to_wire`] and can answer only the calls it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallKey {
    /// Who called.
    pub caller: SessionId,
    /// Where the caller keeps the open call; [`CallKey::VOID`] when nobody waits.
    pub slot: u32,
    /// How often the slot was used before; a plain counter for void calls.
    pub generation: u32,
}

impl CallKey {
    /// The slot of calls that nobody waits for.
    pub const VOID: u32 = u32::MAX;

    /// Whether somebody waits for the outcome.
    #[must_use]
    pub const fn awaited(self) -> bool {
        self.slot != Self::VOID
    }

    /// The id that the executor is given.
    #[must_use]
    pub const fn to_wire(self) -> InvocationId {
        let bits =
            ((self.caller.0 as u128) << 64) | ((self.slot as u128) << 32) | self.generation as u128;
        InvocationId::from_u128(bits)
    }

    /// The call that an executor's id names, if it can be one of ours.
    #[must_use]
    pub fn from_wire(id: &InvocationId) -> Option<Self> {
        let bits = id.as_u128()?;
        Some(Self {
            caller: SessionId((bits >> 64) as u64),
            slot: (bits >> 32) as u32,
            generation: bits as u32,
        })
    }
}

/// One trigger of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TriggerKey(pub u64);

/// A moment, in milliseconds on the engine's monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// The moment `ms` milliseconds later.
    #[must_use]
    pub const fn after_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from now until this moment, 0 when it has passed.
    #[must_use]
    pub const fn ms_from(self, now: Self) -> u64 {
        self.0.saturating_sub(now.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_keys_survive_the_wire() {
        let key = CallKey {
            caller: SessionId::new(3, 77),
            slot: 5,
            generation: u32::MAX,
        };
        assert_eq!(CallKey::from_wire(&key.to_wire()), Some(key));
        assert_eq!(key.caller.thread(), 3);
        assert_eq!(CallKey::from_wire(&"not-ours".into()), None);
    }
}
