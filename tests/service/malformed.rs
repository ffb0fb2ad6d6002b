//! Requests that are wrong: a reason, a 4xx, and never a panic.

use axum::body::Body;
use axum::http::{Request, header};
use pulsatrix::numerics::random::{Stream, stream};
use rand::RngExt;
use serde_json::json;

use crate::support::{answer, ask, get, post, router, text, wait};

#[test]
fn bodies_are_refused_with_a_reason() {
    wait(async {
        let router = router();
        let of = |count: usize, level: &str| {
            format!("{{\"pixels\":[{}]}}", vec![level; count].join(","))
        };
        let deep = format!(
            "{{\"pixels\":{}{}}}",
            "[".repeat(10_000),
            "]".repeat(10_000)
        );
        for (body, status, word) in [
            (String::new(), 400, "EOF"),
            ("{".into(), 400, "EOF"),
            ("[]".into(), 400, "the body"),
            ("{}".into(), 400, "missing field `pixels`"),
            ("{\"pixels\":3}".into(), 400, "sequence"),
            ("{\"pixels\":[\"a\"]}".into(), 400, "f64"),
            ("{\"pixels\":[1e999]}".into(), 400, "out of range"),
            ("{\"pixels\":[NaN]}".into(), 400, "expected"),
            ("{\"pixels\":[null]}".into(), 400, "null"),
            ("{\"pixels\":[],\"pixels\":[]}".into(), 400, "duplicate"),
            (
                "{\"pixels\":[],\"file\":\"/etc/passwd\"}".into(),
                400,
                "unknown field `file`",
            ),
            (
                "{\"pixels\":[],\"erased\":\"middle\"}".into(),
                400,
                "unknown variant",
            ),
            (deep, 400, "sequence"),
            (of(0, "0"), 422, "0 pixels"),
            (of(783, "0"), 422, "783 pixels"),
            (of(784, "2"), 422, "pixel 0 is 2"),
            (of(64, "-1"), 422, "pixel 0 is -1"),
            (of(30_000, "1"), 422, "30000 pixels"),
            (of(100_000, "0.25"), 413, "bytes"),
        ] {
            for path in ["/api/classify", "/api/recall"] {
                let (found, reason) = answer(&router, post(path, body.clone())).await;
                let start: String = body.chars().take(40).collect();
                assert_eq!(found, status, "{path} {start}: {reason}");
                let message = reason["error"]["message"].as_str().unwrap();
                assert!(message.contains(word), "{start}: {message}");
                assert!(reason["error"]["help"].is_string());
            }
        }
        let blank = json!({ "pixels": vec![0.0; 784], "centre": true }).to_string();
        let (status, reason) = answer(&router, post("/api/classify", blank)).await;
        assert_eq!(
            (status, &reason["error"]["message"]),
            (422, &json!("the drawing is blank"))
        );
        let small = json!({ "pixels": vec![0.0; 64], "predictive": true }).to_string();
        assert_eq!(answer(&router, post("/api/classify", small)).await.0, 422);
    });
}

/// A page elsewhere can send forms and plain text without being asked; they are not read.
#[test]
fn only_json_is_read() {
    wait(async {
        let router = router();
        for kind in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
        ] {
            let mut request = Request::post("/api/classify");
            if let Some(kind) = kind {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            let request = request.body(Body::from("{\"pixels\":[]}")).unwrap();
            assert_eq!(answer(&router, request).await.0, 415, "{kind:?}");
        }
    });
}

/// A body whose length is not announced is cut where it is too long; one that is announced too long is not read.
#[test]
fn long_bodies_are_not_taken_in() {
    wait(async {
        let router = router();
        let announced = Request::post("/api/classify")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(vec![b' '; 300_000]))
            .unwrap();
        assert_eq!(answer(&router, announced).await.0, 413);
    });
}

#[test]
fn queries_are_refused_with_a_reason() {
    wait(async {
        let router = router();
        let network = "a=1&b=0.5&c=-44&h=3.3";
        for (path, status, word) in [
            ("/api/stream".to_owned(), 400, "missing field `pattern`"),
            (
                format!("/api/stream?pattern=11&{network}&path=x"),
                400,
                "unknown field",
            ),
            (
                format!("/api/stream?pattern=11&pattern=1&{network}"),
                400,
                "duplicate",
            ),
            (
                format!("/api/stream?pattern=12&{network}"),
                422,
                "`2` at place 2",
            ),
            (
                format!("/api/stream?pattern={}&{network}", "1".repeat(5000)),
                422,
                "5000 neurons",
            ),
            (
                format!("/api/stream?pattern=11&{network}&time=1e12"),
                422,
                "time",
            ),
            (
                format!("/api/stream?pattern=11&{network}&kicks=1:9:1"),
                422,
                "no such neuron",
            ),
            (
                format!("/api/stream?pattern=11&{network}&lambda=inf"),
                422,
                "lambda",
            ),
            (
                "/api/stream?pattern=11&a=NaN&b=1&c=1&h=1".to_owned(),
                422,
                "a = NaN",
            ),
            (
                format!("/api/atlas?neurons=20&{network}"),
                422,
                "20 neurons",
            ),
            (
                format!("/api/atlas?neurons=6&{network}&lambda=50"),
                422,
                "6 neurons",
            ),
            (
                format!("/api/atlas?neurons=-1&{network}"),
                400,
                "invalid digit",
            ),
            (format!("/api/region?neurons=0&{network}"), 422, "0 neurons"),
            (
                "/api/region?neurons=3&a=0&b=1&c=1&h=1".to_owned(),
                422,
                "a = 0",
            ),
        ] {
            let (found, reason) = answer(&router, get(&path)).await;
            let start: String = path.chars().take(70).collect();
            assert_eq!(found, status, "{start}: {reason}");
            let message = reason["error"]["message"].as_str().unwrap();
            assert!(message.contains(word), "{start}: {message}");
        }
    });
}

