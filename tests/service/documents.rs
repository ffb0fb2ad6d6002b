//! The OpenAPI document, the files of the page, and the headers of every answer.

use axum::body::Body;
use axum::http::Request;
use pulsatrix::service::document;
use serde_json::Value;

use crate::support::{answer, ask, get, post, router, text, wait};

/// A query that an endpoint accepts.
const NETWORK: &str = "a=1&b=0.5&c=-44&h=3.3";

#[test]
fn the_committed_document_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/service/openapi.json");
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        format!("{:#}\n", document()),
        "write it anew: simulate serve --openapi > src/service/openapi.json"
    );
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            found.extend(
                entries
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            entries.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 15, "{found:?}");
    for reference in found {
        let place = document.pointer(reference.trim_start_matches('#'));
        assert!(place.is_some_and(Value::is_object), "{reference}");
    }
}

/// Every endpoint of the document answers by its method, and with a reason by any other.
#[test]
fn the_document_tells_of_what_is_there() {
    wait(async {
        let (router, document) = (router(), document());
        for (path, methods) in document["paths"].as_object().unwrap() {
            let (method, _) = methods.as_object().unwrap().iter().next().unwrap();
            let (right, wrong) = match method.as_str() {
                "post" => (post(path, "{}"), get(path)),
                _ => (get(path), post(path, "{}")),
            };
            let status = ask(&router, right).await.status().as_u16();
            let takes_nothing = methods[method]["parameters"].is_null() && method == "get";
            assert_eq!(status, if takes_nothing { 200 } else { 400 }, "{path}");
            let (status, found) = answer(&router, wrong).await;
            assert_eq!(status, 405, "{path}: {found}");
        }
    });
}

/// An answer has the fields that the document promises, all of them and no others.
#[test]
fn answers_are_as_described() {
    wait(async {
        let (router, document) = (router(), document());
        let blank = format!("[{}]", ["0.5"; 64].join(","));
        for (request, schema) in [
            (
                post("/api/classify", format!("{{\"pixels\":{blank}}}")),
                "Classified",
            ),
            (
                post("/api/recall", format!("{{\"pixels\":{blank}}}")),
                "Recalled",
            ),
            (get(&format!("/api/region?neurons=3&{NETWORK}")), "Region"),
            (
                get(&format!("/api/atlas?neurons=3&{NETWORK}")),
                "AtlasAnswer",
            ),
            (get("/api/about"), "About"),
            (get("/api/health"), "Health"),
        ] {
            let (status, found) = answer(&router, request).await;
            assert_eq!(status, 200, "{schema}: {found}");
            let described = document["components"]["schemas"][schema]["properties"].as_object();
            let mut described: Vec<&String> = described.unwrap().keys().collect();
            let mut fields: Vec<&String> = found.as_object().unwrap().keys().collect();
            described.sort();
            fields.sort();
            assert_eq!(fields, described, "{schema}");
        }
    });
}

/// The page brings everything with it, and its policy allows nothing else.
#[test]
fn the_page_needs_nothing_from_elsewhere() {
    wait(async {
        let router = router();
        let page = text(ask(&router, get("/")).await).await;
        for path in ["/style.css", "/page.js", "/icon.svg"] {
            assert!(page.contains(path), "{path}");
            let response = ask(&router, get(path)).await;
            assert_eq!(response.status(), 200);
            let text = text(response).await;
            for outside in ["https://", "@import", "url("] {
                assert!(!text.contains(outside), "{path} has {outside}");
            }
        }
        for inline in [
            "<style",
            "style=",
            " onclick",
            "javascript:",
            "https://",
            "http://",
        ] {
            assert!(!page.contains(inline), "the page has {inline}");
        }
        assert_eq!(
            page.matches("<script").count(),
            page.matches("<script src=").count()
        );
        assert!(page.contains("<noscript>") && page.contains("lang=\"en\""));
    });
}

/// Every answer, refusals too, carries the headers that keep browsers from harm.
#[test]
fn headers_are_everywhere() {
    wait(async {
        let router = router();
        for path in [
            "/",
            "/page.js",
            "/api/health",
            "/api/classify",
            "/nowhere",
            "/../Cargo.toml",
            "/%2e%2e/Cargo.toml",
        ] {
            let response = ask(&router, get(path)).await;
            let headers = response.headers();
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(
                policy.contains("default-src 'none'") && !policy.contains("unsafe"),
                "{policy}"
            );
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers["referrer-policy"], "no-referrer");
            assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        }
        for path in [
            "/nowhere",
            "/../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "/api/",
            "/src/lib.rs",
        ] {
            let (status, found) = answer(&router, get(path)).await;
            assert_eq!(status, 404, "{path}");
            assert!(found["error"]["message"].is_string());
        }
        let head = Request::head("/").body(Body::empty()).unwrap();
        assert_eq!(ask(&router, head).await.status(), 200);
    });
}

/// A stream is a start, slices, a verdict that agrees with the closed form, and an end.
#[test]
fn a_stream_tells_a_run() {
    wait(async {
        let path = format!("/api/stream?pattern=110&{NETWORK}&time=700");
        let response = ask(&router(), get(&path)).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let told = text(response).await;
        let events: Vec<(&str, Value)> = told
            .split("\n\n")
            .filter_map(|event| event.strip_prefix("event: ")?.split_once("\ndata: "))
            .map(|(name, data)| (name, serde_json::from_str(data).unwrap()))
            .collect();
        assert_eq!((events[0].0, events.last().unwrap().0), ("start", "end"));
        let slices = events.iter().filter(|(name, _)| *name == "slice");
        let samples: usize = slices
            .map(|(_, slice)| slice["t"].as_array().unwrap().len())
            .sum();
        assert_eq!(samples, 14_001);
        let settled = &events
            .iter()
            .find(|(name, _)| *name == "settled")
            .unwrap()
            .1;
        let apart = |name: &str| {
            let formula = format!("{name}_formula");
            (settled[name].as_f64().unwrap() - settled[formula].as_f64().unwrap()).abs()
        };
        assert_eq!(settled["recalled"], true);
        for name in ["period", "silent_maximum", "multiplier"] {
            assert!(apart(name) < 1e-6, "{name}: {settled}");
        }
    });
}
