//! Pictures in folders, one folder a class: PNG, and PGM (plain `P2` or binary `P5`).

use std::fs;
use std::path::{Path, PathBuf};

use super::DataError;
use super::error::malformed;
use super::files::{bytes, open};

const REMEDY: &str = "make one folder a class and put its pictures (.png, .pgm) into it";

/// Weights of red, green and blue in a grey level: the luminance of Rec. ITU-R BT.601.
const LUMINANCE: [f64; 3] = [0.299, 0.587, 0.114];

/// The largest grey level: levels of other depths are brought to this scale.
const WHITE: f64 = 255.0;

/// Pictures of one size, those of the first class first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pictures {
    /// Height and width.
    pub shape: (usize, usize),
    /// Grey levels 0 to 255, row by row, one list a picture.
    pub levels: Vec<Vec<f64>>,
    /// Class of every picture.
    pub labels: Vec<usize>,
    /// Names of the classes, which are those of the folders, sorted.
    pub classes: Vec<String>,
}

impl Pictures {
    /// Whether a folder holds folders of pictures.
    pub fn are_in(folder: &Path) -> bool {
        let classes = entries(folder).unwrap_or_default();
        let mut classes = classes.iter().filter(|entry| entry.is_dir());
        classes.any(|class| {
            entries(class).is_ok_and(|files| files.iter().any(|file| is_picture(file)))
        })
    }

    /// Reads all pictures of a folder of classes, classes and files in the order of their names.
    pub fn open(folder: &Path) -> Result<Self, DataError> {
        let unreadable = |source| DataError::Unreadable {
            path: folder.to_owned(),
            source,
            remedy: REMEDY,
        };
        let (mut found, mut first) = (Vec::new(), None);
        let (mut labels, mut classes) = (Vec::new(), Vec::new());
        for class in entries(folder).map_err(unreadable)? {
            let files = if class.is_dir() {
                entries(&class).map_err(unreadable)?
            } else {
                continue;
            };
            for file in files.iter().filter(|file| is_picture(file)) {
                let (shape, levels) = picture(file)?;
                let due = *first.get_or_insert(shape);
                if shape != due {
                    let problem = format!(
                        "a picture of {} x {} pixels among pictures of {} x {}; bring all to one size",
                        shape.0, shape.1, due.0, due.1
                    );
                    return Err(malformed(file, problem));
                }
                found.push(levels);
                labels.push(classes.len());
            }
            let any = labels.last() == Some(&classes.len());
            classes.extend(any.then(|| {
                class
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            }));
        }
        match first {
            Some(shape) => Ok(Self {
                shape,
                levels: found,
                labels,
                classes,
            }),
            None => Err(malformed(
                folder,
                format!("no pictures are in its folders; {REMEDY}"),
            )),
        }
    }
}

/// Everything in a folder, by name.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries = entries.collect::<std::io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    Ok(entries)
}

fn is_picture(path: &Path) -> bool {
    let kind = path.extension().unwrap_or_default().to_ascii_lowercase();
    kind == "png" || kind == "pgm"
}

/// Height and width, and grey levels 0 to 255.
fn picture(path: &Path) -> Result<((usize, usize), Vec<f64>), DataError> {
    let unreadable = |source| DataError::Unreadable {
        path: path.to_owned(),
        source,
        remedy: REMEDY,
    };
    let found = if path
        .extension()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("png"))
    {
        png(open(path).map_err(unreadable)?)
    } else {
        pgm(&bytes(path).map_err(unreadable)?)
    };
    let (shape, levels) = found.map_err(|problem| malformed(path, problem))?;
    if levels.is_empty() {
        return Err(malformed(path, "a picture without pixels"));
    }
    Ok((shape, levels))
}

type Read = Result<((usize, usize), Vec<f64>), String>;

fn png(file: fs::File) -> Read {
    let mut decoder = png::Decoder::new(std::io::BufReader::new(file));
    decoder.set_transformations(png::Transformations::EXPAND);
    let words = |error: png::DecodingError| format!("no PNG that can be read: {error}");
    let mut reader = decoder.read_info().map_err(words)?;
    let mut buffer = vec![0; reader.output_buffer_size()];
    let frame = reader.next_frame(&mut buffer).map_err(words)?;
    let numbers: Vec<f64> = match frame.bit_depth {
        png::BitDepth::Sixteen => {
            let pairs = buffer[..frame.buffer_size()].as_chunks::<2>().0.iter();
            // 65535 is 257 times 255
            pairs
                .map(|pair| f64::from(u16::from_be_bytes(*pair)) / 257.0)
                .collect()
        }
        _ => buffer[..frame.buffer_size()]
            .iter()
            .map(|level| f64::from(*level))
            .collect(),
    };
    let samples = frame.color_type.samples();
    let level = |pixel: &[f64]| match pixel {
        [red, green, blue, ..] => [red, green, blue]
            .into_iter()
            .zip(LUMINANCE)
            .map(|(x, w)| x * w)
            .sum(),
        grey => grey.first().copied().unwrap_or_default(),
    };
    let levels = numbers.chunks_exact(samples).map(level).collect();
    Ok(((frame.height as usize, frame.width as usize), levels))
}

