//! What is classified and recalled, and what is not.

use serde_json::json;

use crate::support::{answer, pixels, post, router, tests, wait};

/// A test digit, enlarged and drawn somewhere on a sheet of 112 x 112.
fn drawn(image: &[f64], (down, across): (usize, usize)) -> Vec<f64> {
    let mut sheet = vec![0.0; 112 * 112];
    for (place, level) in image.iter().enumerate() {
        let (row, column) = (place / 28, place % 28);
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            sheet[(2 * row + i + down) * 112 + 2 * column + j + across] = *level;
        }
    }
    sheet
}

/// The small read-out of the run directory gets nine in ten right, and a drawing has the class of the image wherever it
/// is drawn.
#[test]
fn digits_are_classified_wherever_they_are_drawn() {
    wait(async {
        let (router, images) = (router(), tests());
        let (mut right, mut same) = (0, 0);
        for place in 0..100 {
            let image = pixels(&images, place);
            let body = json!({ "pixels": image }).to_string();
            let (status, found) = answer(&router, post("/api/classify", body)).await;
            assert_eq!(status, 200, "{found}");
            assert_eq!(found["scores"].as_array().unwrap().len(), 10);
            assert!(found["image"].is_null() && found["predictive"].is_null());
            right += usize::from(found["class"] == images.labels[place]);
            let sheet = drawn(&image, (place % 56, (3 * place) % 56));
            let body = json!({ "pixels": sheet, "centre": true }).to_string();
            let (status, centred) = answer(&router, post("/api/classify", body)).await;
            assert_eq!(status, 200, "{centred}");
            assert_eq!(centred["image"].as_array().unwrap().len(), 784);
            same += usize::from(centred["class"] == found["class"]);
        }
        assert!(right >= 85, "{right} of 100 right");
        assert!(same >= 95, "{same} of 100 the same when drawn elsewhere");
    });
}

#[test]
fn images_of_64_pixels_have_a_read_out_of_their_own() {
    let digits = pulsatrix::experiment::LabelledImages::digits().unwrap();
    wait(async {
        let router = router();
        let mut right = 0;
        for place in 1297..1397 {
            let body = json!({ "pixels": pixels(&digits, place) }).to_string();
            let (status, found) = answer(&router, post("/api/classify", body)).await;
            assert_eq!(status, 200, "{found}");
            right += usize::from(found["class"] == digits.labels[place]);
        }
        assert!(right >= 90, "{right} of 100");
    });
}

/// Stripes, noise and a filled sheet are no digits, and are said to be none; a digit of the tests is one.
#[test]
fn what_is_no_digit_is_called_so() {
    wait(async {
        let router = router();
        let classify = async |pixels: Vec<f64>| {
            let body = json!({ "pixels": pixels, "predictive": true }).to_string();
            let (status, found) = answer(&router, post("/api/classify", body)).await;
            assert_eq!(status, 200, "{found}");
            found
        };
        let images = tests();
        let usual = classify(pixels(&images, 0)).await;
        assert!(usual["unlike"].is_null(), "{usual}");
        assert_eq!(
            usual["predictive"]["energies"].as_array().unwrap().len(),
            10
        );
        assert_eq!(usual["predictive"]["converged"], true);
        let checks = (0..784).map(|place| f64::from(u8::from((place / 28 + place % 28) % 2 == 0)));
        let full = vec![1.0; 784];
        let stripes = (0..784).map(|place| f64::from(u8::from(place % 4 < 2)));
        for odd in [checks.collect(), full, stripes.collect()] {
            let found = classify(odd).await;
            assert!(
                found["unlike"]
                    .as_str()
                    .is_some_and(|why| why.contains("99 %")),
                "{found}"
            );
        }
    });
}

/// From half of a stored digit the pseudo-inverse and the modern Hopfield network give back the whole; what is unknown is
/// shown as unknown.
#[test]
fn stored_digits_come_back_from_half() {
    wait(async {
        let router = router();
        let (_, about) = answer(&router, crate::support::get("/api/about")).await;
        let facts = &about["memories"][0];
        let all = facts["stored"].as_array().unwrap();
        assert_eq!((all.len(), &facts["pixels"]), (10, &json!(784)));
        for class in [0, 1, 3, 8] {
            let stored = all[class].as_str().unwrap();
            let pixels: Vec<u8> = stored.bytes().map(|bit| bit - b'0').collect();
            let body = json!({ "pixels": pixels, "erased": "lower" }).to_string();
            let (status, found) = answer(&router, post("/api/recall", body)).await;
            assert_eq!(status, 200, "{found}");
            let cue = found["cue"].as_str().unwrap();
            assert_eq!(cue[..cue.len() / 2], stored[..cue.len() / 2]);
            assert!(
                cue[cue.len() / 2..]
                    .bytes()
                    .all(|character| character == b'?')
            );
            for memory in found["memories"].as_array().unwrap() {
                let name = memory["memory"].as_str().unwrap();
                if name.contains("pseudo") || name.contains("modern") {
                    assert_eq!(memory["verdict"], "stored", "{memory}");
                    assert_eq!(memory["class"], class, "{memory}");
                    assert_eq!(memory["pattern"], stored);
                }
            }
        }
    });
}

/// The impulse network holds what its rule can hold: a whole stored digit stays as it is.
#[test]
fn the_impulse_network_keeps_what_its_rule_holds() {
    wait(async {
        let router = router();
        let (_, about) = answer(&router, crate::support::get("/api/about")).await;
        let facts = &about["memories"][1];
        let held = facts["impulse_holds"].as_array().unwrap();
        assert!(
            held.iter().filter(|holds| **holds == true).count() >= 4,
            "{held:?}"
        );
        for (class, holds) in held.iter().enumerate().filter(|(_, holds)| **holds == true) {
            let stored = facts["stored"][class].as_str().unwrap();
            let pixels: Vec<u8> = stored.bytes().map(|bit| bit - b'0').collect();
            let body = json!({ "pixels": pixels }).to_string();
            let (_, found) = answer(&router, post("/api/recall", body)).await;
            let impulse = found["memories"].as_array().unwrap().last().unwrap();
            assert_eq!(impulse["memory"], "impulse network");
            assert_eq!(
                (&impulse["class"], holds),
                (&json!(class), &json!(true)),
                "{impulse}"
            );
        }
    });
}
