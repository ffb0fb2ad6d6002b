//! When each component crosses next: a heap with one place per component.

/// Marks a component that has no entry.
const ABSENT: u32 = u32::MAX;

/// The earliest of many changing times. Four children a node, one entry a component at most:
/// 24 bytes a component, `O(log N)` a change.
#[derive(Debug)]
pub(super) struct Calendar {
    heap: Vec<(f64, u32)>,
    place: Vec<u32>,
}

impl Calendar {
    /// An empty calendar for a number of components.
    pub(super) fn new(components: usize) -> Self {
        Self {
            heap: Vec::with_capacity(components),
            place: vec![ABSENT; components],
        }
    }

    /// The earliest time and its component; of equal times the smallest component.
    #[inline]
    pub(super) fn first(&self) -> Option<(f64, usize)> {
        self.heap
            .first()
            .map(|(time, component)| (*time, *component as usize))
    }

    /// Sets the time of a component, or takes it out.
    pub(super) fn set(&mut self, component: usize, time: Option<f64>) {
        let place = self.place[component];
        match (time, place) {
            (None, ABSENT) => {}
            (None, place) => {
                let place = place as usize;
                let last = self.heap.len() - 1;
                self.heap.swap(place, last);
                self.heap.pop();
                self.place[component] = ABSENT;
                if place < last {
                    self.settle(place);
                }
            }
            (Some(time), ABSENT) => {
                self.heap.push((time, component as u32));
                self.rise(self.heap.len() - 1);
            }
            (Some(time), place) => {
                self.heap[place as usize].0 = time;
                self.settle(place as usize);
            }
        }
    }

    /// Moves an entry whose time has changed to its place.
    fn settle(&mut self, place: usize) {
        let risen = self.rise(place);
        if risen == place {
            self.sink(place);
        }
    }

    fn rise(&mut self, mut place: usize) -> usize {
        let entry = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / 4;
            if self.heap[parent] <= entry {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, entry);
        place
    }

    fn sink(&mut self, mut place: usize) {
        let entry = self.heap[place];
        loop {
            let children = 4 * place + 1..(4 * place + 5).min(self.heap.len());
            let earlier = |one: usize, two: usize| {
                if self.heap[two] < self.heap[one] {
                    two
                } else {
                    one
                }
            };
            match children.reduce(earlier) {
                Some(child) if self.heap[child] < entry => {
                    self.put(place, self.heap[child]);
                    place = child;
                }
                _ => break,
            }
        }
        self.put(place, entry);
    }

    #[inline]
    fn put(&mut self, place: usize, entry: (f64, u32)) {
        self.heap[place] = entry;
        self.place[entry.1 as usize] = place as u32;
    }

    /// Heap memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.heap.capacity() * size_of::<(f64, u32)>() + self.place.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_time_is_always_first() {
        let mut calendar = Calendar::new(40);
        let mut times: Vec<Option<f64>> = vec![None; 40];
        let mut random = 7_u64;
        for _ in 0..5000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let component = (random >> 33) as usize % 40;
            let time = (!random.is_multiple_of(3)).then_some((random >> 50) as f64);
            times[component] = time;
            calendar.set(component, time);
            let expected = times
                .iter()
                .enumerate()
                .filter_map(|(j, time)| time.map(|time| (time, j)))
                .min_by(|x, y| x.partial_cmp(y).unwrap());
            assert_eq!(calendar.first(), expected);
        }
    }
}
