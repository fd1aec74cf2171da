//! Where credentials go, and where not.

use dhis2_api::request::ApiRequest;
use dhis2_http::{Client, Credentials, HttpError, RedirectProblem};

use crate::server::{Act, Server, answer, json, transport};

fn client(url: &str) -> Client {
    Client::new(url, Credentials::token("d2p_geheim"), transport()).unwrap()
}

fn redirect(location: &str) -> Act {
    Act::Answer(answer("302 Found", &format!("location: {location}\r\n"), ""))
}

#[tokio::test]
async fn credentials_never_follow_to_another_host() {
    let other = Server::start(vec![Act::Answer(json("{}"))]).await;
    let server = Server::start(vec![redirect(&other.url("localhost", "/api/me"))]).await;
    let error = client(&server.url("127.0.0.1", "")).get(&ApiRequest::get("me")).await.unwrap_err();
    assert!(matches!(error, HttpError::Redirect { problem: RedirectProblem::OtherHost, .. }), "{error}");
    assert!(error.to_string().contains(&other.url("localhost", "/api/me")), "{error}");
    assert!(server.heads()[0].contains("authorization: ApiToken d2p_geheim"));
    assert_eq!(other.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed_with_cookies_and_credentials() {
    let first = answer("301 Moved", "location: /dhis/api/me?fields=id\r\nset-cookie: JSESSIONID=a1; Path=/\r\n", "");
    let server = Server::start(vec![Act::Answer(first), Act::Answer(json("{\"id\":1}"))]).await;
    let client = client(&server.url("127.0.0.1", ""));
    let answer = client.get(&ApiRequest::get("me").param("fields", "id")).await.unwrap();
    assert_eq!((answer.requests, answer.retries), (2, 0));
    let second = &server.heads()[1];
    assert!(second.starts_with("GET /dhis/api/me?fields=id HTTP/1.1\r\n"), "{second}");
    assert!(second.contains("authorization: ApiToken d2p_geheim"));
    assert!(second.contains("cookie: JSESSIONID=a1"));
}

#[tokio::test]
async fn redirects_in_a_circle_come_to_an_end() {
    let server = Server::start(vec![redirect("/api/me")]).await;
    let error = client(&server.url("127.0.0.1", "")).get(&ApiRequest::get("me")).await.unwrap_err();
    assert!(matches!(error, HttpError::Redirect { problem: RedirectProblem::TooMany, .. }), "{error}");
    assert_eq!(server.heads().len(), 6);
}

/// Wire document, general rule 5, and peer-bugs O4 ("basic auth only; no PAT").
#[tokio::test]
async fn every_request_says_who_asks_and_what_for() {
    let server = Server::start(vec![Act::Answer(json("{}"))]).await;
    client(&server.url("127.0.0.1", "/dhis/api/41/")).get(&ApiRequest::get("me")).await.unwrap();
    let head = &server.heads()[0];
    for line in [
        "GET /dhis/api/me HTTP/1.1\r\n",
        "accept: application/json\r\n",
        "x-requested-with: XMLHttpRequest\r\n",
        "authorization: ApiToken d2p_geheim\r\n",
        concat!("user-agent: dhis2-rs/", env!("CARGO_PKG_VERSION"), "\r\n"),
    ] {
        assert!(head.contains(line), "{line} is not in {head}");
    }
}

/// Tomcat counts every byte of the head: what is counted before sending must be what is sent.
#[tokio::test]
async fn the_head_is_as_large_as_was_counted() {
    let server = Server::start(vec![Act::Answer(json("{}"))]).await;
    let client = client(&server.url("127.0.0.1", "/dhis"));
    let request = ApiRequest::get("organisationUnits").param("filter", "id:in:[a,b]").param("fields", "é");
    let counted = client.head_bytes(&request);
    client.get(&request).await.unwrap();
    assert_eq!(counted, server.heads()[0].len());
}
