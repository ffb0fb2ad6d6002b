//! A scene as a PDF document of one page, for papers: curves stay curves and words stay words, in the embedded typeface.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, LineJoinStyle, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};

use super::FigureError;
use super::font::{Typeface, Weight, laid_out};
use super::render::drawing;
use super::scene::{Anchor, Mark, Mosaic, Point, Scene, Text};
use super::style::Colour;

/// Points (1/72 inch) in a unit of the page, of which an inch has 96, as in SVG.
const POINT: f32 = 0.75;

/// Handles of a cubic curve for a quarter of a circle, in radii: its middle lies on the circle.
const QUARTER: f32 = 0.552_284_8;

const WEIGHTS: [Weight; 2] = [Weight::Regular, Weight::Bold];

/// Glyphs are named by their numbers in the font.
const IDENTITY: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// The scene as a PDF document; the same scene gives the same bytes.
///
/// # Errors
/// [`FigureError::Font`] and [`FigureError::Drawing`].
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
    let fonts = [last.bump(), last.bump()];
    let images: Vec<Ref> = scene.mosaics.iter().map(|_| last.bump()).collect();

    let mut sheet = pdf.page(page);
    let size = (scene.width as f32 * POINT, scene.height as f32 * POINT);
    sheet.media_box(Rect::new(0.0, 0.0, size.0, size.1));
    sheet.parent(pages).contents(content);
    let mut resources = sheet.resources();
    let mut named = resources.fonts();
    for (weight, font) in WEIGHTS.into_iter().zip(fonts) {
        named.pair(font_name(weight), font);
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
    for ((weight, font), used) in WEIGHTS.into_iter().zip(fonts).zip(&pen.used) {
        write_font(&mut pdf, font, weight, used, &mut last)?;
    }
    Ok(pdf.finish())
}

fn font_name(weight: Weight) -> Name<'static> {
    match weight {
        Weight::Regular => Name(b"Regular"),
        Weight::Bold => Name(b"Bold"),
    }
}

fn image_name(number: usize) -> String {
    format!("Mosaic{number}")
}

/// Draws marks into the content of a page.
struct Pen {
    content: Content,
    /// Glyphs that have been shown and their characters, by weight.
    used: [BTreeMap<u16, char>; 2],
}

impl Pen {
    /// A pen on a page whose units and directions are those of the scene.
    fn new(scene: &Scene) -> Self {
        let mut content = Content::new();
        let height = scene.height as f32 * POINT;
        content.transform([POINT, 0.0, 0.0, -POINT, 0.0, height]);
        content.set_line_join(LineJoinStyle::RoundJoin);
        Self {
            content,
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
        let (glyphs, length) = laid_out(&text.words, text.size, text.weight)?;
        let start = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -0.5 * length,
            Anchor::End => -length,
        };
        let (x, y) = place(text.at);
        self.fill(text.colour);
        self.content.begin_text();
        self.content
            .set_font(font_name(text.weight), text.size as f32);
        self.content.set_text_matrix(if text.upwards {
            [0.0, -1.0, -1.0, 0.0, x, y - start]
        } else {
            [1.0, 0.0, 0.0, -1.0, x + start, y]
        });
        // the face moves no pair of letters together, so that widths of glyphs are all there is
        let mut numbers = Vec::with_capacity(2 * glyphs.len());
        for ((glyph, _), character) in glyphs.into_iter().zip(text.words.chars()) {
            numbers.extend(glyph.0.to_be_bytes());
            self.used[text.weight as usize].insert(glyph.0, character);
        }
        self.content.show(Str(&numbers));
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
    weight: Weight,
    used: &BTreeMap<u16, char>,
    last: &mut Ref,
) -> Result<(), FigureError> {
    let face = Typeface::of(weight)?;
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

    let [left, bottom, right, top] = face.bounds;
    let mut about = pdf.font_descriptor(descriptor);
    about.name(name).flags(FontFlags::NON_SYMBOLIC);
    about.bbox(Rect::new(left, bottom, right, top));
    about
        .italic_angle(0.0)
        .ascent(face.ascent)
        .descent(face.descent);
    about.cap_height(face.capitals).stem_v(face.stem);
    about.font_file2(file);
    about.finish();

    let mut characters = UnicodeCmap::new(Name(b"Characters"), IDENTITY);
    for (glyph, character) in used {
        characters.pair(*glyph, *character);
    }
    let characters = deflated(characters.finish().as_slice())?;
    pdf.stream(map, &characters).filter(Filter::FlateDecode);

    let bytes = deflated(face.file)?;
    let mut stream = pdf.stream(file, &bytes);
    stream.filter(Filter::FlateDecode);
    stream.pair(Name(b"Length1"), face.file.len() as i32);
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
}
