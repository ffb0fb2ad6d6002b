//! Kind `ntk-width`: tangent kernels of random networks against their limit of infinite width.

use super::ntk_figures;
use super::ntk_findings::slopes;
pub use super::ntk_findings::{Findings, Point, ShownKernel, Slope};
pub use super::ntk_settings::{DataSettings, NetworkSettings, Settings, StudySettings};
use super::points::Points;
use crate::analysis::KernelEnsemble;
use crate::experiment::ensemble::in_turn;
use crate::experiment::settings::Mistakes;
use crate::experiment::{
    Array, Block, DataStatement, Drawing, Header, Progress, RunError, Study, Table,
};
use crate::networks::deep::{
    Architecture, DeepNetwork, DifferentiableModel, Image, Initialisation,
};
use crate::networks::kernels::LimitKernel;
use crate::numerics::matrix::{relative_distance, symmetric_spectrum};
use crate::numerics::random::member;
use nalgebra::DMatrix;

/// Kernels over width, depth and law.
pub struct NtkWidth {
    settings: Settings,
    title: String,
    points: Points,
    /// Inputs of the tests, one a row.
    tests: DMatrix<f64>,
    seed: u64,
}

/// A kernel that is kept: its name and depth, and that between tests and examples.
struct Kept {
    name: String,
    depth: usize,
    kernel: DMatrix<f64>,
    cross: Option<DMatrix<f64>>,
}

/// The words for a law.
pub(super) fn law_name(law: Initialisation) -> &'static str {
    match law {
        Initialisation::Gaussian => "Gaussian",
        Initialisation::Orthogonal => "orthogonal",
        Initialisation::DeltaOrthogonal => "delta-orthogonal",
    }
}

impl NtkWidth {
    fn architecture(&self, depth: usize, width: usize) -> Architecture {
        let network = &self.settings.network;
        let convolution = network.convolution.as_ref();
        let image = match convolution {
            Some(_) => self.points.image,
            None => Image::vector(self.points.image.numbers()),
        };
        network.unit.architecture(image, convolution, width, depth)
    }

    fn laws(&self) -> impl Iterator<Item = Initialisation> {
        self.settings.study.laws.iter().map(|law| **law)
    }

    /// The kernels of all networks of one width, depth and law.
    fn kernels(
        &self,
        (depth, width, law): (usize, usize, Initialisation),
        progress: &dyn Progress,
    ) -> Result<Vec<DMatrix<f64>>, RunError> {
        let network = DeepNetwork::new(self.architecture(depth, width))?;
        let examples = self.points.inputs.nrows();
        let name = |index| format!("kernel-{}-{depth}-{width}-{index}", law_name(law));
        let names: Vec<String> = (0..*self.settings.study.networks).map(name).collect();
        let numbers = in_turn(progress, &names, |index| {
            let seed = member(self.seed, "network", index);
            let parameters = network.initial(law, seed)?;
            let kernel = network.ntk(&parameters, &self.points.inputs, None)?;
            Ok(kernel.as_slice().to_vec())
        })?;
        let kernels = numbers
            .into_iter()
            .map(|numbers: Vec<f64>| DMatrix::from_vec(examples, examples, numbers));
        Ok(kernels.collect())
    }

    /// Whether the networks of a law have a limit of their own.
    fn is_apart(&self, law: Initialisation) -> bool {
        law == Initialisation::DeltaOrthogonal && self.settings.network.convolution.is_some()
    }

    /// The kernel between tests and examples of the first network of a width, depth and law.
    fn cross(
        &self,
        (depth, width, law): (usize, usize, Initialisation),
    ) -> Result<Option<DMatrix<f64>>, RunError> {
        if self.tests.is_empty() {
            return Ok(None);
        }
        let network = DeepNetwork::new(self.architecture(depth, width))?;
        let parameters = network.initial(law, member(self.seed, "network", 0))?;
        let cross = network.ntk(&parameters, &self.tests, Some(&self.points.inputs));
        Ok(Some(cross?))
    }

