//! Trained weights in files: the ranks classify as the network of the crate does.

use std::fs::File;
use std::path::Path;

use pulsatrix::experiment::partition::study::{Findings, PartitionStudy};
use pulsatrix::experiment::{LabelledImages, ModelFile, Silent, Study, npy};
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::{
    Architecture, Convolutions, DeepNetwork, DifferentiableModel, HiddenLayers, Image,
    Initialisation, Parameterisation,
};
use pulsatrix::networks::predictive::one_hot;
use pulsatrix::training::flow::{BatchOptions, CrossEntropy, GradientFlow, MiniBatches};

/// Images for training; those behind them are shown to the ranks.
const TRAINING: usize = 1200;
const SHOWN: usize = 30;

/// A network that has learnt some of the digits, and its parameters.
fn trained(architecture: Architecture, epochs: usize) -> (DeepNetwork, Vec<f64>) {
    let network = DeepNetwork::new(architecture).unwrap();
    let start = network.initial(Initialisation::Gaussian, 3).unwrap();
    let digits = LabelledImages::digits().unwrap().range(0, TRAINING);
    let (inputs, targets) = (
        digits.images.transpose(),
        one_hot(&digits.labels, 10).unwrap(),
    );
    let targets = targets.transpose();
    let flow = GradientFlow::new(&network, &inputs, &targets, &CrossEntropy).unwrap();
    let mut batches = MiniBatches::new(&flow, start, BatchOptions::default()).unwrap();
    for _ in 0..epochs {
        batches.epoch().unwrap();
    }
    let parameters = batches.parameters().to_vec();
    (network, parameters)
}

/// Writes an array, and says how a model file names it.
fn save(folder: &Path, name: &str, shape: &[usize], values: &[f64]) -> String {
    let path = folder.join(name);
    npy::write(File::create(&path).unwrap(), shape, values).unwrap();
    format!("{:?}", path.to_str().unwrap())
}

/// The layers of a network as a model file says them, their weights in files. Filters stand as `PyTorch` has them.
fn layers(network: &DeepNetwork, parameters: &[f64], folder: &Path) -> String {
    let architecture = network.architecture();
    let mut text = Vec::new();
    let mut weights = network
        .layer_weights(parameters)
        .unwrap()
        .into_iter()
        .enumerate();
    let mut channels = 1;
    let convolutions = architecture.convolutions.as_ref();
    let last = architecture.widths.len();
    for (made, pool) in convolutions
        .iter()
        .flat_map(|c| c.channels.iter().zip(&c.pooling))
    {
        let (place, own) = weights.next().unwrap();
        let kernel = convolutions.unwrap().kernel.width;
        let pixels = kernel * kernel;
        let planes: Vec<f64> = (0..made * channels * pixels)
            .map(|index| {
                let (row, column) = (index / (channels * pixels), index % (channels * pixels));
                let (channel, pixel) = (column / pixels, column % pixels);
                own.matrix[(row, pixel * channels + channel)]
            })
            .collect();
        let shape = [*made, channels, kernel, kernel];
        let w = save(folder, &format!("w{place}.npy"), &shape, &planes);
        let biases = own.bias.unwrap();
        let b = save(
            folder,
            &format!("b{place}.npy"),
            &[*made],
            biases.as_slice(),
        );
        text.push(format!(
            "{{kind=\"convolution\",outputs={made},kernel={kernel},weights={w},biases={b}}}"
        ));
        if *pool > 1 {
            text.push(format!("{{kind=\"max-pool\",kernel={pool}}}"));
        }
        channels = *made;
    }
    for (dense, (place, own)) in weights.enumerate() {
        let (rows, columns) = own.matrix.shape();
        let values: Vec<f64> = own.matrix.transpose().iter().copied().collect();
        let w = save(folder, &format!("w{place}.npy"), &[rows, columns], &values);
        let biases = own.bias.unwrap();
        let b = save(folder, &format!("b{place}.npy"), &[rows], biases.as_slice());
        let activation = if dense == last { "identity" } else { "relu" };
        let inputs = if place == 0 {
            format!("inputs={columns},")
        } else {
            String::new()
        };
        text.push(format!(
            "{{kind=\"dense\",{inputs}outputs={rows},activation=\"{activation}\",weights={w},biases={b}}}"
        ));
    }
    format!("network.layers=[{}]", text.join(","))
}

