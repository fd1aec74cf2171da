//! An answer's bytes as text.

use crate::FrameError;

/// The answer's bytes as text, checked once with SIMD so that the JSON reader need not check each string again.
///
/// # Errors
///
/// [`FrameError::BadUtf8`] with the offset of the first byte that is not UTF-8.
///
/// ```
/// use dhis2_frame::{FrameError, text};
///
/// assert_eq!(text("Kédougou".as_bytes())?, "Kédougou");
/// assert!(matches!(text(b"K\xe9dougou"), Err(FrameError::BadUtf8 { offset: 1 })));
/// # Ok::<(), FrameError>(())
/// ```
pub fn text(bytes: &[u8]) -> Result<&str, FrameError> {
    // The quick check says only yes or no; the place is looked for when the answer is already lost.
    simdutf8::basic::from_utf8(bytes).map_err(|_| FrameError::BadUtf8 {
        offset: std::str::from_utf8(bytes).map_or_else(|e| e.valid_up_to(), str::len),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_cut_inside_a_character_names_where_the_character_began() {
        let whole = "a\u{1F600}".as_bytes();
        for end in 2..whole.len() {
            assert!(matches!(text(&whole[..end]), Err(FrameError::BadUtf8 { offset: 1 })));
        }
        assert_eq!(text(whole).unwrap(), "a\u{1F600}");
    }

    proptest! {
        #[test]
        fn it_accepts_what_the_standard_library_accepts(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            match (text(&bytes), std::str::from_utf8(&bytes)) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
                (Err(FrameError::BadUtf8 { offset }), Err(e)) => prop_assert_eq!(offset, e.valid_up_to()),
                (ours, theirs) => prop_assert!(false, "{:?} against {:?}", ours, theirs),
            }
        }
    }
}
