//! Secure connections: rustls with ring, told so explicitly; nothing is installed for the whole process.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// How far a server must prove who it is.
pub(crate) enum Trust {
    /// By a certificate that the system trusts, or that one of these has signed.
    System(Vec<CertificateDer<'static>>),
    /// Not at all.
    Anyone,
}

/// The certificates of a PEM file; an error says what is wrong with it.
pub(crate) fn read_pem(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let problem = |problem: &dyn std::fmt::Display| format!("the certificate file {}: {problem}", path.display());
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| problem(&error))?;
    let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(|error| problem(&error))?;
    if certificates.is_empty() {
        return Err(problem(&"there is no certificate in PEM form in it"));
    }
    Ok(certificates)
}

pub(crate) fn config(trust: Trust) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Anyone => Arc::new(Blind { trusts: true, provider: Arc::clone(&provider) }),
        Trust::System(extra) => system_verifier(extra, Arc::clone(&provider))?,
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn system_verifier(
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let has_extra = !extra.is_empty();
    match Verifier::new_with_extra_roots(extra, Arc::clone(&provider)) {
        Ok(verifier) => Ok(Arc::new(verifier)),
        // A slim container has no certificates at all. It can still speak to servers without encryption, so this must not
        // fail before a certificate is needed.
        Err(error) if !has_extra => {
            tracing::warn!(%error, "no https server can be trusted; install the system's certificates or name a file of them");
            Ok(Arc::new(Blind { trusts: false, provider }))
        }
        Err(error) => Err(error),
    }
}

/// What is wrong with a certificate, for people.
pub(crate) fn in_words(error: &Error) -> Option<&'static str> {
    use CertificateError as Wrong;
    let Error::InvalidCertificate(wrong) = error else { return None };
    Some(match wrong {
        Wrong::Expired | Wrong::ExpiredContext { .. } => {
            "the server's certificate has expired: those who run the server must renew it"
        }
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet: is the clock of this machine right?"
        }
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
            "the server's certificate is for another name: give the address by the name that it is for"
        }
        Wrong::UnknownIssuer => {
            "nobody whom this machine trusts vouches for the server's certificate: it is the server's own, comes from an authority \
             of your own, or a certificate in between is missing"
        }
        Wrong::Revoked => "the server's certificate was revoked",
        _ => "the server's certificate is not valid",
    })
}

/// Looks at no certificate: trusts every server, or none.
#[derive(Debug)]
struct Blind {
    trusts: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Blind {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.trusts { Ok(ServerCertVerified::assertion()) } else { Err(CertificateError::UnknownIssuer.into()) }
    }

    // Whoever the server is, it must hold the key of the certificate it shows.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_said_in_words() {
        let words = |wrong| in_words(&Error::InvalidCertificate(wrong)).unwrap();
        assert!(words(CertificateError::Expired).contains("expired"));
        assert!(words(CertificateError::NotValidYet).contains("clock"));
        assert!(words(CertificateError::NotValidForName).contains("another name"));
        assert!(words(CertificateError::BadSignature).contains("not valid"));
        assert_eq!(in_words(&Error::DecryptError), None);
    }
}
