//! Heads, parameters, paths, logins.

use dhis2_simulator::{CLERK_TOKEN, Container, SUPERUSER_TOKEN, Simulator};

use super::{FACILITY, MONTHLY, as_superuser, country, get, get_as, http, server};

/// A path whose whole head, with these headers, has so many bytes.
fn padded(base_url: &str, headers: &[(String, String)], bytes: usize) -> String {
    let host = base_url.strip_prefix("http://").unwrap();
    let fixed = "GET /api/me?x= HTTP/1.1\r\n".len()
        + format!("Host: {host}\r\nConnection: close\r\n").len()
        + headers.iter().map(|(n, v)| n.len() + v.len() + 4).sum::<usize>()
        + 2;
    format!("/api/me?x={}", "a".repeat(bytes - fixed))
}

/// peer-bugs, section 4: "Request line and headers together: 8,192 bytes."
#[tokio::test]
async fn tomcat_takes_heads_of_8192_bytes_and_not_one_more() {
    let server = server("2.42.5.2").await;
    let headers = [as_superuser()];
    let fits = http::get(&server.base_url(), &padded(&server.base_url(), &headers, 8192), &headers).await.unwrap();
    assert_eq!(fits.status, 200);
    let over = http::get(&server.base_url(), &padded(&server.base_url(), &headers, 8193), &headers).await.unwrap();
    assert_eq!((over.status, over.header("content-type")), (400, Some("text/html;charset=utf-8")));
    assert!(over.text().contains("Request header is too large"));
}

#[tokio::test]
async fn jetty_answers_414_to_a_long_address() {
    let server = server("2.41.9.1").await;
    let long = format!("/api/me?x={}", "a".repeat(8300));
    assert_eq!(get_as(&server, as_superuser(), &long).await.status, 414);
}

/// peer-bugs, section 4: "More than 1,000 query parameters: Tomcat drops the rest and answers 200."
#[tokio::test]
async fn tomcat_drops_parameters_after_the_thousandth_and_jetty_does_not() {
    let padding = "x&".repeat(999);
    let units = format!("dataSet={MONTHLY}&period=202401&{}&orgUnit={FACILITY}", padding.trim_end_matches('&'));
    let tomcat = server("2.42.5.2").await;
    let refused = get_as(&tomcat, as_superuser(), &format!("/api/dataValueSets?{units}")).await;
    assert!(refused.text().contains("E2006"), "the unit was the 1,002nd parameter");
    let jetty = Simulator::builder().version("2.42.5.2").unwrap().container(Container::Jetty).world(country());
    let jetty = jetty.start().await.unwrap();
    let whole = get(&jetty, &format!("/api/dataValueSets?{units}")).await;
    assert_eq!(whole["orgUnit"], FACILITY);
}

#[tokio::test]
async fn only_known_version_numbers_are_routed() {
    for (version, known, unknown) in [("2.38.7", 39, 40), ("2.40.12", 42, 43), ("2.42.5.2", 28, 27), ("2.43.1", 43, 44)]
    {
        let server = server(version).await;
        let status = async |number: u32| get_as(&server, as_superuser(), &format!("/api/{number}/me")).await.status;
        assert_eq!((status(known).await, status(unknown).await), (200, 404), "{version}");
    }
}

#[tokio::test]
async fn a_session_stands_for_its_account_and_is_not_opened_twice() {
    let server = server("2.42.5.2").await;
    let first = get_as(&server, as_superuser(), "/api/me?fields=username").await;
    let cookie = first.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("JSESSIONID="));
    let by_cookie =
        http::get(&server.base_url(), "/api/me?fields=username", &[("Cookie".into(), cookie.clone())]).await;
    assert_eq!(by_cookie.unwrap().text(), r#"{"username":"admin"}"#);
    let both = [("Cookie".into(), cookie.clone()), as_superuser()];
    let again = http::get(&server.base_url(), "/api/me", &both).await.unwrap();
    assert_eq!(again.header("set-cookie"), None);
    // A valid session does not save a wrong password.
    let wrong = [("Cookie".into(), cookie), http::basic("admin", "wrong")];
    assert_eq!(http::get(&server.base_url(), "/api/me", &wrong).await.unwrap().status, 401);
}

#[tokio::test]
async fn tokens_stand_for_their_accounts() {
    let server = server("2.42.5.2").await;
    for (token, username) in [(SUPERUSER_TOKEN, "admin"), (CLERK_TOKEN, "clerk")] {
        let header = ("Authorization".to_owned(), format!("ApiToken {token}"));
        let me = http::get(&server.base_url(), "/api/me?fields=username", &[header]).await.unwrap();
        assert_eq!(me.text(), format!(r#"{{"username":"{username}"}}"#));
    }
    let unknown = ("Authorization".to_owned(), format!("ApiToken d2p_{}", "x".repeat(50)));
    assert_eq!(http::get(&server.base_url(), "/api/me", &[unknown]).await.unwrap().status, 401);
}

#[tokio::test]
async fn bearer_tokens_are_no_login_and_on_2_40_an_error() {
    let bearer = || [("Authorization".to_owned(), "Bearer abc".to_owned())];
    for (version, status) in [("2.40.12", 401), ("2.42.5.2", 302)] {
        let server = server(version).await;
        let answer = http::get(&server.base_url(), "/api/me", &bearer()).await.unwrap();
        assert_eq!(answer.status, status, "{version}");
    }
}

#[tokio::test]
async fn a_doubled_slash_is_refused_and_one_at_the_end_is_not() {
    let server = server("2.42.5.2").await;
    assert_eq!(get_as(&server, as_superuser(), "//api/me").await.status, 400);
    assert_eq!(get_as(&server, as_superuser(), "/api/me/").await.status, 200);
}

#[tokio::test]
async fn ping_asks_for_a_login_up_to_2_41_only() {
    for (version, status) in [("2.40.12", 302), ("2.42.5.2", 200)] {
        let server = server(version).await;
        assert_eq!(http::get(&server.base_url(), "/api/ping", &[]).await.unwrap().status, status, "{version}");
    }
}

#[tokio::test]
async fn the_zone_that_is_asked_for_is_told_and_used() {
    let server = Simulator::builder().version("2.42.5.2").unwrap().time_zone("Asia/Kathmandu").unwrap();
    let server = server.clock("2026-11-22T16:30:00Z".parse().unwrap()).world(country()).start().await.unwrap();
    let info = get(&server, "/api/system/info?fields=serverTimeZoneId,serverDate").await;
    assert_eq!(info["serverTimeZoneId"], "Asia/Kathmandu");
    assert_eq!(info["serverDate"], "2026-11-22T22:15:00.000");
}

#[tokio::test]
async fn a_zone_or_version_that_is_none_is_refused() {
    assert!(Simulator::builder().time_zone("Mars/Olympus").is_err());
    assert!(Simulator::builder().version("latest").is_err());
    assert!(Simulator::builder().start().await.is_err(), "there is no world");
}
