//! The real `iii` binary as a process.

mod binary;
mod engine;
mod events;
mod options;
mod run;
mod streams;

pub use binary::iii_binary;
pub use engine::{Ended, EngineProcess};
pub use events::Event;
pub use options::ProcessOptions;
pub use run::{Ran, iii};
