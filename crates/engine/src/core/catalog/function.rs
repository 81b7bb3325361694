//! Functions and the replicas that run them.

use crate::core::ids::SessionId;
use iii_protocol::{Payload, RegisterFunction, Text};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where a function stands in the catalog. Ordered by id first, so that the namespaces which
/// offer an id are neighbours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionKey {
    /// The function id.
    pub id: Text,
    /// Its namespace.
    pub namespace: Text,
}

/// How many calls a session runs, shared by every function it offers.
#[derive(Debug, Default)]
pub struct Load(AtomicU32);

impl Load {
    /// One call more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// One call less.
    pub fn remove(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// Calls in flight right now.
    #[must_use]
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One session that runs the function.
#[derive(Clone, Debug)]
pub struct Replica {
    /// Which session.
    pub session: SessionId,
    /// What it is busy with.
    pub load: Arc<Load>,
}

/// A function and who runs it.
#[derive(Debug)]
pub struct Function {
    /// Its id.
    pub id: Text,
    /// Its namespace.
    pub namespace: Text,
    /// The name of the worker that owns it.
    pub worker_name: Text,
    /// Deadline of calls that bring none.
    pub timeout_ms: Option<u64>,
    /// Only the first replica is called, the others stand by.
    pub exclusive: bool,
    /// Never empty while the function is in the catalog.
    pub replicas: Vec<Replica>,
    /// What it said about itself, if anything.
    pub details: Option<Arc<Details>>,
    turn: AtomicU32,
}

/// What a function says about itself. Kept apart because most say nothing.
#[derive(Debug, PartialEq, Eq)]
pub struct Details {
    /// One line for people.
    pub description: Option<Text>,
    /// JSON Schema of the input.
    pub request_format: Option<Payload>,
    /// JSON Schema of the output.
    pub response_format: Option<Payload>,
    /// Free-form object.
    pub metadata: Option<Payload>,
    /// Descriptor of a function behind a URL.
    pub invocation: Option<Payload>,
}

impl Details {
    fn of(function: &RegisterFunction) -> Option<Arc<Self>> {
        let details = Self {
            description: function.description.as_ref().map(Text::detach),
            request_format: function.request_format.as_ref().map(Payload::detach),
            response_format: function.response_format.as_ref().map(Payload::detach),
            metadata: function.metadata.as_ref().map(Payload::detach),
            invocation: function.invocation.as_ref().map(Payload::detach),
        };
        let empty = Self {
            description: None,
            request_format: None,
            response_format: None,
            metadata: None,
            invocation: None,
        };
        (details != empty).then(|| Arc::new(details))
    }
}

impl Function {
    /// A function as `message` announces it, run by `replicas`.
    #[must_use]
    pub fn new(
        message: &RegisterFunction,
        namespace: Text,
        worker_name: Text,
        replicas: Vec<Replica>,
    ) -> Self {
        Self {
            id: message.id.detach(),
            namespace,
            worker_name,
            timeout_ms: message.timeout_ms,
            exclusive: message.exclusive,
            replicas,
            details: Details::of(message),
            turn: AtomicU32::new(0),
        }
    }

    /// The same function run by other replicas.
    #[must_use]
    pub fn with_replicas(&self, replicas: Vec<Replica>) -> Self {
        Self {
            id: self.id.clone(),
            namespace: self.namespace.clone(),
            worker_name: self.worker_name.clone(),
            timeout_ms: self.timeout_ms,
            exclusive: self.exclusive,
            replicas,
            details: self.details.clone(),
            turn: AtomicU32::new(self.turn.load(Ordering::Relaxed)),
        }
    }

    /// Where it stands in the catalog.
    #[must_use]
    pub fn key(&self) -> FunctionKey {
        FunctionKey {
            id: self.id.clone(),
            namespace: self.namespace.clone(),
        }
    }

    /// The replica with the fewest calls in flight; equally busy ones take turns.
    #[must_use]
    pub fn choose(&self) -> Option<&Replica> {
        if self.exclusive || self.replicas.len() <= 1 {
            return self.replicas.first();
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) as usize;
        let (before, after) = self.replicas.split_at(turn % self.replicas.len());
        // `min_by_key` keeps the first of equals; the rotation makes that another one each time.
        after
            .iter()
            .chain(before)
            .min_by_key(|replica| replica.load.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(replicas: u64, exclusive: bool) -> Function {
        let message = RegisterFunction {
            id: "f".into(),
            exclusive,
            ..RegisterFunction::default()
        };
        let replicas = (1..=replicas)
            .map(|n| Replica {
                session: SessionId::new(0, n),
                load: Arc::default(),
            })
            .collect();
        Function::new(&message, "default".into(), "w".into(), replicas)
    }

    #[test]
    fn the_least_busy_replica_is_chosen() {
        let function = function(3, false);
        function.replicas[0].load.add();
        function.replicas[2].load.add();
        for _ in 0..4 {
            assert_eq!(function.choose().unwrap().session, SessionId::new(0, 2));
        }
    }

    #[test]
    fn equally_busy_replicas_take_turns() {
        let function = function(3, false);
        let mut seen: Vec<_> = (0..3).map(|_| function.choose().unwrap().session).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 3);
    }

    #[test]
    fn only_the_first_replica_of_an_exclusive_function_is_chosen() {
        let function = function(2, true);
        function.replicas[0].load.add();
        assert_eq!(function.choose().unwrap().session, SessionId::new(0, 1));
    }
}
