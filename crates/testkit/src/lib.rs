//! What tests share: reporting skips and finding what setup prepared, and, as they come, engine and
//! workers in one process, a fake clock, and real processes to kill.
//!
//! **Invariant:** nothing here replaces a part that can really run; this crate starts, feeds and
//! watches the real ones.
//!
//! Start reading at [`skip`] and [`prepared`].

mod prepared;
mod skip;

pub use prepared::prepared;
pub use skip::skip;
