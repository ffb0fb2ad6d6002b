//! Associative memories that hold one digit of every class, and what they make of a drawing.

use super::api::{Erased, Recollection};
use crate::analysis::{AssociativeMemory, Criteria, CueLevels, ImpulseMemory, Settling};
use crate::experiment::LabelledImages;
use crate::networks::{
    Coupling, Hopfield, ImpulseNetwork, ImpulseParameters, ModernHopfield, NetworkError, Pattern,
    is_maximal_clique, programmed_weights,
};
use crate::solver::Options;

/// Ink from which a pixel of a pattern is on: half of the range.
const THRESHOLD: f64 = 0.5;

/// Delays after which the impulse network is given up: what it has stored comes back in a few dozen, and a quarter of a
/// second is what a drawing may cost. Chosen.
const PATIENCE: f64 = 200.0;

/// Images of a class among which one is sought that the rule of the impulse network can hold: those nearest to the class
/// mean. Chosen.
const CANDIDATES: usize = 30;

/// Inverse temperature of the modern Hopfield network times the number of its neurons: two patterns whose overlaps with
/// the cue differ by a twentieth of all neurons are then told apart by `e^2`. Chosen.
const SHARPNESS: f64 = 40.0;

/// One candidate a class: the first one, changed for a later one where that lets the rule of the impulse network hold more
/// of them; class after class, once.
fn that_hold(candidates: &[Vec<Pattern>]) -> Vec<Pattern> {
    let mut chosen: Vec<Pattern> = candidates.iter().map(|own| own[0].clone()).collect();
    let held = |all: &[Pattern]| {
        all.iter()
            .filter(|stored| is_maximal_clique(all, stored))
            .count()
    };
    let mut most = held(&chosen);
    for (class, own) in candidates.iter().enumerate() {
        if most == chosen.len() {
            break;
        }
        if is_maximal_clique(&chosen, &chosen[class]) {
            continue;
        }
        for candidate in &own[1..] {
            let before = std::mem::replace(&mut chosen[class], candidate.clone());
            let now = held(&chosen);
            if now > most {
                most = now;
                break;
            }
            chosen[class] = before;
        }
    }
    chosen
}

/// Four memories of the same patterns.
pub struct Memories {
    patterns: Vec<Pattern>,
    side: usize,
    hebb: Hopfield,
    /// None where the patterns span all of space.
    pseudo_inverse: Option<Hopfield>,
    modern: ModernHopfield,
    impulse: ImpulseNetwork,
    /// Whether the rule of the impulse network can hold each pattern.
    pub holds: Vec<bool>,
}

impl Memories {
    /// Memories of one image a class, black and white: the one nearest to the mean of its class, or a near one that the
    /// rule of the impulse network can hold beside the others.
    ///
    /// # Errors
    /// [`NetworkError`] where the images make no patterns.
    pub fn new(images: &LabelledImages, classes: usize, ink: f64) -> Result<Self, NetworkError> {
        let means = images.class_means(classes);
        let pattern = |place: usize| -> Pattern {
            let image = images.images.column(place);
            image.iter().map(|level| level / ink > THRESHOLD).collect()
        };
        let nearest = |class: usize| {
            let distance =
                |place: usize| (images.images.column(place) - means.column(class)).norm();
            let own = (0..images.len()).filter(|place| images.labels[*place] == class);
            let mut own: Vec<(f64, usize)> = own.map(|place| (distance(place), place)).collect();
            own.sort_by(|a, b| a.0.total_cmp(&b.0));
            own.truncate(CANDIDATES);
            own.into_iter()
                .map(|(_, place)| pattern(place))
                .collect::<Vec<_>>()
        };
        let candidates: Vec<Vec<Pattern>> = (0..classes)
            .map(nearest)
            .filter(|own| !own.is_empty())
            .collect();
        let patterns = that_hold(&candidates);
        let neurons = images.images.nrows();
        let parameters = ImpulseParameters {
            coupling: Coupling::Weights(programmed_weights(&patterns, 0.0)?),
            // those of the shipped model `digit-recall`
            ..ImpulseParameters::homogeneous(neurons, 1.0, 0.5, -44.0, 3.3)
        };
        Ok(Self {
            hebb: Hopfield::hebb(&patterns)?,
            pseudo_inverse: Hopfield::pseudo_inverse(&patterns).ok(),
            modern: ModernHopfield::new(&patterns, SHARPNESS / neurons as f64)?,
            impulse: ImpulseNetwork::new(parameters)?,
            holds: patterns
                .iter()
                .map(|stored| is_maximal_clique(&patterns, stored))
                .collect(),
            side: images.shape.1,
            patterns,
        })
    }

    /// The stored patterns, class by class.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// What is shown to them of an image of grey levels from 0 to 1.
    #[must_use]
    pub fn cue(&self, image: &[f64], erased: Erased) -> CueLevels {
        let level = |(place, ink): (usize, &f64)| {
            if erased.hides(place / self.side, place % self.side, self.side) {
                0.0
            } else if *ink > THRESHOLD {
                1.0
            } else {
                -1.0
            }
        };
        CueLevels {
            levels: image.iter().enumerate().map(level).collect(),
            delays: vec![0.0; image.len()],
        }
    }

    /// What each memory answers to a cue.
    #[must_use]
    pub fn recall(&self, cue: &CueLevels) -> Vec<Recollection> {
        let criteria = Criteria {
            tolerance: 1e-9,
            synchrony: 1e-4,
        };
        let impulse = ImpulseMemory {
            network: &self.impulse,
            active: -1.0,
            silent: 0.8,
            settling: Settling {
                criteria,
                maximum_time: PATIENCE,
            },
            options: Options::default(),
        };
        let mut memories: Vec<(&str, &dyn AssociativeMemory)> =
            vec![("Hopfield, Hebb's rule", &self.hebb)];
        if let Some(memory) = &self.pseudo_inverse {
            memories.push(("Hopfield, pseudo-inverse", memory));
        }
        memories.push(("modern Hopfield", &self.modern));
        memories.push(("impulse network", &impulse));
        let answers = memories.into_iter();
        answers
            .map(|(name, memory)| self.answer(name, memory, cue))
            .collect()
    }

    fn answer(&self, name: &str, memory: &dyn AssociativeMemory, cue: &CueLevels) -> Recollection {
        let answer = memory.answer(cue);
        let found = answer.pattern.as_ref();
        let class = found.and_then(|found| self.patterns.iter().position(|p| p == found));
        let distances = found.map(|found| self.patterns.iter().map(|p| p.distance(found)));
        let nearest =
            distances.and_then(|all| all.enumerate().min_by_key(|(_, distance)| *distance));
        let verdict = match (found, class) {
            (Some(_), Some(_)) => "stored",
            (Some(_), None) => "mixture",
            (None, _) => "nothing",
        };
        Recollection {
            memory: name.to_owned(),
            verdict: verdict.to_owned(),
            class,
            nearest: nearest.map(|(class, _)| class),
            distance: nearest.map(|(_, distance)| distance),
            pattern: found.map(ToString::to_string),
            time: answer.time,
            unit: memory.time_unit().to_owned(),
        }
    }
}