/// Some mistakes in a text: bits that flip, bytes that are missing or stand twice, pieces from elsewhere.
fn mutate(text: &str, pieces: &[&[u8]], random: &mut Stream) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..random.random_range(1..4) {
        let place = random.random_range(0..bytes.len().max(1)).min(bytes.len());
        match random.random_range(0..5) {
            0 if !bytes.is_empty() => {
                let place = place.min(bytes.len() - 1);
                bytes[place] ^= 1 << random.random_range(0..8);
            }
            1 => bytes.truncate(place),
            2 if !bytes.is_empty() => {
                bytes.remove(place.min(bytes.len() - 1));
            }
            3 => {
                let piece = pieces[random.random_range(0..pieces.len())];
                bytes.splice(place..place, piece.iter().copied());
            }
            _ => {
                let end = (place + random.random_range(0..20)).min(bytes.len());
                let copy = bytes[place..end].to_vec();
                bytes.splice(place..place, copy);
            }
        }
    }
    bytes
}

/// Ten thousand bodies with mistakes in them: each gets an answer or a reason.
#[test]
fn mutated_bodies_never_break_anything() {
    let pieces: [&[u8]; 12] = [
        b"1e999",
        b"-0",
        b"null",
        b"[",
        b"]",
        b"{",
        b"\"",
        b"\\ud800",
        b"\xff\xfe",
        b"true",
        b",",
        b"0.5",
    ];
    let levels: Vec<f64> = (0..64).map(|place| f64::from(place % 5) / 4.0).collect();
    let bodies = [
        json!({ "pixels": levels }).to_string(),
        json!({ "pixels": levels, "centre": true, "erased": "left", "predictive": false })
            .to_string(),
        json!({ "pixels": levels, "erased": "upper" }).to_string(),
    ];
    wait(async {
        let router = router();
        let mut random = stream(1, "mutated bodies", 0);
        let (mut good, mut bad) = (0, 0);
        for round in 0..10_000 {
            let body = mutate(&bodies[round % bodies.len()], &pieces, &mut random);
            // centring makes images of 784 pixels, whose memories take a quarter of a second
            let path = if round % 3 == 2 {
                "/api/recall"
            } else {
                "/api/classify"
            };
            let response = ask(&router, post(path, body.clone())).await;
            let status = response.status().as_u16();
            let text = text(response).await;
            let shown = String::from_utf8_lossy(&body);
            match status {
                200 => good += 1,
                400 | 422 => {
                    assert!(text.contains("\"message\":\""), "{shown}: {text}");
                    bad += 1;
                }
                _ => panic!("{status} for {shown}: {text}"),
            }
        }
        assert!(good > 100 && bad > 5000, "{good} good, {bad} bad");
    });
}

/// Five thousand queries with mistakes in them: each gets a reason, or a run that comes to its end.
#[test]
fn mutated_queries_never_break_anything() {
    let pieces: [&[u8]; 12] = [
        b"1e-300", b"1e308", b"-0", b"NaN", b"inf", b"&", b"=", b":", b",", b"%00", b"%ff", b"0.5",
    ];
    let network = "a=1&b=0.5&c=-44&h=3.3";
    let queries = [
        format!("/api/stream?pattern=110&{network}&time=3"),
        format!("/api/stream?pattern=11&{network}&time=4&from=1&kicks=1.5:2:-0.4,2:1:3&seed=7"),
        format!("/api/stream?pattern=1&{network}&time=2&speed=1000"),
        format!("/api/region?neurons=3&{network}"),
    ];
    wait(async {
        let router = router();
        let mut random = stream(1, "mutated queries", 0);
        let (mut good, mut bad) = (0, 0);
        for round in 0..5000 {
            let (path, query) = queries[round % queries.len()].split_once('?').unwrap();
            let query = mutate(query, &pieces, &mut random);
            let query = String::from_utf8_lossy(&query);
            let Ok(request) = Request::get(format!("{path}?{query}")).body(Body::empty()) else {
                continue; // no address of a request
            };
            let response = ask(&router, request).await;
            let status = response.status().as_u16();
            let text = text(response).await;
            match status {
                200 => {
                    let ends = path == "/api/region" || text.contains("event: end");
                    assert!(ends, "{query}: {text}");
                    good += 1;
                }
                400 | 422 => {
                    assert!(text.contains("\"message\":\""), "{query}: {text}");
                    bad += 1;
                }
                _ => panic!("{status} for {query}: {text}"),
            }
        }
        assert!(good > 100 && bad > 2000, "{good} good, {bad} bad");
    });
}
