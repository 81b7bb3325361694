//! Streams of items, and the steps by which items and state are changed.

mod events;
mod requests;
mod triggers;
mod update;

pub use events::{
    StreamChangeEvent, StreamChangeEventDetail, StreamEventType, StreamJoinLeaveEvent,
};
pub use requests::{
    StreamAuthInput, StreamAuthResult, StreamDeleteInput, StreamDeleteResult, StreamGetInput,
    StreamJoinResult, StreamListGroupsInput, StreamListInput, StreamSetInput, StreamSetResult,
    StreamUpdateInput, StreamUpdateResult,
};
pub use triggers::{StreamJoinLeaveTriggerConfig, StreamTriggerConfig};
pub use update::{MergePath, UpdateOp, UpdateOpError};
