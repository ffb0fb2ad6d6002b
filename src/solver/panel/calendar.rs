//! What is known of the coming panels one lag ahead: breaking points and the layers of switches.

use std::collections::BTreeMap;

use super::collocation::STAGES;

/// Smoothness from which a break no longer matters to the polynomials of a panel.
const SMOOTH: u32 = 2 * STAGES as u32;
/// Layers whose edges are nearer than this part of a layer share them.
const SHARED: f64 = 0.1;
/// Panels that a layer is cut into at least.
const PANELS: i64 = 4;

/// A layer that begins within this many ticks of the end of another goes on with it.
const JOINT: i64 = 32;
/// Layers that are looked through for one that goes on.
const RECENT: usize = 64;

/// A stretch in which a gate switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) begin: i64,
    pub(super) end: i64,
}

impl Layer {
    /// The same stretch one lag later.
    pub(super) fn after(self, lag: i64) -> Self {
        Self {
            begin: self.begin + lag,
            end: self.end + lag,
        }
    }
}

/// Times, in ticks, at which panels have to end, and how long they may be.
#[derive(Debug, Clone, Default)]
pub(super) struct Calendar {
    /// Smoothness of the solution there: the lowest derivative that may jump.
    points: BTreeMap<i64, u32>,
    layers: Vec<Layer>,
    /// How many layers there have been.
    count: u64,
}

impl Calendar {
    /// Sends a break of given smoothness, at `tick`, through all lags.
    pub(super) fn spread(&mut self, tick: i64, smoothness: u32, lags: &[i64]) {
        if smoothness >= SMOOTH {
            return;
        }
        for lag in lags {
            let point = self.points.entry(tick + lag).or_insert(smoothness + 1);
            *point = (*point).min(smoothness + 1);
        }
    }

    /// Notes a layer. It goes on with one that has just ended; else its edges move out to those of other
    /// layers that are near.
    pub(super) fn add(&mut self, layer: Layer, now: i64) {
        let mut recent = self.layers.iter_mut().rev().take(RECENT);
        if let Some(before) = recent.find(|before| (layer.begin - before.end).abs() <= JOINT) {
            // the same passage, cut by the end of a panel
            if self.points.get(&before.end) == Some(&SMOOTH) {
                self.points.remove(&before.end);
            }
            before.end = layer.end.max(before.end);
            self.points.entry(before.end).or_insert(SMOOTH);
            return;
        }
        let near = ((layer.end - layer.begin) as f64 * SHARED) as i64;
        let earlier = self.points.range(layer.begin - near..=layer.begin);
        let begin = earlier.map(|(tick, _)| *tick).next_back();
        let later = self.points.range(layer.end..=layer.end + near);
        let end = later.map(|(tick, _)| *tick).next();
        let layer = Layer {
            begin: begin.unwrap_or(layer.begin).max(now),
            end: end.unwrap_or(layer.end),
        };
        for edge in [layer.begin, layer.end] {
            self.points.entry(edge).or_insert(SMOOTH);
        }
        self.layers.push(layer);
        self.count += 1;
    }

    /// The next point at which a panel has to end.
    pub(super) fn next(&self) -> Option<i64> {
        self.points.keys().next().copied()
    }

    /// The longest panel allowed from `now`: a part of the shortest layer that goes on.
    pub(super) fn longest_panel(&self, now: i64) -> Option<i64> {
        let here = self
            .layers
            .iter()
            .filter(|layer| layer.begin <= now && layer.end > now);
        here.map(|layer| ((layer.end - layer.begin) / PANELS).max(1))
            .min()
    }

    /// Moves to `now`; breaking points passed are sent through the lags. Returns the least smoothness among
    /// them: the slope may jump where it is below 2.
    pub(super) fn pass(&mut self, now: i64, lags: &[i64]) -> Option<u32> {
        let mut passed = None;
        while let Some(entry) = self
            .points
            .first_entry()
            .filter(|entry| *entry.key() <= now)
        {
            let (tick, smoothness) = entry.remove_entry();
            self.spread(tick, smoothness, lags);
            passed = Some(passed.map_or(smoothness, |least: u32| least.min(smoothness)));
        }
        self.layers.retain(|layer| layer.end > now);
        passed
    }

    /// Layers noted so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_come_back_smoother_until_they_are_gone() {
        let mut calendar = Calendar::default();
        calendar.spread(0, 0, &[10]);
        let mut times = Vec::new();
        while let Some(point) = calendar.next() {
            times.push(point);
            assert!(calendar.pass(point, &[10]).is_some());
        }
        assert_eq!(times.len(), SMOOTH as usize);
        assert_eq!(times[2], 30);
    }

    #[test]
    fn layers_shorten_panels_and_share_near_edges() {
        let mut calendar = Calendar::default();
        let (begin, end) = (100, 180);
        calendar.add(Layer { begin, end }, 0);
        calendar.add(
            Layer {
                begin: 105,
                end: 177,
            },
            0,
        );
        assert_eq!(calendar.longest_panel(99), None);
        assert_eq!(calendar.longest_panel(100), Some(20));
        calendar.pass(100, &[10]);
        assert_eq!(calendar.next(), Some(180));
        assert_eq!(calendar.count(), 2);
    }
}
