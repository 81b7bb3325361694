//! Ids and names that the core must not know and the host tells it.

use crate::workers::BUILT_INS;
use iii_engine::{Action, Tables};
use iii_protocol::ErrorCode;
use std::collections::{BTreeMap, BTreeSet};

/// Functions that run code, change the project or write files.
const OPERATOR_FUNCTIONS: [&str; 3] = ["worker::*", "exec::*", "engine::data::*"];

/// Where actions, telemetry and functions behind a URL go.
pub(crate) fn tables() -> Tables {
    let enqueue = Action {
        function_id: "engine::queue::enqueue".into(),
        missing_code: ErrorCode::EnqueueError.as_str().into(),
        missing_message: "no queue provider: this engine has no `queue` worker; add one, or call \
                          the function without a queue"
            .into(),
    };
    Tables {
        actions: BTreeMap::from([("enqueue".to_owned(), enqueue)]),
        telemetry_function: Some("engine::telemetry::ingest".into()),
        invocation_function: Some("engine::invocation::call".into()),
    }
}

/// Worker names that only in-process workers and operators may take.
pub(crate) fn reserved_names() -> BTreeSet<String> {
    BUILT_INS
        .iter()
        .flat_map(|worker| worker.aliases.iter().chain([&worker.name]))
        .map(|&name| name.to_owned())
        .collect()
}

pub(crate) fn operator_functions() -> Vec<String> {
    OPERATOR_FUNCTIONS.map(str::to_owned).to_vec()
}
