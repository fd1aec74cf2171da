//! Where a text ends: sixteen bytes at a time, without unsafe code of ours.
#![allow(clippy::inline_always)] // measured: this runs some ten times for each row

use wide::u8x16;

/// The first byte from `at` on that a JSON text does not hold as it is: its closing quote, a backslash, a control character.
#[inline(always)]
pub(super) fn plain_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(sixteen) = bytes.get(at..at + 16).and_then(|part| part.first_chunk::<16>()) {
        if let Some(place) = first_special(sixteen) {
            return Some(at + place);
        }
        at += 16;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).map(|found| at + found)
}

#[inline(always)]
fn first_special(bytes: &[u8; 16]) -> Option<usize> {
    let text = u8x16::new(*bytes);
    let is = |byte| text.simd_eq(u8x16::splat(byte));
    let control = text.min(u8x16::splat(0x1F)).simd_eq(text);
    let special = (control | is(b'"') | is(b'\\')).to_bitmask();
    (special != 0).then_some(special.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_special_byte_is_found(bytes in prop::collection::vec(any::<u8>(), 0..40), at in 0_usize..45) {
            let slow = (at..bytes.len()).find(|place| matches!(bytes[*place], b'"' | b'\\' | 0..0x20));
            prop_assert_eq!(plain_end(&bytes, at), slow);
        }

        #[test]
        fn plain_text_has_no_end(text in "[ !#-\\[\\]-~é😀]{0,40}", special in "[\"\\\\\u{0}-\u{1f}]") {
            prop_assert_eq!(plain_end(text.as_bytes(), 0), None);
            prop_assert_eq!(plain_end((text.clone() + &special).as_bytes(), 0), Some(text.len()));
        }
    }
}
