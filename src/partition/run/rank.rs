//! What every rank does, whatever carries its messages.

use serde::{Deserialize, Serialize};

use super::forward::{Tensor, finish, layer_on};
use super::ledger::Ledger;
use super::windows::Windows;
use super::{InferenceError, LayerWeights, Number, Weights};
use crate::cluster::{Communicator, Counting, LinkError};
use crate::partition::{Cut, Plan, Region, Topology};

/// What one rank has to tell after a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankReport<T> {
    /// The output of the chain, pixel after pixel; on rank 0, and on every rank of a ring.
    pub output: Option<Vec<T>>,
    /// Bytes that it has sent, layer by layer; those of tiles stand at layer 0.
    pub sent: Vec<u64>,
    /// The most elements that it held at a time: weights with biases, maps, patches, and numbers of messages.
    pub most_held: usize,
}

/// Runs one rank of a plan to its end: every rank calls this with the same plan, its own slices of the weights
/// ([`Weights::slice`]) and its own end of the links. Rank 0 gives the input (pixel after pixel) and gets the output; the
/// others give none.
///
/// It works over any [`Communicator`]: messages between two ranks must arrive in their order. A `send` may wait for the
/// matching `receive`. A rank that ends with an error drops its end of the links, and the others notice.
///
/// # Errors
/// [`InferenceError::Link`] and [`InferenceError::MessageSize`] with rank and layer, [`InferenceError::Ranks`],
/// [`InferenceError::Input`], [`InferenceError::NotFinite`].
///
/// ```
/// use std::time::Duration;
/// use pulsatrix::cluster::Threads;
/// use pulsatrix::networks::Activation;
/// use pulsatrix::partition::run::{Weights, run_rank};
/// use pulsatrix::partition::{Chain, Plan, PlanOptions, Ranks};
///
/// let chain = Chain::dense(&[6, 8, 4], Activation::Relu)?;
/// let plan = Plan::cheapest(chain, Ranks::equal(2)?, PlanOptions::default())?;
/// let weights = Weights::<f64>::random(plan.chain(), 1);
/// let mut links = Threads::linked(2, Duration::from_secs(10));
/// let (mut one, mut zero) = (links.pop().unwrap(), links.pop().unwrap());
/// let output = std::thread::scope(|scope| {
///     let own = weights.slice(&plan, 1).unwrap();
///     let plan = &plan;
///     scope.spawn(move || run_rank(plan, &own, None, &mut one));
///     let own = weights.slice(plan, 0).unwrap();
///     run_rank(plan, &own, Some(&[1.0; 6]), &mut zero)
/// })?;
/// assert_eq!(output.output.unwrap().len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run_rank<T: Number, C: Communicator + ?Sized>(
    plan: &Plan,
    weights: &Weights<T>,
    input: Option<&[T]>,
    link: &mut C,
) -> Result<RankReport<T>, InferenceError> {
    let (planned, found) = (plan.ranks().count(), link.ranks());
    if planned != found {
        return Err(InferenceError::Ranks { planned, found });
    }
    let root = link.rank() == 0;
    let expected = plan.chain().input().numbers();
    let given = input.map(<[T]>::len);
    if root && given != Some(expected) {
        return Err(InferenceError::Input {
            expected,
            found: given.unwrap_or(0),
            on_root: given.is_some(),
        });
    }
    let input = input.filter(|_| root);
    let input = input.map(|numbers| Tensor::new(plan.chain().input(), numbers.to_vec()));
    let mut rank = Rank::new(plan, weights, link);
    rank.ledger
        .hold(input.as_ref().map_or(0, |input| input.numbers.len()));
    let output = match plan.topology() {
        Topology::Root => rank.through_root(input)?,
        Topology::Ring => rank.around_ring(input)?,
    };
    rank.report(output)
}

/// The same for several inputs, one after the other. Every rank gives as many; their numbers count on rank 0 alone.
///
/// # Errors
/// As [`run_rank`].
pub fn run_rank_each<T: Number, C: Communicator + ?Sized>(
    plan: &Plan,
    weights: &Weights<T>,
    inputs: &[Vec<T>],
    link: &mut C,
) -> Result<Vec<RankReport<T>>, InferenceError> {
    let inputs = inputs.iter();
    let each = inputs.map(|input| {
        let input = (link.rank() == 0).then_some(input.as_slice());
        run_rank(plan, weights, input, link)
    });
    each.collect()
}

/// A rank at work.
pub(super) struct Rank<'a, T, C: ?Sized> {
    pub plan: &'a Plan,
    weights: &'a Weights<T>,
    link: Counting<'a, C>,
    pub ledger: Ledger,
    /// Numbers of its weights.
    own: usize,
    /// Outputs that a later route reads.
    pub kept: Vec<Option<Tensor<T>>>,
    layer: usize,
}

impl<'a, T: Number, C: Communicator + ?Sized> Rank<'a, T, C> {
    fn new(plan: &'a Plan, weights: &'a Weights<T>, link: &'a mut C) -> Self {
        let layers = plan.chain().layers().len();
        let mut ledger = Ledger::default();
        ledger.hold(weights.count());
        Self {
            plan,
            weights,
            link: Counting::new(link, layers),
            ledger,
            own: weights.count(),
            kept: vec![None; layers],
            layer: 0,
        }
    }

    pub fn number(&self) -> usize {
        self.link.rank()
    }

