//! Secure connections. The certificates in `tests/data/tls` are made for these tests and trusted by nobody else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dhis2_http::{HttpError, Request, ReqwestTransport, ReqwestTransportBuilder, Transport, TransportErrorKind};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::server::{json, read_head};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

/// A server that answers `{}` to whoever completes the handshake.
async fn server() -> Request {
    let certificate = CertificateDer::from_pem_file(file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            if read_head(&mut stream).await.is_some() {
                stream.write_all(&json("{}")).await.unwrap();
            }
        }
    });
    Request::get(format!("https://localhost:{port}/api/me").parse().unwrap())
}

fn builder() -> ReqwestTransportBuilder {
    ReqwestTransport::builder().proxies_from_environment(false)
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_not_trusted() {
    let error = builder().build().unwrap().send(server().await).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Tls, "{error}");
    assert!(error.to_string().contains("authority of your own"), "{error}");
    assert!(error.message().starts_with("nobody whom this machine trusts vouches for"), "in words: {error}");
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_named() {
    let transport = builder().authority_file(file("ca.pem")).build().unwrap();
    let response = transport.send(server().await).await.unwrap();
    assert_eq!(response.body.collect().await.unwrap(), "{}");
    assert!(CryptoProvider::get_default().is_none(), "something was installed for the whole process");
}

#[tokio::test]
async fn insecure_trusts_anyone() {
    let response = builder().insecure(true).build().unwrap().send(server().await).await.unwrap();
    assert_eq!(response.status, 200);
}

#[test]
fn a_file_without_certificates_is_refused_by_name() {
    for name in ["server.key", "nowhere.pem"] {
        let error = builder().authority_file(file(name)).build().unwrap_err();
        assert!(matches!(error, HttpError::Setup { .. }));
        assert!(error.to_string().contains(name), "{error}");
    }
}
