//! One trained service for all tests, and how to ask it.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, header};
use pulsatrix::experiment::{Ending, LabelledImages, ModelFile, RunDirectory, Silent, read};
use pulsatrix::service::{Limits, Machines, Service};
use serde_json::Value;
use tower::ServiceExt;

/// A small read-out, as a run of `simulate run one-shot` leaves it.
const MODEL: &str = r#"
title = "A small read-out"
experiment = "one-shot"
[data]
images = "mnist-small"
training = 1500
tests = 500
[features]
laws = ["class-differences"]
field = 10
seeds = 1
[readout]
neurons = [400]
ridges = [1, 10]
"#;

/// The machines, trained once: the read-out for 28 x 28 comes from a run directory.
pub fn machines() -> Arc<Machines> {
    static MACHINES: OnceLock<Arc<Machines>> = OnceLock::new();
    Arc::clone(MACHINES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        let model = ModelFile::from_text("small", "small.toml", MODEL.to_owned()).unwrap();
        let prepared = read(&model).unwrap();
        let directory = RunDirectory::create(&run, true).unwrap();
        directory
            .save_text("resolved.toml", &prepared.resolved())
            .unwrap();
        let outcome = prepared.experiment().run(&Silent).unwrap();
        directory
            .save_outcome(&prepared.report(&outcome), &outcome)
            .unwrap();
        let ending = Ending::Done {
            statistics: Value::Null,
            seconds: pulsatrix::experiment::Times::default(),
        };
        directory.finish("one-shot", 1, &[], &ending).unwrap();
        Arc::new(Machines::train(Some(&run), &Silent).unwrap())
    }))
}

pub fn service(limits: Limits) -> Service {
    Service::new(machines(), limits)
}

pub fn router() -> Router {
    service(Limits::default()).router()
}

pub fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    request.body(body.into()).unwrap()
}

pub fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

pub async fn ask(router: &Router, request: Request<Body>) -> Response<Body> {
    router.clone().oneshot(request).await.unwrap()
}

pub async fn text(response: Response<Body>) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Status and body of an answer in JSON.
pub async fn answer(router: &Router, request: Request<Body>) -> (u16, Value) {
    let response = ask(router, request).await;
    let status = response.status().as_u16();
    let text = text(response).await;
    (
        status,
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")),
    )
}

/// Waits for what a test asks on its own runtime.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

/// The digits that nothing has learnt, 784 pixels from 0 to 1.
pub fn tests() -> LabelledImages {
    LabelledImages::small_mnist(255.0, 1).unwrap().1
}

pub fn pixels(images: &LabelledImages, place: usize) -> Vec<f64> {
    images.images.column(place).as_slice().to_vec()
}
