//! The place that a parse failure is given.

use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::*;

fn fault(body: &str) -> (usize, String) {
    let e = serde_json::from_str::<IgnoredAny>(body).unwrap_err();
    match json_error(body, &e) {
        FrameError::Json { offset, path, .. } => (offset, path),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_offset_is_that_of_the_offending_byte() {
    for (body, offset, path) in [
        ("?", 0, ""),
        ("{\"a\": tru3}", 9, "a"),
        ("{\n  \"a\": 1,\n  \"b\": [1, 2, x]\n}", 26, "b[2]"),
        ("{\"é\u{1F600}\":1,\"b\":?}", 16, "b"),
        ("[1]x", 3, ""),
        ("[1,2}", 4, ""),
        ("{\"a\":[1,2}", 9, "a"),
    ] {
        assert_eq!(fault(body), (offset, path.to_owned()), "{body}");
    }
}

#[test]
fn a_newline_inside_a_string_is_pointed_at_itself() {
    let body = "{\"a\":\"x\ny\"}";
    let e = serde_json::from_str::<serde_json::Value>(body).unwrap_err();
    let FrameError::Json { offset, path, .. } = json_error(body, &e) else { unreachable!() };
    assert_eq!((offset, path.as_str()), (7, "a"));
    // Where serde skips a string instead of reading it, it stops a byte earlier.
    assert_eq!(fault(body), (6, "a".to_owned()));
}

#[test]
fn an_answer_cut_short_is_reported_at_its_end() {
    let body = "{\"a\":[{\"b\":1},{\"b\":";
    assert_eq!(fault(body), (body.len() - 1, "a[1].b".to_owned()));
    assert_eq!(fault(""), (0, String::new()));
}

proptest! {
    /// Whatever is cut or broken, the place lies inside the document and nothing panics.
    #[test]
    fn the_place_is_always_inside_the_document(body in "[\\[\\]{}:,\"\\\\0-9a-cé\n\u{1F600} ]{0,40}") {
        if let Err(e) = serde_json::from_str::<IgnoredAny>(&body) {
            let FrameError::Json { offset, .. } = json_error(&body, &e) else { unreachable!() };
            prop_assert!(offset <= body.len());
        }
    }

    /// The first byte of garbage in a sound document is found.
    #[test]
    fn garbage_after_a_sound_beginning_is_found(
        keys in prop::collection::vec("[a-z]{1,8}", 1..6), breaks in any::<bool>(),
    ) {
        let between = if breaks { ",\n  " } else { "," };
        let pairs: Vec<String> = keys.iter().map(|key| format!("\"{key}\":[0,\"é\"]")).collect();
        let sound = format!("{{{}{between}\"last\":", pairs.join(between));
        let body = format!("{sound}?}}");
        prop_assert_eq!(fault(&body), (sound.len(), "last".to_owned()));
    }
}
