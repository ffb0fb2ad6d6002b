//! Which cuts are a plan of a chain.

use super::{Chain, Costs, Cut, PartitionError, Ranks};

/// Whether every letter may stand where it stands.
pub(super) fn check_letters(
    chain: &Chain,
    ranks: &Ranks,
    cuts: &[Cut],
    breakpoint: usize,
    costs: &Costs,
) -> Result<(), PartitionError> {
    for (layer, cut) in cuts.iter().enumerate() {
        let before = layer.checked_sub(1).map(|before| cuts[before]);
        let weighted = chain.layers()[layer].weighted();
        let pair = cuts.get(layer + 1) == Some(&Cut::Second);
        let reason = if (*cut == Cut::Tiles) != (layer < breakpoint) {
            Some("tiles are the layers before the breakpoint, and no others")
        } else if *cut == Cut::Tiles {
            None
        } else if weighted == (*cut == Cut::Local) {
            Some("layers with weights are cut, and no others")
        } else if !cut.follows(before) || (*cut == Cut::First && !pair) {
            Some("f and s stand side by side, and never alone")
        } else if *cut == Cut::First && chain.kept(layer) {
            Some("a later route needs its output whole")
        } else if *cut == Cut::Whole && costs.own(layer, *cut).is_none() {
            Some("whole layers must be allowed, and there are none in a ring")
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(PartitionError::Letter {
                layer,
                name: chain.name(layer),
                letter: cut.letter(),
                reason,
            });
        }
        if *cut != Cut::Tiles && costs.own(layer, *cut).is_none() {
            return Err(PartitionError::TooManyRanks {
                layer,
                name: chain.name(layer),
                ranks: ranks.count(),
                inputs: chain.seen(layer).channels,
                outputs: chain.made(layer).channels,
            });
        }
    }
    Ok(())
}
