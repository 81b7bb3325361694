//! Queues.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer to a call that was put on a queue.
///
/// ```
/// use iii_kit::published::iii_helpers::queue::EnqueueResult;
/// # use iii_kit::serde_json::{from_value, json};
/// let receipt: EnqueueResult = from_value(json!({ "messageReceiptId": "m1" }))?;
/// assert_eq!(receipt.message_receipt_id, "m1");
/// # Ok::<(), iii_kit::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EnqueueResult {
    /// Identifies the message in the queue.
    #[serde(rename = "messageReceiptId")]
    pub message_receipt_id: String,
}
