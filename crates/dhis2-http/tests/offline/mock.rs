//! How users test their own code against a transport of mockall's.

use dhis2_api::request::ApiRequest;
use dhis2_http::{Client, Credentials, MockTransport, Response};

#[tokio::test]
async fn the_version_is_asked_for_once() {
    let mut transport = MockTransport::new();
    transport
        .expect_send()
        .withf(|request| request.url.path() == "/api/system/info")
        .times(1)
        .returning(|_| Ok(Response::json(200, r#"{"version":"2.41.9.1","serverTimeZoneId":"America/Bogota"}"#)));
    let client = Client::new("https://host", Credentials::None, transport).unwrap();
    for _ in 0..3 {
        assert_eq!(client.server().await.unwrap().version.feature(), 41);
        assert_eq!(client.system_info().await.unwrap().server_time_zone_id.as_deref(), Some("America/Bogota"));
    }
}

#[tokio::test]
async fn clones_share_what_was_read() {
    let mut transport = MockTransport::new();
    transport.expect_send().times(1).returning(|_| Ok(Response::json(200, r#"{"version":"2.43.1"}"#)));
    let client = Client::new("https://host", Credentials::None, transport).unwrap();
    client.clone().server().await.unwrap();
    client.server().await.unwrap();
    assert_eq!(client.traffic().requests, 1);
}

#[tokio::test]
async fn a_request_that_is_too_large_is_never_sent() {
    let mut transport = MockTransport::new();
    transport.expect_send().never();
    let client = Client::new("https://host", Credentials::None, transport).unwrap();
    let many = ApiRequest::get("dataValueSets.json").params_each("o", vec!["x"; 1001]);
    let long = ApiRequest::get("dataValueSets.json").param("orgUnit", "KdK92fYEfTw,".repeat(700));
    for request in [many, long] {
        let error = client.get(&request).await.unwrap_err();
        assert!(error.to_string().contains("ask for fewer objects at once"), "{error}");
        assert!(!error.is_transient());
    }
    assert_eq!(client.traffic().requests, 0);
}
