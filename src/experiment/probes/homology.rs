//! Kind `homology`: components, loops and voids of a user's own points, distances or weights.

use serde::{Deserialize, Serialize};

use super::homology_data::{Complex, DataSettings, HomologySettings, Source};
use super::homology_figures;
use crate::experiment::settings::{Mistakes, settings};
use crate::experiment::{Array, Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::probes::homology::{Diagram, Interval};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The data.
        pub data: DataSettings,
        /// What is made of them.
        pub homology: HomologySettings,
    }
}

/// A complex, and its classes of homology to be found.
pub struct Homology {
    settings: Settings,
    source: Source,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Number of vertices.
    pub vertices: usize,
    /// Units of every layer, if the data are weights of layers.
    pub layers: Option<Vec<usize>>,
    /// What the levels of the diagrams are.
    pub levels: String,
    /// Classes that never die up to the threshold, by dimension.
    pub betti: Vec<usize>,
    /// All classes that live for a while, by dimension.
    pub pairs: Vec<usize>,
    /// Sum of the lives of all classes that die, by dimension.
    pub total_persistence: Vec<f64>,
    /// Births and deaths, one array a dimension; infinite for what never dies.
    pub diagrams: Vec<Array>,
}

impl Findings {
    fn new(source: &Source, levels: &str, diagrams: &[Diagram]) -> Self {
        Self {
            vertices: source.vertices(),
            layers: source.layers(),
            levels: levels.to_owned(),
            betti: diagrams.iter().map(Diagram::betti).collect(),
            pairs: diagrams.iter().map(|found| found.intervals.len()).collect(),
            total_persistence: diagrams
                .iter()
                .map(|found| found.total_persistence(1.0))
                .collect(),
            diagrams: diagrams
                .iter()
                .map(|found| array(&format!("diagram-{}", found.dimension), found))
                .collect(),
        }
    }
}

/// A diagram as an array of births and deaths.
pub(super) fn array(name: &str, diagram: &Diagram) -> Array {
    let classes = diagram.intervals.iter();
    let values = classes.flat_map(|class| [class.birth, class.death]);
    Array::rows(name, 2, values.collect()).along(
        ["class of homology", "birth, death"],
        "level of the filtration",
    )
}

/// The intervals of such an array.
pub(super) fn intervals(array: &Array) -> Vec<Interval> {
    let pairs = array.values.as_chunks::<2>().0.iter();
    let interval = |[birth, death]: &[f64; 2]| Interval {
        birth: *birth,
        death: *death,
    };
    pairs.map(interval).collect()
}

/// Names of the classes of a dimension.
pub(super) const NAMES: [&str; 3] = ["components", "loops", "voids"];

impl Study for Homology {
    const NAME: &'static str = "homology";
    const SUMMARY: &'static str =
        "components, loops and voids of points, distances or weights, and how long each lives";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, _: &Header) -> Result<Self, Mistakes> {
        let source = settings.data.read(&settings.homology)?;
        Ok(Self { settings, source })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let homology = &self.settings.homology;
        let threshold = homology
            .threshold
            .map_or("none".into(), |value| value.to_string());
        vec![
            ("complex".into(), homology.complex.name().into()),
            ("vertices".into(), self.source.vertices().to_string()),
            ("threshold".into(), threshold),
            ("dimensions".into(), format!("0 to {}", homology.dimension)),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("reducing", 1);
        let homology = &self.settings.homology;
        let diagrams = self
            .source
            .diagrams(homology)
            .map_err(RunError::numerical)?;
        let levels = match (&self.source, *homology.complex) {
            (Source::Layers(_), _) => homology.level_words(),
            (_, Complex::Clique) if self.settings.data.weights.is_some() => "-ln |w|",
            _ => "distance",
        };
        Ok(Findings::new(&self.source, levels, &diagrams))
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "dimension",
            "classes",
            "that live for a while",
            "never die",
            "total persistence",
            "longest born",
            "dies",
        ]);
        for (dimension, diagram) in findings.diagrams.iter().enumerate() {
            let finite = intervals(diagram)
                .into_iter()
                .filter(|class| !class.is_essential());
            let longest = finite.max_by(|a, b| a.persistence().total_cmp(&b.persistence()));
            table.push([
                dimension.into(),
                NAMES[dimension].into(),
                findings.pairs[dimension].into(),
                findings.betti[dimension].into(),
                findings.total_persistence[dimension].into(),
                longest.map(|class| class.birth).into(),
                longest.map(|class| class.death).into(),
            ]);
        }
        vec![("homology".into(), table)]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let layers = findings.layers.as_ref().map(|layers| {
            let layers: Vec<String> = layers.iter().map(usize::to_string).collect();
            Block::Line(format!("layers of {} units", layers.join(", ")))
        });
        let levels = Block::Line(format!("levels are {}", findings.levels));
        let tables = Self::tables(settings, findings).into_iter();
        let tables = tables.map(|(_, table)| Block::Table(table));
        layers.into_iter().chain([levels]).chain(tables).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let subtitle = format!(
            "{} complex of {} vertices",
            settings.homology.complex.name(),
            findings.vertices
        );
        let groups: Vec<(String, Vec<Interval>)> = findings
            .diagrams
            .iter()
            .enumerate()
            .map(|(dimension, diagram)| (NAMES[dimension].to_owned(), intervals(diagram)))
            .collect();
        let levels = findings.levels.replace('-', "−");
        homology_figures::all(&groups, "", &subtitle, &levels)
    }
}
