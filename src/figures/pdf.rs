//! A scene as a PDF document of one page, for papers: curves stay curves and words stay words, in an embedded typeface.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, LineJoinStyle, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};

use super::FigureError;
use super::lettering::{Glyph, Lettering, POINT};
use super::render::drawing;
use super::scene::{Anchor, Mark, Mosaic, Point, Scene, Text};
use super::style::Colour;
use super::typeface::{Face, Weight};

/// Handles of a cubic curve for a quarter of a circle, in radii: its middle lies on the circle.
const QUARTER: f32 = 0.552_284_8;

/// The fonts that a page may use: both weights, and those that lend glyphs which these lack.
const FONTS: [(Weight, bool); 4] = [
    (Weight::Regular, false),
    (Weight::Bold, false),
    (Weight::Regular, true),
    (Weight::Bold, true),
];

/// Glyphs are named by their numbers in the font.
const IDENTITY: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// The scene as a PDF document; the same scene gives the same bytes.
///
/// # Errors
/// [`FigureError::Font`], [`FigureError::Drawing`], and [`FigureError::Typeface`] for a font that may not or cannot be embedded.
pub(super) fn pdf(scene: &Scene) -> Result<Vec<u8>, FigureError> {
    let (mut pdf, mut last) = (Pdf::new(), Ref::new(1));
    let (catalog, pages, page, content) = (last.bump(), last.bump(), last.bump(), last.bump());
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);

    let mut pen = Pen::new(scene);
    for number in 0..scene.mosaics.len() {
        pen.mosaic(number, &scene.mosaics[number]);
    }
    for mark in &scene.marks {
        pen.mark(mark)?;
    }
    let mut fonts = Vec::new();
    for (slot, (weight, borrowed)) in FONTS.into_iter().enumerate() {
        let standard = scene.lettering.typeface.is_embedded() && !borrowed;
        if standard || !pen.used[slot].is_empty() {
            let face = scene.lettering.face(weight, borrowed)?;
            fonts.push((slot, face, last.bump()));
        }
    }
    let images: Vec<Ref> = scene.mosaics.iter().map(|_| last.bump()).collect();

    let mut sheet = pdf.page(page);
    let size = (
        scene.width as f32 * POINT as f32,
        scene.height as f32 * POINT as f32,
    );
    sheet.media_box(Rect::new(0.0, 0.0, size.0, size.1));
    sheet.parent(pages).contents(content);
    let mut resources = sheet.resources();
    let mut named = resources.fonts();
    for (slot, _, font) in &fonts {
        named.pair(font_name(*slot), *font);
    }
    named.finish();
    let mut named = resources.x_objects();
    for (number, image) in images.iter().enumerate() {
        named.pair(Name(image_name(number).as_bytes()), *image);
    }
    named.finish();
    resources.finish();
    sheet.finish();

    let drawn = deflated(pen.content.finish().as_slice())?;
    pdf.stream(content, &drawn).filter(Filter::FlateDecode);
    for (mosaic, image) in scene.mosaics.iter().zip(images) {
        write_mosaic(&mut pdf, image, mosaic)?;
    }
    for (slot, face, font) in fonts {
        write_font(&mut pdf, font, face, &pen.used[slot], &mut last)?;
    }
    Ok(pdf.finish())
}

fn font_name(slot: usize) -> Name<'static> {
    match FONTS[slot] {
        (Weight::Regular, false) => Name(b"Regular"),
        (Weight::Bold, false) => Name(b"Bold"),
        (Weight::Regular, true) => Name(b"OtherRegular"),
        (Weight::Bold, true) => Name(b"OtherBold"),
    }
}

/// The place in [`FONTS`]; a typeface without bold has one face for both weights.
fn slot(lettering: &Lettering, weight: Weight, borrowed: bool) -> usize {
    let bold = weight == Weight::Bold && lettering.typeface.has_bold();
    usize::from(bold) + if borrowed { 2 } else { 0 }
}

fn image_name(number: usize) -> String {
    format!("Mosaic{number}")
}

/// Draws marks into the content of a page.
struct Pen<'a> {
    content: Content,
    lettering: &'a Lettering,
    /// Glyphs that have been shown and their characters, by font.
    used: [BTreeMap<u16, char>; FONTS.len()],
}

impl<'a> Pen<'a> {
    /// A pen on a page whose units and directions are those of the scene.
    fn new(scene: &'a Scene) -> Self {
        let mut content = Content::new();
        let point = POINT as f32;
        let height = scene.height as f32 * point;
        content.transform([point, 0.0, 0.0, -point, 0.0, height]);
        content.set_line_join(LineJoinStyle::RoundJoin);
        Self {
            content,
            lettering: &scene.lettering,
            used: Default::default(),
        }
    }

