//! Channels: nothing is kept until an end attaches. A reference proves itself by its key, which is
//! derived from the engine's secret; what is kept is who waits and which references are used up.

use super::identity;
use super::inbox::Item;
use super::pump;
use super::shared::Shared;
use iii_protocol::Limits;
use iii_transport::{ChannelEnd, Direction, close_code};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use subtle::ConstantTimeEq;

/// Used references remembered until they expire, at some 25 bytes each.
const USED_MAX: usize = 1 << 22;

/// Why an end may not attach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unattachable {
    /// The channel is unknown, or its key is wrong, used or expired.
    Unknown,
    /// A limit is reached.
    TooMany,
}

/// A reference that was checked and is now used up.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    id: String,
    direction: Direction,
    buffer_frames: usize,
    expires_ms: u64,
}

/// The channels of an engine.
pub(super) struct Channels {
    state: Mutex<State>,
    buffer_frames: usize,
    busy_max: usize,
    ttl_ms: u64,
    /// Channels whose two ends are attached.
    running: Arc<AtomicUsize>,
}

#[derive(Default)]
struct State {
    /// Ends whose peer has not attached, by channel id.
    waiting: BTreeMap<String, Waiting>,
    /// Used references by expiry: the beginning of the key of each, which no two share.
    used: BTreeSet<(u64, u64)>,
}

struct Waiting {
    end: Box<dyn ChannelEnd>,
    direction: Direction,
    expires_ms: u64,
}

impl Channels {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            state: Mutex::default(),
            buffer_frames: limits.channel_buffer_frames,
            busy_max: limits.channels_max,
            ttl_ms: limits.channel_ttl_ms,
            running: Arc::default(),
        }
    }

    /// Checks a reference and uses it up.
    pub(super) fn admit(
        &self,
        shared: &Shared,
        id: &str,
        key: &str,
        direction: Direction,
    ) -> Result<Ticket, Unattachable> {
        let reference = Reference::parse(id).ok_or(Unattachable::Unknown)?;
        let keys = shared
            .secret
            .channel_keys(id)
            .ok_or(Unattachable::Unknown)?;
        let wanted = match direction {
            Direction::Read => &keys.read,
            Direction::Write => &keys.write,
        };
        if !bool::from(wanted.as_bytes().ct_eq(key.as_bytes())) {
            return Err(Unattachable::Unknown);
        }
        let now_ms = shared.clock.unix_ms();
        let expires_ms = reference.minted_ms.saturating_add(self.ttl_ms);
        // One from the future would outlive everybody, and be remembered as long.
        let early = reference.minted_ms > now_ms.saturating_add(self.ttl_ms);
        if expires_ms <= now_ms || early {
            return Err(Unattachable::Unknown);
        }
        let mut state = self.state.lock();
        state.forget_expired(now_ms);
        let busy = state.waiting.len() + self.running.load(Ordering::Relaxed);
        // Whoever an end already waits for makes no further channel.
        let full = busy >= self.busy_max && !state.waiting.contains_key(id);
        if full || state.used.len() >= USED_MAX {
            return Err(Unattachable::TooMany);
        }
        if !state.used.insert((expires_ms, fingerprint(wanted))) {
            return Err(Unattachable::Unknown);
        }
        let buffer_frames = reference.buffer_frames.unwrap_or(self.buffer_frames);
        Ok(Ticket {
            id: id.to_owned(),
            direction,
            buffer_frames,
            expires_ms,
        })
    }

    /// Attaches an end: it waits for its peer, or the stream begins.
    pub(super) fn attach(&self, shared: &Shared, ticket: Ticket, end: Box<dyn ChannelEnd>) {
        let mut state = self.state.lock();
        let Some(peer) = state.waiting.remove(&ticket.id) else {
            let waiting = Waiting {
                end,
                direction: ticket.direction,
                expires_ms: ticket.expires_ms,
            };
            state.waiting.insert(ticket.id, waiting);
            drop(state);
            shared.registrar_timer.notify_one();
            return;
        };
        drop(state);
        let (writer, reader) = match peer.direction {
            Direction::Write => (peer.end, end),
            Direction::Read => (end, peer.end),
        };
        self.running.fetch_add(1, Ordering::Relaxed);
        let running = Arc::clone(&self.running);
        let stream = pump::Stream {
            writer,
            reader,
            buffer_frames: ticket.buffer_frames,
            running,
        };
        shared.inboxes[shared.next_thread()].push(Item::Pump(stream));
    }

    /// When the next waiting end has waited long enough, in milliseconds since the Unix epoch.
    pub(super) fn next_expiry_ms(&self) -> Option<u64> {
        self.state
            .lock()
            .waiting
            .values()
            .map(|waiting| waiting.expires_ms)
            .min()
    }

    /// Aborts ends whose peer did not come in time.
    pub(super) fn sweep(&self, now_ms: u64) {
        let mut state = self.state.lock();
        state.forget_expired(now_ms);
        let late: Vec<String> = state
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.expires_ms <= now_ms)
            .map(|(id, _)| id.clone())
            .collect();
        for id in late {
            if let Some(mut waiting) = state.waiting.remove(&id) {
                waiting.end.close(close_code::EXPIRED);
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                // One attempt: an end that takes nothing is dropped, which ends it as well.
                let _ = waiting.end.poll_flush(&mut context);
            }
        }
    }
}

impl State {
    fn forget_expired(&mut self, now_ms: u64) {
        while self
            .used
            .first()
            .is_some_and(|(expires_ms, _)| *expires_ms <= now_ms)
        {
            self.used.pop_first();
        }
    }
}

/// The first 64 bits of a key. Keys look random, so among the few million that are remembered no
/// two begin alike.
fn fingerprint(key: &str) -> u64 {
    const DIGITS: usize = 16;
    let digits = key.get(..DIGITS).unwrap_or(key);
    u64::from_str_radix(digits, 16).unwrap_or_default()
}

/// What a channel id says: `<worker id>.<n>[.<buffer frames>]`.
struct Reference {
    minted_ms: u64,
    buffer_frames: Option<usize>,
}

impl Reference {
    fn parse(id: &str) -> Option<Self> {
        let mut parts = id.split('.');
        let began_ms = identity::made_at_ms(parts.next()?)?;
        let number: u64 = parts.next()?.parse().ok()?;
        let buffer_frames = match parts.next() {
            Some(frames) => Some(frames.parse::<usize>().ok()?.clamp(1, 1024)),
            None => None,
        };
        Some(Self {
            minted_ms: began_ms.saturating_add(number >> 16),
            buffer_frames,
        })
    }
}
