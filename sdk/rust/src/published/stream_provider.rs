//! Streams that a worker keeps itself.

use super::Error;
use super::iii_helpers::stream::{
    StreamDeleteInput, StreamDeleteResult, StreamGetInput, StreamListGroupsInput, StreamListInput,
    StreamSetInput, StreamSetResult, StreamUpdateInput, StreamUpdateResult,
};
use async_trait::async_trait;
use serde_json::Value;

/// Keeps the items of a stream. Made known by [`create_stream`](super::helpers::create_stream).
#[async_trait]
pub trait IStream: Send + Sync + 'static {
    /// One item.
    async fn get(&self, input: StreamGetInput) -> Result<Option<Value>, Error>;
    /// Sets an item.
    async fn set(&self, input: StreamSetInput) -> Result<Option<StreamSetResult>, Error>;
    /// Removes an item.
    async fn delete(&self, input: StreamDeleteInput) -> Result<StreamDeleteResult, Error>;
    /// All items of a group.
    async fn list(&self, input: StreamListInput) -> Result<Vec<Value>, Error>;
    /// All groups.
    async fn list_groups(&self, input: StreamListGroupsInput) -> Result<Vec<String>, Error>;
    /// Changes an item step by step. Nothing calls it: the stream worker does that itself.
    async fn update(&self, input: StreamUpdateInput) -> Result<Option<StreamUpdateResult>, Error>;
}
