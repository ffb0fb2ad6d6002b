//! Images and classes among one's own data.

use super::examples::require_equal;
use super::images::{ImageSettings, SHIPPED};
use super::numbers::Numbers;
use super::own::{Inputs, OwnSettings};
use super::{DataStatement, LabelledImages};
use crate::experiment::Diagnostic;
use crate::experiment::settings::{Flat, Place, Placed, require};

impl OwnSettings {
    /// How many images there are: one's own, or the digits that ship.
    pub(in crate::experiment) fn available(&self) -> Result<usize, Diagnostic> {
        if self.is_given()? {
            return Ok(self.parts(None)?.training);
        }
        let digits = LabelledImages::digits();
        digits
            .map(|digits| digits.len())
            .map_err(|error| Diagnostic::new(error.to_string()))
    }

    /// The first `count` of one's own images, or of the digits that ship if there are none of one's own; how many classes
    /// there are, and what a report says. `asked` is the setting that wants so many.
    pub(in crate::experiment) fn labelled(
        &self,
        asked: &impl Placed,
        count: usize,
    ) -> Result<(LabelledImages, usize, DataStatement), Diagnostic> {
        let (own, there) = (self.is_given()?, self.available()?);
        require(
            asked,
            count <= there,
            format!(
                "{count} of {there} {}",
                if own { "images" } else { "digits" }
            ),
            "more than there are",
            format!("ask for {there} at most, tests among them"),
        )?;
        let mut settings = ImageSettings {
            images: (!own).then(|| SHIPPED.into()),
            own: Flat(self.clone()),
            training: count.into(),
            scale: None,
        };
        let data = settings.read()?;
        let statement = DataStatement {
            tests: 0,
            ..data.said()
        };
        Ok((data.training, data.classes, statement))
    }
}

/// Height and width of images.
pub(super) fn image_shape(
    own: &OwnSettings,
    inputs: &Inputs,
) -> Result<(usize, usize), Diagnostic> {
    let found = match (&own.shape, &inputs.shape[..]) {
        (Some(asked), _) => match &asked[..] {
            [height, width] if **height as f64 * **width as f64 == inputs.rows.ncols() as f64 => {
                Some((**height, **width))
            }
            _ => None,
        },
        (None, [length]) => Some((1, *length)),
        (None, [height, width] | [height, width, 1] | [1, height, width]) => {
            Some((*height, *width))
        }
        _ => None,
    };
    found.ok_or_else(|| {
        let shape = own.shape.iter().flatten().map(Placed::place).next();
        Diagnostic::new(format!("inputs of shape {:?} are no images of that form", inputs.shape))
            .at(shape.unwrap_or(own.inputs.place()).bytes())
            .label("this shape")
            .help(format!(
                "give `shape = [height, width]` whose product is {}; images have one grey level a pixel",
                inputs.rows.ncols()
            ))
    })
}

/// The class of every input of a part, as a word.
pub(super) fn words_of(
    own: &OwnSettings,
    file: Option<&Numbers>,
    inputs: &Inputs,
    at: Place,
) -> Result<Vec<String>, Diagnostic> {
    let words = match (file, &inputs.classes) {
        (Some(file), _) => own.classes(file)?,
        (None, Some(words)) => words.clone(),
        (None, None) => {
            return Err(Diagnostic::new("the inputs have no classes")
                .at(at.bytes())
                .label("classes of these")
                .help("give `targets = \"y.npy\"`, the one column `target_columns = [\"...\"]` of a CSV file, or pictures in a folder for each class"));
        }
    };
    require_equal(
        file.map_or(at, Placed::place),
        words.len(),
        inputs.rows.nrows(),
    )?;
    Ok(words)
}

/// Classes by number, and their names. Whole numbers from 0 on without a gap are the classes themselves; all others are numbered
/// in their order.
pub(super) fn numbered(words: &[String]) -> (Vec<usize>, Vec<String>) {
    let whole: Option<Vec<i64>> = words.iter().map(|word| word.parse().ok()).collect();
    let mut names: Vec<(i64, &String)> = match &whole {
        Some(whole) => whole.iter().copied().zip(words).collect(),
        None => words.iter().map(|word| (0, word)).collect(),
    };
    names.sort();
    names.dedup();
    let place = |word: &String| {
        names
            .iter()
            .position(|(_, name)| *name == word)
            .unwrap_or_default()
    };
    let labels = words.iter().map(place).collect();
    (
        labels,
        names.into_iter().map(|(_, name)| name.clone()).collect(),
    )
}
