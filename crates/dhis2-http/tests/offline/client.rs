//! Which answers the client takes for good, and what it says of the others. The recordings in `tests/data` are of real
//! servers.

use std::path::Path;
use std::sync::{Arc, Mutex};

use dhis2_api::request::ApiRequest;
use dhis2_http::{
    Client, Credentials, HttpError, MemoryTransport, PageKind, RedirectProblem, Replay, Response, TransportErrorKind,
};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderValue, StatusCode};

/// The outcome of a request to a recorded server.
async fn recorded(file: &str, request: &ApiRequest) -> Result<dhis2_http::Answer, HttpError> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let replay = Replay::open(path).unwrap();
    Client::new("https://dhis2.example.org", Credentials::None, replay).unwrap().get(request).await
}

/// The outcome of `GET /api/me` where the server answers this.
async fn answered(answer: impl Fn() -> Response + Send + Sync + 'static) -> Result<dhis2_http::Answer, HttpError> {
    let transport = MemoryTransport::new(move |_| Ok(answer()));
    Client::new("https://host", Credentials::None, transport).unwrap().get(&ApiRequest::get("me")).await
}

fn typed(status: u16, content_type: &'static str, body: &'static str) -> Response {
    Response::new(StatusCode::from_u16(status).unwrap(), body)
        .header(CONTENT_TYPE, HeaderValue::from_static(content_type))
}

fn january() -> ApiRequest {
    ApiRequest::get("dataValueSets.json")
        .param("dataSet", "pPqq629bfL1")
        .param("period", "202401")
        .param("orgUnit", "KdK92fYEfTw")
        .param("children", "true")
}

