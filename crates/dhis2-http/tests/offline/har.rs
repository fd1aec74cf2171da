//! Recordings: written, read, answered from.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use dhis2_api::request::ApiRequest;
use dhis2_http::{
    Client, Credentials, HttpError, MemoryTransport, Record, Replay, Request, Response, Transport, TransportErrorKind,
};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, Method, StatusCode};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn get(url: &str) -> Request {
    Request::get(url.parse().unwrap())
}

async fn body(replay: &Replay, url: &str) -> Bytes {
    replay.send(get(url)).await.unwrap().body.collect().await.unwrap()
}

/// Writes a HAR of `(comment, url, body)`.
fn har(path: &Path, entries: &[(Option<&str>, &str, &str)]) {
    let entries: Vec<_> = entries
        .iter()
        .map(|(comment, url, body)| {
            let comment = comment.map_or_else(String::new, |comment| format!(r#","comment":"{comment}""#));
            format!(
                r#"{{"request":{{"method":"GET","url":"{url}","cookies":[{{"name":"a","value":"b"}}]}},
                    "response":{{"status":200,"content":{{"text":"{body}"}}}}{comment}}}"#
            )
        })
        .collect();
    std::fs::write(path, format!(r#"{{"log":{{"entries":[{}]}}}}"#, entries.join(","))).unwrap();
}

#[tokio::test]
async fn a_recorded_server_answers_as_it_did() {
    let replay = Replay::open(data("info.har")).unwrap();
    let client = Client::new("https://any.host/dev", Credentials::basic("a", "b"), replay).unwrap();
    let server = client.server().await.unwrap();
    assert_eq!(server.version.to_string(), "2.42.5.2");
    assert_eq!(server.info.server_time_zone_id.as_deref(), Some("UTC"));
    assert_eq!(server.info.calendar.as_deref(), Some("iso8601"));
}

#[tokio::test]
async fn host_prefix_suffix_and_order_of_parameters_do_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.har");
    har(&path, &[(None, "https://h/api/dataValueSets?orgUnit=a&orgUnit=b&lastUpdated=2024-01-01T00:00%2B01:00", "x")]);
    let replay = Replay::open(&path).unwrap();
    for same in [
        "http://other:81/dev/api/dataValueSets.json?lastUpdated=2024-01-01T00%3A00%2B01:00&orgUnit=b&orgUnit=a",
        "https://h/api/dhis/api/dataValueSets?orgUnit=%61&orgUnit=b&lastUpdated=2024-01-01T00:00%2b01:00",
    ] {
        assert_eq!(body(&replay, same).await, "x");
    }
    for other in [
        "https://h/api/dataValueSets?orgUnit=a&lastUpdated=2024-01-01T00:00%2B01:00",
        "https://h/api/dataValueSets?orgUnit=a&orgUnit=a&orgUnit=b&lastUpdated=2024-01-01T00:00%2B01:00",
        "https://h/api/41/dataValueSets?orgUnit=a&orgUnit=b&lastUpdated=2024-01-01T00:00%2B01:00",
    ] {
        assert_eq!(replay.send(get(other)).await.unwrap_err().kind(), TransportErrorKind::NotRecorded);
    }
    let mut post = get("https://h/api/dataValueSets?orgUnit=a&orgUnit=b&lastUpdated=2024-01-01T00:00%2B01:00");
    post.method = Method::POST;
    assert_eq!(replay.send(post).await.unwrap_err().kind(), TransportErrorKind::NotRecorded);
}

#[tokio::test]
async fn the_order_of_a_list_of_ids_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.har");
    har(&path, &[(None, "https://h/api/tracker/events?event=LKhLa69tjX3;UIAkYYPG95f&order=b,a", "x")]);
    let replay = Replay::open(&path).unwrap();
    assert_eq!(body(&replay, "https://h/api/tracker/events?order=b,a&event=UIAkYYPG95f;LKhLa69tjX3").await, "x");
    for other in ["event=UIAkYYPG95f&order=b,a", "event=UIAkYYPG95f;LKhLa69tjX3&order=a,b"] {
        let other = format!("https://h/api/tracker/events?{other}");
        assert_eq!(replay.send(get(&other)).await.unwrap_err().kind(), TransportErrorKind::NotRecorded);
    }
}

