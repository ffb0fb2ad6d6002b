//! Settings of the kind `ntk-width`.

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use super::old_points::PointSettings;
use crate::experiment::Diagnostic;
use crate::experiment::rules::{at_least, non_negative, positive, require, unwritten};
use crate::networks::Activation;
use crate::networks::deep::{Initialisation, Padding, ReadOut};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub data: PointSettings,
    pub network: NetworkSettings,
    pub study: StudySettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkSettings {
    pub activation: Activation,
    pub sigma_w: Spanned<f64>,
    #[serde(default = "zero")]
    pub sigma_b: Spanned<f64>,
    /// Units or channels of every hidden layer.
    pub widths: Spanned<Vec<Spanned<usize>>>,
    /// Numbers of hidden layers.
    pub depths: Spanned<Vec<Spanned<usize>>>,
    /// Convolutional, if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convolution: Option<ConvolutionSettings>,
}

fn zero() -> Spanned<f64> {
    unwritten(0.0)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConvolutionSettings {
    pub kernel: Spanned<usize>,
    pub padding: Padding,
    pub read_out: ReadOut,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StudySettings {
    #[serde(default = "both")]
    pub laws: Vec<Spanned<Initialisation>>,
    /// Networks of every width, depth and law.
    pub networks: Spanned<usize>,
}

fn both() -> Vec<Spanned<Initialisation>> {
    vec![
        unwritten(Initialisation::Gaussian),
        unwritten(Initialisation::Orthogonal),
    ]
}

impl Settings {
    /// What can be said of every setting by itself.
    pub fn check(&self) -> Result<(), Diagnostic> {
        let network = &self.network;
        positive("sigma_w", &network.sigma_w)?;
        non_negative("sigma_b", &network.sigma_b)?;
        at_least("networks", &self.study.networks, 2)?;
        for (name, list) in [("widths", &network.widths), ("depths", &network.depths)] {
            require(
                list,
                !list.get_ref().is_empty(),
                format!("`{name}` is empty"),
                "nothing to do",
                format!("give `{name}` at least one number"),
            )?;
            for number in list.get_ref() {
                at_least(name, number, 1)?;
            }
        }
        Ok(())
    }
}
