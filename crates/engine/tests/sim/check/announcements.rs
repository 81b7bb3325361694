//! Changes are pushed to whoever bound the engine's own trigger types: every change of a worker
//! once, and the listing of functions as it is.

use crate::answers;
use crate::coverage::Coverage;
use crate::model::Model;
use crate::names;
use iii_engine::core::{Fire, Snapshot};
use serde_json::Value;

/// The memory of this promise.
#[derive(Default)]
pub(crate) struct Announcements {
    worker_events: u64,
    listed: bool,
}

impl Announcements {
    /// The engine makes a call of its own, with `catalog` published.
    pub(crate) fn fired(&mut self, fire: &Fire, catalog: &Snapshot, coverage: &mut Coverage) {
        let event = answers::field(&fire.data, "event").expect("an event has a name");
        if event != "functions_changed" {
            assert!(event.starts_with("worker_"), "event `{event}`");
            self.worker_events += 1;
            return;
        }
        coverage.met("listing");
        self.listed = true;
        let listing: Value = serde_json::from_slice(fire.data.as_bytes()).expect("JSON");
        let listed = listing["functions"].as_array().expect("a list");
        assert_eq!(listed.len(), catalog.functions.len(), "functions listed");
        for (found, function) in listed.iter().zip(catalog.functions.values()) {
            assert_eq!(found["function_id"], *function.id);
            assert_eq!(found["namespace"], *function.namespace);
            assert_eq!(found["worker_name"], *function.worker_name);
            assert_eq!(found["replicas"], function.replicas.len());
        }
    }

    /// A step is over.
    pub(crate) fn check(&mut self, model: &mut Model) {
        assert_eq!(
            self.worker_events, model.worker_events,
            "pushed changes of workers"
        );
        if std::mem::take(&mut self.listed) {
            model.listing_due = false;
        }
    }

    /// Time has passed without anything new: nothing is held back any more.
    pub(crate) fn assert_settled(&self, model: &Model) {
        let due = model.listing_due;
        assert!(
            !due,
            "a listing for `{}` is missing",
            names::FUNCTIONS_AVAILABLE
        );
    }
}
