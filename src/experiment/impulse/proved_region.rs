//! Kind `proved-region`: where all patterns are memories, proved over boxes of two parameters.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::axis::SideSettings;
use super::network::{CouplingSettings, NetworkSettings};
use super::region_findings::{Boundary, boundaries};
use crate::analysis::proof::{ParameterBox, Piece, RegionVerdict, prove_region};
use crate::experiment::settings::{Count, Mistakes, NonNegative, require, settings};
use crate::experiment::{Array, Block, Cell, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Colour, Look, MapKey, RegionMap, Series, grouped};
use crate::networks::{ImpulseFamily, ImpulseNetwork, ImpulseParameter, Normalisation};
use crate::numerics::interval::Interval;

/// Most halvings of a side: finer than any picture, and where nothing at all is proved still 4 million pieces (chosen).
const FINEST: usize = 11;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The network that is varied.
        pub network: NetworkSettings,
        /// Who hears whom in it.
        pub coupling: CouplingSettings,
        /// Over what.
        pub region: RegionSettings,
    }

    /// Section `[region]`.
    pub struct RegionSettings {
        /// The parameter along the picture.
        pub horizontal: SideSettings,
        /// The parameter up the picture.
        pub vertical: SideSettings,
        /// How often a side is halved where nothing is proved: pieces are `2^-halvings` of the whole at least.
        pub halvings: Count = 9,
        /// Relative half-width of the other two parameters: what is proved holds for all of their values within it.
        pub others: NonNegative = 0.0,
    }
}

/// A plane of two parameters, and what is proved over it.
pub struct ProvedRegion {
    settings: Settings,
    family: ImpulseFamily,
    base: ParameterBox,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Number of neurons.
    pub neurons: usize,
    /// The parameter along the picture.
    pub horizontal: ImpulseParameter,
    /// The parameter up the picture.
    pub vertical: ImpulseParameter,
    /// What is proved of how much of the plane.
    pub verdicts: Vec<Share>,
    /// The pieces: least and largest value of the horizontal, then of the vertical parameter.
    pub pieces: Array,
    /// What is proved of each: 0 nothing, 1 that all patterns are memories, 2 that those of one size are not, 3 that the delay is
    /// none of the theorem's.
    pub proved: Array,
    /// The smallest size that is lost there; NaN where none is shown to be.
    pub lost: Array,
    /// Where the closed forms change sign, curve by curve.
    pub boundaries: Vec<Boundary>,
}

/// A verdict and where it holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Share {
    /// In words.
    pub verdict: String,
    /// Number of pieces.
    pub pieces: usize,
    /// Share of the area of the plane.
    pub share: f64,
}

/// What is proved, in the words of tables and pictures; the places are the codes of `proved`.
fn words(neurons: usize) -> [String; 4] {
    [
        "undecided".to_owned(),
        format!("all {} are memories", patterns(neurons)),
        "some are not".to_owned(),
        "h beyond the theorem".to_owned(),
    ]
}

/// The number of patterns, written out as long as it is short.
fn patterns(neurons: usize) -> String {
    match neurons {
        0..20 => grouped((1 << neurons) - 1),
        _ => format!("2^{neurons} − 1"),
    }
}

fn code(verdict: RegionVerdict) -> usize {
    match verdict {
        RegionVerdict::Open => 0,
        RegionVerdict::AllStable => 1,
        RegionVerdict::Lost { .. } => 2,
        RegionVerdict::Outside => 3,
    }
}

