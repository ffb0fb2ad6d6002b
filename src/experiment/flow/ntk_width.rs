//! Kind `ntk-width`: tangent kernels of random networks against their limit, by width and depth.

use nalgebra::DMatrix;
use serde_json::json;

use super::ntk_figures;
use super::ntk_settings::Settings;
use super::old_points::Points;
use crate::analysis::{KernelEnsemble, PowerLaw, Spread, relative_distance};
use crate::experiment::course::drawing;
use crate::experiment::{
    Array, Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table, part,
};
use crate::networks::NetworkError;
use crate::networks::deep::{
    Architecture, Convolutions, DeepNetwork, DifferentiableModel, Image, Initialisation,
};
use crate::networks::kernels::LimitKernel;
use crate::numerics::matrix::symmetric_spectrum;

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "ntk-width",
    summary: "tangent kernels of random networks against their limit, by width and depth",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Distances from the limit below which a kernel is exact to rounding.
const ROUNDING: f64 = 1e-11;

struct NtkWidth {
    title: String,
    settings: Settings,
    points: Points,
    seed: u64,
}

/// All networks of one width, depth and law.
pub(super) struct Point {
    pub width: usize,
    pub depth: usize,
    pub law: Initialisation,
    pub ensemble: KernelEnsemble,
    /// Distances of its kernels from the limit.
    pub distances: Vec<f64>,
    /// Distance of its mean kernel.
    pub bias: f64,
}

/// A law at one depth, and how its distance falls with the width.
pub(super) struct Slope {
    pub depth: usize,
    pub law: Initialisation,
    pub fit: PowerLaw,
}

/// The words for a law.
pub(super) fn law_name(law: Initialisation) -> &'static str {
    match law {
        Initialisation::Gaussian => "Gaussian",
        Initialisation::Orthogonal => "orthogonal",
        Initialisation::DeltaOrthogonal => "delta-orthogonal",
    }
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let header = model.header().map_err(|m| m.into_list().remove(0))?;
    let seed = header.seed;
    settings.check()?;
    let points = settings.data.read(seed)?;
    let study = NtkWidth {
        title: header.title.to_string(),
        settings,
        points,
        seed,
    };
    let place = match &study.settings.network.convolution {
        Some(convolution) => convolution.kernel.span(),
        None => study.settings.network.depths.span(),
    };
    for depth in study.depths() {
        let architecture = study.architecture(depth, 1);
        DeepNetwork::new(architecture.clone())
            .and_then(|_| LimitKernel::of(&architecture, Initialisation::Gaussian))
            .map_err(|error| Diagnostic::new(error.to_string()).at(place.clone()))?;
    }
    Ok(Box::new(study))
}

impl NtkWidth {
    fn widths(&self) -> impl Iterator<Item = usize> {
        let widths = self.settings.network.widths.get_ref().iter();
        widths.map(|width| *width.get_ref())
    }

    fn depths(&self) -> impl Iterator<Item = usize> {
        let depths = self.settings.network.depths.get_ref().iter();
        depths.map(|depth| *depth.get_ref())
    }

    fn laws(&self) -> impl Iterator<Item = Initialisation> {
        self.settings.study.laws.iter().map(|law| *law.get_ref())
    }

    fn networks(&self) -> usize {
        *self.settings.study.networks.get_ref()
    }

    fn architecture(&self, depth: usize, width: usize) -> Architecture {
        let network = &self.settings.network;
        let image = self.points.image;
        let plain = match &network.convolution {
            None => Architecture {
                input: Image::vector(image.numbers()),
                ..Architecture::fully_connected(image.numbers(), &vec![width; depth], 1)
            },
            Some(convolution) => Architecture::convolutional(
                image,
                Convolutions {
                    channels: vec![width; depth],
                    kernel: *convolution.kernel.get_ref(),
                    padding: convolution.padding,
                    read_out: convolution.read_out,
                },
            ),
        };
        Architecture {
            activation: network.activation,
            sigma_w: *network.sigma_w.get_ref(),
            sigma_b: *network.sigma_b.get_ref(),
            ..plain
        }
    }

    /// The kernels of all networks of one width, depth and law.
    fn kernels(
        &self,
        (depth, width, law): (usize, usize, Initialisation),
        progress: &dyn Progress,
    ) -> Result<Vec<DMatrix<f64>>, RunError> {
        let network = DeepNetwork::new(self.architecture(depth, width));
        let network = network.map_err(RunError::numerical)?;
        let mut kernels = Vec::with_capacity(self.networks());
        for index in 0..self.networks() {
            let name = format!("kernel-{}-{depth}-{width}-{index}", law_name(law));
            let numbers = part(progress, &name, || {
                let kernel = || -> Result<DMatrix<f64>, NetworkError> {
                    let parameters = network.initial(law, self.seed.wrapping_add(index as u64))?;
                    network.ntk(&parameters, &self.points.inputs, None)
                };
                let kernel = kernel().map_err(RunError::numerical)?;
                Ok(kernel.as_slice().to_vec())
            })?;
            let examples = self.points.inputs.nrows();
            kernels.push(DMatrix::from_vec(examples, examples, numbers));
            progress.advance(1);
        }
        Ok(kernels)
    }

