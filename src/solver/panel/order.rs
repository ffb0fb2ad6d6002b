//! Components sorted by phase, so that those whose gates stand together fill whole blocks.

use rayon::prelude::*;

use super::LANES;

/// What moving the states of a block on one panel costs, in blocks that are solved: chosen. It was
/// measured as a quarter within cache and 0.4 for a million neurons, to which sorting adds a tenth
/// there; the rest is for runs that end soon after.
const MOVE: u64 = 1;

/// Which component stands at which place, and whether it is time to sort anew.
///
/// The order is kept by identical neurons, which follow each other on one cycle; sorting once is
/// then enough. As it is not known beforehand how long a run goes on, components are sorted when
/// what that would have saved so far comes to what it costs, and after that at twice the price.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    /// Component at a place and place of a component; empty while each has its own.
    components: Vec<usize>,
    places: Vec<usize>,
    /// Blocks that stood only in part, though their components would have filled whole ones.
    wasted: u64,
    sorted: u32,
}

impl Order {
    /// The component at a place.
    pub(super) fn component(&self, place: usize) -> usize {
        self.components.get(place).copied().unwrap_or(place)
    }

    /// The place of a component.
    #[inline]
    pub(super) fn place(&self, component: usize) -> usize {
        self.places.get(component).copied().unwrap_or(component)
    }

    /// Puts what lies by places in the order of components.
    pub(super) fn restore(&self, values: &mut [f64]) {
        if !self.components.is_empty() {
            let old = values.to_vec();
            for (value, place) in values.iter_mut().zip(&self.places) {
                *value = old[*place];
            }
        }
    }

    /// Counts a panel of which `blocks` stood as a whole, and `standing` components in all; whether
    /// it is time to sort the `components` on `panels` kept.
    pub(super) fn is_due(
        &mut self,
        blocks: u32,
        standing: u32,
        components: usize,
        panels: usize,
    ) -> bool {
        let lanes = LANES as u32;
        self.wasted += u64::from((standing / lanes).saturating_sub(blocks));
        let price = MOVE * (panels * components.div_ceil(LANES)) as u64;
        self.wasted >= price << self.sorted.min(32)
    }

    /// Sorts by the phase of motion, from the state and the slope at each place: once around the
    /// origin. Returns the present place of what comes to each place.
    pub(super) fn sort(
        &mut self,
        state: impl Fn(usize) -> (f64, f64) + Sync,
        components: usize,
    ) -> Vec<usize> {
        let phase = |place: usize| {
            let (x, slope) = state(place);
            let along = x / (x.abs() + slope.abs()).max(f64::MIN_POSITIVE);
            if slope >= 0.0 {
                1.0 + along
            } else {
                3.0 - along
            }
        };
        // Keys and places lie together, so that no comparison reaches into another table.
        let keys = (0..components).into_par_iter();
        let mut keys: Vec<(f64, usize)> = keys.map(|place| (phase(place), place)).collect();
        keys.par_sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let from: Vec<usize> = keys.iter().map(|(_, place)| *place).collect();
        self.components = from.iter().map(|place| self.component(*place)).collect();
        self.places = vec![0; components];
        for (place, component) in self.components.iter().enumerate() {
            self.places[*component] = place;
        }
        (self.wasted, self.sorted) = (0, self.sorted + 1);
        from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_go_once_around_and_components_come_back() {
        let n = 300;
        // golden steps around a circle
        let angle = |k: usize| std::f64::consts::TAU * (0.618_034 * k as f64).fract();
        let component_state = |k: usize| (angle(k).cos(), angle(k).sin());
        let mut order = Order::default();
        let mut values: Vec<f64> = (0..n).map(|k| k as f64).collect();
        for _ in 0..2 {
            let components: Vec<usize> = (0..n).map(|place| order.component(place)).collect();
            let from = order.sort(|place| component_state(components[place]), n);
            values = from.iter().map(|place| values[*place]).collect();
            for (place, value) in values.iter().enumerate() {
                assert_eq!(order.component(place), *value as usize);
                assert_eq!(order.place(order.component(place)), place);
            }
        }
        let angles: Vec<f64> = (0..n).map(|place| angle(order.component(place))).collect();
        let falls = (0..n).filter(|k| angles[*k] > angles[(k + 1) % n]).count();
        assert!(falls == 1 || falls == n - 1, "{falls}");
        order.restore(&mut values);
        assert!(
            values
                .iter()
                .enumerate()
                .all(|(k, value)| *value == k as f64)
        );
    }
}
