//! Changes that outlive a crash: written down together with the write that made them, handed to the
//! queue afterwards, and forgotten when the queue has them on its disk.

mod binding;
mod notes;
mod outbox;
mod relay;
mod row;
#[cfg(test)]
mod tests;
mod topic;
mod watches;
mod write;

pub(crate) use binding::{Bindings, retire};
pub(crate) use outbox::Outbox;
pub(crate) use relay::Relay;
pub(crate) use watches::Watches;
pub(crate) use write::DurableWrites;

/// Scope of what is watched. Scopes that begin with a zero byte are nobody's but the workers'.
const WATCHES: &str = "\0state/watches";
/// Scope of the changes that the queue does not have yet.
const OUTBOX: &str = "\0state/outbox";
