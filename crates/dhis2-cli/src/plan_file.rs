//! Plans in files: what was planned, and the command that planned it.

use std::path::Path;

use dhis2::Plan;
use serde_json::json;

use crate::exit::Failure;

/// Options that a plan leaves out, since they say who asks, or what becomes of the rows. All take a value.
const LEFT_OUT: [&str; 8] =
    ["--profile", "--token", "--token-command", "--username", "--output", "-o", "--receipt", "--record"];

/// A plan that was made before.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    plan: Plan,
}

/// The plan as JSON, with the command that made it.
pub(crate) fn write(plan: &Plan) -> String {
    let mut value = json!(plan);
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    value["command"] = json!(without_secrets(words));
    format!("{value:#}")
}

/// A file with a plan, and its command.
pub(crate) fn read(path: &Path) -> Result<(Planned, Vec<String>), Failure> {
    let failed = |problem: String| Failure::usage(format!("{} is no plan: {problem}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let command = value["command"].as_array().ok_or_else(|| failed("it names no command".to_owned()))?;
    let command = command.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect();
    let plan = serde_json::from_value(value).map_err(|error| failed(error.to_string()))?;
    Ok((Planned { plan }, command))
}

impl Planned {
    /// Refuses to run what is no longer what was planned.
    pub(crate) fn check(&self, now: &Plan) -> Result<(), Failure> {
        let ids = |plan: &Plan| plan.chunks.iter().map(|chunk| chunk.id.clone()).collect::<Vec<_>>().join(" ");
        let user = |plan: &Plan| plan.server.user.clone().unwrap_or_default();
        let texts = [
            ("the server", self.plan.server.url.clone(), now.server.url.clone()),
            ("the server's version", self.plan.server.version.clone(), now.server.version.clone()),
            ("the account", user(&self.plan), user(now)),
            ("the question", self.plan.query.to_string(), now.query.to_string()),
            ("the work", ids(&self.plan), ids(now)),
        ];
        match texts.into_iter().find(|(_, was, is)| was != is) {
            None => Ok(()),
            Some((what, was, is)) => Err(Failure::usage(format!(
                "the plan does not fit any more: {what} was {was} and is now {is}; plan again"
            ))),
        }
    }
}

fn without_secrets(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let option = word.split('=').next().unwrap_or_default();
        if option == "--plan" || option == "--json" {
            // Its value, where it stands apart.
            words.next_if(|next| option == word && !next.starts_with('-'));
        } else if LEFT_OUT.contains(&option) {
            if option == word {
                words.next();
            }
        } else if !word.starts_with("-o") {
            kept.push(word);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_holds_no_secret_and_no_place_for_the_rows() {
        let words = "extract events --program p --token secret --url u --plan json -o a.csv --names";
        let kept = without_secrets(words.split(' ').map(str::to_owned));
        assert_eq!(kept.join(" "), "extract events --program p --url u --names");
        let words = "--token=secret extract events --profile here --plan --program p --output=a.csv --username me -oa.csv --token-command=c";
        let kept = without_secrets(words.split(' ').map(str::to_owned));
        assert_eq!(kept.join(" "), "extract events --program p");
    }
}
