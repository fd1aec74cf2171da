//! The program `dhis2`, built and ready to run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The built program. Cargo gives its path only to tests of its own package, so it is built here, which takes no time where it
/// is already, into the folder that the test was built into.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let this = env::current_exe().unwrap();
    let profile = this.ancestors().nth(2).unwrap();
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
    for side in ["DHIS2", "DHIS2_FROM", "DHIS2_TO"] {
        for name in ["URL", "TOKEN", "USERNAME", "PASSWORD"].map(|name| format!("{side}_{name}")) {
            if !environment.iter().any(|(given, _)| *given == name) {
                command.env_remove(name);
            }
        }
    }
    command
}
