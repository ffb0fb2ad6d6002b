//! Words of redrawn pictures: `simulate draw --font --font-size`.

use std::fs;
use std::path::Path;

use super::{folder_with_run, output, simulate};

#[test]
fn a_run_is_redrawn_in_a_font_of_the_users() {
    let folder = folder_with_run();
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fonts");
    let font = fonts.join("tiny.ttf").display().to_string();
    let draw = |arguments: &[&str]| {
        let all = [&["draw", "m", "--out", "p"], arguments].concat();
        output(&mut simulate(folder.path(), &all))
    };
    let read = |name: &str| fs::read(folder.path().join("p").join(name)).unwrap();

    let given = [
        "--font",
        &font,
        "--font-size",
        "18",
        "--pictures",
        "svg,png,pdf",
    ];
    let found = draw(&given);
    assert_eq!(
        (found.code, found.stderr.contains("drawn in p")),
        (0, true),
        "{}",
        found.stderr
    );
    let svg = String::from_utf8(read("time-course.svg")).unwrap();
    assert!(
        svg.contains("Tiny &amp; ") && svg.contains("font-size=\"240"),
        "{svg}"
    );
    assert!(String::from_utf8_lossy(&read("time-course.pdf")).contains("/Tiny-Regular"));
    // its usual lettering is that of the run
    assert_eq!(draw(&[]).code, 0);
    for name in ["time-course.svg", "time-course.png"] {
        let kept = fs::read(folder.path().join("m/plots").join(name)).unwrap();
        assert_eq!(kept, read(name), "{name}");
    }

    fs::write(folder.path().join("no.ttf"), "no font").unwrap();
    let outlines = fonts.join("tiny.otf").display().to_string();
    for (arguments, words) in [
        (&["--font", "none.ttf"][..], "none.ttf cannot be read"),
        (
            &["--font", "no.ttf"],
            "no.ttf is no TrueType or OpenType font",
        ),
        (
            &["--font", &outlines, "--pictures", "pdf"],
            "outlines of PostScript",
        ),
        (&["--bold-font", &font], "--font <FILE>"),
        (&["--font-size", "100"], "from 4 to 24"),
        (&["--font-size", "big"], "from 4 to 24"),
    ] {
        let found = draw(arguments);
        assert_eq!(found.code, 2, "{arguments:?}: {}", found.stderr);
        assert!(
            found.stderr.contains(words),
            "{arguments:?}: {}",
            found.stderr
        );
    }
    assert_eq!(draw(&["--font", &outlines]).code, 0);
}