#[tokio::test]
async fn a_redacted_recording_says_nothing_of_the_server_and_the_account() {
    const URL: &str = "https://admin:geheim@dhis2.moh.example:8443/moh/api/tracker/trackedEntities/LIKEMXhApLE?filter=w75KJ2mc4zz:eq:Anna&page=1";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.har");
    let server = MemoryTransport::new(|request| {
        let header =
            |name: &'static str, value: &'static str| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let answer = match request.url.path().rsplit('/').next() {
            Some("LIKEMXhApLE") => {
                Response::json(200, r#"{"trackedEntity":"LIKEMXhApLE","attributes":[{"value":"Anna"}]}"#)
            }
            Some("login") => Response::new(StatusCode::OK, "<html>Anna of dhis2.moh.example</html>"),
            Some("bytes") => Response::new(StatusCode::OK, vec![0xff, 0x00, b'A', b'n', b'n', b'a']),
            Some("empty") => Response::new(StatusCode::OK, ""),
            Some("here") => Response::new(StatusCode::FOUND, "")
                .header(LOCATION, HeaderValue::from_static("/moh/api/me?fields=id&query=Anna")),
            Some("form") => Response::new(StatusCode::FOUND, "")
                .header(LOCATION, HeaderValue::from_static("/moh/dhis-web-login?name=Anna")),
            _ => Response::new(StatusCode::FOUND, "")
                .header(LOCATION, HeaderValue::from_static("https://sso.moh.example/Anna")),
        };
        let secrets = [
            header("set-cookie", "JSESSIONID=sitzung"),
            header("x-gateway", "moh.example"),
            header("date", "Mon, 23 Nov 2026 10:00:00 GMT"),
        ];
        Ok(secrets.into_iter().fold(answer, |answer, (name, value)| answer.header(name, value)))
    });
    let record = Record::redacted(server, &path).unwrap();
    let with = |path: &str| URL.replace("tracker/trackedEntities/LIKEMXhApLE", path);
    let urls = [URL.to_owned(), with("login"), with("bytes"), with("empty"), with("here"), with("form"), with("away")];
    for url in &urls {
        let mut request = get(url);
        request.headers.insert("authorization", HeaderValue::from_static("ApiToken d2p_wort"));
        request.headers.insert("user-agent", HeaderValue::from_static("Anna's script"));
        let sent = record.send(request).await.unwrap();
        assert!(
            url != URL || sent.body.collect().await.unwrap().ends_with(br#""Anna"}]}"#),
            "the answer itself was changed"
        );
    }
    // Nothing waits in the part of the file that is there already, either.
    let part = std::fs::read_to_string(folder.path().join("r.har.part")).unwrap();
    record.finish().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(&part));
    for gone in
        ["moh", "8443", "admin", "geheim", "d2p", "sitzung", "Anna", "QW5uYQ", "LIKEMXhApLE", "ApiToken", "gateway"]
    {
        assert!(!text.contains(gone), "`{gone}` is in {text}");
    }
    let replay = Replay::open(&path).unwrap();
    let at = |path: &str| format!("https://h/api/{path}?filter=w75KJ2mc4zz:eq:Xxxx&page=1");
    assert_eq!(body(&replay, &at("login")).await, "left out: 38 bytes of unknown kind");
    assert_eq!(body(&replay, &at("bytes")).await, "left out: 6 bytes of unknown kind");
    assert_eq!(body(&replay, &at("empty")).await, "");
    for (path, to) in
        [("here", "https://dhis2.example.org/api/me?fields=id&query=Xxxx"), ("away", "https://elsewhere.example.org/")]
    {
        let answer = replay.send(get(&at(path))).await.unwrap();
        assert_eq!(
            (&answer.headers[LOCATION], answer.headers.contains_key("date")),
            (&HeaderValue::from_str(to).unwrap(), true)
        );
    }
}

#[tokio::test]
async fn answers_to_the_same_request_come_in_order_and_the_last_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("b")).unwrap();
    let url = "https://h/api/me";
    har(&folder.path().join("b/2.har"), &[(None, url, "three")]);
    har(&folder.path().join("a.har"), &[(None, url, "one"), (None, url, "two")]);
    std::fs::write(folder.path().join("notes.txt"), "no recording").unwrap();
    let replay = Replay::open(folder.path()).unwrap();
    for expected in ["one", "two", "three", "three"] {
        assert_eq!(body(&replay, url).await, expected);
    }
}

