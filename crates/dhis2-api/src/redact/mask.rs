//! Text that keeps its form and says nothing.

/// The text with `1` for every digit, `x` or `X` for every letter, `é` or `𐐨` for every character that is not ASCII.
///
/// ```
/// assert_eq!(dhis2_api::redact::mask("Zoë, 2021-03-04"), "Xxé, 1111-11-11");
/// ```
pub fn mask(text: &str) -> String {
    text.chars().map(masked).collect()
}

pub(super) fn masked(sign: char) -> char {
    match sign {
        '0'..='9' => '1',
        'a'..='z' => 'x',
        'A'..='Z' => 'X',
        ascii if ascii.is_ascii() => ascii,
        // As many bytes as most letters have, and a pair of surrogates where there was one.
        near if near <= '\u{ffff}' => 'é',
        _ => '\u{10428}',
    }
}

/// The same of what stands between the quotes of a JSON text: escapes stay escapes. `word` says of each run of ASCII letters, digits
/// and underscores what stands in its place; where it says nothing the run is masked.
pub(super) fn escaped(raw: &str, mut word: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(sign) = rest.chars().next() {
        let length = if sign == '\\' {
            escape(rest, &mut out)
        } else if is_of_word(sign) {
            let run = rest.find(|sign| !is_of_word(sign)).unwrap_or(rest.len());
            match word(&rest[..run]) {
                Some(kept) => out.push_str(&kept),
                None => out.extend(rest[..run].chars().map(masked)),
            }
            run
        } else {
            out.push(masked(sign));
            sign.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

fn is_of_word(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || sign == '_'
}

/// Writes what stands in place of the escape at the beginning, and says how long it is.
fn escape(text: &str, out: &mut String) -> usize {
    out.push('\\');
    match text.as_bytes().get(1) {
        Some(b'u') => {
            out.push('u');
            let Some(unit) = text.get(2..6).and_then(|digits| u32::from_str_radix(digits, 16).ok()) else { return 2 };
            // A surrogate is not a character, and must remain what it is, a lone one too.
            let unit = match unit {
                0xd800..=0xdbff => 0xd801,
                0xdc00..=0xdfff => 0xdc28,
                unit => char::from_u32(unit).map_or(u32::from('x'), |sign| u32::from(masked(sign))),
            };
            out.extend([12, 8, 4, 0].map(|at| char::from_digit((unit >> at) & 0xf, 16).unwrap_or('0')));
            6
        }
        Some(sign @ (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => {
            out.push(char::from(*sign));
            2
        }
        // The end, or an escape that is none.
        _ => 1,
    }
}