fn model(changes: &[&str]) -> ModelFile {
    let mut model = ModelFile::open_shipped("partition-mlp").unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    model
}

fn findings(changes: &[&str]) -> Result<Findings, String> {
    let study = model(changes).study::<PartitionStudy>();
    let study = study.map_err(|error| error.to_string())?;
    study.find(&Silent).map_err(|error| error.to_string())
}

/// The model with these layers, on the digits behind those of the training.
fn on_digits(layers: &str, more: &[&str]) -> Result<Findings, String> {
    let (training, shown) = (
        format!("data.training={TRAINING}"),
        format!("run.images={SHOWN}"),
    );
    let data = ["data.images=digits8x8", &training, &shown, layers];
    findings(&[&data, more].concat())
}

fn assert_as_the_network(network: &DeepNetwork, parameters: &[f64], layers: &str, more: &[&str]) {
    let found = on_digits(layers, more).unwrap();
    let digits = LabelledImages::digits()
        .unwrap()
        .range(TRAINING, TRAINING + SHOWN);
    let outputs = network
        .outputs(parameters, &digits.images.transpose())
        .unwrap();
    let right = |(row, label): (usize, &usize)| outputs.row(row).transpose().imax() == *label;
    let right = digits
        .labels
        .iter()
        .enumerate()
        .filter(|digit| right(*digit))
        .count();
    let run = found.run.unwrap();
    for (class, output) in run.output.iter().enumerate() {
        let expected = outputs[(0, class)];
        assert!((output - expected).abs() < 1e-12, "{output} {expected}");
    }
    assert!(run.difference < 1e-12, "{:e}", run.difference);
    assert_eq!((run.inputs, &run.sent), (SHOWN, &run.planned));
    let classified = run.classified.unwrap();
    assert_eq!((classified.right, classified.as_alone), (right, SHOWN));
    assert!(right > SHOWN / 2, "it has learnt something: {right}");
}

#[test]
fn a_trained_dense_network_is_run_by_ranks() {
    let architecture = Architecture {
        sigma_b: 0.1,
        sigma_w: 2.0_f64.sqrt(),
        activation: Activation::Relu,
        parameterisation: Parameterisation::Standard,
        ..Architecture::fully_connected(64, &[32, 24], 10)
    };
    let (network, parameters) = trained(architecture, 6);
    let folder = tempfile::tempdir().unwrap();
    let layers = layers(&network, &parameters, folder.path());
    for more in [&["cluster.ranks=3"][..], &["cluster.topology=ring"]] {
        assert_as_the_network(&network, &parameters, &layers, more);
    }
}

#[test]
fn a_trained_convolutional_network_is_run_by_ranks() {
    let image = Image {
        channels: 1,
        height: 8,
        width: 8,
    };
    let architecture = Architecture {
        widths: vec![20],
        outputs: 10,
        sigma_b: 0.1,
        sigma_w: 2.0_f64.sqrt(),
        activation: Activation::Relu,
        parameterisation: Parameterisation::Standard,
        ..Architecture::convolutional(image, Convolutions::blocks(&[vec![6, 8]], 3, 2))
    };
    let (network, parameters) = trained(architecture, 3);
    let folder = tempfile::tempdir().unwrap();
    let layers = layers(&network, &parameters, folder.path());
    let more = ["network.image=[1,8,8]"];
    assert_as_the_network(&network, &parameters, &layers, &more);
}

