//! The commands `completion` and `man`.

use clap::CommandFactory;
use clap_complete::env::Shells;

use crate::args::{Arguments, CompletionArguments, ManArguments, ShellArgument};
use crate::complete::VARIABLE;
use crate::exit::{Done, Failure};
use crate::out;

/// Prints what a shell must read to complete.
pub(crate) fn completion(wanted: &CompletionArguments) -> Result<Done, Failure> {
    let name = match wanted.shell {
        ShellArgument::Bash => "bash",
        ShellArgument::Zsh => "zsh",
        ShellArgument::Fish => "fish",
        ShellArgument::PowerShell => "powershell",
    };
    let failed = |problem: &dyn std::fmt::Display| Failure::error(format!("nothing can be made for {name}: {problem}"));
    let shells = Shells::builtins();
    let shell = shells.completer(name).ok_or_else(|| failed(&"it is not known"))?;
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "dhis2", "dhis2", "dhis2", &mut script).map_err(|error| failed(&error))?;
    out::bytes(&script)?;
    Ok(Done::Complete)
}

/// Writes the manual pages.
pub(crate) fn man(wanted: &ManArguments) -> Result<Done, Failure> {
    let failed = |error: std::io::Error| {
        Failure::error(format!("the manual pages cannot be written into {}: {error}", wanted.output.display()))
    };
    std::fs::create_dir_all(&wanted.output).map_err(failed)?;
    clap_mangen::generate_to(Arguments::command(), &wanted.output).map_err(failed)?;
    Ok(Done::Complete)
}
