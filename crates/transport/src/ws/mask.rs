//! Masking of client frames.

use std::cell::RefCell;

/// Keys drawn from the system at once.
const KEYS_PER_DRAW: usize = 128;

struct Keys {
    drawn: [[u8; 4]; KEYS_PER_DRAW],
    left: usize,
}

thread_local! {
    static KEYS: RefCell<Keys> = const {
        RefCell::new(Keys { drawn: [[0; 4]; KEYS_PER_DRAW], left: 0 })
    };
}

/// A fresh random key.
pub(super) fn random_key() -> [u8; 4] {
    KEYS.with_borrow_mut(|keys| {
        if keys.left == 0 {
            // A system without randomness leaves the older keys in place: masking protects careless
            // proxies, not secrets.
            let _ = getrandom::fill(keys.drawn.as_flattened_mut());
            keys.left = KEYS_PER_DRAW;
        }
        keys.left -= 1;
        keys.drawn[keys.left]
    })
}

/// Applies a mask key in place. `phase` is how many bytes of the frame's payload came before.
/// Applying it twice gives the original back.
pub fn apply_mask(bytes: &mut [u8], key: [u8; 4], phase: usize) {
    if key == [0; 4] {
        return;
    }
    let key: [u8; 4] = std::array::from_fn(|at| key[(at + phase) & 3]);
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut words = bytes.chunks_exact_mut(8);
    for word in &mut words {
        let mut value = [0; 8];
        value.copy_from_slice(word);
        word.copy_from_slice(&(u64::from_ne_bytes(value) ^ wide).to_ne_bytes());
    }
    for (at, byte) in words.into_remainder().iter_mut().enumerate() {
        *byte ^= key[at & 3];
    }
}

#[cfg(test)]
mod tests {
    use super::apply_mask;

    #[test]
    fn every_length_and_phase_masks_like_the_definition() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        for length in 0..40_u8 {
            for phase in 0..9 {
                let plain: Vec<u8> = (0..length).map(|at: u8| at ^ 0x5a).collect();
                let expected: Vec<u8> = plain
                    .iter()
                    .enumerate()
                    .map(|(at, byte)| byte ^ key[(at + phase) % 4])
                    .collect();
                let mut masked = plain.clone();
                apply_mask(&mut masked, key, phase);
                assert_eq!(masked, expected, "length {length}, phase {phase}");
                apply_mask(&mut masked, key, phase);
                assert_eq!(masked, plain);
            }
        }
    }
}
