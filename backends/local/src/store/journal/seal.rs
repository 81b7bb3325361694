//! Checksums.

use twox_hash::XxHash3_64;

/// Bytes of a seal.
pub(super) const SEAL_BYTES: usize = 8;

/// Puts the checksum of everything behind them into the first bytes.
///
/// XXH3 with 64 bits: as fast as memory, so that nobody asks to switch it off; of torn blocks one
/// in 10^19 would pass, where CRC-32 lets one in four thousand million pass. The file behind the
/// journal is held by the same function.
pub(super) fn seal(bytes: &mut [u8]) {
    if let Some((place, sealed)) = bytes.split_first_chunk_mut::<SEAL_BYTES>() {
        *place = XxHash3_64::oneshot(sealed).to_be_bytes();
    }
}

/// Whether bytes are as they were sealed.
pub(super) fn is_sound(bytes: &[u8]) -> bool {
    let parts = bytes.split_first_chunk::<SEAL_BYTES>();
    parts.is_some_and(|(seal, sealed)| *seal == XxHash3_64::oneshot(sealed).to_be_bytes())
}

/// The number at a place of a header.
pub(super) fn number_at(bytes: &[u8], place: usize) -> Option<u64> {
    let number = bytes.get(place..)?.first_chunk::<8>()?;
    Some(u64::from_be_bytes(*number))
}
