//! Where things are kept.

use std::path::PathBuf;

use etcetera::BaseStrategy;

use super::LocalError;

const PROGRAM: &str = "dhis2";

/// The folder of profiles: `DHIS2_CONFIG_DIR`, else `dhis2` in the platform's configuration folder (`XDG_CONFIG_HOME` or
/// `~/.config`; on Windows `%APPDATA%`).
pub(crate) fn configuration() -> Result<PathBuf, LocalError> {
    given("DHIS2_CONFIG_DIR").map_or_else(|| Ok(platform("DHIS2_CONFIG_DIR")?.config_dir().join(PROGRAM)), Ok)
}

/// The folder of caches: `DHIS2_CACHE_DIR`, else `dhis2` in the platform's cache folder (`XDG_CACHE_HOME` or `~/.cache`; on
/// Windows `%LOCALAPPDATA%`).
pub(crate) fn cache() -> Result<PathBuf, LocalError> {
    given("DHIS2_CACHE_DIR").map_or_else(|| Ok(platform("DHIS2_CACHE_DIR")?.cache_dir().join(PROGRAM)), Ok)
}

fn given(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|given| !given.is_empty()).map(PathBuf::from)
}

fn platform(variable: &'static str) -> Result<impl BaseStrategy, LocalError> {
    etcetera::choose_base_strategy().map_err(|_| LocalError::NoHome { variable })
}
