//! The few names that everything in the simulation is called by, so that lives cross.

use iii_engine::core::{Action, ReservedOnly, Rules, Tables};
use iii_protocol::Limits;
use std::sync::Arc;

/// Worker names that anybody may take.
pub(crate) const NAMES: [&str; 3] = ["alpha", "beta", "gamma"];
/// A worker name for trusted sessions.
pub(crate) const RESERVED_NAME: &str = "guarded";
/// Namespaces beside the default one.
pub(crate) const NAMESPACES: [&str; 2] = ["west", "east"];
/// Functions that anybody may offer.
pub(crate) const FUNCTIONS: [&str; 6] =
    ["f::a", "f::b", "f::c", "danger::x", TELEMETRY, URL_FUNCTION];
/// A function that carries out an action; its id is reserved.
pub(crate) const CARRIER: &str = "engine::carry::accept";
/// The action it carries out.
pub(crate) const ACTION: &str = "carry";
/// Code of a call whose action nobody carries out.
pub(crate) const NO_CARRIER: &str = "carry_error";
/// The function that is handed telemetry.
pub(crate) const TELEMETRY: &str = "watch::frames";
/// The function that calls functions behind a URL.
pub(crate) const URL_FUNCTION: &str = "reach::call";
/// Trigger types of workers.
pub(crate) const TYPES: [&str; 2] = ["tick", "tock"];
/// Trigger types of the engine.
pub(crate) const WORKERS_AVAILABLE: &str = "engine::workers-available";
pub(crate) const FUNCTIONS_AVAILABLE: &str = "engine::functions-available";
/// The feature name of our additions to the protocol.
pub(crate) const KIT_FEATURE: &str = "iii-kit.v1";
/// Namespace of everything that names none.
pub(crate) const DEFAULT: &str = "default";

/// How long a function call that binds a trigger waits for the provider.
pub(crate) const BIND_TIMEOUT_MS: u64 = 10_000;

/// Messages towards a worker above which it gets no new calls and is not read from.
pub(crate) const OUTBOX_HIGH: usize = 10;
/// Messages towards a worker above which it is closed as a slow consumer.
pub(crate) const OUTBOX_MAX: usize = 24;

/// Small limits, so that they are met.
pub(crate) fn limits() -> Limits {
    Limits {
        heartbeat_ms: 2000,
        registration_namespace_grace_ms: 400,
        deadline_default_ms: 5000,
        calls_per_session_max: 8,
        calls_per_executor_max: 10,
        functions_per_session_max: 4,
        triggers_per_session_max: 4,
        trigger_types_per_session_max: 3,
        engine_triggers_max: 4,
        held_registrations_max: 7,
        ..Limits::DEFAULT
    }
}

/// What every session goes by.
pub(crate) fn rules() -> Arc<Rules> {
    let carry = Action {
        function_id: CARRIER.into(),
        missing_code: NO_CARRIER.into(),
        missing_message: "nobody carries".into(),
    };
    Arc::new(Rules {
        limits: limits(),
        tables: Tables {
            actions: [(ACTION.to_owned(), carry)].into(),
            telemetry_function: Some(TELEMETRY.into()),
            invocation_function: Some(URL_FUNCTION.into()),
        },
        authorizer: Arc::new(ReservedOnly {
            names: [RESERVED_NAME.to_owned()].into(),
            operator_functions: vec!["danger::*".to_owned()],
        }),
        engine_version: "0".into(),
    })
}
