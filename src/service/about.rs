//! What the page says of the machines behind it.

use super::Machines;
use super::classifier::Classifier;
use super::memories::Memories;
use super::schema::api;

api! {
    /// What is behind the page.
    pub struct About {
        /// Version of the crate.
        pub version: String,
        /// Seconds of training before the page was served.
        pub seconds: f64,
        /// The read-outs, for images of 784 and of 64 pixels.
        pub machines: Vec<MachineFacts>,
        /// The predictive-coding network, for images of 784 pixels.
        pub predictive: PredictiveFacts,
        /// The memories of images of 784 and of 64 pixels.
        pub memories: Vec<MemoryFacts>,
        /// A digit of every class that nothing here has learnt.
        pub samples: Vec<Sample>,
    }

    /// A read-out that was solved at once.
    pub struct MachineFacts {
        /// Pixels of an image.
        pub pixels: usize,
        /// Name of the images, or their folder.
        pub images: String,
        /// Images that were learnt.
        pub training: usize,
        /// Images that were not.
        pub tests: usize,
        /// Share of the tests that is classified right.
        pub test_accuracy: f64,
        /// Random features.
        pub features: usize,
        /// Penalty of the squared weights.
        pub ridge: f64,
        /// The best score that 99 % of the tests reach.
        pub usual_score: f64,
    }

    /// A predictive-coding network.
    pub struct PredictiveFacts {
        /// Neurons of its layers, from the class to the image.
        pub layers: Vec<usize>,
        /// Images that were learnt.
        pub training: usize,
        /// Share of the tests that a forward pass classifies right.
        pub test_accuracy: Option<f64>,
        /// What it draws for every class: grey levels, row by row.
        pub drawings: Vec<Vec<f64>>,
    }

    /// What the memories of images of one size hold.
    pub struct MemoryFacts {
        /// Pixels of an image.
        pub pixels: usize,
        /// The stored pattern of every class, a character a pixel: `1` ink, `0` paper.
        pub stored: Vec<String>,
        /// Whether the rule of the impulse network can hold each of them.
        pub impulse_holds: Vec<bool>,
    }

    /// A digit from the tests.
    pub struct Sample {
        /// Its class.
        pub class: usize,
        /// Its grey levels, row by row.
        pub pixels: Vec<f64>,
    }
}

impl Machines {
    /// What the page says of them.
    #[must_use]
    pub fn about(&self) -> About {
        let short = |levels: Vec<f64>| levels.iter().map(|x| (x * 1e3).round() / 1e3).collect();
        let tests = &self.large.machine().tests;
        let classes = 0..self.large.machine().classes();
        let sample = |class| {
            let place = tests.labels.iter().position(|label| *label == class)?;
            let levels = tests.images.column(place) / self.large.machine().ink;
            Some(Sample {
                class,
                pixels: short(levels.as_slice().to_vec()),
            })
        };
        About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seconds: self.seconds,
            machines: vec![facts(&self.large), facts(&self.small)],
            predictive: PredictiveFacts {
                layers: self.predictor.sizes.clone(),
                training: self.predictor.training,
                test_accuracy: self.predictor.test_accuracy,
                drawings: (0..self.predictor.classes())
                    .map(|k| short(self.predictor.drawing(k)))
                    .collect(),
            },
            memories: vec![stored(&self.large_memories), stored(&self.small_memories)],
            samples: classes.filter_map(sample).collect(),
        }
    }
}

fn facts(classifier: &Classifier) -> MachineFacts {
    let machine = classifier.machine();
    MachineFacts {
        pixels: classifier.pixels(),
        // the name of a folder on this machine is nobody's business
        images: match machine.images.as_str() {
            name @ ("mnist-small" | "digits8x8") => name.to_owned(),
            _ => "images of its keeper".to_owned(),
        },
        training: machine.training.len(),
        tests: machine.tests.len(),
        test_accuracy: machine.test_accuracy,
        features: machine.neurons(),
        ridge: machine.ridge,
        usual_score: classifier.usual_score(),
    }
}

fn stored(memories: &Memories) -> MemoryFacts {
    MemoryFacts {
        pixels: memories
            .patterns()
            .first()
            .map_or(0, crate::networks::Pattern::len),
        stored: memories
            .patterns()
            .iter()
            .map(ToString::to_string)
            .collect(),
        impulse_holds: memories.holds.clone(),
    }
}
