//! Numbers, and how callers see them.

use std::fmt;
use uuid::Uuid;

/// A message, for ever. Grows in the order in which messages are enqueued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MessageId(pub(crate) u64);

/// One handing over of messages to a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DeliveryId(pub(crate) u64);

/// A queue, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct QueueId(pub(crate) u64);

/// Bits of a message's number that its text has room for.
const NUMBER_BITS: u32 = 60;
const SALT_MASK: u64 = (1 << 62) - 1;

/// Makes message ids into text and back: UUIDs of version 8 that hold the number in front, so they
/// sort like it, and then what tells one store from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    salt: u64,
}

impl Names {
    pub(crate) fn new(salt: u64) -> Self {
        Self {
            salt: salt & SALT_MASK,
        }
    }

    pub(crate) fn text(self, id: MessageId) -> MessageName {
        let number = u128::from(id.0 & ((1 << NUMBER_BITS) - 1));
        let (high, low) = (number >> 12, number & 0xfff);
        let bits = high << 80 | 8 << 76 | low << 64 | 0b10 << 62 | u128::from(self.salt);
        MessageName(Uuid::from_u128(bits))
    }

    /// `None` for what no message of this store is called.
    pub(crate) fn id(self, text: &str) -> Option<MessageId> {
        let bits = Uuid::try_parse(text).ok()?.as_u128();
        let number = (bits >> 80) << 12 | bits >> 64 & 0xfff;
        let id = MessageId(u64::try_from(number).ok()?);
        (self.text(id).0.as_u128() == bits).then_some(id)
    }
}

/// The text of a message id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MessageName(Uuid);

impl fmt::Display for MessageName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_sort_and_belong_to_one_store() {
        let names = Names::new(u64::MAX);
        let ids = [0, 1, 0xfff, 0x1000, 1 << 40, (1 << NUMBER_BITS) - 1];
        let texts: Vec<String> = ids
            .iter()
            .map(|id| names.text(MessageId(*id)).to_string())
            .collect();
        assert!(texts.is_sorted(), "{texts:?}");
        for (id, text) in ids.iter().zip(&texts) {
            assert_eq!(names.id(text), Some(MessageId(*id)));
            assert_eq!(Names::new(7).id(text), None, "another store's");
            let uuid = Uuid::parse_str(text).unwrap();
            assert_eq!(uuid.get_version_num(), 8);
            assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
        }
        for nonsense in ["", "7", "00000000-0000-4000-8000-000000000000"] {
            assert_eq!(names.id(nonsense), None);
        }
    }
}
