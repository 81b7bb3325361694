//! A message, in memory and as it is kept.

use super::ids::DeliveryId;
use super::ids::MessageId;
use super::lanes::LaneIx;
use super::targets::TargetIx;
use bytes::Bytes;
use iii_ports::UnixMs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A message that is not dead. There may be millions, so what few have is in a box.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: MessageId,
    pub(super) state: State,
    /// Waiting: since when it could be handed over. Later: from when on it can be.
    pub(super) at: UnixMs,
    pub(super) enqueued_at: UnixMs,
    /// Attempts that have ended.
    pub(super) attempts: u32,
    pub(super) lane: LaneIx,
    pub(super) target: TargetIx,
    pub(super) body_len: u32,
    pub(super) priority: u8,
    /// Times in a row that it was given back without an attempt; for the pause.
    pub(super) returns: u8,
    /// Absent where it is only in the store.
    pub(super) body: Option<Box<Bytes>>,
    pub(super) extras: Option<Box<Extras>>,
}

/// Where a message is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its enqueue is not durable yet.
    Arriving,
    /// Its time has not come. In a group it stands in line all the same if it was tried before.
    Later,
    /// It is in line.
    Waiting,
    /// A function has it.
    Running(DeliveryId),
    /// How its attempt ended is not durable yet.
    Settling,
    /// It is to go without having been handed over, and that is not durable yet. In a group it
    /// keeps its place for so long: after a crash it would have it again.
    Leaving,
}

/// What only some messages have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Extras {
    /// When it dies if it was not handed over.
    #[serde(rename = "x", skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<u64>,
    /// How long one attempt may take.
    #[serde(rename = "w", skip_serializing_if = "Option::is_none")]
    pub(super) timeout_ms: Option<u64>,
    /// Attempts in all.
    #[serde(rename = "m", skip_serializing_if = "Option::is_none")]
    pub(super) attempts_max: Option<u32>,
    /// Under this key it is remembered, also when it is done.
    #[serde(rename = "i", skip_serializing_if = "Option::is_none")]
    pub(super) idempotency_key: Option<String>,
    /// It is the only one of its period.
    #[serde(rename = "h", skip_serializing_if = "Option::is_none")]
    pub(super) throttle: Option<String>,
    /// Until when its idempotency key is remembered.
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    pub(super) idempotent_until: Option<u64>,
    /// When its period ends.
    #[serde(rename = "hu", skip_serializing_if = "Option::is_none")]
    pub(super) throttle_until: Option<u64>,
    /// While it is there no other message with this key is taken.
    #[serde(rename = "l", skip_serializing_if = "Option::is_none")]
    pub(super) singleton: Option<String>,
    /// Until its time has come another message with this key takes its place.
    #[serde(rename = "b", skip_serializing_if = "Option::is_none")]
    pub(super) debounce: Option<String>,
    /// And not beyond this instant.
    #[serde(rename = "bu", skip_serializing_if = "Option::is_none")]
    pub(super) debounce_until: Option<u64>,
    /// How the last attempt failed.
    #[serde(rename = "err", skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Failure>,
    /// What the handler last reported, as JSON text. Not kept.
    #[serde(skip)]
    pub(super) progress: Option<String>,
}

impl Extras {
    /// Until when the message is remembered, also when it is done.
    pub(super) fn known_until(&self) -> Option<u64> {
        self.idempotent_until.max(self.throttle_until)
    }
}

/// How an attempt failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// Code of the error.
    #[serde(rename = "c")]
    pub(crate) code: String,
    /// For people.
    #[serde(rename = "m")]
    pub(crate) message: String,
}

/// Why a message is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// All attempts failed.
    AttemptsExhausted,
    /// An attempt failed for good.
    NotRetryable,
    /// It waited too long.
    Expired,
}

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AttemptsExhausted => "attempts_exhausted",
            Self::NotRetryable => "not_retryable",
            Self::Expired => "expired",
        }
    }
}

/// What has become of a message, as it is kept. Absent means that it is to be handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Fate {
    Dead {
        reason: Reason,
        at: u64,
    },
    /// Done, and remembered for its keys; the body is the result, if that was small enough.
    Done {
        has_result: bool,
    },
}

/// The head of a message as it is kept: JSON with short names, so that a later version can add
/// fields and people can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head<'a> {
    /// The function, where the message names one.
    #[serde(rename = "f", borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) function: Option<Cow<'a, str>>,
    #[serde(rename = "n", borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<Cow<'a, str>>,
    #[serde(rename = "g", borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<Cow<'a, str>>,
    #[serde(rename = "k", borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Cow<'a, str>>,
    #[serde(rename = "t", borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<Cow<'a, str>>,
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub(super) priority: u8,
    #[serde(rename = "e")]
    pub(super) enqueued_at: u64,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(super) due: Option<u64>,
    #[serde(rename = "a", default, skip_serializing_if = "is_none")]
    pub(super) attempts: u32,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub(super) extras: Option<Cow<'a, Extras>>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) fate: Option<Fate>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none(number: &u32) -> bool {
    *number == 0
}

impl Head<'_> {
    pub(super) fn encode(&self) -> Bytes {
        let mut json = Vec::with_capacity(128);
        serde_json::to_writer(&mut json, self).expect("strings and numbers have a JSON form");
        Bytes::from(json)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Head<'_>, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}
