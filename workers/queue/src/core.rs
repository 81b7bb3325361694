//! The queues as state machines: no I/O, no clock, no tasks.
//!
//! A queue is told what happened and at what time; it answers what is to be written and what is to
//! be handed over. That makes every moment of it repeatable from a seed.

mod body;
mod broker;
mod dedup;
mod ids;
mod index;
mod keys;
mod lanes;
mod message;
mod queue;
mod rate;
mod settings;
#[cfg(test)]
mod sim;
mod slab;
mod stats;
mod targets;
mod timers;

pub(crate) use body::Body;
pub(crate) use broker::{
    Broker, DEFINITIONS, Definition, Enqueue, Entry, PublishError, QueueKind, Subscription, Then,
    Ticket,
};
pub(crate) use ids::{DeliveryId, MessageId, Names, QueueId};
pub(crate) use message::{Failure, Reason};
pub(crate) use queue::{
    Advice, DeadHead, Debounce, Delivery, Found, Handed, Known, NewMessage, Outcome, Refusal,
    Standing, Throttle,
};
pub use rate::Rate;
pub use settings::{Batch, Jitter, Kind, Settings};
pub(crate) use targets::Target;
