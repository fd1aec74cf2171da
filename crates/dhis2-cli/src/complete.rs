//! What shells complete: names of profiles, and ids that an earlier `search` or name has found. No server is asked, no secret
//! is read.

use std::ffi::{OsStr, OsString};

use clap_complete::CompletionCandidate;
use dhis2::ObjectKind;
use dhis2::local::{Account, IdCache, Login, Profiles, Target};

/// The environment variable by which a shell says that it wants completions.
pub(crate) const VARIABLE: &str = "DHIS2_COMPLETE";

pub(crate) fn profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    let Ok(profiles) = Profiles::open() else { return Vec::new() };
    let begin = current.to_string_lossy();
    let names = profiles.names().filter(|name| name.starts_with(&*begin));
    names.map(CompletionCandidate::new).collect()
}

pub(crate) fn programs(current: &OsStr) -> Vec<CompletionCandidate> {
    ids(ObjectKind::Program, current)
}

pub(crate) fn program_stages(current: &OsStr) -> Vec<CompletionCandidate> {
    ids(ObjectKind::ProgramStage, current)
}

pub(crate) fn data_sets(current: &OsStr) -> Vec<CompletionCandidate> {
    ids(ObjectKind::DataSet, current)
}

pub(crate) fn data_elements(current: &OsStr) -> Vec<CompletionCandidate> {
    ids(ObjectKind::DataElement, current)
}

pub(crate) fn organisation_units(current: &OsStr) -> Vec<CompletionCandidate> {
    ids(ObjectKind::OrganisationUnit, current)
}

/// Ids, and codes where one is begun: shells replace what was typed, so that a name cannot be completed to an id.
fn ids(kind: ObjectKind, current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(cache) = account().and_then(|account| IdCache::open(&account).ok()) else { return Vec::new() };
    let begin = current.to_string_lossy();
    let mut candidates = Vec::new();
    for object in cache.objects().into_iter().filter(|object| object.kind == kind) {
        let help = Some(object.name.clone().into());
        if object.id.starts_with(&*begin) {
            candidates.push(CompletionCandidate::new(object.id).help(help));
        } else if let Some(code) = object.code.filter(|code| code.starts_with(&*begin) && !code.contains([' ', ','])) {
            candidates.push(CompletionCandidate::new(code).help(help));
        }
    }
    candidates
}

/// Of whom the words on the command line and the environment speak.
fn account() -> Option<Account> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let said = |option: &str, variable: &str| {
        let flag = words.iter().enumerate().rev().find_map(|(place, word)| {
            let word = word.to_str()?;
            match word.strip_prefix(option)? {
                "" => words.get(place + 1)?.to_str().map(str::to_owned),
                rest => rest.strip_prefix('=').map(str::to_owned),
            }
        });
        flag.or_else(|| std::env::var(variable).ok()).filter(|text| !text.is_empty())
    };
    let token = || said("--token", "DHIS2_TOKEN").map(|token| Login::Token(token.into()));
    let command = || said("--token-command", "DHIS2_TOKEN_COMMAND").map(Login::TokenCommand);
    let user = || said("--username", "DHIS2_USERNAME").map(|name| Login::Basic(name, String::new().into()));
    let target = Target {
        url: said("--url", "DHIS2_URL"),
        login: token().or_else(command).or_else(user),
        profile: said("--profile", "DHIS2_PROFILE"),
    };
    target.account(&Profiles::open().ok()?).ok()
}