impl ProvedRegion {
    fn gather(&self, pieces: &[Piece]) -> Findings {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &self.settings.region;
        let shown = [horizontal.varied(), vertical.varied()];
        let neurons = self.family.neurons();
        let share = |(number, verdict): (usize, String)| {
            let held = pieces.iter().filter(|piece| code(piece.verdict) == number);
            let area = |piece: &Piece| 0.25_f64.powi(piece.halvings as i32);
            Share {
                verdict,
                pieces: held.clone().count(),
                // An empty sum of floats is -0.
                share: held.map(area).sum::<f64>() + 0.0,
            }
        };
        let sides = |piece: &Piece| {
            let ends = |side: usize| shown[side].stretch(piece.place[side], piece.halvings);
            let ((left, right), (low, high)) = (ends(0), ends(1));
            [left, right, low, high]
        };
        let lost = |piece: &Piece| match piece.verdict {
            RegionVerdict::Lost { k } => k as f64,
            _ => f64::NAN,
        };
        let by_piece = |name: &str, value: &dyn Fn(&Piece) -> f64, holds: &str| {
            Array::list(name, pieces.iter().map(value).collect()).along(["piece"], holds)
        };
        Findings {
            neurons,
            horizontal: *horizontal.parameter,
            vertical: *vertical.parameter,
            verdicts: words(neurons).into_iter().enumerate().map(share).collect(),
            pieces: Array::rows("pieces", 4, pieces.iter().flat_map(sides).collect()).along(
                ["piece", "left, right, lower and upper end"],
                "the parameters",
            ),
            proved: by_piece(
                "proved",
                &|piece| code(piece.verdict) as f64,
                "0 nothing, 1 all patterns are memories, 2 those of one size are not, 3 h beyond the theorem",
            ),
            lost: by_piece("lost", &lost, "the smallest size that is lost, or NaN"),
            boundaries: boundaries(&self.family, shown),
        }
    }
}

