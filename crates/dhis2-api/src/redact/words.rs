//! What servers say when something is wrong, without the values they repeat.

use super::mask::escaped;
use super::{RedactedRequest, Redaction};
use crate::uid::Uid;

/// Words of servers' messages, in lower case. Were somebody called like one of them, nothing would tell.
const WORDS: &str = "\
    a aborted access accessible across all allowed an and any api are argument at attribute attributes \
    authorised authorities authority authorized based be been before both by can cannot capture category closed code combination \
    combo conflict connection constraint could criteria current data dataelement database dataset date deleted denied descendants \
    different dimension dimensions disabled does duplicate each either element elements enabled end endpoint enough enrollment \
    enrollments entities entity equal error event events exceeded exception execute exist exists expected expired failed field \
    fields filter filters for format found from gc get greater group groups has have heap http id identifier identifiers ids if \
    illegal in indicator internal interrupted invalid is it item items java json junction killed least level limit limited list \
    login lock locked longer malformed many matching maximum maxteicountreached memory mentioned message method minimum missing \
    mode more must no none not null number object of offset once one only operator option or order org organisation orgunit \
    orgunitmode orgunits out outofmemory outofmemoryerror overhead owner ownership ownership_access_denied page paging parameter \
    parameters part path period periods permission pool post program programs property provided query range reached read record \
    records relationship relationships repeated request requested required resource response result results root s same scope \
    search selected server session set sets should simultaneously size space specified sql sqlstate stage start state \
    statement status supported support syntax system t tei template than that the this time timed timeout to token too tracked \
    trackedentities trackedentity type types unauthorized uid uids undefined unexpected unit units unknown unsupported update \
    updated user username valid value values version view was when where with within without wrong write you your";

/// The raw text of a message with the words that say what the matter is, codes such as `E1003`, and the ids that were asked for.
pub(super) fn message(redaction: &Redaction, asked: &RedactedRequest, raw: &str) -> String {
    escaped(raw, |word| {
        let lower = word.to_ascii_lowercase();
        if is_code(word) || WORDS.split(' ').any(|known| known == lower) {
            return Some(word.to_owned());
        }
        let uid = Uid::parse(word).ok()?;
        // Any other could be a name of eleven letters; what stands in its place has its form.
        let other = asked.ids.get(&uid).copied().unwrap_or_else(|| redaction.other(uid));
        Some(other.to_string())
    })
}

/// `E`, and four digits.
fn is_code(word: &str) -> bool {
    word.len() == 5 && word.starts_with('E') && word[1..].bytes().all(|sign| sign.is_ascii_digit())
}