/// peer-bugs section 4: "An **empty body with status 200** (2.40–2.42) is "no access to this unit", never "no values"; no
/// values is `{"dataValues":[]}`."
#[tokio::test]
async fn an_empty_body_is_refused_access() {
    let error = recorded("aggregate-empty.har", &january()).await.unwrap_err();
    assert!(matches!(error, HttpError::EmptyAnswer { .. }), "{error}");
    assert!(error.is_refused() && !error.is_authentication() && !error.is_transient());
    assert!(answered(|| Response::json(200, r#"{"dataValues":[]}"#)).await.is_ok());
}

#[tokio::test]
async fn a_ping_answers_nothing_and_is_good() {
    assert_eq!(recorded("ping.har", &ApiRequest::get("ping")).await.unwrap().body, "");
}

#[tokio::test]
async fn refusals_with_a_code_are_refusals() {
    let error = recorded("aggregate-refused.har", &january()).await.unwrap_err();
    assert!(error.is_refused());
    assert_eq!((error.status().unwrap().as_u16(), error.error_code()), (409, Some("E2012")));
    assert_eq!(
        error.to_string(),
        "GET /api/dataValueSets.json?dataSet=pPqq629bfL1&period=202401&orgUnit=KdK92fYEfTw&children=true of \
         https://dhis2.example.org: 409 Conflict, E2012: User is not allowed to view org unit(s): `[KdK92fYEfTw]`; \
         the account needs access to what was asked, or ask for what it may see"
    );
    let events = ApiRequest::get("tracker/events")
        .param("program", "T4KUa2dgu2M")
        .param("orgUnit", "KdK92fYEfTw")
        .param("orgUnitMode", "DESCENDANTS");
    let error = recorded("events-refused.har", &events).await.unwrap_err();
    assert!(error.is_refused());
    assert_eq!(error.status(), Some(StatusCode::FORBIDDEN));
    let request = ApiRequest::get("tracker/events")
        .param("program", "T4KUa2dgu2M")
        .param("orgUnit", "KdK92fYEfTw")
        .param("ouMode", "DESCENDANTS");
    let error = recorded("events-refused-2.39.har", &request).await.unwrap_err();
    assert!(error.is_refused(), "2.39 says it with 409 and without a code: {error}");
    assert_eq!((error.status(), error.error_code()), (Some(StatusCode::CONFLICT), None));
}

/// Wire document, section 7.4: 409 is a "validation or access problem (not a conflict)".
#[tokio::test]
async fn a_mistake_in_the_request_is_told_in_the_servers_words() {
    let request = ApiRequest::get("dataValueSets").param("dataSet", "pPqq629bfL1").param("period", "202401");
    let error = recorded("aggregate-no-unit.har", &request).await.unwrap_err();
    assert!(matches!(error, HttpError::Message { .. }), "{error}");
    assert!(!error.is_refused() && !error.is_authentication() && !error.is_transient());
    assert_eq!(error.error_code(), Some("E2006"));
    assert!(error.to_string().contains("409 Conflict, E2006: At least one organisation unit"), "{error}");
}

#[tokio::test]
async fn wrong_credentials_are_told_with_what_to_check() {
    for file in ["wrong-password.har", "invalid-token.har"] {
        let error = recorded(file, &ApiRequest::get("me")).await.unwrap_err();
        assert!(error.is_authentication() && !error.is_refused(), "{error}");
        assert!(error.to_string().contains("check the user name and password or the token"), "{error}");
    }
    let bare = answered(|| Response::new(StatusCode::UNAUTHORIZED, "")).await.unwrap_err();
    assert!(bare.is_authentication(), "2.39 answers an invalid token without a body");
    let owned = answered(|| {
        Response::json(
            401,
            r#"{"httpStatus":"Unauthorized","httpStatusCode":401,"status":"ERROR","message":"OWNERSHIP_ACCESS_DENIED"}"#,
        )
    });
    let owned = owned.await.unwrap_err();
    assert!(owned.is_refused() && !owned.is_authentication(), "wire document, section 7.4: that is no login failure");
}

#[tokio::test]
async fn errors_of_the_containers_are_told_apart_from_dhis2s() {
    for (file, title) in [("not-found-tomcat.har", "HTTP Status 404 – Not Found"), ("not-found-jetty.har", "Not Found")]
    {
        let error = recorded(file, &ApiRequest::get("noSuchThing")).await.unwrap_err();
        let HttpError::Page { kind: PageKind::Container, title: Some(found), .. } = &error else { panic!("{error}") };
        assert_eq!(found, title);
        assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
        let text = error.to_string();
        assert!(text.contains("an error of the servlet container") && text.contains("check the address"), "{text}");
        assert!(!text.contains('<') && text.len() < 500, "{text}");
    }
}

/// peer-bugs section 3: "missing content-type, HTML 200 login page and `http://` nextPage behind TLS are errors or repaired,
/// never parsed as data [O6, PYD, note #136]".
#[tokio::test]
async fn a_login_page_is_never_data() {
    let page =
        "<!DOCTYPE html>\n<html><head><title>DHIS2 Login</title></head><body><input type=\"password\"></body></html>";
    let as_html = answered(move || typed(200, "text/html;charset=UTF-8", page)).await.unwrap_err();
    let untyped = answered(move || Response::new(StatusCode::OK, page)).await.unwrap_err();
    let mislabelled = answered(move || Response::json(200, page)).await.unwrap_err();
    for error in [as_html, untyped, mislabelled] {
        assert!(matches!(error, HttpError::Page { kind: PageKind::Login, .. }), "{error}");
        assert!(error.is_authentication());
        assert!(error.to_string().contains("a login page (“DHIS2 Login”)"), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_to_a_login_is_not_followed() {
    let error = recorded("login-redirect.har", &ApiRequest::get("me")).await.unwrap_err();
    assert!(matches!(error, HttpError::Redirect { problem: RedirectProblem::Login, .. }), "{error}");
    assert!(error.is_authentication());
    assert!(error.to_string().contains("302 Found to https://dhis2.example.org/dhis-web-login/"), "{error}");
    let home = || Response::new(StatusCode::FOUND, "").header(LOCATION, HeaderValue::from_static("/index.html"));
    assert!(answered(home).await.unwrap_err().is_authentication(), "2.40 leads to its start page");
}

#[tokio::test]
async fn pages_of_gateways_are_named_and_worth_another_attempt() {
    let page = "<html><head><title>504 Gateway Time-out</title></head><body><center>nginx</center></body></html>";
    let error = answered(move || typed(504, "text/html", page)).await.unwrap_err();
    assert!(matches!(error, HttpError::Page { kind: PageKind::Gateway, .. }), "{error}");
    assert!(error.is_transient() && !error.is_authentication());
    assert!(answered(|| Response::new(StatusCode::SERVICE_UNAVAILABLE, "")).await.unwrap_err().is_transient());
    let blocked = answered(|| typed(403, "text/html", "<html><title>403</title>cloudflare")).await.unwrap_err();
    assert!(blocked.is_refused() && blocked.to_string().contains("let API requests through"), "{blocked}");
}

/// peer-bugs O6: "`KeyError` when a proxy answers without one, hiding the true status".
#[tokio::test]
async fn an_answer_without_a_content_type_is_judged_by_what_it_is() {
    assert_eq!(answered(|| Response::new(StatusCode::OK, "{\"id\":1}")).await.unwrap().body, "{\"id\":1}");
    let error = answered(|| Response::new(StatusCode::BAD_GATEWAY, "oops")).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::BAD_GATEWAY));
    assert!(!error.to_string().contains("oops"), "{error}");
}

#[tokio::test]
async fn what_is_neither_json_nor_csv_is_no_answer() {
    for content_type in ["application/xml;charset=UTF-8", "image/png", "application/octet-stream"] {
        let error = answered(move || typed(200, content_type, "<dxf2/>")).await.unwrap_err();
        assert!(matches!(error, HttpError::ContentType { .. }), "{error}");
        assert!(error.to_string().contains(content_type), "{error}");
    }
    for content_type in ["application/json;charset=UTF-8", "application/csv; charset=UTF-8", "text/csv", "text/plain"] {
        assert!(answered(move || typed(200, content_type, "1,2")).await.is_ok(), "{content_type}");
    }
}

#[tokio::test]
async fn an_error_under_a_good_status_is_an_error() {
    let body = r#"{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"no","errorCode":"E2001"}"#;
    let error = answered(move || Response::json(200, body)).await.unwrap_err();
    assert_eq!((error.status(), error.error_code()), (Some(StatusCode::CONFLICT), Some("E2001")));
    let fine = r#"{"httpStatus":"OK","httpStatusCode":200,"status":"OK"}"#;
    assert!(answered(move || Response::json(200, fine)).await.is_ok());
}

#[tokio::test]
async fn a_truncated_body_is_no_answer() {
    let error = answered(|| Response::json(200, "[1,2]").header(CONTENT_LENGTH, HeaderValue::from_static("500"))).await;
    let error = error.unwrap_err();
    let HttpError::Transport { source, .. } = &error else { panic!("{error}") };
    assert_eq!(source.kind(), TransportErrorKind::Interrupted);
    assert!(error.is_transient() && error.to_string().contains("5 of 500 bytes"), "{error}");
}

#[tokio::test]
async fn json_of_another_shape_is_told_without_what_stands_in_it() {
    let transport = MemoryTransport::new(|_| Ok(Response::json(200, r#"{"id":"Anna"}"#)));
    let client = Client::new("https://host", Credentials::None, transport).unwrap();
    let error = client.get_json::<Vec<u32>>(&ApiRequest::get("me")).await.unwrap_err();
    let HttpError::Decode { problem, line, .. } = &error else { panic!("{error}") };
    assert_eq!((problem.as_str(), *line), ("expected a sequence", 1));
}

#[tokio::test]
async fn a_server_that_leads_to_https_is_spoken_to_over_https_from_then_on() {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&asked);
    let transport = MemoryTransport::new(move |request| {
        let cookies = request.headers.get(COOKIE).map_or("", |value| value.to_str().unwrap());
        log.lock().unwrap().push(format!("{} {cookies}", request.url));
        let secure = request.url.as_str().replace("http://host/", "https://host/dhis/");
        Ok(match request.url.scheme() {
            "http" => Response::new(StatusCode::MOVED_PERMANENTLY, "").header(LOCATION, secure.parse().unwrap()),
            _ => Response::json(200, "{}").header(SET_COOKIE, HeaderValue::from_static("JSESSIONID=a1; Secure")),
        })
    });
    let client = Client::new("http://host", Credentials::None, transport).unwrap();
    for id in ["a", "b"] {
        client.get(&ApiRequest::get("me").param("fields", id)).await.unwrap();
    }
    assert_eq!(client.server_url(), "https://host/dhis");
    let asked = asked.lock().unwrap();
    assert_eq!(
        *asked,
        [
            "http://host/api/me?fields=a ",
            "https://host/dhis/api/me?fields=a ",
            "https://host/dhis/api/me?fields=b JSESSIONID=a1",
        ]
    );
    assert_eq!(client.traffic().requests, 3);
}

#[tokio::test]
async fn servers_before_2_38_are_refused() {
    let transport = MemoryTransport::new(|_| Ok(Response::json(200, r#"{"version":"2.37.9"}"#)));
    let client = Client::new("https://host", Credentials::None, transport).unwrap();
    assert!(matches!(client.server().await, Err(HttpError::Version { .. })));
    assert_eq!(client.system_info().await.unwrap().version, "2.37.9");
}
