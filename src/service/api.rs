//! What the endpoints about drawings take and give.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::schema::{Schema, api};

/// The half of an image that is blank, or unknown to a memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Erased {
    /// Nothing is missing.
    #[default]
    Nothing,
    /// The upper half.
    Upper,
    /// The lower half.
    Lower,
    /// The left half.
    Left,
    /// The right half.
    Right,
}

impl Erased {
    /// Whether the pixel in this row and column of an image with that side is missing.
    #[must_use]
    pub fn hides(self, row: usize, column: usize, side: usize) -> bool {
        match self {
            Self::Nothing => false,
            Self::Upper => 2 * row < side,
            Self::Lower => 2 * row >= side,
            Self::Left => 2 * column < side,
            Self::Right => 2 * column >= side,
        }
    }
}

impl Schema for Erased {
    fn schema() -> Value {
        json!({ "type": "string", "enum": ["nothing", "upper", "lower", "left", "right"] })
    }
}

api! {
    /// A drawing to be classified.
    pub struct ClassifyRequest {
        /// Grey levels from 0 (paper) to 1 (ink), row by row: 784 or 64 of them, or with `centre` any square of 8 to 140 pixels a side.
        pub pixels: Vec<f64>,
        /// Whether the drawing is to be moved and scaled as the digits of MNIST are; it is then seen at 28 by 28 pixels. False if nothing is said.
        pub centre: Option<bool>,
        /// The half that is taken away, after centring; nothing if nothing is said.
        pub erased: Option<Erased>,
        /// Whether the predictive-coding network is asked, too, which takes some milliseconds; false if nothing is said.
        pub predictive: Option<bool>,
    }

    /// What the one-shot read-out sees in a drawing.
    pub struct Classified {
        /// The class with the largest score.
        pub class: usize,
        /// One score a class: about 1 for the class of a digit and -1 for the others, as it was trained.
        pub scores: Vec<f64>,
        /// Why the drawing resembles no digit, if it does not: its best score is below, or its energy above, what 99 % of the tests have.
        pub unlike: Option<String>,
        /// The best score that 99 % of the tests reach.
        pub usual_score: f64,
        /// The image as it was seen, row by row, if it was centred.
        pub image: Option<Vec<f64>>,
        /// What the predictive-coding network says, if it was asked.
        pub predictive: Option<Predicted>,
        /// Time of the computation, without transport and waiting.
        pub milliseconds: f64,
    }

    /// What a predictive-coding network sees in a drawing.
    pub struct Predicted {
        /// The class with the largest score.
        pub class: usize,
        /// Value of every class neuron when the image is held.
        pub scores: Vec<f64>,
        /// Energy at equilibrium when image and class are held, class by class: how much of the pair the network cannot explain.
        pub energies: Vec<f64>,
        /// The least energy that 99 % of the tests do not exceed.
        pub usual_energy: f64,
        /// Whether every relaxation has reached its tolerance.
        pub converged: bool,
    }

    /// A drawing that memories are to complete.
    pub struct RecallRequest {
        /// Grey levels from 0 (paper) to 1 (ink), row by row: 784 or 64 of them, or with `centre` any square of 8 to 140 pixels a side.
        pub pixels: Vec<f64>,
        /// Whether the drawing is to be moved and scaled as the digits of MNIST are. False if nothing is said.
        pub centre: Option<bool>,
        /// The half that no memory is shown, after centring; nothing if nothing is said.
        pub erased: Option<Erased>,
    }

    /// What the memories make of a drawing.
    pub struct Recalled {
        /// What they were shown, a character a pixel: `1` ink, `0` paper, `?` unknown.
        pub cue: String,
        /// One answer a memory.
        pub memories: Vec<Recollection>,
        /// Time of the computation, without transport and waiting.
        pub milliseconds: f64,
    }

    /// What one memory answers.
    pub struct Recollection {
        /// Name of the memory.
        pub memory: String,
        /// `stored` if the answer is a stored pattern, `mixture` if it is another one, `nothing` if the memory does not come to rest on a pattern.
        pub verdict: String,
        /// The class of the stored pattern.
        pub class: Option<usize>,
        /// The class of the stored pattern that is nearest to the answer.
        pub nearest: Option<usize>,
        /// Pixels in which the answer differs from that.
        pub distance: Option<usize>,
        /// The answer, a character a pixel: `1` ink, `0` paper.
        pub pattern: Option<String>,
        /// How long it took, in the unit beside it.
        pub time: f64,
        /// What the time counts.
        pub unit: String,
    }

    /// How the server is.
    pub struct Health {
        /// `ok` while it serves.
        pub status: String,
        /// Version of the crate.
        pub version: String,
        /// Seconds since it was ready.
        pub uptime: f64,
        /// Classifications that wait or run.
        pub classifying: usize,
        /// Longer computations that wait or run.
        pub computing: usize,
        /// Streams that are open.
        pub streaming: usize,
        /// Requests answered so far.
        pub answered: u64,
        /// Requests refused so far.
        pub refused: u64,
    }
}
