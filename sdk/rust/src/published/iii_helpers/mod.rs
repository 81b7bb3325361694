//! The API of the published `iii-helpers`.

pub mod http;
pub mod observability;
pub mod queue;
pub mod stream;
pub mod worker_connection_manager;
