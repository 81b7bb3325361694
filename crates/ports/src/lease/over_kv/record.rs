//! What the entry of a lease holds: a number for the format, the fence, the owner.

use crate::lease::{Fence, Lease};
use bytes::{Buf, BufMut, Bytes};

/// The fence of an entry that nobody has renewed: it is the entry's own version.
pub(super) const FENCE_OF_VERSION: Fence = Fence(0);

const FORMAT: u8 = 1;
const HEADER_BYTES: usize = 1 + size_of::<u64>();

pub(super) struct Record {
    pub(super) fence: Fence,
    pub(super) owner: String,
}

impl Record {
    pub(super) fn encode(lease: &Lease) -> Bytes {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + lease.owner.len());
        bytes.put_u8(FORMAT);
        bytes.put_u64(lease.fence.0);
        bytes.put_slice(lease.owner.as_bytes());
        bytes.into()
    }

    /// `None` for what is no lease.
    pub(super) fn decode(mut bytes: &[u8]) -> Option<Self> {
        if bytes.len() < HEADER_BYTES || bytes.get_u8() != FORMAT {
            return None;
        }
        let fence = Fence(bytes.get_u64());
        let owner = std::str::from_utf8(bytes).ok()?.to_owned();
        Some(Self { fence, owner })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixMs;

    #[test]
    fn a_record_comes_back_and_anything_else_is_none() {
        let lease = Lease {
            name: "n".to_owned(),
            owner: "ö".to_owned(),
            fence: Fence(258),
            until: UnixMs(1),
        };
        let bytes = Record::encode(&lease);
        let record = Record::decode(&bytes).unwrap();
        assert_eq!((record.fence, record.owner.as_str()), (Fence(258), "ö"));
        let not_text = [&bytes[..HEADER_BYTES], b"\xff"].concat();
        let other_format = [b"\x02", &bytes[1..]].concat();
        for wrong in [b"".as_slice(), &bytes[..8], &not_text, &other_format] {
            assert!(Record::decode(wrong).is_none(), "{wrong:?}");
        }
    }
}
