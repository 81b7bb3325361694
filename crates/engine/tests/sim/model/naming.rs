//! Who a worker is: what it says first, unless registrations were applied before it said anything.

use super::{Changed, Model};
use crate::names;
use iii_engine::core::{Moment, SessionId};
use iii_protocol::{InvokeFunction, Text};
use serde_json::Value;

impl Model {
    pub(super) fn name(&mut self, session: SessionId, call: &InvokeFunction) {
        let data = call
            .data
            .as_ref()
            .expect("the simulation always gives some");
        let data: Value = serde_json::from_slice(data.as_bytes()).expect("JSON");
        let text = |field: &str| data[field].as_str().map(Text::from);
        let (name, namespace) = (text("name"), text("namespace"));
        if namespace.as_ref().is_some_and(|n| n.trim().is_empty()) {
            return;
        }
        let worker = self.worker_mut(session);
        if !worker.named {
            if name.as_deref() == Some(names::RESERVED_NAME) && !worker.trusted {
                worker.refused = true;
                return;
            }
            if worker.settled {
                self.named_late += 1;
            } else {
                worker.name = name.unwrap_or_else(|| worker.name.clone());
                worker.namespace = namespace.unwrap_or_else(|| worker.namespace.clone());
            }
        }
        let worker = self.worker_mut(session);
        worker.named = true;
        worker.kit = data["features"][0] == names::KIT_FEATURE;
        self.event(Changed {
            worker: true,
            functions: false,
        });
        self.settle(session);
    }

    /// Time passes for a session.
    pub(crate) fn tick(&mut self, session: SessionId, now: Moment) {
        let worker = self.worker_mut(session);
        if !worker.settled && !worker.held.is_empty() && worker.until <= now {
            self.settle(session);
        }
    }

    fn settle(&mut self, session: SessionId) {
        let worker = self.worker_mut(session);
        worker.settled = true;
        for message in std::mem::take(&mut worker.held) {
            self.apply(session, &message);
        }
    }
}