    /// Whether the networks of a law have a limit of their own.
    fn is_apart(&self, law: Initialisation) -> bool {
        law == Initialisation::DeltaOrthogonal && self.settings.network.convolution.is_some()
    }

    /// The limits at a depth: that of most laws, and that of a law apart, if it is studied.
    fn limits(&self, depth: usize) -> Result<Vec<(&'static str, DMatrix<f64>)>, RunError> {
        let architecture = self.architecture(depth, 1);
        let apart = self.laws().find(|law| self.is_apart(*law));
        let laws = [("limit", Initialisation::Gaussian)];
        let laws = laws
            .into_iter()
            .chain(apart.map(|law| ("delta-limit", law)));
        laws.map(|(name, law)| {
            let limit = LimitKernel::of(&architecture, law);
            let limit = limit.and_then(|limit| limit.train(&self.points.inputs));
            Ok((name, limit.map_err(RunError::numerical)?.ntk))
        })
        .collect()
    }

    fn slopes(&self, points: &[Point]) -> Vec<Slope> {
        let widths: Vec<f64> = self.widths().map(|width| width as f64).collect();
        let mut slopes = Vec::new();
        for depth in self.depths() {
            for law in self.laws() {
                let of = |point: &&Point| point.depth == depth && point.law == law;
                let row = |index: usize| -> Vec<f64> {
                    points
                        .iter()
                        .filter(of)
                        .map(|p| p.distances[index])
                        .collect()
                };
                let rows: Vec<Vec<f64>> = (0..self.networks()).map(row).collect();
                let exact = rows.iter().flatten().any(|distance| *distance < ROUNDING);
                if let Some(fit) = PowerLaw::fit(&widths, &rows).filter(|_| !exact) {
                    slopes.push(Slope { depth, law, fit });
                }
            }
        }
        slopes
    }

    fn subtitle(&self) -> String {
        let network = &self.settings.network;
        let kind = match &network.convolution {
            None => "fully connected".to_owned(),
            Some(c) => format!(
                "{0} × {0} convolutions, {1:?} padding",
                c.kernel.get_ref(),
                c.padding
            ),
        };
        format!(
            "{kind}, {:?}, σ_w² = {:.3}, σ_b² = {:.3}; {}; {} networks a point",
            network.activation,
            network.sigma_w.get_ref().powi(2),
            network.sigma_b.get_ref().powi(2),
            self.points.name,
            self.networks(),
        )
        .to_lowercase()
    }
}

impl Experiment for NtkWidth {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let list = |numbers: Vec<usize>| {
            let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            words.join(", ")
        };
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("inputs", self.points.name.clone()),
            pair("widths", list(self.widths().collect())),
            pair("depths", list(self.depths().collect())),
            pair("networks", format!("{} of every kind", self.networks())),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let grid = self.widths().count() * self.depths().count() * self.laws().count();
        progress.begin("kernels", (grid * self.networks()) as u64);
        let (mut points, mut limits) = (Vec::new(), Vec::new());
        for depth in self.depths() {
            let here = self.limits(depth)?;
            for width in self.widths() {
                for law in self.laws() {
                    let kernels = self.kernels((depth, width, law), progress)?;
                    let ensemble = KernelEnsemble::new(kernels);
                    let limit = &here[usize::from(self.is_apart(law))].1;
                    points.push(Point {
                        width,
                        depth,
                        law,
                        distances: ensemble.distances(limit),
                        bias: relative_distance(&ensemble.mean(), limit),
                        ensemble,
                    });
                }
            }
            limits.push((depth, here));
        }
        let slopes = self.slopes(&points);

        let mut table = Table::new([
            "depth",
            "width",
            "law",
            "distance",
            "error",
            "mean_kernel",
            "variation",
        ]);
        for point in &points {
            let distance = Spread::of(&point.distances);
            table.push([
                point.depth.into(),
                point.width.into(),
                law_name(point.law).into(),
                distance.mean.into(),
                distance.error.into(),
                point.bias.into(),
                point.ensemble.variation().into(),
            ]);
        }
        let mut summary = vec![Block::Table(table.clone())];
        for Slope { depth, law, fit } in &slopes {
            summary.push(Block::Line(format!(
                "{} weights, {depth} hidden layers: distance from the limit ~ width^({:.3} ± {:.3})",
                law_name(*law),
                fit.exponent,
                fit.error
            )));
        }
        for point in points
            .iter()
            .filter(|p| p.distances.iter().all(|d| *d < ROUNDING))
        {
            summary.push(Block::Line(format!(
                "{} weights, {} hidden layers of width {}: the limit itself, to {:.0e}",
                law_name(point.law),
                point.depth,
                point.width,
                point.distances.iter().fold(0.0_f64, |a, b| a.max(*b))
            )));
        }
        let report = json!({
            "points": points.iter().map(|point| json!({
                "depth": point.depth,
                "width": point.width,
                "law": point.law,
                "distances": point.distances,
                "distance": Spread::of(&point.distances),
                "mean_kernel_distance": point.bias,
                "variation": point.ensemble.variation(),
            })).collect::<Vec<_>>(),
            "slopes": slopes.iter().map(|slope| json!({
                "depth": slope.depth, "law": slope.law, "power": slope.fit,
            })).collect::<Vec<_>>(),
        });

