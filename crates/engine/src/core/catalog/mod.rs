//! What exists: workers, functions, trigger types and triggers. The registrar writes, everyone
//! else holds an immutable [`Snapshot`] that shares structure with the ones before and after.

mod function;
mod snapshot;
mod trigger;
mod trigger_type;
mod worker;

pub use function::{Details, Function, FunctionKey, Load, Replica};
pub use snapshot::{DEFAULT_NAMESPACE, Snapshot};
pub use trigger::{Binding, Owner, Registration, Trigger};
pub use trigger_type::{Provider, TriggerType, TypeDetails};
pub use worker::{KIT_FEATURE, Worker, WorkerDetails};
