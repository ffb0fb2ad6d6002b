//! One visit: draw, classify, erase, recall, show patterns, kick, slide, resize, dark, keyboard, without scripts.

use std::time::Duration;

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::browser::{command, driver, open, picture, serve, tell, until};

async fn click(client: &Client, selector: &str) {
    let element = client.find(Locator::Css(selector)).await.unwrap();
    let place = vec![serde_json::to_value(&element).unwrap()];
    client
        .execute(
            "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'});",
            place,
        )
        .await
        .unwrap();
    element.click().await.unwrap();
}

async fn text(client: &Client, selector: &str) -> String {
    client
        .find(Locator::Css(selector))
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
}

async fn run(client: &Client, script: &str) -> Value {
    client.execute(script, vec![]).await.unwrap()
}

/// Draws lines on the pad, through places in parts of its side.
async fn draw(client: &Client, lines: &[&[(f64, f64)]]) {
    run(
        client,
        "document.getElementById('pad').scrollIntoView({block: 'center', behavior: 'instant'});",
    )
    .await;
    let (left, top, width, _) = client
        .find(Locator::Css("#pad"))
        .await
        .unwrap()
        .rectangle()
        .await
        .unwrap();
    let scroll = run(client, "return [scrollX, scrollY];").await;
    let at = |part: f64, start: f64, scroll: &Value| {
        (start + part * width - scroll.as_f64().unwrap()) as i64
    };
    for line in lines {
        let mut actions = MouseActions::new("mouse".into());
        for (step, (x, y)) in line.iter().enumerate() {
            actions = actions.then(PointerAction::MoveTo {
                duration: Some(Duration::from_millis(8)),
                x: at(*x, left, &scroll[0]) as f64,
                y: at(*y, top, &scroll[1]) as f64,
            });
            if step == 0 {
                actions = actions.then(PointerAction::Down {
                    button: MOUSE_BUTTON_LEFT,
                });
            }
        }
        actions = actions.then(PointerAction::Up {
            button: MOUSE_BUTTON_LEFT,
        });
        client.perform_actions(actions).await.unwrap();
    }
}

/// An ellipse around the middle.
fn ring(across: f64, down: f64) -> Vec<(f64, f64)> {
    let angle = |step: u32| std::f64::consts::TAU * f64::from(step) / 24.0;
    (0..=24)
        .map(|step| {
            (
                0.5 + across * angle(step).sin(),
                0.5 - down * angle(step).cos(),
            )
        })
        .collect()
}

/// Waits until the drawing that is on the pad has been looked at by everybody.
async fn seen(client: &Client) {
    until(client, "document.body.dataset.seen === String(turn)").await;
}

