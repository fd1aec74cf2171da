//! The embedded server.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// The version to behave like, such as 2.42 or 2.40.12.
    #[arg(long, value_name = "VERSION", default_value = "2.42.5.2")]
    pub(crate) server_version: String,
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8085)]
    pub(crate) port: u16,
    /// The zone of the server's clock, an IANA name.
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Hold what these files hold: DHIS2's own exports (metadata, data value sets, tracker), or HAR files with them, or
    /// folders of either.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["scale", "seed"])]
    pub(crate) load: Vec<PathBuf>,
    /// Hold made-up data of about this many organisation units, with 100 data values and 10 events each.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) scale: u32,
    /// The same seed makes the same data.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Do wrong on purpose what this file (TOML) says: be late, break off, refuse, cut answers.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// The folder to write into; it is made where there is none.
    #[arg(short, long, value_name = "FOLDER", default_value = "dhis2-demo")]
    pub(crate) output: PathBuf,
    /// The version that the embedded server behaves like.
    #[arg(long, value_name = "VERSION", default_value = "2.42.5.2")]
    pub(crate) server_version: String,
}
