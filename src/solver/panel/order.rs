//! Components sorted by phase, so that those whose gates stand together fill whole blocks.

use rayon::prelude::*;

use super::LANES;

/// What moving the states of a block on one panel costs, in blocks that are solved: chosen. It was
/// measured as a quarter within cache and 0.4 for a million neurons, to which sorting adds a tenth
/// there; the rest is for runs that end soon after.
const MOVE: u64 = 1;

/// Components from which all threads sort: below it is done before they wake (chosen).
const MANY: usize = 1 << 14;

/// Which component stands at which place, and whether it is time to sort anew.
///
/// The order is kept by identical neurons, which follow each other on one cycle; sorting once is
/// then enough. A constant past is sorted at the start, when nothing has to be moved. Later, as it is
/// not known how long a run goes on, components are sorted when what that would have saved so far
/// comes to what it costs, and after that at twice the price.
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

    /// The components of all places, unless each has its own.
    pub(super) fn components(&self) -> Option<&[usize]> {
        (!self.components.is_empty()).then_some(&self.components)
    }

    /// The places of all components, unless each has its own.
    pub(super) fn places(&self) -> Option<&[usize]> {
        (!self.places.is_empty()).then_some(&self.places)
    }

    /// The place of a component.
    #[inline]
    pub(super) fn place(&self, component: usize) -> usize {
        self.places.get(component).copied().unwrap_or(component)
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

    /// Sorts by the states of a constant past, from which identical components differ in nothing else.
    pub(super) fn start(initial: &[f64]) -> Self {
        let mut order = Self::default();
        order.sort(|component| initial[component], initial.len());
        order
    }

    /// Sorts by the phase of motion, from the state and the slope at each place: once around the
    /// origin. Returns the present place of what comes to each place.
    pub(super) fn sort_by_phase(
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
        (self.wasted, self.sorted) = (0, self.sorted + 1);
        self.sort(phase, components)
    }

    /// Sorts by the keys of the places; those that agree to a part in `2^(52 - bits)`, with as many bits as number
    /// the places, keep their order.
    fn sort(&mut self, key: impl Fn(usize) -> f64 + Sync, components: usize) -> Vec<usize> {
        let places = (1 << components.next_power_of_two().ilog2()) - 1;
        // a place rides in the lowest bits of its key, so that plain numbers are sorted
        let numbered = |place: usize| ascending(key(place)) & !places | place as u64;
        let mut keys: Vec<u64>;
        if components < MANY {
            keys = (0..components).map(numbered).collect();
            keys.sort_unstable();
        } else {
            keys = (0..components).into_par_iter().map(numbered).collect();
            keys.par_sort_unstable();
        }
        let from: Vec<usize> = keys.iter().map(|key| (key & places) as usize).collect();
        self.components = from.iter().map(|place| self.component(*place)).collect();
        self.places = vec![0; components];
        for (place, component) in self.components.iter().enumerate() {
            self.places[*component] = place;
        }
        from
    }
}

/// Bits that, as whole numbers, have the order of the numbers themselves.
fn ascending(number: f64) -> u64 {
    let bits = number.to_bits();
    if number.is_sign_negative() {
        !bits
    } else {
        bits | 1 << 63
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
            let from = order.sort_by_phase(|place| component_state(components[place]), n);
            values = from.iter().map(|place| values[*place]).collect();
            for (place, value) in values.iter().enumerate() {
                assert_eq!(order.component(place), *value as usize);
                assert_eq!(order.place(order.component(place)), place);
            }
        }
        let angles: Vec<f64> = (0..n).map(|place| angle(order.component(place))).collect();
        let falls = (0..n).filter(|k| angles[*k] > angles[(k + 1) % n]).count();
        assert!(falls == 1 || falls == n - 1, "{falls}");
        let places = order.places().unwrap();
        assert!((0..n).all(|k| values[places[k]] == k as f64));
    }

    #[test]
    fn many_components_are_sorted_as_few_are() {
        let n = MANY + 5;
        let state = |k: usize| (0.618_034 * k as f64).fract() - 0.5;
        let initial: Vec<f64> = (0..n).map(state).collect();
        let order = Order::start(&initial);
        let sorted: Vec<f64> = (0..n)
            .map(|place| initial[order.component(place)])
            .collect();
        // apart from what the numbers of the places take of the keys
        assert!(sorted.windows(2).all(|pair| pair[0] <= pair[1] + 1e-11));
        assert!((0..n).all(|component| order.component(order.place(component)) == component));
    }

    #[test]
    fn a_constant_past_is_sorted_by_its_states() {
        let order = Order::start(&[0.5, -2.0, 0.0, -0.5]);
        assert_eq!(order.places(), Some(&[3, 0, 2, 1][..]));
        assert_eq!(order.component(0), 1);
    }
}
