//! The run in which every rank talks to its neighbours alone.

use super::forward::{Tensor, local};
use super::rank::Rank;
use super::{InferenceError, Number};
use crate::cluster::Communicator;
use crate::networks::deep::Image;
use crate::partition::Cut;

impl<T: Number, C: Communicator + ?Sized> Rank<'_, T, C> {
    /// Every rank holds every map, but slices within a fused pair and between layers that are cut by inputs.
    pub(super) fn around_ring(
        &mut self,
        input: Option<Tensor<T>>,
    ) -> Result<Option<Tensor<T>>, InferenceError> {
        let cuts = self.plan.cuts();
        // Layers without weights before the first one with weights are done by all, too: its cost holds the input.
        let first = cuts.iter().position(|cut| *cut != Cut::Local);
        self.begin(first.unwrap_or(0));
        let mut current = match (input, first) {
            (Some(input), Some(_)) => {
                for rank in 1..self.ranks() {
                    self.send(rank, &input.numbers)?;
                }
                input
            }
            (Some(input), None) => input,
            (None, None) => return Ok(None),
            (None, Some(_)) => {
                let image = self.plan.chain().input();
                self.ledger.hold(image.numbers());
                Tensor::new(image, self.receive(0, image.numbers())?)
            }
        };
        for (layer, cut) in cuts.iter().copied().enumerate() {
            self.begin(layer);
            let next = self.plan.next(layer);
            current = match cut {
                Cut::Local | Cut::Whole | Cut::Tiles => {
                    let made = local(self.plan.chain(), layer, &current, &self.kept);
                    self.ledger.touch(made.numbers.len());
                    made
                }
                Cut::First => self.outputs(layer, &current)?,
                Cut::Outputs => {
                    let own = self.outputs(layer, &current)?;
                    self.gathered(layer, &own)?
                }
                Cut::Inputs | Cut::Second => {
                    let scattered = self
                        .before(layer)
                        .is_some_and(|b| b.scattered_to(Some(cut)));
                    if cut == Cut::Inputs && !scattered {
                        let slices = self.plan.seen_slices(layer);
                        current = current.channels(&slices[self.number()]);
                    }
                    let sums = self.partial(layer, &current)?;
                    let mut own = self.reduced(layer, &sums)?;
                    if !cut.scattered_to(next) {
                        own = self.gathered(layer, &own)?;
                    }
                    self.finish(layer, &mut own)?;
                    own
                }
            };
            self.end(layer, Some(&current));
        }
        Ok(Some(current))
    }

    /// All slices of a map on every rank: each travels around the ring.
    fn gathered(&mut self, layer: usize, own: &Tensor<T>) -> Result<Tensor<T>, InferenceError> {
        let (rank, ranks) = (self.number(), self.ranks());
        let slices = self.plan.made_slices(layer);
        let image = self.plan.chain().made(layer);
        let mut whole = Tensor::zeros(image);
        self.ledger.touch(whole.numbers.len() + own.numbers.len());
        whole.put(&slices[rank], &own.numbers);
        let mut passing = own.numbers.clone();
        for step in 1..ranks {
            let slice = &slices[(rank + ranks - step) % ranks];
            passing = self.exchange(&passing, slice.len() * image.pixels())?;
            whole.put(slice, &passing);
        }
        Ok(whole)
    }

    /// The complete sums of this rank's slice: the partial sums of a slice travel around the ring and end with its owner.
    fn reduced(&mut self, layer: usize, sums: &Tensor<T>) -> Result<Tensor<T>, InferenceError> {
        let (rank, ranks) = (self.number(), self.ranks());
        let slices = self.plan.made_slices(layer);
        let whose = |step: usize| &slices[(rank + 2 * ranks - step - 1) % ranks];
        let mut passing = sums.channels(whose(0));
        for step in 0..ranks - 1 {
            let own = sums.channels(whose(step + 1));
            let image = Image {
                channels: whose(step + 1).len(),
                ..sums.image
            };
            let received = self.exchange(&passing.numbers, image.numbers())?;
            passing = Tensor::new(image, received);
            passing.add(&own.numbers);
        }
        Ok(passing)
    }
}
