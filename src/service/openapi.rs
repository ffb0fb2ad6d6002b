//! The OpenAPI document, from the types of the endpoints.

use serde_json::{Map, Value, json};

use super::about::About;
use super::api::{Classified, ClassifyRequest, Health, RecallRequest, Recalled};
use super::impulse::{AtlasAnswer, AtlasQuery, Region, RegionQuery};
use super::schema::{Fields, Schema};
use super::stream::{StreamEnd, StreamKick, StreamQuery, StreamSettled, StreamSlice, StreamStart};

/// What an endpoint takes.
enum Takes {
    Nothing,
    /// Fields of a query.
    Query(Vec<(&'static str, String, Value, bool)>),
    /// A body of JSON.
    Body(Value),
}

struct Endpoint {
    path: &'static str,
    about: &'static str,
    takes: Takes,
    /// Media type and schema of the answer.
    gives: (&'static str, Value),
    /// Statuses of refusals.
    refusals: &'static [u16],
}

const JSON: &str = "application/json";

fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint {
            path: "/api/classify",
            about: "The class of a drawing, by a read-out that was solved at once",
            takes: Takes::Body(ClassifyRequest::schema()),
            gives: (JSON, Classified::schema()),
            refusals: &[400, 408, 413, 415, 422, 429, 503],
        },
        Endpoint {
            path: "/api/recall",
            about: "What associative memories recall from a drawing, or from half of it",
            takes: Takes::Body(RecallRequest::schema()),
            gives: (JSON, Recalled::schema()),
            refusals: &[400, 408, 413, 415, 422, 429, 503],
        },
        Endpoint {
            path: "/api/stream",
            about: "An impulse network that settles, told while the solver goes: server-sent events `start`, `slice`, \
                    `kick`, `settled` and `end`, whose data are the schemas of these names",
            takes: Takes::Query(StreamQuery::fields()),
            gives: (
                "text/event-stream",
                json!({ "type": "string", "x-events": {
                    "start": StreamStart::schema(), "slice": StreamSlice::schema(), "kick": StreamKick::schema(),
                    "settled": StreamSettled::schema(), "end": StreamEnd::schema(),
                } }),
            ),
            refusals: &[400, 422, 429, 503],
        },
        Endpoint {
            path: "/api/region",
            about: "The closed form of an impulse network in the relay limit, and where memories exist",
            takes: Takes::Query(RegionQuery::fields()),
            gives: (JSON, Region::schema()),
            refusals: &[400, 422, 429],
        },
        Endpoint {
            path: "/api/atlas",
            about: "Where every pattern of an impulse network settles",
            takes: Takes::Query(AtlasQuery::fields()),
            gives: (JSON, AtlasAnswer::schema()),
            refusals: &[400, 422, 429, 503],
        },
        Endpoint {
            path: "/api/about",
            about: "What the machines were trained on, and how well they do",
            takes: Takes::Nothing,
            gives: (JSON, About::schema()),
            refusals: &[429],
        },
        Endpoint {
            path: "/api/health",
            about: "How the server is",
            takes: Takes::Nothing,
            gives: (JSON, Health::schema()),
            refusals: &[429],
        },
    ]
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "The form of the request is wrong",
        408 => "The body did not come in time",
        413 => "The body is too long",
        415 => "The body is not declared as application/json",
        422 => "A value is out of its range",
        429 => "Too many requests from one address",
        _ => "Too much at once; come back in a second",
    }
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut responses = Map::new();
    let (media, schema) = &endpoint.gives;
    responses.insert(
        "200".to_owned(),
        json!({ "description": endpoint.about, "content": { *media: { "schema": schema } } }),
    );
    for status in endpoint.refusals {
        let refusal = json!({
            "description": reason(*status),
            "content": { JSON: { "schema": { "$ref": "#/components/schemas/Refusal" } } },
        });
        responses.insert(status.to_string(), refusal);
    }
    let mut operation = json!({ "summary": endpoint.about, "responses": responses });
    match &endpoint.takes {
        Takes::Nothing => {}
        Takes::Query(fields) => {
            let parameter = |(name, about, schema, required): &(&str, String, Value, bool)| {
                // a query has no null: what is not said is left out
                let schema = schema["anyOf"].get(0).unwrap_or(schema).clone();
                let mut schema = schema;
                if let Some(entries) = schema.as_object_mut() {
                    entries.remove("description");
                }
                json!({ "name": name, "in": "query", "description": about, "required": required, "schema": schema })
            };
            operation["parameters"] = fields.iter().map(parameter).collect();
        }
        Takes::Body(schema) => {
            operation["requestBody"] =
                json!({ "required": true, "content": { JSON: { "schema": schema } } });
        }
    }
    operation
}

/// The OpenAPI document (version 3.1) of the endpoints: what `/api/openapi.json` serves.
///
/// ```
/// let document = pulsatrix::service::document();
/// assert_eq!(document["openapi"], "3.1.0");
/// assert!(document["paths"]["/api/classify"]["post"].is_object());
/// ```
#[must_use]
pub fn document() -> Value {
    let mut schemas = Map::new();
    ClassifyRequest::define(&mut schemas);
    Classified::define(&mut schemas);
    RecallRequest::define(&mut schemas);
    Recalled::define(&mut schemas);
    StreamStart::define(&mut schemas);
    StreamSlice::define(&mut schemas);
    StreamKick::define(&mut schemas);
    StreamSettled::define(&mut schemas);
    StreamEnd::define(&mut schemas);
    Region::define(&mut schemas);
    AtlasAnswer::define(&mut schemas);
    About::define(&mut schemas);
    Health::define(&mut schemas);
    let words = json!({ "type": "string" });
    let refusal = json!({
        "type": "object",
        "description": "Why a request is not answered, and what to do.",
        "properties": { "error": {
            "type": "object",
            "properties": { "message": words, "help": words },
            "required": ["message", "help"],
            "additionalProperties": false,
        } },
        "required": ["error"],
        "additionalProperties": false,
    });
    schemas.insert("Refusal".to_owned(), refusal);
    let mut paths = Map::new();
    for endpoint in endpoints() {
        let method = match endpoint.takes {
            Takes::Body(_) => "post",
            _ => "get",
        };
        paths.insert(
            endpoint.path.to_owned(),
            json!({ method: operation(&endpoint) }),
        );
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "pulsatrix",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A network is a vector field, a memory is an attractor: the endpoints under the page of `simulate serve`.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}