    pub fn ranks(&self) -> usize {
        self.link.ranks()
    }

    /// What is sent from now on belongs to this layer.
    pub fn begin(&mut self, layer: usize) {
        self.layer = layer;
        self.link.stage(layer);
    }

    /// Takes the output of a layer into the books, and keeps it where a route reads it.
    pub fn end(&mut self, layer: usize, current: Option<&Tensor<T>>) {
        if self.plan.chain().kept(layer) {
            self.kept[layer] = current.cloned();
        }
        let kept: usize = self.kept.iter().flatten().map(|t| t.numbers.len()).sum();
        let current = current.map_or(0, |tensor| tensor.numbers.len());
        self.ledger.settle(self.own + kept + current);
    }

    /// The cut of the layer before one.
    pub fn before(&self, layer: usize) -> Option<Cut> {
        layer.checked_sub(1).map(|before| self.plan.cuts()[before])
    }

    fn failed(&self, source: LinkError) -> InferenceError {
        InferenceError::Link {
            rank: self.number(),
            layer: self.layer,
            name: self.plan.chain().name(self.layer),
            source,
        }
    }

    pub fn send(&mut self, to: usize, numbers: &[T]) -> Result<(), InferenceError> {
        self.ledger.touch(numbers.len());
        let sent = self.link.send(to, T::to_bytes(numbers));
        sent.map_err(|error| self.failed(error))
    }

    /// So many numbers from one rank.
    pub fn receive(&mut self, from: usize, count: usize) -> Result<Vec<T>, InferenceError> {
        let message = self.link.receive(from);
        let message = message.map_err(|error| self.failed(error))?;
        let expected = count * T::BYTES;
        if message.len() != expected {
            return Err(InferenceError::MessageSize {
                rank: self.number(),
                from,
                layer: self.layer,
                name: self.plan.chain().name(self.layer),
                expected,
                found: message.len(),
            });
        }
        self.ledger.touch(2 * count);
        Ok(T::from_bytes(&message))
    }

    /// Sends to the next of a ring and receives from the one before. Every second rank receives first, so that nobody
    /// waits for ever where a send waits to be received.
    pub fn exchange(&mut self, numbers: &[T], count: usize) -> Result<Vec<T>, InferenceError> {
        let (rank, ranks) = (self.number(), self.ranks());
        let (next, before) = ((rank + 1) % ranks, (rank + ranks - 1) % ranks);
        if rank.is_multiple_of(2) {
            self.send(next, numbers)?;
            self.receive(before, count)
        } else {
            let received = self.receive(before, count)?;
            self.send(next, numbers)?;
            Ok(received)
        }
    }

    fn weights_of(&self, layer: usize) -> Result<&'a LayerWeights<T>, InferenceError> {
        let weights = self.weights.layer(layer);
        weights.ok_or_else(|| {
            let error = crate::partition::PartitionError::Weights {
                layer,
                name: self.plan.chain().name(layer),
                found: 0,
                expected: self.plan.chain().sizes()[layer].weights as usize,
            };
            error.into()
        })
    }

    /// The outputs of this rank's rows, with all that stands behind the sums.
    pub fn outputs(&mut self, layer: usize, from: &Tensor<T>) -> Result<Tensor<T>, InferenceError> {
        let chain = self.plan.chain();
        let seen = Region::whole(chain.seen(layer));
        let made = Region::whole(chain.made(layer));
        self.on_region(layer, from, (&seen, &made))
    }

    /// The same on a region.
    pub fn on_region(
        &mut self,
        layer: usize,
        from: &Tensor<T>,
        regions: (&Region, &Region),
    ) -> Result<Tensor<T>, InferenceError> {
        let chain = self.plan.chain();
        let weights = match chain.layers()[layer].weighted() {
            true => Some(self.weights_of(layer)?),
            false => None,
        };
        let (to, patches) = layer_on(chain, layer, weights, from, regions);
        self.ledger.touch(to.numbers.len() + patches);
        Ok(to)
    }

    /// The partial sums of all outputs over this rank's channels.
    pub fn partial(&mut self, layer: usize, from: &Tensor<T>) -> Result<Tensor<T>, InferenceError> {
        let chain = self.plan.chain();
        let seen = Region::whole(chain.seen(layer));
        let made = Region::whole(chain.made(layer));
        let windows = Windows::of(chain, layer, &seen, &made);
        let weights = self.weights_of(layer)?;
        let (to, patches) = windows.product(weights, from, chain.made(layer));
        self.ledger.touch(to.numbers.len() + patches);
        Ok(to)
    }

    /// What stands behind sums that are complete.
    pub fn finish(&self, layer: usize, sums: &mut Tensor<T>) -> Result<(), InferenceError> {
        let activation = self.plan.chain().layers()[layer].activation;
        finish(self.weights_of(layer)?, activation, sums);
        Ok(())
    }

    /// What it has to tell in the end.
    fn report(self, output: Option<Tensor<T>>) -> Result<RankReport<T>, InferenceError> {
        let output = output.map(|tensor| tensor.numbers);
        let numbers = output.iter().flatten().enumerate();
        if let Some((index, value)) = numbers.into_iter().find(|(_, v)| !v.is_finite()) {
            let value = value.to_double();
            return Err(InferenceError::NotFinite { index, value });
        }
        Ok(RankReport {
            output,
            sent: self.link.sent().to_vec(),
            most_held: self.ledger.most(),
        })
    }
}
