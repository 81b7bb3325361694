//! What the host tells the core about functions it must not know by name.

use iii_protocol::Text;
use std::collections::BTreeMap;

/// The host's tables. They keep the names of workers and their functions out of the core.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Call actions other than `void`, by name.
    pub actions: BTreeMap<String, Action>,
    /// The function that is handed telemetry frames; without one they are counted and dropped.
    pub telemetry_function: Option<Text>,
    /// The function that calls functions behind a URL, given their `invocation` descriptor.
    pub invocation_function: Option<Text>,
}

/// Where an action of a call goes.
#[derive(Clone, Debug)]
pub struct Action {
    /// The function, in namespace `default`, that carries the action out.
    pub function_id: Text,
    /// Error code when nobody offers that function.
    pub missing_code: Text,
    /// Error message when nobody offers that function: what happened and what to do.
    pub missing_message: Text,
}
