//! The section `store`: how durable data is kept.

use super::error::{Located, Problem};
use super::tree::node::Node;
use iii_backend_local::{Acknowledge, Options};
use iii_ports::{kv, log};
use serde::Deserialize;
use std::time::Duration;

/// Less is no use to anybody.
const SIZE_MIN: u64 = 1 << 20;
/// Files of the journal in one round of it.
const SEGMENTS: u64 = 4;

/// How durable data is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// What an acknowledgement is worth.
    pub durability: Durability,
    /// With `relaxed`: longest time after which a write is on the disk all the same, in
    /// milliseconds.
    pub flush_every_ms: u64,
    /// Memory for pages of the data file, in bytes.
    pub cache_bytes: u64,
    /// Memory for what is not in the data file yet, in bytes.
    pub overlay_bytes: u64,
    /// Bytes of the journal between two checkpoints.
    pub journal_bytes: u64,
    /// Most entries of `state`.
    pub state_entries_max: u64,
    /// Most bytes of `state`.
    pub state_bytes_max: u64,
    /// Most messages of all queues.
    pub queue_entries_max: u64,
    /// Most bytes of all queues.
    pub queue_bytes_max: u64,
}

/// What an acknowledgement is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// What was acknowledged survives a loss of power.
    #[default]
    Fsync,
    /// What was acknowledged survives the end of the engine; a loss of power may take the last
    /// writes.
    Relaxed,
}

impl Default for StoreConfig {
    fn default() -> Self {
        let (options, kv, log) = (
            Options::default(),
            kv::Bounds::default(),
            log::Bounds::default(),
        );
        Self {
            durability: Durability::Fsync,
            flush_every_ms: 1000,
            cache_bytes: options.cache_bytes as u64,
            overlay_bytes: options.overlay_bytes as u64,
            journal_bytes: options.journal_bytes,
            state_entries_max: kv.entries_max,
            state_bytes_max: kv.bytes_max,
            queue_entries_max: log.entries_max,
            queue_bytes_max: log.bytes_max,
        }
    }
}

pub(super) fn read(node: &Node) -> Result<StoreConfig, Located> {
    let config = StoreConfig::deserialize(node)?;
    let refused = |text: String| Err(Problem::Refused(text).at(node.position));
    for (key, bytes) in [
        ("cache_bytes", config.cache_bytes),
        ("overlay_bytes", config.overlay_bytes),
        ("journal_bytes", config.journal_bytes),
        ("state_bytes_max", config.state_bytes_max),
        ("queue_bytes_max", config.queue_bytes_max),
    ] {
        if bytes < SIZE_MIN || usize::try_from(bytes).is_err() {
            return refused(format!("`{key}` must be at least {SIZE_MIN}"));
        }
    }
    for (key, number) in [
        ("flush_every_ms", config.flush_every_ms),
        ("state_entries_max", config.state_entries_max),
        ("queue_entries_max", config.queue_entries_max),
    ] {
        if number == 0 {
            return refused(format!("`{key}` must be at least 1"));
        }
    }
    Ok(config)
}

impl StoreConfig {
    pub(crate) fn options(&self) -> Options {
        let bytes = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        let defaults = Options::default();
        Options {
            acknowledge: match self.durability {
                Durability::Fsync => Acknowledge::Flushed,
                Durability::Relaxed => Acknowledge::Written {
                    flush_every: Duration::from_millis(self.flush_every_ms),
                },
            },
            cache_bytes: bytes(self.cache_bytes),
            overlay_bytes: bytes(self.overlay_bytes),
            journal_bytes: self.journal_bytes,
            segment_bytes: defaults.segment_bytes.min(self.journal_bytes / SEGMENTS),
            ..defaults
        }
    }

    pub(crate) fn state_bounds(&self) -> kv::Bounds {
        kv::Bounds {
            entries_max: self.state_entries_max,
            bytes_max: self.state_bytes_max,
            ..kv::Bounds::default()
        }
    }

    pub(crate) fn queue_bounds(&self) -> log::Bounds {
        log::Bounds {
            entries_max: self.queue_entries_max,
            bytes_max: self.queue_bytes_max,
            ..log::Bounds::default()
        }
    }
}
