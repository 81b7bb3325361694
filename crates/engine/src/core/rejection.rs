//! The refusal of one registration, wherever it is decided.

use iii_protocol::{ErrorCode, Message, RegistrationRejected, Text};

/// What is refused.
#[derive(Clone, Copy)]
pub(in crate::core) enum Kind {
    Function,
    TriggerType,
}

/// The message that refuses one id; the connection goes on. `owner` is the connection id of whoever
/// has the id, if that is the reason.
pub(in crate::core) fn rejection(
    kind: Kind,
    id: &Text,
    namespace: &Text,
    owner: Text,
    text: String,
) -> Message {
    Message::RegistrationRejected(Box::new(RegistrationRejected {
        // Clients take every other code as the end of the connection.
        code: ErrorCode::FunctionNamespaceConflict.as_str().into(),
        namespace: namespace.clone(),
        worker_name: None,
        function_id: Some(id.clone()),
        trigger_type: matches!(kind, Kind::TriggerType).then(|| id.clone()),
        owner_worker_id: owner,
        message: Some(text.into()),
    }))
}
