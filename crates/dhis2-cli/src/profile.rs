//! The `profile` commands.

use std::io::{IsTerminal, Read};

use dhis2::local::{IdCache, Login, Profile, ProfileLogin, Profiles, SecretPlace, Target};
use serde_json::{Value, json};

use crate::args::{PlaceArgument, ProfileAddArguments, ProfileCommand, ProfileListArguments, ProfileShowArguments};
use crate::exit::{Done, Failure};
use crate::out;
use crate::table::table;

pub(crate) fn run(wanted: &ProfileCommand) -> Result<Done, Failure> {
    match wanted {
        ProfileCommand::Add(wanted) => add(wanted)?,
        ProfileCommand::List(wanted) => list(wanted)?,
        ProfileCommand::Show(wanted) => show(wanted)?,
        ProfileCommand::Use(wanted) => Profiles::open()?.use_from_now_on(&wanted.name)?,
        ProfileCommand::Remove(wanted) => {
            let mut profiles = Profiles::open()?;
            forget_ids(&profiles, &wanted.name);
            profiles.remove(&wanted.name)?;
        }
    }
    Ok(Done::Complete)
}

fn add(wanted: &ProfileAddArguments) -> Result<(), Failure> {
    let mut profiles = Profiles::open()?;
    let login = match (&wanted.token_command, &wanted.username) {
        (Some(command), _) => Login::TokenCommand(command.clone()),
        (None, Some(username)) => {
            let asked = format!("Password of {username} at {}: ", wanted.url);
            Login::Basic(username.clone(), secret(wanted.password_stdin, &asked, "--password-stdin")?.into())
        }
        (None, None) => {
            let asked = format!("Personal access token for {}: ", wanted.url);
            Login::Token(secret(wanted.token_stdin, &asked, "--token-stdin")?.into())
        }
    };
    let place = wanted.keep_in.map(|place| match place {
        PlaceArgument::Keyring => SecretPlace::Keyring,
        PlaceArgument::File => SecretPlace::File,
    });
    if wanted.replace {
        forget_ids(&profiles, &wanted.name);
    }
    let kept = profiles.add(&wanted.name, &wanted.url, login, place, wanted.replace)?;
    if wanted.take_into_use {
        profiles.use_from_now_on(&wanted.name)?;
    }
    let secret = match kept {
        Some(SecretPlace::Keyring) => "; its secret is in the system's keyring",
        Some(_) => "; its secret is in a file that you alone can read",
        None => "",
    };
    let in_use = if profiles.in_use() == Some(&wanted.name) { ", and in use from now on" } else { "" };
    eprintln!("the profile {} is kept{in_use}{secret}. Try it: dhis2 doctor --profile {}", wanted.name, wanted.name);
    Ok(())
}

/// A secret from standard input, or from a person who is asked for it and does not see it.
fn secret(from_input: bool, asked: &str, option: &str) -> Result<String, Failure> {
    let input = std::io::stdin();
    if !from_input {
        if !input.is_terminal() {
            return Err(Failure::usage(format!("nobody is there to be asked for the secret: give it with {option}")));
        }
        return rpassword::prompt_password(asked)
            .map_err(|error| Failure::error(format!("the secret could not be asked for: {error}")));
    }
    let mut text = String::new();
    input
        .lock()
        .read_to_string(&mut text)
        .map_err(|error| Failure::error(format!("nothing could be read: {error}")))?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    if text.is_empty() { Err(Failure::usage("there was no secret on standard input")) } else { Ok(text) }
}

/// The ids that were found for a profile, which is another one from now on. Where they cannot be removed they do no harm.
fn forget_ids(profiles: &Profiles, name: &str) {
    let target = Target { profile: Some(name.to_owned()), ..Target::default() };
    if let Ok(account) = target.account(profiles)
        && let Ok(cache) = IdCache::open(&account)
    {
        let _ = cache.forget();
    }
}

fn list(wanted: &ProfileListArguments) -> Result<(), Failure> {
    let profiles = Profiles::open()?;
    if wanted.json {
        let all: Result<Vec<Value>, _> = profiles.names().map(|name| as_json(&profiles, name)).collect();
        return out::line(Value::from(all?));
    }
    let mut shown = table(["", "name", "server", "login"]);
    for name in profiles.names() {
        let profile = profiles.get(name)?;
        let mark = if profiles.in_use() == Some(name) { "*" } else { "" };
        shown.add_row([mark, name, &profile.url, &login(profile)]);
    }
    if profiles.names().next().is_none() {
        eprintln!("there is no profile; `dhis2 profile add` makes one");
        return Ok(());
    }
    out::line(shown)
}

fn show(wanted: &ProfileShowArguments) -> Result<(), Failure> {
    let profiles = Profiles::open()?;
    let name = wanted.name.as_deref().or(profiles.in_use());
    let name = name.ok_or_else(|| Failure::usage("no profile is in use: name one, or `dhis2 profile use` one"))?;
    if wanted.json {
        return out::line(as_json(&profiles, name)?);
    }
    let profile = profiles.get(name)?;
    let in_use = if profiles.in_use() == Some(name) { " (in use)" } else { "" };
    out::line(format_args!("{name}{in_use}\nserver: {}\nlogin: {}", profile.url, login(profile)))
}

fn login(profile: &Profile) -> String {
    let kept = |place: &SecretPlace| if *place == SecretPlace::Keyring { "keyring" } else { "file" };
    match &profile.login {
        ProfileLogin::Basic { username, secret } => format!("{username}, password in the {}", kept(secret)),
        ProfileLogin::Token { secret } => format!("personal access token in the {}", kept(secret)),
        ProfileLogin::TokenCommand { command } => format!("access token from `{command}`"),
        _ => String::new(),
    }
}

fn as_json(profiles: &Profiles, name: &str) -> Result<Value, Failure> {
    let profile = profiles.get(name)?;
    Ok(json!({
        "name": name,
        "url": profile.url,
        "login": profile.login,
        "in_use": profiles.in_use() == Some(name),
    }))
}
