//! No secret, and nothing personal, is ever shown.

use std::sync::Arc;

use dhis2_api::request::ApiRequest;
use dhis2_http::{
    Client, Credentials, MemoryTransport, Record, Replay, Request, Response, Retry, RetryPolicy, Throttle,
    ThrottleLimits, Transport, TransportError, TransportErrorKind,
};
use http::HeaderValue;
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};

/// In one way or another each of these is in what the test sends or receives: the password, its Basic form, a token, a
/// session, a person.
const SECRETS: [&str; 5] = ["geheim", "YWRtaW46Z2VoZWlt", "d2p_wort", "sitzung", "Anna"];

fn assert_silent(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "`{secret}` is in {shown}");
    }
}

#[tokio::test]
async fn nothing_that_is_shown_holds_a_secret() {
    let server = MemoryTransport::new(|request| {
        let session = HeaderValue::from_static("JSESSIONID=sitzung; Path=/");
        let answer = |status, body: &'static str| Ok(Response::json(status, body).header(SET_COOKIE, session.clone()));
        match request.url.path() {
            "/api/good" => answer(200, r#"{"name":"Anna"}"#),
            "/api/broken" => Err(TransportError::new(TransportErrorKind::Connect, "refused")),
            "/api/page" => answer(200, "<html><title>Login</title>Anna</html>"),
            "/api/odd" => answer(418, "Anna"),
            "/api/sso" => Ok(Response::new(http::StatusCode::FOUND, "")
                .header(http::header::LOCATION, HeaderValue::from_static("https://u:geheim@sso/login?token=d2p_wort"))),
            _ => answer(
                401,
                r#"{"httpStatus":"Unauthorized","httpStatusCode":401,"status":"ERROR","message":"Unauthorized"}"#,
            ),
        }
    });
    let throttled = Throttle::new(server, ThrottleLimits::default());
    let transport = Retry::new(throttled, RetryPolicy { attempts: 1, ..RetryPolicy::default() });
    let credentials = [Credentials::basic("admin", "geheim"), Credentials::token("d2p_wort")];
    let transport = Arc::new(transport);
    for credentials in credentials {
        assert_silent(&format!("{credentials:?}"));
        let client = Client::new("https://host", credentials, Arc::clone(&transport)).unwrap();
        for path in ["good", "broken", "page", "odd", "sso", "unauthorized"] {
            let request = ApiRequest::get(path).param("filter", "w75KJ2mc4zz:eq:Anna").param("query", "Anna");
            match client.get(&request).await {
                Ok(answer) => assert_silent(&format!("{answer:?}")),
                Err(error) => assert_silent(&format!("{error} {error:?}")),
            }
            if let Err(error) = client.get_json::<Vec<u8>>(&request).await {
                assert_silent(&format!("{error} {error:?}"));
            }
        }
        assert_silent(&format!("{client:?}"));
    }
}

#[test]
fn a_request_is_shown_without_its_secrets() {
    let mut request = Request::get("https://admin:geheim@host/api/x?filter=w75KJ2mc4zz:eq:Anna".parse().unwrap());
    request.headers.insert(AUTHORIZATION, HeaderValue::from_static("ApiToken d2p_wort"));
    request.headers.insert(COOKIE, HeaderValue::from_static("JSESSIONID=sitzung"));
    request.body = "Anna".into();
    assert_silent(&format!("{request:?}"));
    assert!(format!("{request:?}").contains("https://host/api/x?filter=w75KJ2mc4zz:…"));
}

#[tokio::test]
async fn recordings_hold_no_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.har");
    let server = MemoryTransport::new(|_| {
        Ok(Response::json(200, "{}").header(SET_COOKIE, HeaderValue::from_static("JSESSIONID=sitzung")))
    });
    let record = Arc::new(Record::create(server, &path).unwrap());
    let client = Client::new("https://host", Credentials::basic("admin", "geheim"), Arc::clone(&record)).unwrap();
    for _ in 0..2 {
        client.get(&ApiRequest::get("me")).await.unwrap();
    }
    let url = "https://admin:geheim@host/api/me".parse().unwrap();
    record.send(Request::get(url)).await.unwrap();
    record.finish().unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    assert_silent(&written);
    assert_eq!(written.matches("Basic REDACTED").count(), 2);
    assert_silent(&format!("{record:?} {:?}", Replay::open(&path).unwrap()));
}