async fn digits(client: &Client) {
    until(
        client,
        "document.querySelectorAll('#samples button').length === 10",
    )
    .await;
    for (lines, class) in [
        (vec![ring(0.2, 0.3)], "0"),
        (vec![vec![(0.52, 0.2), (0.5, 0.8)]], "1"),
        (vec![vec![(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]], "7"),
    ] {
        click(client, "#clear").await;
        let lines: Vec<&[(f64, f64)]> = lines.iter().map(Vec::as_slice).collect();
        draw(client, &lines).await;
        seen(client).await;
        let verdict = text(client, "#verdict").await;
        let nearest = [format!("A {class}."), format!("Nearest is {class}")];
        assert!(
            nearest.iter().any(|words| verdict.contains(words)),
            "{class}: {verdict}"
        );
        picture(client, &format!("drawn-{class}")).await;
    }
    click(client, "#eraser").await;
    draw(client, &[&[(0.3, 0.25), (0.7, 0.25)]]).await;
    seen(client).await;
    click(client, "#pen").await;
    let mut right = 0;
    for digit in 0..10 {
        click(
            client,
            &format!("#samples button:nth-of-type({})", digit + 1),
        )
        .await;
        seen(client).await;
        right += usize::from(
            text(client, "#verdict")
                .await
                .contains(&format!("A {digit}.")),
        );
    }
    assert!(right >= 8, "{right} of ten unseen digits");
    click(client, "#stored button:nth-of-type(3)").await;
    seen(client).await;
    click(client, "label:has(input[value=lower])").await;
    seen(client).await;
    for memory in ["#note1", "#note2"] {
        assert!(text(client, memory).await.starts_with("its 2"), "{memory}");
    }
    picture(client, "half").await;
    click(client, "#clear").await;
    // a sheet full of ink is no digit
    click(client, "label:has(input[value=nothing])").await;
    let lines: Vec<[(f64, f64); 2]> = (0..24)
        .map(|k| 0.06 + 0.038 * f64::from(k))
        .map(|height| [(0.06, height), (0.94, height)])
        .collect();
    let lines: Vec<&[(f64, f64)]> = lines.iter().map(<[_; 2]>::as_slice).collect();
    draw(client, &lines).await;
    seen(client).await;
    assert!(text(client, "#verdict").await.contains("Unlike any digit."));
    picture(client, "scribble").await;
}

async fn impulses(client: &Client) {
    client
        .find(Locator::Css("#speed"))
        .await
        .unwrap()
        .select_by_value("120")
        .await
        .unwrap();
    click(client, "#neuron3").await;
    click(client, "#neuron3").await;
    until(
        client,
        "document.getElementById('fate').textContent.startsWith('Recalled.')",
    )
    .await;
    assert_eq!(text(client, "#period").await, "32.10658");
    assert_eq!(text(client, "#period-formula").await, "32.10658");
    run(
        client,
        "document.getElementById('impulses').scrollIntoView({behavior: 'instant'});",
    )
    .await;
    picture(client, "impulses").await;
    click(client, "#kick").await;
    until(
        client,
        "document.getElementById('fate').textContent.startsWith('Kicked.')",
    )
    .await;
    until(
        client,
        "/^(Recalled|Ends in)/.test(document.getElementById('fate').textContent)",
    )
    .await;
    picture(client, "kicked").await;
    let before = text(client, "#region").await;
    let slider = client.find(Locator::Css("#c")).await.unwrap();
    let right: String = std::iter::repeat_n(char::from(Key::Right), 80).collect();
    slider.send_keys(&right).await.unwrap();
    assert_eq!(text(client, "#c-value").await, "−4");
    until(
        client,
        &format!(
            "document.getElementById('region').textContent !== {}",
            json!(before)
        ),
    )
    .await;
    click(client, "#map").await;
    until(
        client,
        "document.querySelectorAll('#atlas tr').length === 7",
    )
    .await;
    click(client, "#atlas tr:nth-of-type(7) button").await;
    until(
        client,
        "document.getElementById('pattern').textContent === '111' && course.t.length > 100",
    )
    .await;
    client
        .find(Locator::Css("#lambda"))
        .await
        .unwrap()
        .send_keys(&String::from(char::from(Key::Left)))
        .await
        .unwrap();
    until(
        client,
        "document.getElementById('lambda-value').textContent !== '∞' && course.t.length > 100",
    )
    .await;
    click(client, "#more").await;
    until(
        client,
        "document.getElementById('pattern').textContent === '1110'",
    )
    .await;
    run(
        client,
        "document.getElementById('impulses').scrollIntoView({behavior: 'instant'});",
    )
    .await;
    picture(client, "atlas").await;
}

/// Everything can be reached and done without a mouse, and says what it is.
async fn keyboard(client: &Client) {
    let unnamed = run(client, "return [...document.querySelectorAll('button, input, select, canvas')].filter((e) => \
        !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.textContent.trim() || (e.labels && e.labels.length))).map((e) => e.outerHTML);").await;
    assert_eq!(unnamed, json!([]));
    click(client, "#clear").await;
    let pad = client.find(Locator::Css("#pad")).await.unwrap();
    let keys: String = std::iter::repeat_n(char::from(Key::Up), 8)
        .chain([' '])
        .chain(std::iter::repeat_n(char::from(Key::Down), 16))
        .chain([' '])
        .collect();
    pad.send_keys(&keys).await.unwrap();
    seen(client).await;
    let verdict = text(client, "#verdict").await;
    assert!(
        verdict.contains("A 1.") || verdict.contains("Nearest is 1"),
        "{verdict}"
    );
}

#[test]
fn a_visit() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (_server, address) = serve();
    let (_driver, driver) = driver();
    let profile = tempfile::tempdir().unwrap();
    runtime.block_on(async {
        let client = open(&driver, profile.path()).await;
        client.set_window_size(1360, 1000).await.unwrap();
        client.goto(&address).await.unwrap();
        run(&client, "window.shifts = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => { if (!entry.hadRecentInput) window.shifts += entry.value; })).observe({type: 'layout-shift', buffered: true});").await;
        digits(&client).await;
        impulses(&client).await;
        keyboard(&client).await;
        let shifts = run(&client, "return window.shifts;").await.as_f64().unwrap();
        assert!(shifts < 0.01, "the layout has shifted by {shifts}");
        click(&client, "#stored button:nth-of-type(4)").await;
        click(&client, "label:has(input[value=lower])").await;
        seen(&client).await;
        run(&client, "scrollTo({top: 0, behavior: 'instant'});").await;
        picture(&client, "page").await;

        let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
        tell(&client, &driver, "Emulation.setEmulatedMedia", dark).await;
        until(&client, "getComputedStyle(document.body).backgroundColor === 'rgb(20, 23, 26)'").await;
        picture(&client, "dark").await;
        run(&client, "document.getElementById('impulses').scrollIntoView({behavior: 'instant'});").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        picture(&client, "dark-impulses").await;
        tell(&client, &driver, "Emulation.setEmulatedMedia", json!({ "features": [] })).await;

        for width in [390, 820] {
            let phone = json!({ "width": width, "height": 844, "deviceScaleFactor": 2, "mobile": width < 500 });
            tell(&client, &driver, "Emulation.setDeviceMetricsOverride", phone).await;
            until(&client, &format!("innerWidth === {width} && document.documentElement.scrollWidth <= {width}")).await;
            for section in ["digits", "impulses", "behind"] {
                let script = format!("document.getElementById('{section}').scrollIntoView({{behavior: 'instant'}});");
                run(&client, &script).await;
                tokio::time::sleep(Duration::from_millis(150)).await;
                picture(&client, &format!("{width}-{section}")).await;
            }
        }
        tell(&client, &driver, "Emulation.clearDeviceMetricsOverride", json!({})).await;

        let log = command(&client, &driver, "se/log", &json!({ "type": "browser" })).await;
        let severe = log.as_array().unwrap().iter().filter(|entry| entry["level"] == "SEVERE");
        assert_eq!(severe.collect::<Vec<_>>(), Vec::<&Value>::new());

        tell(&client, &driver, "Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        client.goto(&address).await.unwrap();
        assert!(text(&client, "noscript").await.contains("Without JavaScript"));
        assert!(text(&client, "#behind").await.contains("extreme learning machine"));
        picture(&client, "without-scripts").await;
        client.close().await.unwrap();
    });
}
