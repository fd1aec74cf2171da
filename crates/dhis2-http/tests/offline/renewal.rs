//! Access tokens that end while a run goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use dhis2_api::request::ApiRequest;
use dhis2_http::{Client, Credentials, HttpError, MemoryTransport, Response, TokenSource};
use http::header::AUTHORIZATION;
use secrecy::SecretString;

/// Gives `token-2`, `token-3` and so on, up to the last that there is.
struct Provider {
    given: AtomicUsize,
    last: usize,
}

#[async_trait]
impl TokenSource for Provider {
    async fn token(&self) -> Result<SecretString, Box<dyn std::error::Error + Send + Sync>> {
        // Somebody else may want one meanwhile.
        tokio::task::yield_now().await;
        let number = self.given.fetch_add(1, Ordering::SeqCst) + 2;
        if number > self.last {
            return Err("the provider is closed".into());
        }
        Ok(SecretString::from(format!("token-{number}")))
    }
}

/// A client whose first token is `token-1`, of a server that takes the `good` one only; and what gives it others.
fn client(good: &'static str, refusal: &'static str, last: usize) -> (Client, Arc<Provider>) {
    let server = MemoryTransport::new(move |request| {
        let taken = request.headers.get(AUTHORIZATION).is_some_and(|given| given == format!("Bearer {good}").as_str());
        Ok(if taken { Response::json(200, r#"{"username":"ada"}"#) } else { Response::json(401, refusal) })
    });
    let provider = Arc::new(Provider { given: AtomicUsize::new(0), last });
    let source: Arc<dyn TokenSource> = Arc::clone(&provider) as _;
    let credentials = Credentials::Renewed { token: SecretString::from("token-1"), source };
    (Client::new("https://host", credentials, server).unwrap(), provider)
}

const REFUSAL: &str = r#"{"httpStatus":"Unauthorized","httpStatusCode":401,"status":"ERROR","message":"Unauthorized"}"#;

#[tokio::test]
async fn a_token_that_ended_is_renewed_once_for_all_who_wait() {
    let (client, provider) = client("token-2", REFUSAL, 2);
    let me = ApiRequest::get("me");
    let (first, second, third) = tokio::join!(client.get(&me), client.get(&me), client.get_in_pieces(&me));
    let answers = [first.unwrap(), second.unwrap()];
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.requests == 2), "{answers:?}");
    assert_eq!(third.unwrap().requests(), 2);
    assert_eq!(provider.given.load(Ordering::SeqCst), 1);
    let later = client.post(&ApiRequest::post("dataValueSets"), "{}").await.unwrap();
    assert_eq!((later.requests, provider.given.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn what_writes_is_sent_again_where_its_token_had_ended() {
    let (client, _) = client("token-2", REFUSAL, 2);
    let answer = client.post(&ApiRequest::post("dataValueSets"), r#"{"dataValues":[]}"#).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.requests), (200, 2));
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_the_end() {
    let (client, provider) = client("another", REFUSAL, 9);
    let error = client.get(&ApiRequest::get("me")).await.unwrap_err();
    assert!(matches!(error, HttpError::Authentication { .. }), "{error}");
    assert_eq!(provider.given.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_source_without_another_token_says_why() {
    let (client, _) = client("token-2", REFUSAL, 0);
    let error = client.get(&ApiRequest::get("me")).await.unwrap_err();
    assert!(error.is_authentication());
    assert_eq!(
        error.to_string(),
        "GET /api/me of https://host: 401, the access token is no longer good, and another could not be had: the provider is closed"
    );
    let shown = format!("{error:?} {client:?}");
    assert!(!shown.contains("token-1"), "{shown}");
}

/// Wire document, section 1.4: on 2.40 it is no login that failed.
#[tokio::test]
async fn a_person_in_the_care_of_others_is_no_reason_for_another_token() {
    let refusal =
        r#"{"httpStatus":"Unauthorized","httpStatusCode":401,"status":"ERROR","message":"OWNERSHIP_ACCESS_DENIED"}"#;
    let (client, provider) = client("another", refusal, 9);
    let error = client.get(&ApiRequest::get("tracker/trackedEntities/Kj6vYde4LHh")).await.unwrap_err();
    assert!(error.is_refused() && !error.is_authentication(), "{error}");
    assert_eq!(provider.given.load(Ordering::SeqCst), 0);
}
