//! The handlers: a request is checked, computed in the background, and answered.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Query, State};
use axum::http::{Request, StatusCode, Uri, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use super::api::{ClassifyRequest, Health, RecallRequest};
use super::impulse::{AtlasQuery, RegionQuery, atlas, region};
use super::server::{Service, Work};
use super::stream::{Run, StreamQuery, Watched};
use super::{Refusal, document};

type Answer = Result<Response, Refusal>;

/// Slices that wait for a slow reader before the run waits, too.
const WAITING: usize = 16;

/// How long a paced run sleeps before it looks again whether anybody listens.
const NAP: Duration = Duration::from_millis(50);

/// Routes of the endpoints.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/api/classify", post(classify))
        .route("/api/recall", post(recall))
        .route("/api/stream", get(stream))
        .route("/api/region", get(closed_form))
        .route("/api/atlas", get(all_patterns))
        .route("/api/about", get(about))
        .route("/api/health", get(health))
        .route("/api/openapi.json", get(|| async { Json(document()) }))
}

/// The body of a request, as a value.
async fn body<T: DeserializeOwned>(
    service: &Service,
    request: Request<Body>,
) -> Result<T, Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body is not declared as JSON",
            "send the header `Content-Type: application/json`",
        ));
    }
    let limits = service.limits();
    let too_long = || {
        Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("a body may have {} bytes", limits.body),
            "send fewer numbers, or fewer digits of each",
        )
    };
    let body = request.into_body();
    if body.size_hint().lower() > limits.body as u64 {
        return Err(too_long());
    }
    let bytes = match tokio::time::timeout(limits.body_time, to_bytes(body, limits.body)).await {
        Err(_) => {
            return Err(Refusal::new(
                StatusCode::REQUEST_TIMEOUT,
                format!(
                    "the body did not come within {} s",
                    limits.body_time.as_secs_f64()
                ),
                "send it at once",
            ));
        }
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => {
            let source = std::error::Error::source(&error);
            if source.is_some_and(|source| source.to_string().contains("length limit")) {
                return Err(too_long());
            }
            return Err(Refusal::form(
                format!("the body broke off: {error}"),
                "send all of it",
            ));
        }
    };
    serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::form(format!("the body: {error}"), "see /api/openapi.json"))
}

/// The query of a request, as a value.
fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Refusal> {
    let Query(value) = Query::try_from_uri(uri).map_err(|error| {
        let reason = std::error::Error::source(&error)
            .map_or_else(|| error.to_string(), ToString::to_string);
        Refusal::form(format!("the query: {reason}"), "see /api/openapi.json")
    })?;
    Ok(value)
}

fn json<T: Serialize>(value: &T) -> Response {
    Json(value).into_response()
}

async fn classify(State(service): State<Service>, request: Request<Body>) -> Answer {
    let place = service.classifications().enter()?;
    let asked: ClassifyRequest = body(&service, request).await?;
    // relaxations take a hundred times as long as the read-out
    let (work, place) = match asked.predictive {
        Some(true) => (Work::Long, service.computations().enter()?),
        _ => (Work::Short, place),
    };
    let machines = service.machines();
    let found = service
        .compute(work, place, move |_| machines.classify(&asked))
        .await?;
    Ok(json(&found))
}

async fn recall(State(service): State<Service>, request: Request<Body>) -> Answer {
    let place = service.computations().enter()?;
    let asked: RecallRequest = body(&service, request).await?;
    let machines = service.machines();
    let found = service
        .compute(Work::Long, place, move |_| machines.recall(&asked))
        .await?;
    Ok(json(&found))
}

async fn closed_form(uri: Uri) -> Answer {
    Ok(json(&region(&query::<RegionQuery>(&uri)?)?))
}

async fn all_patterns(State(service): State<Service>, uri: Uri) -> Answer {
    let asked: AtlasQuery = query(&uri)?;
    let place = service.computations().enter()?;
    let deadline = Instant::now() + service.limits().run_time;
    let found = service
        .compute(Work::Long, place, move |stop| atlas(&asked, stop, deadline))
        .await?;
    Ok(json(&found))
}

async fn about(State(service): State<Service>) -> Response {
    json(service.about())
}

async fn health(State(service): State<Service>) -> Response {
    json(&Health {
        status: "ok".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime: service.uptime().as_secs_f64(),
        classifying: service.classifications().taken(),
        computing: service.computations().taken(),
        streaming: service.streams().taken(),
        answered: service.counts().answered.load(Ordering::Relaxed),
        refused: service.counts().refused.load(Ordering::Relaxed),
    })
}

/// Events on their way to a reader. When the reader leaves, this is dropped, and the run finds the channel closed.
struct Told(mpsc::Receiver<Event>);

impl Stream for Told {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| event.map(Ok))
    }
}

async fn stream(State(service): State<Service>, uri: Uri) -> Answer {
    let asked: StreamQuery = query(&uri)?;
    let run = Run::new(&asked)?;
    let place = service.streams().enter()?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let ending = service.clone();
    tokio::task::spawn_blocking(move || {
        let _held = place;
        let began = Instant::now();
        let alive = || !sender.is_closed() && !ending.is_stopping();
        run.follow(&alive, &mut |watched| {
            if let Watched::Slice(slice) = &watched {
                let due = began + run.due(slice.t.last().copied().unwrap_or(0.0));
                while alive() && Instant::now() < due {
                    std::thread::sleep(NAP.min(due.saturating_duration_since(Instant::now())));
                }
            }
            // a reader who has left is noticed at the next step
            let _ = sender.blocking_send(event(&watched));
        });
    });
    // a connection to which nothing is written counts as idle
    let alive = KeepAlive::new().interval(service.limits().idle_time / 3);
    Ok(Sse::new(Told(receiver)).keep_alive(alive).into_response())
}

fn event(watched: &Watched) -> Event {
    let (name, data) = match watched {
        Watched::Start(told) => ("start", serde_json::to_string(told)),
        Watched::Slice(told) => ("slice", serde_json::to_string(told)),
        Watched::Kick(told) => ("kick", serde_json::to_string(told)),
        Watched::Settled(told) => ("settled", serde_json::to_string(told)),
        Watched::End(told) => ("end", serde_json::to_string(told)),
    };
    Event::default().event(name).data(data.unwrap_or_default())
}
