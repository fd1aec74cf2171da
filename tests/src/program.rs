//! The program `dhis2`, built and ready to run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The built program. Cargo gives its path only to tests of its own package, so it is built here, which takes no time where it
/// is already, into the folder that the test was built into. `DHIS2_PROGRAM` names one that is built.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let this = env::current_exe().unwrap();
    let profile = this.ancestors().nth(2).unwrap();
    if let Some(built) = env::var_os("DHIS2_PROGRAM") {
        return PathBuf::from(built);
    }
    let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--package", "dhis2-cli", "--bin", "dhis2", "--target-dir"]);
    build.arg(profile.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success());
    profile.join(format!("dhis2{}", env::consts::EXE_SUFFIX))
});

/// Where the program is.
pub fn program() -> &'static Path {
    &PROGRAM
}

/// The program in a folder, with these variables in its environment and none of its others.
pub fn command(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(&*PROGRAM);
    command.current_dir(folder).args(arguments).envs(environment.iter().copied());
    let is_given = |name: &str| environment.iter().any(|(given, _)| *given == name);
    for side in ["DHIS2", "DHIS2_FROM", "DHIS2_TO"] {
        let names = ["URL", "TOKEN", "TOKEN_COMMAND", "USERNAME", "PASSWORD", "PROFILE"];
        for name in names.map(|name| format!("{side}_{name}")).iter().filter(|name| !is_given(name)) {
            command.env_remove(name);
        }
    }
    // What the person at this machine keeps is left alone, their keyring too.
    for (name, value) in [("CONFIG_DIR", "config"), ("CACHE_DIR", "cache")] {
        let name = format!("DHIS2_{name}");
        if !is_given(&name) {
            command.env(name, folder.join(value));
        }
    }
    command.env("DHIS2_KEEP_IN", "file");
    command
}