    fn mosaic(&mut self, number: usize, mosaic: &Mosaic) {
        let (x, y) = place(mosaic.at);
        let (w, h) = place(mosaic.size);
        // a picture is a unit square that stands upright
        self.content.save_state();
        self.content.transform([w, 0.0, 0.0, -h, x, y + h]);
        self.content.x_object(Name(image_name(number).as_bytes()));
        self.content.restore_state();
    }

    fn mark(&mut self, mark: &Mark) -> Result<(), FigureError> {
        match mark {
            Mark::Path(points, stroke) => {
                let (r, g, b) = rgb(stroke.colour);
                self.content.set_stroke_rgb(r, g, b);
                self.content.set_line_width(stroke.width as f32);
                self.along(points);
                self.content.stroke();
            }
            Mark::Area(points, colour) => {
                self.fill(*colour);
                self.along(points);
                self.content.fill_nonzero();
            }
            Mark::Rectangle(at, size, colour) => {
                let ((x, y), (w, h)) = (place(*at), place(*size));
                self.fill(*colour);
                self.content.rect(x, y, w, h).fill_nonzero();
            }
            Mark::Disc(centre, radius, colour) => {
                self.fill(*colour);
                self.disc(*centre, *radius as f32);
            }
            Mark::Text(text) => self.text(text)?,
        }
        Ok(())
    }

    fn fill(&mut self, colour: Colour) {
        let (r, g, b) = rgb(colour);
        self.content.set_fill_rgb(r, g, b);
    }

    fn along(&mut self, points: &[Point]) {
        for (index, point) in points.iter().enumerate() {
            let (x, y) = place(*point);
            match index {
                0 => self.content.move_to(x, y),
                _ => self.content.line_to(x, y),
            };
        }
    }

    fn disc(&mut self, centre: Point, radius: f32) {
        let ((x, y), handle) = (place(centre), QUARTER * radius);
        self.content.move_to(x + radius, y);
        for (u, v) in [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)] {
            // from the direction (u, v) to (-v, u)
            self.content.cubic_to(
                x + radius * u - handle * v,
                y + radius * v + handle * u,
                x - radius * v + handle * u,
                y + radius * u + handle * v,
                x - radius * v,
                y + radius * u,
            );
        }
        self.content.fill_nonzero();
    }

    fn text(&mut self, text: &Text) -> Result<(), FigureError> {
        let words = self.lettering.laid_out(&text.words, text.size, text.weight);
        let (glyphs, length) = words?;
        let start = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -0.5 * length,
            Anchor::End => -length,
        };
        let (x, y) = place(text.at);
        self.fill(text.colour);
        self.content.begin_text();
        let matrix = if text.upwards {
            [0.0, -1.0, -1.0, 0.0, x, y - start]
        } else {
            [1.0, 0.0, 0.0, -1.0, x + start, y]
        };
        let font = |glyph: &Glyph| slot(self.lettering, text.weight, glyph.borrowed);
        let all: Vec<(Glyph, char)> = glyphs.into_iter().zip(text.words.chars()).collect();
        for (number, run) in all
            .chunk_by(|(a, _), (b, _)| font(a) == font(b))
            .enumerate()
        {
            let slot = font(&run[0].0);
            self.content.set_font(font_name(slot), text.size as f32);
            if number == 0 {
                self.content.set_text_matrix(matrix);
            }
            // pairs that move together stand between pieces that the widths of their glyphs alone set
            let pieces: Vec<_> = run.chunk_by(|_, (next, _)| next.kern == 0.0).collect();
            let numbers = |piece: &[(Glyph, char)]| -> Vec<u8> {
                let ids = piece.iter().flat_map(|(glyph, _)| glyph.id.0.to_be_bytes());
                ids.collect()
            };
            if let [piece] = pieces[..] {
                self.content.show(Str(&numbers(piece)));
            } else {
                let mut positioned = self.content.show_positioned();
                let mut items = positioned.items();
                for piece in pieces {
                    let kern = piece[0].0.kern;
                    if kern != 0.0 {
                        items.adjust(-1000.0 * kern / text.size as f32);
                    }
                    items.show(Str(&numbers(piece)));
                }
            }
            self.used[slot].extend(
                run.iter()
                    .map(|(glyph, character)| (glyph.id.0, *character)),
            );
        }
        self.content.end_text();
        Ok(())
    }
}

