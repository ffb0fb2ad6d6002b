//! Examples and kernels of the kind `kernel-regression`.

use nalgebra::DMatrix;

use super::points::shape as image_of;
use super::regression_settings::{DataSettings, KernelSource, NetworkSettings, Settings};
use crate::experiment::data::examples::Examples;
use crate::experiment::data::images::ImageSettings;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Flat, Mistakes, Placed, require};
use crate::experiment::{Diagnostic, RunError};
use crate::networks::deep::{
    Architecture, DeepNetwork, DifferentiableModel, Image, Initialisation,
};
use crate::networks::kernels::LimitKernel;
use crate::networks::predictive::one_hot;
use crate::numerics::random::member;

/// What is learnt, and on which kernel.
pub(super) struct Task {
    /// Inputs and targets; no inputs beside a given kernel.
    pub examples: Examples,
    /// Classes of the examples and of the tests, where targets are classes.
    pub labels: Option<[Vec<usize>; 2]>,
    pub source: Source,
}

/// Where the kernel comes from.
pub(super) enum Source {
    /// A given one: among the examples, and between tests and them.
    Given(DMatrix<f64>, DMatrix<f64>),
    /// That of a network.
    Network(NetworkSettings),
}

/// A kernel among the examples, between tests and examples, and among tests.
pub(super) struct Kernels {
    pub train: DMatrix<f64>,
    pub cross: DMatrix<f64>,
    pub test: Option<DMatrix<f64>>,
    /// Weights of the network that was drawn.
    pub weights: Option<Vec<f64>>,
}

impl Task {
    /// Reads everything that files hold.
    pub fn read(settings: &mut Settings) -> Result<Self, Mistakes> {
        let given = *settings.kernel.of == KernelSource::Given;
        let idle = [&settings.kernel.train, &settings.kernel.cross];
        let idle = idle.into_iter().flatten().next();
        require(
            &idle.map_or(settings.kernel.of.place(), Placed::place),
            given == settings.kernel.train.is_some() && (given || idle.is_none()),
            "a kernel is given as `of = \"given\"` and `train = ...` together",
            "one without the other",
            "give both, with `cross = ...` for tests, or neither",
        )?;
        match (given, settings.network.clone()) {
            (true, None) => Self::with_kernel(settings),
            (false, Some(network)) => Self::with_inputs(&mut settings.data, Source::Network(network)),
            _ => Err(Diagnostic::new("a kernel is given, or that of a network")
                .at(settings.kernel.of.place().bytes())
                .label("needs a network, or none")
                .help("give a section `[network]` for the kernel of a network, and none beside a given kernel")
                .into()),
        }
    }

    fn with_inputs(data: &mut DataSettings, source: Source) -> Result<Self, Mistakes> {
        let classes = data.classes.unwrap_or(data.images.is_some());
        if !classes {
            require(
                &data.images,
                data.images.is_none(),
                "the targets of `images` are classes",
                "these images",
                "leave `classes` out, or give your own `inputs` and `targets`",
            )?;
            let scale = data.scale.map_or(1.0, |scale| *scale);
            let mut examples = data.own.examples(data.training.as_ref(), scale)?;
            data.keep_tests(&mut examples)?;
            return Ok(Self {
                examples,
                labels: None,
                source,
            });
        }
        let there = match data.training {
            Some(training) => training,
            None if data.images.is_none() => data.own.available()?.into(),
            None => {
                let missing = Diagnostic::new("the key `training` is missing")
                    .at(data.images.place().bytes());
                return Err(missing
                    .label("of these")
                    .help("say how many images are learnt, as in `training = 500`")
                    .into());
            }
        };
        let mut images = ImageSettings {
            images: data.images.clone(),
            own: Flat(data.own.0.clone()),
            training: there,
            scale: data.scale,
        };
        let mut read = images.read()?;
        data.scale = images.scale;
        read.test = read
            .test
            .range(0, data.tests.map_or(usize::MAX, |tests| *tests));
        let hot = |labels: &[usize]| {
            let columns = one_hot(labels, read.classes)
                .map_err(|error| Diagnostic::new(error.to_string()))?;
            Ok::<_, Diagnostic>(columns.transpose())
        };
        let (learnt, tests) = (&read.training, &read.test);
        let examples = Examples {
            inputs: learnt.images.transpose(),
            targets: hot(&learnt.labels)?,
            test_inputs: tests.images.transpose(),
            test_targets: hot(&tests.labels)?,
            shape: read.statement.shape.clone(),
            statement: read.said(),
        };
        data.refuse_tests(examples.test_inputs.nrows())?;
        let labels = Some([learnt.labels.clone(), tests.labels.clone()]);
        Ok(Self {
            examples,
            labels,
            source,
        })
    }