#[tokio::test]
async fn answers_of_several_accounts_are_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.har");
    let (clerk, url, own) = (Some("as the account clerk"), "https://h/api/me", "https://h/api/own");
    har(&path, &[(clerk, url, "clerk"), (None, url, "admin"), (clerk, own, "own")]);
    let replay = Replay::open(&path).unwrap();
    for (url, expected) in [(url, "admin"), (url, "admin"), (own, "own")] {
        assert_eq!(body(&replay, url).await, expected);
    }
    let replay = Replay::open(&path).unwrap().account("as the account clerk");
    assert_eq!(body(&replay, url).await, "clerk");
}

#[tokio::test]
async fn a_request_that_was_not_recorded_is_named_with_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.har");
    har(
        &path,
        &[
            (None, "https://h/api/tracker/events?program=T4KUa2dgu2M&page=1", "1"),
            (None, "https://h/api/tracker/events?page=2", "2"),
            (None, "https://h/api/me", "3"),
        ],
    );
    let replay = Replay::open(&path).unwrap();
    let client = Client::new("https://h", Credentials::None, replay).unwrap();
    let request = ApiRequest::get("tracker/events").param("program", "T4KUa2dgu2M").param("page", "3");
    let error = client.get(&request).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "GET /api/tracker/events?program=T4KUa2dgu2M&page=3 of https://h: the request is not in the recording: \
         GET /api/tracker/events?page=3&program=T4KUa2dgu2M; \
         the nearest in it is GET /api/tracker/events?page=1&program=T4KUa2dgu2M"
    );
}

#[tokio::test]
async fn what_is_recorded_is_what_is_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.har");
    let asked = AtomicU32::new(0);
    let server = MemoryTransport::new(move |request| {
        let csv = HeaderValue::from_static("application/csv; charset=UTF-8");
        Ok(match request.url.path() {
            "/dhis/api/bytes" => Response::new(StatusCode::OK, vec![0x1f, 0x8b, 0xff, 0x00]).header(CONTENT_TYPE, csv),
            "/dhis/api/refused" => Response::json(409, r#"{"a":"é \" \n"}"#),
            _ => Response::json(200, format!("[{}]", asked.fetch_add(1, Ordering::Relaxed))),
        })
    });
    let record = Record::create(server, &path).unwrap().account("as the account clerk");
    let urls = ["bytes", "refused", "count?a=%C3%A9%20%26", "count?a=%C3%A9%20%26"];
    let requests = urls.map(|url| get(&format!("https://host/dhis/api/{url}")));
    let mut sent = Vec::new();
    for request in &requests {
        let response = record.send(request.clone()).await.unwrap();
        sent.push((response.status, response.headers, response.body.collect().await.unwrap()));
    }
    record.finish().unwrap();
    record.finish().unwrap();
    assert!(record.send(requests[0].clone()).await.is_err(), "a recording must not lack requests silently");

    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 2 + requests.len(), "one entry a line");
    assert!(!folder.path().join("r.har.part").exists());
    let replay = Replay::open(&path).unwrap();
    for (request, sent) in requests.iter().zip(sent) {
        let response = replay.send(request.clone()).await.unwrap();
        assert_eq!((response.status, response.headers, response.body.collect().await.unwrap()), sent);
    }
}

#[tokio::test]
async fn a_recording_that_was_not_finished_is_finished_when_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.har");
    let record = Arc::new(Record::create(MemoryTransport::new(|_| Ok(Response::json(200, "{}"))), &path).unwrap());
    record.send(get("https://host/api/me")).await.unwrap();
    assert!(!path.exists(), "half a recording stands under the name of a whole one");
    drop(record);
    assert_eq!(body(&Replay::open(&path).unwrap(), "https://host/api/me").await, "{}");
}

#[test]
fn what_is_no_recording_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.har");
    assert!(matches!(Replay::open(folder.path()), Err(HttpError::Recording { .. })), "an empty folder answers nothing");
    std::fs::write(&broken, "{\"log\":{\"entries\":[").unwrap();
    for path in [broken.as_path(), folder.path(), Path::new("nowhere.har")] {
        let error = Replay::open(path).unwrap_err();
        assert!(matches!(error, HttpError::Recording { .. }), "{error}");
    }
    assert!(Replay::open(folder.path()).unwrap_err().to_string().contains("broken.har"));
    assert!(Record::create(MemoryTransport::new(|_| Ok(Response::json(200, ""))), "/no/such/folder/r.har").is_err());
}