fn place((x, y): Point) -> (f32, f32) {
    (x as f32, y as f32)
}

fn rgb(Colour(r, g, b): Colour) -> (f32, f32, f32) {
    let share = |part: u8| f32::from(part) / 255.0;
    (share(r), share(g), share(b))
}

/// A picture with one pixel a cell.
fn write_mosaic(pdf: &mut Pdf, image: Ref, mosaic: &Mosaic) -> Result<(), FigureError> {
    let pixels: Vec<u8> = mosaic.cells.iter().flat_map(|c| [c.0, c.1, c.2]).collect();
    let pixels = deflated(&pixels)?;
    let mut image = pdf.image_xobject(image, &pixels);
    image.filter(Filter::FlateDecode);
    image.width(mosaic.columns as i32);
    image.height((mosaic.cells.len() / mosaic.columns) as i32);
    image.color_space().device_rgb();
    image.bits_per_component(8);
    Ok(())
}

/// A weight of the typeface, with the characters of the glyphs that are used, so that the words can be found and copied.
fn write_font(
    pdf: &mut Pdf,
    font: Ref,
    face: &Face,
    used: &BTreeMap<u16, char>,
    last: &mut Ref,
) -> Result<(), FigureError> {
    let about_face = face.metrics()?;
    let (glyphs, descriptor, map, file) = (last.bump(), last.bump(), last.bump(), last.bump());
    let name = Name(face.name.as_bytes());
    let mut whole = pdf.type0_font(font);
    whole.base_font(name);
    whole.encoding_predefined(Name(b"Identity-H"));
    whole.descendant_font(glyphs).to_unicode(map);
    whole.finish();

    let mut numbered = pdf.cid_font(glyphs);
    numbered.subtype(CidFontType::Type2).base_font(name);
    numbered.system_info(IDENTITY).font_descriptor(descriptor);
    numbered.cid_to_gid_map_predefined(Name(b"Identity"));
    let mut widths = numbered.widths();
    for glyph in used.keys() {
        widths.consecutive(*glyph, [face.advance(*glyph)]);
    }
    widths.finish();
    numbered.finish();

    let [left, bottom, right, top] = about_face.bounds;
    let mut about = pdf.font_descriptor(descriptor);
    about.name(name).flags(FontFlags::NON_SYMBOLIC);
    about.bbox(Rect::new(left, bottom, right, top));
    about
        .italic_angle(about_face.slope)
        .ascent(about_face.ascent)
        .descent(about_face.descent);
    about
        .cap_height(about_face.capitals)
        .stem_v(about_face.stem);
    about.font_file2(file);
    about.finish();

    let mut characters = UnicodeCmap::new(Name(b"Characters"), IDENTITY);
    for (glyph, character) in used {
        characters.pair(*glyph, *character);
    }
    let characters = deflated(characters.finish().as_slice())?;
    pdf.stream(map, &characters).filter(Filter::FlateDecode);

    let bytes = deflated(&face.bytes)?;
    let mut stream = pdf.stream(file, &bytes);
    stream.filter(Filter::FlateDecode);
    stream.pair(Name(b"Length1"), face.bytes.len() as i32);
    Ok(())
}