impl Study for ProvedRegion {
    const NAME: &'static str = "proved-region";
    const SUMMARY: &'static str =
        "where all patterns of equal relay neurons are memories, proved over two parameters";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let RegionSettings {
            horizontal,
            vertical,
            halvings,
            others,
        } = &settings.region;
        let mut mistakes = Mistakes::default();
        horizontal.check(&mut mistakes);
        vertical.check(&mut mistakes);
        for side in [horizontal, vertical] {
            mistakes.note(require(
                &side.parameter,
                *side.parameter != ImpulseParameter::Mismatch,
                "the theorem is one on equal neurons, and `mismatch` makes them differ",
                "no parameter of equal neurons",
                "vary two of a, b, c and h",
            ));
        }
        mistakes.note(require(
            &vertical.parameter,
            horizontal.parameter != vertical.parameter,
            "both sides vary the same parameter",
            "varied twice",
            "choose two of a, b, c and h",
        ));
        mistakes.note(require(
            halvings,
            **halvings <= FINEST,
            format!("pieces of 2^-{halvings} of a side are finer than any picture"),
            "too many halvings",
            format!("choose `halvings` <= {FINEST}"),
        ));
        mistakes.note(require(
            others,
            **others < 1.0,
            "a parameter would reach 0",
            "too wide",
            "choose `others` below 1, as 0.01 for one per cent",
        ));
        mistakes.note(require(
            &settings.network.neurons,
            *settings.network.neurons >= 2,
            "one neuron alone has no synapses",
            "too few",
            "choose at least 2 `neurons`",
        ));
        mistakes.end()?;
        let varied = [&horizontal.parameter, &vertical.parameter];
        let family = settings
            .network
            .family(&settings.coupling, &varied, header.seed)?;
        let neurons = *settings.network.neurons;
        let network = family.network(&[]).ok();
        let equal = network.as_ref().and_then(ImpulseNetwork::as_homogeneous);
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            &settings.network.neurons,
            equal.is_some(),
            "the theorem is one on equal neurons that hear all others",
            "neurons of this network",
            "leave `mismatch`, lists of parameters, `topology` and `electrical` out; `region` counts for the others",
        ));
        mistakes.end()?;
        let (Some((a, b, c, h)), Some(network)) = (equal, network) else {
            return Err(Mistakes::default());
        };
        let parameters = network.parameters();
        let near = |value: f64| Interval::around(value, **others * value.abs());
        let (divisor, b) = match *settings.coupling.normalisation {
            Normalisation::Sum => (1.0, b),
            // The strength of a synapse is a quotient: what is divided is what the file says.
            Normalisation::Mean => ((neurons - 1) as f64, parameters.b[0]),
        };
        Ok(Self {
            base: ParameterBox {
                a: near(a),
                b: near(b),
                c: near(c),
                h: near(h),
                divisor,
            },
            family,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let RegionSettings {
            horizontal,
            vertical,
            halvings,
            ..
        } = &self.settings.region;
        vec![
            ("neurons".into(), self.family.neurons().to_string()),
            ("horizontal".into(), horizontal.describe()),
            ("vertical".into(), vertical.describe()),
            ("halvings".into(), format!("at most {halvings}")),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("proving", 1);
        let halvings = *self.settings.region.halvings as u32;
        let region = &self.settings.region;
        let sides = [region.horizontal.varied(), region.vertical.varied()];
        let pieces = prove_region(self.family.neurons(), self.base, sides, halvings);
        progress.advance(1);
        Ok(self.gather(&pieces.unwrap_or_default()))
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let [x, y] = [findings.horizontal, findings.vertical].map(ImpulseParameter::name);
        let heads = [
            format!("{x}_low"),
            format!("{x}_high"),
            format!("{y}_low"),
            format!("{y}_high"),
            "proved".to_owned(),
            "lost".to_owned(),
        ];
        let mut table = Table::new(heads);
        let ends = findings.pieces.values.chunks(4);
        let verdicts = findings.proved.values.iter().zip(&findings.lost.values);
        for (ends, (proved, lost)) in ends.zip(verdicts) {
            let ends = ends.iter().map(|end| Cell::from(*end));
            let lost = Some(*lost).filter(|lost| !lost.is_nan());
            let words = words(findings.neurons)[*proved as usize].clone();
            table.push(ends.chain([words.into(), Cell::from(lost)]));
        }
        vec![("pieces".into(), table)]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new(["proved", "pieces", "share of the area"]);
        for share in &findings.verdicts {
            table.push([
                share.verdict.clone().into(),
                share.pieces.into(),
                share.share.into(),
            ]);
        }
        let others = if *settings.region.others > 0.0 {
            format!(
                ", and for all others within a relative {}",
                settings.region.others
            )
        } else {
            String::new()
        };
        let line = format!(
            "Proved for every real value of the two parameters in a piece{others}: the cycles exist, and their multipliers but the trivial one lie inside the unit circle."
        );
        vec![Block::Table(table), Block::Line(line)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let RegionSettings {
            horizontal,
            vertical,
            halvings,
            ..
        } = &settings.region;
        let neurons = findings.neurons;
        let side = 1_usize << **halvings;
        let mut values = DMatrix::zeros(side, side);
        let place = |axis: &SideSettings, value: f64| {
            let share = (value - *axis.from) / (*axis.to - *axis.from);
            (share * side as f64).round() as usize
        };
        let pieces = findings.pieces.values.chunks(4);
        for (ends, proved) in pieces.zip(&findings.proved.values) {
            let [left, right] = [ends[0], ends[1]].map(|end| place(horizontal, end));
            let [low, high] = [ends[2], ends[3]].map(|end| place(vertical, end));
            values
                .view_mut((low, left), (high - low, right - left))
                .fill(*proved);
        }
        // Light where nothing is kept, dark where all is; the undecided strip stands out.
        let colours = [
            Colour(0xd5, 0x5e, 0x00),
            Colour(0x56, 0xb4, 0xe9),
            Colour(0xe2, 0xe2, 0xe2),
            Colour(0xff, 0xff, 0xff),
        ];
        let mut classes: Vec<(String, Colour)> = words(neurons).into_iter().zip(colours).collect();
        for (class, share) in classes.iter_mut().zip(&findings.verdicts) {
            if share.pieces == 0 {
                class.0.clear();
            }
        }
        let centres = [horizontal, vertical].map(|axis| {
            let half = 0.5 * (*axis.to - *axis.from) / side as f64;
            (*axis.from + half, *axis.to - half)
        });
        let curves = findings
            .boundaries
            .iter()
            .map(|Boundary { points, .. }| Series {
                style: Some(6),
                ..Series::new("", points.clone(), Look::Line)
            });
        let varied = [*horizontal.parameter, *vertical.parameter];
        let map = RegionMap {
            title: format!(
                "Where {} patterns are proved to be memories",
                patterns(neurons)
            ),
            subtitle: format!(
                "{}; thin lines: boundaries in closed form",
                settings.network.describe(&varied)
            ),
            curves: curves.collect(),
            x: Axis::linear(horizontal.label()),
            y: Axis::linear(vertical.label()),
            centres,
            values,
            key: MapKey::Classes(classes),
        };
        vec![Drawing::of("proved-region", map)]
    }
}