fn pgm(bytes: &[u8]) -> Read {
    let plain = match bytes.get(..2) {
        Some(b"P2") => true,
        Some(b"P5") => false,
        _ => return Err("starts with neither P2 nor P5, as a PGM does".into()),
    };
    let mut rest = &bytes[2..];
    let mut number = |what: &str| -> Result<usize, String> {
        loop {
            let blank = rest
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            rest = &rest[blank..];
            if rest.first() != Some(&b'#') {
                break;
            }
            let comment = rest.iter().take_while(|byte| **byte != b'\n').count();
            rest = &rest[comment..];
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let word = std::str::from_utf8(&rest[..digits]).unwrap_or_default();
        rest = &rest[digits..];
        word.parse()
            .map_err(|_| format!("{what} is missing or no number"))
    };
    let (width, height) = (number("the width")?, number("the height")?);
    let white = number("the largest level")?;
    if !(1..=65_535).contains(&white) {
        return Err(format!(
            "the largest level is {white}, and not from 1 to 65535"
        ));
    }
    let count = width
        .checked_mul(height)
        .filter(|count| *count <= bytes.len());
    let count =
        count.ok_or_else(|| format!("{width} x {height} pixels do not fit into the file"))?;
    let levels: Vec<usize> = if plain {
        (0..count)
            .map(|pixel| number(&format!("pixel {pixel}")))
            .collect::<Result<_, _>>()?
    } else {
        // one blank stands between the head and the levels
        let data = rest.get(1..).unwrap_or_default();
        let levels: Vec<usize> = if white < 256 {
            data.iter().map(|byte| usize::from(*byte)).collect()
        } else {
            let pairs = data.as_chunks::<2>().0.iter();
            pairs
                .map(|pair| usize::from(u16::from_be_bytes(*pair)))
                .collect()
        };
        levels
            .get(..count)
            .ok_or("the levels are cut off")?
            .to_vec()
    };
    if let Some(pixel) = levels.iter().position(|level| *level > white) {
        return Err(format!(
            "pixel {pixel} is {}, above the largest level {white}",
            levels[pixel]
        ));
    }
    let levels = levels
        .iter()
        .map(|level| *level as f64 * WHITE / white as f64)
        .collect();
    Ok(((height, width), levels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_binary_pgm_are_one() {
        let plain = pgm(b"P2 # a comment\n3 2\n4\n0 1 2\n3 4 0\n").unwrap();
        let binary = pgm(b"P5\n3 2\n4\n\x00\x01\x02\x03\x04\x00").unwrap();
        assert_eq!(plain, binary);
        assert_eq!(plain, ((2, 3), vec![0.0, 63.75, 127.5, 191.25, 255.0, 0.0]));
        for (bytes, what) in [
            (&b"P3 1 1 1 0"[..], "neither P2"),
            (b"P2 1", "the height is missing"),
            (b"P2 1 1 0 0", "from 1 to 65535"),
            (b"P5 2 2 255\n\x01", "cut off"),
            (b"P2 2 1 3 1 4", "pixel 1 is 4"),
            (b"P2 2 1 3 1", "pixel 1 is missing"),
        ] {
            let said = pgm(bytes).unwrap_err();
            assert!(said.contains(what), "{said}");
        }
    }

    #[test]
    fn folders_are_classes_and_sizes_must_agree() {
        let folder = tempfile::tempdir().unwrap();
        for (class, name, text) in [
            ("dog", "b.pgm", "P2 1 2 1 1 0"),
            ("cat", "z.pgm", "P2 1 2 1 0 1"),
            ("cat", "notes.txt", "nothing"),
        ] {
            fs::create_dir_all(folder.path().join(class)).unwrap();
            fs::write(folder.path().join(class).join(name), text).unwrap();
        }
        fs::create_dir_all(folder.path().join("empty")).unwrap();
        assert!(Pictures::are_in(folder.path()));
        let found = Pictures::open(folder.path()).unwrap();
        assert_eq!((found.shape, &found.labels[..]), ((2, 1), &[0, 1][..]));
        assert_eq!(found.classes, ["cat", "dog"]);
        assert_eq!(found.levels, [[0.0, 255.0], [255.0, 0.0]]);
        let coloured = folder.path().join("dog/c.png");
        let mut encoder = png::Encoder::new(fs::File::create(&coloured).unwrap(), 1, 2);
        encoder.set_color(png::ColorType::Rgb);
        let levels = [255, 0, 0, 0, 0, 255];
        encoder
            .write_header()
            .unwrap()
            .write_image_data(&levels)
            .unwrap();
        let found = Pictures::open(folder.path()).unwrap();
        // 0.299 and 0.114 of 255
        assert!(
            (found.levels[2][0] - 76.245).abs() < 1e-12
                && (found.levels[2][1] - 29.07).abs() < 1e-12
        );
        fs::write(folder.path().join("dog/d.pgm"), "P2 2 2 1 1 0 1 0").unwrap();
        let error = Pictures::open(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("d.pgm") && error.contains("2 x 2") && error.contains("2 x 1"),
            "{error}"
        );
    }
}
