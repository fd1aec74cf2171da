//! Who may log in, and what they may see.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::world::World;
use crate::world::units::{UnitIndex, UnitSet, Units};

/// The superuser's name.
pub const SUPERUSER: &str = "admin";
/// The superuser's password.
pub const SUPERUSER_PASSWORD: &str = "district";
/// The name of the account that may capture, view and search in one region only.
pub const CLERK: &str = "clerk";
/// The clerk's password.
pub const CLERK_PASSWORD: &str = "Clerk-2026";
/// The superuser's personal access token.
pub const SUPERUSER_TOKEN: &str = "d2p_5imu1at0rSuperuserTokenOfTheEmbeddedServer12345678";
/// The clerk's personal access token.
pub const CLERK_TOKEN: &str = "d2p_5imu1at0rClerkTokenOfTheEmbeddedServer456789012345";

/// An account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) uid: &'static str,
    pub(crate) username: &'static str,
    password: &'static str,
    token: &'static str,
    pub(crate) superuser: bool,
    /// Capture, view and search units alike.
    pub(crate) units: Vec<UnitIndex>,
}

impl Account {
    /// The superuser, at the roots, and the clerk, in the first region by name.
    pub(crate) fn all(world: &World) -> Vec<Self> {
        let roots: Vec<_> = world.units.roots().collect();
        let name = |unit: &UnitIndex| {
            let object = world.metadata.find(world.unit_uid(*unit));
            object.and_then(|o| o.text_of("name")).unwrap_or_default().to_owned()
        };
        let mut regions: Vec<_> = roots.iter().flat_map(|&root| world.units.children(root)).collect();
        regions.sort_by_cached_key(name);
        let region = regions.first().or(roots.first()).copied();
        vec![
            Self {
                uid: "M5zQapPyTZI",
                username: SUPERUSER,
                password: SUPERUSER_PASSWORD,
                token: SUPERUSER_TOKEN,
                superuser: true,
                units: roots,
            },
            Self {
                uid: "Qm2WexBrzOd",
                username: CLERK,
                password: CLERK_PASSWORD,
                token: CLERK_TOKEN,
                superuser: false,
                units: region.into_iter().collect(),
            },
        ]
    }

    /// Whether a unit is one of the account's or below one.
    pub(crate) fn reaches(&self, units: &Units, unit: UnitIndex) -> bool {
        self.units.iter().any(|&own| units.is_within(unit, own))
    }

    /// Everything within reach.
    pub(crate) fn scope(&self, units: &Units) -> UnitSet {
        let mut set = UnitSet::none(units);
        for &unit in &self.units {
            set.insert_subtree(units, unit);
        }
        set
    }
}

/// What a request says about who sends it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    None,
    Basic {
        username: String,
        password: String,
    },
    Token(String),
    Bearer,
    /// A scheme that is no login here.
    Other,
}

impl Credentials {
    /// Reads an `Authorization` header.
    pub(crate) fn read(header: Option<&str>) -> Self {
        use base64::Engine as _;
        let Some((scheme, rest)) = header.and_then(|h| h.split_once(' ')) else {
            return if header.is_some() { Self::Other } else { Self::None };
        };
        match scheme.to_ascii_lowercase().as_str() {
            "basic" => base64::engine::general_purpose::STANDARD
                .decode(rest.trim())
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .and_then(|pair| pair.split_once(':').map(|(u, p)| (u.to_owned(), p.to_owned())))
                .map_or(Self::Other, |(username, password)| Self::Basic { username, password }),
            "apitoken" => Self::Token(rest.trim().to_owned()),
            "bearer" => Self::Bearer,
            _ => Self::Other,
        }
    }
}

/// Which account the password belongs to.
pub(crate) fn by_password(accounts: &[Account], username: &str, password: &str) -> Option<usize> {
    accounts.iter().position(|a| a.username == username && a.password == password)
}

/// Which account the token belongs to.
pub(crate) fn by_token(accounts: &[Account], token: &str) -> Option<usize> {
    accounts.iter().position(|a| a.token == token)
}

/// Whether a token has the shape of one, so that only the account is missing.
pub(crate) fn is_well_formed_token(token: &str) -> bool {
    let shape = |prefix: &str, length: usize| {
        token.strip_prefix(prefix).is_some_and(|r| r.len() == length && r.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    shape("d2p_", 50) || shape("d2pat_", 42)
}

/// The sessions that logins opened.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<String, usize>>,
    opened: AtomicU64,
}

impl Sessions {
    pub(crate) fn account(&self, cookies: Option<&str>) -> Option<usize> {
        let id = cookies?.split(';').find_map(|c| c.trim().strip_prefix("JSESSIONID="))?;
        self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(id).copied()
    }

    /// Opens a session; its id.
    pub(crate) fn open(&self, account: usize) -> String {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        // Ids need to differ, not to be secret: the server is on loopback and holds nothing real.
        let id = format!("{:016X}{number:016X}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5EED);
        self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(id.clone(), account);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_whatever_the_case_of_the_scheme() {
        assert_eq!(
            Credentials::read(Some("basic YWRtaW46ZGlzdDpyaWN0")),
            Credentials::Basic { username: "admin".into(), password: "dist:rict".into() }
        );
        assert_eq!(Credentials::read(Some("APITOKEN abc")), Credentials::Token("abc".into()));
        assert_eq!(Credentials::read(Some("Bearer abc")), Credentials::Bearer);
        assert_eq!(Credentials::read(Some("Digest abc")), Credentials::Other);
        assert_eq!(Credentials::read(Some("Basic !!")), Credentials::Other);
        assert_eq!(Credentials::read(None), Credentials::None);
    }

    #[test]
    fn the_tokens_have_the_shape_of_tokens() {
        assert!(is_well_formed_token(SUPERUSER_TOKEN) && is_well_formed_token(CLERK_TOKEN));
        assert!(!is_well_formed_token("d2p_short"));
    }
}
