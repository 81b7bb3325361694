//! What the host needs to know about a worker of this build.

use crate::backends::Backends;
use crate::config::{Error, Problem, Section};
use iii_kit::schemars::Schema;
use iii_kit::{BoxFuture, StartError, Worker};

/// A worker that this build can run.
pub struct BuiltIn {
    /// Its name in `workers`, which is also its worker name.
    pub name: &'static str,
    /// Older names that mean the same.
    pub aliases: &'static [&'static str],
    /// JSON Schema of its settings, from its own type.
    pub schema: fn() -> Schema,
    /// Lets the worker read its settings.
    pub read: fn(&Section) -> Result<Plan, Error>,
}

impl BuiltIn {
    /// The worker whose name, or older name, is `name`.
    pub(crate) fn find<'a>(name: &str, all: &'a [Self]) -> Result<&'a Self, Problem> {
        all.iter()
            .find(|known| known.name == name || known.aliases.contains(&name))
            .ok_or_else(|| Problem::UnknownWorker {
                name: name.to_owned(),
                known: all.iter().map(|known| known.name.to_owned()).collect(),
            })
    }
}

/// A worker whose settings are read and valid, and that can be made as often as needed: once at
/// the start, and again when a change of its settings had to be taken back.
pub struct Plan(Box<Make>);

type Make = dyn Fn(&Backends) -> Result<Made, StartError> + Send + Sync;

/// A worker that is made and not yet attached: it does nothing.
pub struct Made {
    /// The worker.
    pub worker: Box<dyn Worker>,
    /// Resolves once the worker serves to where it listens, if it listens.
    pub address: BoxFuture<'static, Option<String>>,
    /// Gives it new settings while it runs; absent where it has to be started anew for that.
    pub change: Option<Change>,
}

/// Gives a running worker the settings of a section and tells where it listens then. A worker that
/// cannot take them goes on as before.
pub type Change = Box<dyn Fn(&Section) -> Result<Option<String>, StartError> + Send + Sync>;

impl Made {
    /// A worker that listens nowhere.
    pub fn quiet(worker: impl Worker) -> Self {
        Self {
            worker: Box::new(worker),
            address: Box::pin(async { None }),
            change: None,
        }
    }
}

impl Plan {
    /// A plan that makes its worker with `make`.
    pub fn new(
        make: impl Fn(&Backends) -> Result<Made, StartError> + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(make))
    }

    /// Makes the worker.
    ///
    /// # Errors
    /// What it keeps its data in cannot be opened.
    pub fn make(&self, backends: &Backends) -> Result<Made, StartError> {
        (self.0)(backends)
    }
}
