//! Which proxy requests go through.

use hyper_util::client::proxy::matcher::Matcher;

/// The proxy that [`ReqwestTransport`](crate::ReqwestTransport) sends requests for this address through, such as
/// `http://proxy.example.org:3128`, without user and password: the one that the environment or the system names
/// (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, but for what `NO_PROXY` lists). None where it sends to the server itself, or the
/// address is none.
pub fn proxy_for(url: &str) -> Option<String> {
    let proxy = Matcher::from_system().intercept(&url.parse().ok()?)?;
    let uri = proxy.uri();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default()))
}
