//! What is kept on this machine for the person who works at it: servers and accounts under a name ([`Profiles`]), their secrets,
//! and ids with their names for completion ([`IdCache`]). (Feature `local`.)
//!
//! | what | where | can be moved with |
//! |---|---|---|
//! | profiles, without secrets | `profiles.toml` in the folder `dhis2` of the platform's configuration folder | `DHIS2_CONFIG_DIR` |
//! | secrets | the system's keyring; where there is none, files in `secrets` beside it, which their owner alone can read | `DHIS2_CONFIG_DIR` |
//! | ids, codes and names of metadata | `ids` in the folder `dhis2` of the platform's cache folder | `DHIS2_CACHE_DIR` |

mod error;
mod folders;
mod ids;
mod private_file;
mod profiles;
mod secret;
mod target;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

pub use error::LocalError;
pub use ids::IdCache;
pub use profiles::{Profile, ProfileLogin, Profiles};
pub use secret::SecretPlace;
pub use target::{Account, Login, Target};

/// Something that tells a text from others and does not give it away: 32 hexadecimal digits.
fn digest(text: &str) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(text).iter().take(16) {
        // Writing into a text cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