        let subtitle = self.subtitle();
        let mut figures = Vec::new();
        if limits.len() > 1 {
            figures.push(drawing(
                "depth",
                ntk_figures::by_depth(&points, &self.title, &subtitle),
            ));
        }
        if self.widths().count() > 1 {
            let figure = ntk_figures::by_width(&points, &slopes, &self.title, &subtitle);
            figures.push(drawing("width", figure));
        }
        let mut arrays = Vec::new();
        let mut spectra = Vec::new();
        if let Some((depth, here)) = limits.last() {
            let widest = self.widths().max().unwrap_or(0);
            let limits = here.iter().map(|(name, limit)| ((*name).to_owned(), limit));
            let mut kernels: Vec<_> = limits.collect();
            let last = points
                .iter()
                .filter(|p| p.depth == *depth && p.width == widest);
            kernels.extend(last.map(|point| {
                (
                    law_name(point.law).to_lowercase(),
                    &point.ensemble.kernels()[0],
                )
            }));
            for (name, kernel) in kernels {
                let title = ntk_figures::kernel_title(&name, *depth, widest);
                let figure = ntk_figures::heat_map(kernel, &title, &subtitle);
                let name = format!("kernel-{}", name.to_lowercase());
                figures.push(drawing(&name, figure));
                let spectrum = symmetric_spectrum(kernel).map_err(RunError::numerical)?;
                spectra.push((title, spectrum.values));
                arrays.push((
                    name,
                    Array {
                        name: String::new(),
                        shape: vec![kernel.nrows(), kernel.ncols()],
                        values: kernel.as_slice().to_vec(),
                    },
                ));
            }
            figures.push(drawing(
                "spectra",
                ntk_figures::spectra(&spectra, &subtitle),
            ));
        }
        Ok(Outcome {
            report,
            summary,
            tables: vec![("kernels".into(), table)],
            arrays: crate::experiment::array::named(arrays),
            figures,
            ..Outcome::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Silent;

    fn changed(changes: &[&str]) -> Result<Box<dyn Experiment>, Diagnostic> {
        let mut model = ModelFile::open_shipped("ntk-width-convolution").unwrap();
        for change in changes {
            model.set(change).unwrap();
        }
        read(&model)
    }

    #[test]
    fn impossible_studies_are_refused_with_a_remedy() {
        for (changes, expected) in [
            (vec!["network.widths=[]"], "`widths` is empty"),
            (vec!["network.depths=[0]"], "must be at least 1"),
            (vec!["network.convolution.kernel=2"], "odd"),
            (vec!["network.convolution.kernel=9"], "at most the sides"),
            (vec!["network.activation=softmax"], "couples"),
            (vec!["network.sigma_w=0"], "positive"),
            (vec!["study.networks=1"], "at least 2"),
            (vec!["data.examples=1798"], "1798 of 1797 digits"),
            (vec!["data.dimension=3"], "of their own"),
            (vec!["data.set=sphere"], "without its dimension"),
        ] {
            let found = changed(&changes).err().unwrap();
            assert!(
                found.message.contains(expected),
                "{changes:?}: {}",
                found.message
            );
        }
    }

    #[test]
    fn a_small_study_reports_all_laws() {
        let small = [
            "network.widths=[2,4]",
            "study.networks=2",
            "data.examples=3",
        ];
        let outcome = changed(&small).unwrap().run(&Silent).unwrap();
        let points = outcome.report["points"].as_array().unwrap();
        assert_eq!(points.len(), 6);
        let slopes = outcome.report["slopes"].as_array().unwrap();
        assert_eq!(slopes.len(), 3);
        assert!(
            slopes
                .iter()
                .all(|slope| slope["power"]["exponent"].is_f64())
        );
        let names: Vec<&str> = outcome.figures.iter().map(|f| f.name.as_str()).collect();
        let limits = ["kernel-limit", "kernel-delta-limit"];
        let kernels = [
            "kernel-gaussian",
            "kernel-orthogonal",
            "kernel-delta-orthogonal",
        ];
        assert_eq!(
            names,
            [&["width"][..], &limits, &kernels, &["spectra"]].concat()
        );
    }
}