/// The shipped model: a network learns, and its ranks are held against it.
#[test]
fn a_network_that_learns_first_is_run_by_ranks() {
    let digits = |changes: &[&str]| {
        let mut model = ModelFile::open_shipped("partition-digits").unwrap();
        for change in changes {
            model.set(change).unwrap();
        }
        let study = model
            .study::<PartitionStudy>()
            .map_err(|error| error.to_string())?;
        study.find(&Silent).map_err(|error| error.to_string())
    };
    let few = ["trained.epochs=6", "run.images=60"];
    for more in [&[][..], &["cluster.topology=ring"], &["trained.sigma_b=0"]] {
        let found = digits(&[&few, more].concat()).unwrap();
        let run = found.run.unwrap();
        assert_eq!((run.inputs, &run.sent), (60, &run.planned));
        let classified = run.classified.unwrap();
        assert!(classified.off_network.unwrap() < 1e-12, "{classified:?}");
        assert_eq!(classified.as_alone, 60);
        assert!(classified.right > 45, "it has learnt: {classified:?}");
    }
    for (change, said) in [
        ("network.name=vgg16", "`[trained]` beside `name`"),
        ("trained.epochs=0", "at least 1"),
        (
            "trained.hidden=[2,2]",
            "layer 6 (dense 2-2) cannot be shared by 4 ranks",
        ),
        ("data.training=1797", "no image is left for tests"),
        ("trained.convolutions.kernel=4", "it is odd"),
        ("data.images=nowhere", "nowhere"),
    ] {
        let error = digits(&[change]).err().unwrap_or_default();
        assert!(error.contains(said), "{change}: {error}");
    }
}

#[test]
fn weights_that_do_not_fit_are_refused_at_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, shape: &[usize], value: f64| {
        let values = vec![value; shape.iter().product()];
        save(folder.path(), name, shape, &values)
    };
    let w = at("w.npy", &[10, 64], 0.1);
    let layers =
        |rest: &str| format!("network.layers=[{{kind=\"dense\",inputs=64,outputs=10,{rest}}}]");
    for (rest, said) in [
        (
            format!("weights={}", at("across.npy", &[64, 10], 0.1)),
            "an array of shape [64, 10] where [10, 64] is due",
        ),
        (
            format!("weights={w},biases={}", at("b.npy", &[9], 0.1)),
            "an array of shape [9] where [10] is due",
        ),
        (
            format!("weights={}", at("nan.npy", &[10, 64], f64::NAN)),
            "number 0 is NaN",
        ),
        ("weights=\"nowhere.npy\"".into(), "nowhere.npy"),
        (format!("biases={w}"), "`biases` without `weights`"),
        (
            format!("weights={w},normalised=true"),
            "layer 0 is normalised",
        ),
    ] {
        let found = on_digits(&layers(&rest), &["cluster.ranks=2"]);
        let error = found.err().unwrap_or_default();
        assert!(error.contains(said), "{rest}: {error}");
    }
    let one = format!(
        "network.layers=[{{kind=\"dense\",inputs=64,outputs=10,weights={w}}},{{kind=\"dense\",outputs=10}}]"
    );
    let error = on_digits(&one, &["cluster.ranks=2"]).err().unwrap();
    assert!(
        error.contains("layer 1 (dense 10-10) has no `weights`"),
        "{error}"
    );
    let good = layers(&format!("weights={w}"));
    for (change, said) in [
        ("run.images=1000", "1000 images of 597"),
        ("data.images=mnist-small", "28 x 28 grey levels"),
        ("data.images=nowhere", "nowhere"),
    ] {
        let error = on_digits(&good, &["cluster.ranks=2", change])
            .err()
            .unwrap();
        assert!(error.contains(said), "{change}: {error}");
    }
    // Every output alike: the first class, for all images.
    let found = on_digits(&good, &["cluster.ranks=2"]).unwrap().run.unwrap();
    assert_eq!(found.classified.unwrap().as_alone, SHOWN);
    let zeros = LabelledImages::digits()
        .unwrap()
        .range(TRAINING, TRAINING + SHOWN);
    let zeros = zeros.labels.iter().filter(|label| **label == 0).count();
    assert_eq!(found.classified.unwrap().right, zeros);
}
