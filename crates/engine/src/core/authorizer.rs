//! The seam in front of every message: may this session do that?

use iii_protocol::{ErrorBody, ErrorCode, Text};
use std::collections::BTreeSet;
use std::fmt;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The connection's id on the wire.
    pub worker_id: Text,
    /// The worker's name; its connection id until it has named itself.
    pub name: Text,
    /// The worker's namespace.
    pub namespace: Text,
    /// In-process, or holding the operator token.
    pub trusted: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// Take a worker name.
    Name {
        /// The name.
        name: &'a str,
    },
    /// Call a function.
    Call {
        /// Its namespace.
        namespace: &'a str,
        /// Its id.
        function_id: &'a str,
    },
    /// Offer a function.
    RegisterFunction {
        /// Its id.
        function_id: &'a str,
    },
    /// Provide a trigger type.
    RegisterTriggerType {
        /// Its id.
        trigger_type: &'a str,
    },
    /// Bind a trigger.
    RegisterTrigger {
        /// Its type.
        trigger_type: &'a str,
        /// The function to run.
        function_id: &'a str,
    },
}

/// A refusal: the code and what to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `FORBIDDEN` or a conflict code.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
}

impl From<Refusal> for ErrorBody {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code, refusal.message)
    }
}

/// A namespace may be absent, but not blank, whatever message names it.
pub(in crate::core) fn not_blank(namespace: Option<&str>) -> Result<(), Refusal> {
    if namespace.is_some_and(|namespace| namespace.trim().is_empty()) {
        return Err(Refusal {
            code: ErrorCode::InvalidNamespace,
            message: "the namespace is blank".to_owned(),
        });
    }
    Ok(())
}

/// Decides about every message before it takes effect.
///
/// # Contract
/// Pure and quick: it is asked on the hot path, with no lock held.
pub trait Authorizer: Send + Sync + fmt::Debug {
    /// Whether `who` may do `what`.
    ///
    /// # Errors
    /// The refusal that the asking session is given.
    fn authorize(&self, who: &Identity, what: Request<'_>) -> Result<(), Refusal>;
}

/// Ids beginning so belong to the engine and to first-party workers.
pub const RESERVED_PREFIX: &str = "engine::";

/// The default: everything is allowed but what is reserved to trusted sessions.
#[derive(Clone, Debug, Default)]
pub struct ReservedOnly {
    /// Worker names that only trusted sessions may take.
    pub names: BTreeSet<String>,
    /// Functions that only trusted sessions may call: exact ids, or prefixes ending in `*`.
    pub operator_functions: Vec<String>,
}

impl ReservedOnly {
    fn is_operator_function(&self, function_id: &str) -> bool {
        self.operator_functions
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(prefix) => function_id.starts_with(prefix),
                None => pattern == function_id,
            })
    }
}

impl Authorizer for ReservedOnly {
    fn authorize(&self, who: &Identity, what: Request<'_>) -> Result<(), Refusal> {
        if who.trusted {
            return Ok(());
        }
        match what {
            Request::Name { name } if self.names.contains(name) => Err(Refusal {
                code: ErrorCode::WorkerNamespaceConflict,
                message: format!("the worker name `{name}` is reserved to a first-party worker"),
            }),
            Request::RegisterFunction { function_id: id }
            | Request::RegisterTriggerType { trigger_type: id }
                if id.starts_with(RESERVED_PREFIX) =>
            {
                Err(Refusal {
                    code: ErrorCode::FunctionNamespaceConflict,
                    message: format!("`{id}`: ids beginning with `{RESERVED_PREFIX}` are reserved"),
                })
            }
            Request::Call { function_id, .. } if self.is_operator_function(function_id) => {
                Err(Refusal {
                    code: ErrorCode::Forbidden,
                    message: format!("function `{function_id}` needs the operator token"),
                })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(trusted: bool) -> Identity {
        let text = Text::from_static("w");
        Identity {
            worker_id: text.clone(),
            name: text.clone(),
            namespace: text,
            trusted,
        }
    }

    #[test]
    fn reserved_things_need_trust() {
        let authorizer = ReservedOnly {
            names: ["alpha".to_owned()].into(),
            operator_functions: vec!["danger::*".to_owned(), "one::shot".to_owned()],
        };
        let refused = [
            Request::Name { name: "alpha" },
            Request::RegisterFunction {
                function_id: "engine::x",
            },
            Request::RegisterTriggerType {
                trigger_type: "engine::y",
            },
            Request::Call {
                namespace: "default",
                function_id: "danger::zone",
            },
            Request::Call {
                namespace: "other",
                function_id: "one::shot",
            },
        ];
        for request in refused {
            assert!(
                authorizer.authorize(&who(false), request).is_err(),
                "{request:?}"
            );
            assert!(
                authorizer.authorize(&who(true), request).is_ok(),
                "{request:?}"
            );
        }
        let allowed = [
            Request::Name { name: "beta" },
            Request::RegisterFunction {
                function_id: "orders::x",
            },
            Request::Call {
                namespace: "default",
                function_id: "engine::functions::list",
            },
            Request::Call {
                namespace: "default",
                function_id: "one::shot::more",
            },
        ];
        for request in allowed {
            assert!(
                authorizer.authorize(&who(false), request).is_ok(),
                "{request:?}"
            );
        }
    }
}