    /// Shape of an input as a network sees it.
    fn image(&self) -> Image {
        image_of(&self.examples.shape)
    }

    /// The network whose kernel is asked for, of a width.
    fn architecture(&self, network: &NetworkSettings, width: usize) -> Architecture {
        let convolution = network.convolution.as_ref();
        let image = if convolution.is_some() {
            self.image()
        } else {
            Image::vector(self.image().numbers())
        };
        network
            .unit
            .architecture(image, convolution, width, *network.depth)
    }

    /// Refuses what has no kernel, or does not fit into memory.
    pub fn check(&self, settings: &Settings) -> Result<(), Mistakes> {
        let (rows, tests) = (
            self.examples.targets.nrows() as f64,
            self.examples.statement.tests as f64,
        );
        let asked = settings
            .data
            .training
            .map_or(settings.data.own.targets.place(), |training| {
                training.place()
            });
        require_memory(
            &asked,
            "the kernel of all examples",
            NUMBER * rows.max(tests) * rows.max(tests),
        )?;
        let Some(network) = &settings.network else {
            return Ok(());
        };
        let empirical = *settings.kernel.of == KernelSource::Empirical;
        require(
            &network
                .width
                .map_or(settings.kernel.of.place(), |width| width.place()),
            empirical == network.width.is_some(),
            "`width` belongs to an empirical kernel, and to no other",
            "this kernel",
            "give `width` in `[network]` with `of = \"empirical\"`, and without it the limit of infinite width",
        )?;
        let architecture = self.architecture(network, network.width.map_or(1, |width| *width));
        let made = DeepNetwork::new(architecture.clone())
            .and_then(|_| LimitKernel::of(&architecture, Initialisation::Gaussian));
        made.map_err(|error| network.unit.refused(network.convolution.as_ref(), &error))?;
        Ok(())
    }

    /// Computes or hands over the kernels.
    pub fn kernels(&self, settings: &Settings, seed: u64) -> Result<Kernels, RunError> {
        let network = match &self.source {
            Source::Network(network) => network,
            Source::Given(train, cross) => {
                return Ok(Kernels {
                    train: train.clone(),
                    cross: cross.clone(),
                    test: None,
                    weights: None,
                });
            }
        };
        let (inputs, tests) = (&self.examples.inputs, &self.examples.test_inputs);
        let any = tests.nrows() > 0;
        let none = || DMatrix::zeros(0, inputs.nrows());
        if *settings.kernel.of == KernelSource::Empirical {
            let width = network.width.map_or(1, |width| *width);
            let deep = DeepNetwork::new(self.architecture(network, width))?;
            let weights = deep.initial(*network.law, member(seed, "network", 0))?;
            return Ok(Kernels {
                train: deep.ntk(&weights, inputs, None)?,
                cross: if any {
                    deep.ntk(&weights, tests, Some(inputs))?
                } else {
                    none()
                },
                test: any.then(|| deep.ntk(&weights, tests, None)).transpose()?,
                weights: Some(weights),
            });
        }
        let limit = LimitKernel::of(&self.architecture(network, 1), *network.law)?;
        let process = *settings.kernel.of == KernelSource::LimitProcess;
        let chosen =
            |pair: crate::networks::kernels::KernelPair| if process { pair.nngp } else { pair.ntk };
        Ok(Kernels {
            train: chosen(limit.train(inputs)?),
            cross: if any {
                chosen(limit.cross(tests, inputs)?)
            } else {
                none()
            },
            test: any.then(|| limit.train(tests).map(chosen)).transpose()?,
            weights: None,
        })
    }
}

impl DataSettings {
    /// Keeps the first tests that are asked for.
    fn keep_tests(&self, examples: &mut Examples) -> Result<(), Diagnostic> {
        let there = examples.test_inputs.nrows();
        self.refuse_tests(there)?;
        let kept = self.tests.map_or(there, |tests| *tests);
        examples.test_inputs = examples.test_inputs.rows(0, kept).into_owned();
        let known = examples.test_targets.nrows().min(kept);
        examples.test_targets = examples.test_targets.rows(0, known).into_owned();
        examples.statement.tests = kept;
        Ok(())
    }

    fn refuse_tests(&self, there: usize) -> Result<(), Diagnostic> {
        let asked = self.tests.map_or(0, |tests| *tests);
        require(
            &self.tests,
            asked <= there,
            format!("{asked} tests of {there} that there are"),
            "more than there are",
            format!("give `tests` a value up to {there}, or `training` a smaller one"),
        )
    }
}