fn deflated(bytes: &[u8]) -> Result<Vec<u8>, FigureError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.map_err(|error| drawing(&error))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;

    use super::*;
    use crate::figures::Typeface;
    use crate::figures::scene::Stroke;

    /// What stands in the streams of a document, in their order.
    fn streams(document: &[u8]) -> Vec<Vec<u8>> {
        let find = |from: usize, word: &[u8]| {
            let at = document[from..]
                .windows(word.len())
                .position(|part| part == word);
            at.map(|at| from + at)
        };
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(at) = find(from, b"\nstream\n") {
            let begin = at + 8;
            let mut bytes = Vec::new();
            ZlibDecoder::new(&document[begin..])
                .read_to_end(&mut bytes)
                .unwrap();
            found.push(bytes);
            from = find(begin, b"\nendstream").unwrap();
        }
        found
    }

    #[test]
    fn marks_are_operators_of_the_page() {
        let mut scene = Scene::new(100.0);
        scene.height = 40.0;
        scene.path(
            vec![(1.0, 2.0), (3.0, 4.0)],
            Stroke::solid(Colour(255, 0, 0), 2.0),
        );
        scene.rectangle((5.0, 6.0), (7.0, 8.0), Colour(0, 0, 255));
        scene
            .marks
            .push(Mark::Disc((10.0, 20.0), 1.0, Colour(0, 0, 0)));
        scene.mosaics.push(Mosaic {
            at: (0.0, 0.0),
            size: (20.0, 10.0),
            columns: 2,
            cells: vec![Colour(1, 2, 3), Colour(4, 5, 6)],
        });
        let document = pdf(&scene).unwrap();
        assert!(document.starts_with(b"%PDF-1."));
        let streams = streams(&document);
        let content = String::from_utf8_lossy(&streams[0]);
        // three quarters of a point a unit, y downwards
        assert!(content.starts_with("0.75 0 0 -0.75 0 30 cm"), "{content}");
        assert!(
            content.contains("20 0 0 -10 0 10 cm\n/Mosaic0 Do"),
            "{content}"
        );
        assert!(
            content.contains("1 0 0 RG\n2 w\n1 2 m\n3 4 l\nS"),
            "{content}"
        );
        assert!(content.contains("0 0 1 rg\n5 6 7 8 re\nf"), "{content}");
        let curves: Vec<&str> = content
            .lines()
            .filter(|line| line.ends_with(" c"))
            .collect();
        let ends: Vec<Vec<&str>> = curves
            .iter()
            .map(|line| line.split(' ').skip(4).take(2).collect())
            .collect();
        assert_eq!(
            ends,
            [["10", "21"], ["9", "20"], ["10", "19"], ["11", "20"]]
        );
        assert_eq!(streams[1], [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn words_are_glyphs_with_their_characters_and_the_width_of_the_typeface() {
        let mut scene = Scene::new(100.0);
        scene.height = 40.0;
        scene.text("AVλ", (50.0, 20.0), 10.0, Anchor::End);
        let document = pdf(&scene).unwrap();
        let text = String::from_utf8_lossy(&document);
        // advance of "A" and "V" is 1401 of 2048 units, of the lambda 1212
        assert_eq!(text.matches("[684.0820").count(), 2, "{text}");
        assert_eq!(text.matches("[591.796").count(), 1, "{text}");
        let streams = streams(&document);
        let content = String::from_utf8_lossy(&streams[0]);
        // it ends at 50: the em is 10
        let start = 50.0 - 10.0 * (2.0 * 1401.0 + 1212.0) / 2048.0;
        let matrix = content.lines().find(|line| line.ends_with(" Tm")).unwrap();
        let found: f64 = matrix.split(' ').nth(4).unwrap().parse().unwrap();
        assert!((found - start).abs() < 1e-4, "{found} and {start}");
        let map = String::from_utf8_lossy(&streams[1]);
        for code in ["<0041>", "<0056>", "<03BB>"] {
            assert!(map.contains(code), "{code}: {map}");
        }
        let length = include_bytes!("DejaVuSans-Bold-subset.ttf").len();
        assert_eq!(streams.last().unwrap().len(), length);
    }

    #[test]
    fn pairs_move_together_and_what_a_font_lacks_is_borrowed() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fonts/tiny.ttf");
        let lettering = Lettering {
            typeface: Typeface::read(file.as_ref(), None).unwrap(),
            ..Lettering::default()
        };
        let mut scene = Scene::lettered(100.0, &lettering);
        scene.height = 40.0;
        scene.text("AAλe", (90.0, 20.0), 10.0, Anchor::End);
        let document = pdf(&scene).unwrap();
        let streams = streams(&document);
        let content = String::from_utf8_lossy(&streams[0]);
        // glyphs 2 and 3 of the file, the pair nearer by a tenth of an em, and one glyph of the other font between
        assert!(content.contains("/Regular 10 Tf"), "{content}");
        assert!(
            content.contains(" 100 ") && content.contains("] TJ"),
            "{content}"
        );
        assert_eq!(
            content.matches("/OtherRegular 10 Tf").count(),
            1,
            "{content}"
        );
        assert_eq!(content.matches("/Regular 10 Tf").count(), 2, "{content}");
        let start = 90.0 - 10.0 * (2.0 - 0.1 + 1212.0 / 2048.0 + 0.5);
        let matrix = content.lines().find(|line| line.ends_with(" Tm")).unwrap();
        let found: f64 = matrix.split(' ').nth(4).unwrap().parse().unwrap();
        assert!((found - start).abs() < 1e-4, "{found} and {start}");
        let text = String::from_utf8_lossy(&document);
        for about in [
            "/Tiny-Regular",
            "/DejaVuSans",
            "/CapHeight 700",
            "/Ascent 800",
        ] {
            assert!(text.contains(about), "{about}");
        }
        assert!(!text.contains("Bold"));
    }
}
