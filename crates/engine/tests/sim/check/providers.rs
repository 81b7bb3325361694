//! Providers and the catalog agree on who serves what. That a provider is told of a trigger and of
//! its end in turn is checked where it takes the messages, in `client.rs`.

use crate::client::{Client, Held};
use crate::model::{Bound, Model};
use iii_protocol::Text;
use std::collections::BTreeSet;

/// Nothing is under way any more: `client` serves exactly what the catalog says it serves.
pub(crate) fn agree(client: &Client, model: &Model) {
    let serves: BTreeSet<&Text> = client
        .held
        .iter()
        .filter(|(_, held)| **held != Held::Refused)
        .map(|(id, _)| id)
        .collect();
    let told: BTreeSet<&Text> = model
        .triggers
        .iter()
        .filter(|trigger| trigger.bound == Bound::Bound(client.session))
        .map(|trigger| &trigger.id)
        .collect();
    assert_eq!(serves, told, "triggers that {:?} serves", client.session);
}
