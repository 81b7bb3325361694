//! What must hold: one file for each promise.

mod announcements;
mod calls;
pub(crate) mod catalog;
mod functions;
pub(crate) mod limits;
pub(crate) mod load;
mod providers;
mod registrants;
pub(crate) mod routing;
pub(crate) mod versions;

pub(crate) use providers::agree as providers_agree;

use iii_engine::core::{Inbound, SessionId};
use iii_protocol::Message;

/// The promises that need a memory.
#[derive(Default)]
pub(crate) struct Checks {
    pub(crate) announcements: announcements::Announcements,
    pub(crate) calls: calls::Calls,
    pub(crate) functions: functions::Functions,
    pub(crate) registrants: registrants::Registrants,
}

impl Checks {
    /// A session is about to handle something.
    pub(crate) fn asked(&mut self, session: SessionId, inbound: &Inbound) {
        self.calls.asked(session, inbound);
        match inbound {
            Inbound::Message(Message::RegisterTrigger(trigger)) => {
                self.registrants.registers(session, trigger);
            }
            Inbound::Message(Message::UnregisterTrigger(trigger)) => {
                self.registrants.unregisters(session, &trigger.id);
            }
            Inbound::Malformed(error) => self.registrants.registers_badly(session, error),
            _ => {}
        }
    }

    /// A session is over; nothing is owed to it any more.
    pub(crate) fn forget(&mut self, session: SessionId) {
        self.calls.forget(session);
        self.functions.forget(session);
        self.registrants.forget(session);
    }
}