    /// The limits at a depth: that of most laws, and that of a law apart, if it is studied.
    fn limits(&self, depth: usize) -> Result<Vec<Kept>, RunError> {
        let architecture = self.architecture(depth, 1);
        let apart = self.laws().find(|law| self.is_apart(*law));
        let apart = apart.map(|law| ("delta-limit", law));
        let laws = [("limit", Initialisation::Gaussian)]
            .into_iter()
            .chain(apart);
        let limit = |(name, law): (&str, Initialisation)| {
            let limit = LimitKernel::of(&architecture, law)?;
            let inputs = &self.points.inputs;
            let cross = || limit.cross(&self.tests, inputs);
            let cross = (!self.tests.is_empty()).then(cross).transpose()?;
            Ok(Kept {
                name: name.to_owned(),
                depth,
                kernel: limit.train(inputs)?.ntk,
                cross: cross.map(|pair| pair.ntk),
            })
        };
        laws.map(limit).collect()
    }
}

impl Study for NtkWidth {
    const NAME: &'static str = "ntk-width";
    const SUMMARY: &'static str =
        "tangent kernels of random networks against their limit, by width and depth";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        settings.require_memory()?;
        let (data, more) = (&settings.data.points, *settings.data.tests);
        let mut points = data.read(more, header.seed)?;
        let tests = points.inputs.rows(*data.examples, more).into_owned();
        points.inputs = points.inputs.rows(0, *data.examples).into_owned();
        let study = Self {
            title: header.title.to_string(),
            points,
            tests,
            seed: header.seed,
            settings,
        };
        let NetworkSettings {
            unit, convolution, ..
        } = &study.settings.network;
        for depth in study.settings.network.depths.iter() {
            let architecture = study.architecture(**depth, 1);
            let made = DeepNetwork::new(architecture.clone())
                .and_then(|_| LimitKernel::of(&architecture, Initialisation::Gaussian));
            made.map_err(|error| unit.refused(convolution.as_ref(), &error))?;
        }
        Ok(study)
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings { network, study, .. } = &self.settings;
        vec![
            ("inputs".into(), self.points.name.clone()),
            ("widths".into(), format!("{:?}", network.widths)),
            ("depths".into(), format!("{:?}", network.depths)),
            (
                "networks".into(),
                format!("{} of every kind", study.networks),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        self.points.statement.clone()
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let Settings { network, study, .. } = &self.settings;
        let grid = network.widths.len() * network.depths.len() * study.laws.len();
        progress.begin("kernels", (grid * *study.networks) as u64);
        let widest = network
            .widths
            .iter()
            .map(|width| **width)
            .max()
            .unwrap_or(0);
        let (mut points, mut kernels) = (Vec::new(), Vec::new());
        for depth in network.depths.iter().map(|depth| **depth) {
            let limits = self.limits(depth)?;
            let mut drawn = Vec::new();
            for width in network.widths.iter().map(|width| **width) {
                for law in self.laws() {
                    let found = self.kernels((depth, width, law), progress)?;
                    let ensemble = KernelEnsemble::new(found);
                    let limit = &limits[usize::from(self.is_apart(law))].kernel;
                    points.push(Point {
                        depth,
                        width,
                        law,
                        distances: ensemble.distances(limit),
                        mean_kernel_distance: relative_distance(&ensemble.mean(), limit),
                        variation: ensemble.variation(),
                    });
                    if width == widest {
                        drawn.push(Kept {
                            name: law_name(law).to_lowercase(),
                            depth,
                            kernel: ensemble.kernels()[0].clone(),
                            cross: self.cross((depth, width, law))?,
                        });
                    }
                }
            }
            // Those of the last depth stay.
            kernels = limits;
            kernels.extend(drawn);
        }
        let shown = kernels.into_iter().map(|kept: Kept| {
            let Kept {
                name,
                depth,
                kernel,
                cross,
            } = kept;
            let spectrum = symmetric_spectrum(&kernel).map_err(RunError::numerical)?;
            let numbers = kernel.as_slice().to_vec();
            Ok(ShownKernel {
                cross: cross.map(|cross| {
                    Array::matrix(format!("kernel-{name}-cross"), &cross)
                        .along(["test", "example"], "tangent kernel")
                }),
                title: ntk_figures::kernel_title(&name, depth, widest),
                kernel: Array::rows(format!("kernel-{name}"), kernel.ncols(), numbers)
                    .along(["example", "example"], "tangent kernel"),
                spectrum: spectrum.values.as_slice().to_vec(),
            })
        });
        Ok(Findings {
            shows: self.title.clone(),
            inputs: self.points.name.clone(),
            points_used: Array::matrix("inputs", &self.points.inputs).along(
                ["example", "number of the input"],
                "input, of mean square 1",
            ),
            tests_used: (!self.tests.is_empty()).then(|| {
                Array::matrix("test-inputs", &self.tests)
                    .along(["test", "number of the input"], "input, of mean square 1")
            }),
            slopes: slopes(&points),
            kernels: shown.collect::<Result<_, RunError>>()?,
            points,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        vec![("kernels".into(), findings.table())]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        findings.summary()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let (network, title) = (&settings.network, &findings.shows);
        let subtitle = format!(
            "{}; {}; {} networks a point",
            network.unit.describe(network.convolution.as_ref()),
            findings.inputs,
            settings.study.networks
        );
        let mut figures = Vec::new();
        if network.depths.len() > 1 {
            let figure = ntk_figures::by_depth(findings, title, &subtitle);
            figures.push(Drawing::of("depth", figure));
        }
        if network.widths.len() > 1 {
            let figure = ntk_figures::by_width(findings, title, &subtitle);
            figures.push(Drawing::of("width", figure));
        }
        for shown in &findings.kernels {
            let figure = ntk_figures::heat_map(shown, &subtitle);
            figures.push(Drawing::of(shown.kernel.name.clone(), figure));
        }
        let spectra = ntk_figures::spectra(&findings.kernels, &subtitle);
        figures.push(Drawing::of("spectra", spectra));
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{ModelError, ModelFile, Silent};

    fn changed(changes: &[&str]) -> Result<NtkWidth, Box<ModelError>> {
        let mut model = ModelFile::open_shipped("ntk-width-convolution").unwrap();
        for change in changes {
            model.set(change).unwrap();
        }
        model.study()
    }

    #[test]
    fn impossible_studies_are_refused_with_a_remedy() {
        for (change, expected) in [
            ("network.widths=[]", "`widths` is empty"),
            ("network.widths=[8,8]", "an entry twice"),
            ("network.depths=[0]", "must be at least 1"),
            ("network.convolution.kernel=2", "odd"),
            ("network.convolution.kernel=9", "at most the sides"),
            ("network.activation=softmax", "couples"),
            ("network.sigma_w=0", "positive"),
            ("study.networks=1", "at least 2"),
            ("data.examples=1798", "1798 of 1797 digits"),
            ("data.dimension=3", "of their own"),
            ("data.set=sphere", "without its dimension"),
        ] {
            let found = changed(&[change]).err().unwrap().to_string();
            assert!(found.contains(expected), "{change}: {found}");
        }
    }

    #[test]
    fn a_small_study_reports_all_laws() {
        let small = [
            "network.widths=[2,4]",
            "study.networks=2",
            "data.examples=3",
        ];
        let study = changed(&small).unwrap();
        let findings = study.find(&Silent).unwrap();
        assert_eq!(findings.points.len(), 6);
        assert_eq!(findings.slopes.len(), 3);
        let figures = NtkWidth::figures(study.settings(), &findings);
        let names: Vec<&str> = figures.iter().map(|f| f.name.as_str()).collect();
        let kernels = [
            "kernel-limit",
            "kernel-delta-limit",
            "kernel-gaussian",
            "kernel-orthogonal",
            "kernel-delta-orthogonal",
        ];
        assert_eq!(names, [&["width"][..], &kernels, &["spectra"]].concat());
    }

    #[test]
    fn neighbouring_seeds_share_no_network() {
        let small = [
            "network.widths=[2,4]",
            "study.networks=3",
            "data.examples=3",
        ];
        // Narrow orthogonal filters may have one kernel for all seeds; Gaussian ones have not.
        let distances = |seed: &str| -> Vec<f64> {
            let study = changed(&[&small[..], &[seed]].concat()).unwrap();
            let points = study.find(&Silent).unwrap().points.into_iter();
            let gaussian = points.filter(|point| point.law == Initialisation::Gaussian);
            gaussian.flat_map(|point| point.distances).collect()
        };
        let (first, second) = (distances("seed=1"), distances("seed=2"));
        assert!(first.iter().all(|distance| !second.contains(distance)));
    }
}
