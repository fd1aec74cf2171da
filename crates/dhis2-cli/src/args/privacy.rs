//! The command line of what is done to protect persons.

use std::path::PathBuf;

use clap::{ArgAction, Args};

#[derive(Debug, Args)]
#[command(next_help_heading = "Privacy")]
pub(crate) struct PrivacyArguments {
    /// Pseudonyms in place of the ids of persons, enrollments, events, relationships and users: HMAC-SHA-256 with the bytes of
    /// this file, so that tables made with the same file join. Make one with `head -c 32 /dev/urandom > keyfile`.
    #[arg(long, value_name = "KEYFILE")]
    pub(crate) pseudonymise: Option<PathBuf>,
    /// Leave out the values of attributes that the server marks confidential.
    #[arg(long)]
    pub(crate) drop_confidential: bool,
    /// Leave out values of these types, such as `PHONE_NUMBER,EMAIL,COORDINATE,GEOJSON`.
    #[arg(long, value_name = "TYPE", value_delimiter = ',', num_args = 1.., action = ArgAction::Append)]
    pub(crate) drop_types: Vec<String>,
    /// Shift all dates of a person by the same number of days, at most this many, forwards or backwards.
    #[arg(long, value_name = "DAYS", requires = "pseudonymise")]
    pub(crate) date_shift: Option<u32>,
    /// Organisation units of this level (1 is the top) in place of those below them.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) generalise_org_unit: Option<u32>,
}
