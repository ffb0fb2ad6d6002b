//! All plans of which none is better in both memory and communication.

use serde::{Deserialize, Serialize};

use super::{Chain, CostOptions, Costs, Cut, PartitionError, Tiling};

/// One plan of the front.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrontPoint {
    /// Elements on the fullest device, rank 0.
    pub memory: f64,
    /// Elements that are sent.
    pub communication: f64,
    /// Layers before this one are tiled.
    pub breakpoint: usize,
    /// One letter a layer.
    pub plan: String,
}

/// Most plans that are kept on the way for one choice of one layer (chosen: a second of work; the four published chains need
/// a few hundred).
const MOST: usize = 20_000;

/// The rest of a plan, from one layer on.
#[derive(Debug, Clone, Copy)]
struct Rest {
    cut: Cut,
    /// Weights on rank 0, in units.
    weights: i128,
    /// Cost in units, that of pairs with the layer before not in it.
    cost: i128,
    /// Which rest follows.
    next: usize,
}

/// The front of equal devices: every breakpoint (with tiles on this grid, if one is given, else none), every
/// cut, and layers whole on rank 0, whose memory is `max_l a_l + sum_l w_l` as in
/// [`breakpoints`](super::breakpoints), with `w = W` for whole layers. By memory, least first. Exact: the rest of every plan is
/// kept that is not beaten in both.
///
/// # Errors
/// [`PartitionError::LongFront`] for a front that is too long.
pub fn front(
    chain: &Chain,
    ranks: usize,
    grid: Option<(usize, usize)>,
) -> Result<Vec<FrontPoint>, PartitionError> {
    let sizes = chain.sizes();
    let options = CostOptions {
        whole: true,
        ..CostOptions::default()
    };
    let costs = Costs::divided(&sizes, ranks, options);
    let n = ranks as i128;
    let rests = rests(&costs, |layer, cut| {
        let weights = i128::from(sizes[layer].weights);
        if cut == Cut::Whole {
            n * weights
        } else {
            weights
        }
    })?;
    let mut points: Vec<(i128, i128, usize, Option<usize>)> = Vec::new();
    for breakpoint in 0..=sizes.len() {
        let sent = match (breakpoint, grid) {
            (0, _) => 0,
            (_, None) => break,
            (_, Some((rows, columns))) => {
                let tiling = Tiling {
                    breakpoint,
                    rows,
                    columns,
                };
                match tiling.sent(chain, ranks) {
                    Ok(elements) => n * i128::from(elements),
                    Err(_) => continue,
                }
            }
        };
        let weighted = sizes.iter().enumerate().filter(|(_, size)| size.weighted);
        let (mut maps, mut tiled) = (0, 0);
        for (layer, size) in weighted {
            let tiles = layer < breakpoint;
            let factor = if tiles { 1 } else { n };
            maps = maps.max(factor * i128::from(size.inputs + size.outputs));
            tiled += if tiles {
                n * i128::from(size.weights)
            } else {
                0
            };
        }
        match rests.get(breakpoint) {
            None => points.push((maps + tiled, sent, breakpoint, None)),
            Some(rests) => {
                let starts = rests.iter().enumerate();
                let starts = starts.filter(|(_, rest)| rest.cut.follows(None));
                points.extend(starts.map(|(index, rest)| {
                    (
                        maps + tiled + rest.weights,
                        sent + rest.cost,
                        breakpoint,
                        Some(index),
                    )
                }));
            }
        }
    }
    points.sort();
    let mut least = i128::MAX;
    points.retain(|point| {
        let better = point.1 < least;
        least = least.min(point.1);
        better
    });
    let point =
        |(memory, cost, breakpoint, start): (i128, i128, usize, Option<usize>)| FrontPoint {
            memory: costs.elements(memory),
            communication: costs.elements(cost),
            breakpoint,
            plan: spelled(&rests, breakpoint, start),
        };
    Ok(points.into_iter().map(point).collect())
}

/// For every layer, all rests of plans that are not beaten by another with the same cut there.
fn rests(
    costs: &Costs,
    weights: impl Fn(usize, Cut) -> i128,
) -> Result<Vec<Vec<Rest>>, PartitionError> {
    let count = costs.layers.len();
    let mut all: Vec<Vec<Rest>> = vec![Vec::new(); count];
    for layer in (0..count).rev() {
        let mut here = Vec::new();
        for cut in costs.choices(layer) {
            let Some(own) = costs.own(layer, cut) else {
                continue;
            };
            let alone = Rest {
                cut,
                weights: weights(layer, cut),
                cost: own,
                next: 0,
            };
            let mut found: Vec<Rest> = match all.get(layer + 1) {
                None if cut == Cut::First => Vec::new(),
                None => vec![alone],
                Some(next) => {
                    let next = next.iter().enumerate();
                    let next = next.filter(|(_, next)| next.cut.follows(Some(cut)));
                    next.map(|(index, next)| Rest {
                        weights: alone.weights + next.weights,
                        cost: own + costs.pair(layer, cut, next.cut) + next.cost,
                        next: index,
                        ..alone
                    })
                    .collect()
                }
            };
            found.sort_by_key(|rest| (rest.weights, rest.cost));
            let mut least = i128::MAX;
            found.retain(|rest| {
                let better = rest.cost < least;
                least = least.min(rest.cost);
                better
            });
            if found.len() > MOST {
                return Err(PartitionError::LongFront { most: MOST });
            }
            here.extend(found);
        }
        all[layer] = here;
    }
    Ok(all)
}

/// The letters of a plan.
fn spelled(rests: &[Vec<Rest>], breakpoint: usize, start: Option<usize>) -> String {
    let mut letters = "t".repeat(breakpoint);
    let mut index = start.unwrap_or(0);
    for rests in &rests[breakpoint.min(rests.len())..] {
        letters.push(rests[index].cut.letter());
        index = rests[index].next;
    }
    letters
}
