//! Fewer positions: the largest of a window, and the mean of a text.

use super::number::Number;
use super::signal::{Segments, Signal};

/// The largest number of every channel in windows of `width` positions, the last of a text cut at its end, and the
/// position at which it stands (the first, of several).
pub fn max_pool<T: Number>(width: usize, x: &Signal<T>) -> (Signal<T>, Vec<u32>) {
    let lengths = x
        .segments
        .iter()
        .map(|(start, end)| (end - start).div_ceil(width));
    let mut pooled = Signal::zeros(x.channels, Segments::new(lengths));
    let mut places = Vec::with_capacity(pooled.numbers.len());
    let windows = x.segments.iter().flat_map(|(start, end)| {
        let firsts = (start..end).step_by(width);
        firsts.map(move |first| (first, end.min(first + width)))
    });
    for (window, (first, last)) in windows.enumerate() {
        let into = window * x.channels..(window + 1) * x.channels;
        let best = &mut pooled.numbers[into];
        best.copy_from_slice(x.at(first));
        let begin = places.len();
        places.resize(begin + x.channels, first as u32);
        for position in first + 1..last {
            let rivals = x.at(position).iter().zip(&mut *best);
            for ((rival, best), place) in rivals.zip(&mut places[begin..]) {
                // what is no number is the largest, so that it is not hidden
                if rival.value() > best.value() || rival.value().is_nan() {
                    (*best, *place) = (*rival, position as u32);
                }
            }
        }
    }
    (pooled, places)
}

/// The gradient by what was pooled.
pub fn max_pool_back<T: Number>(x: &Signal<T>, slope: &Signal<T>, places: &[u32]) -> Signal<T> {
    let mut back = Signal::zeros(x.channels, x.segments.clone());
    for (index, (slope, place)) in slope.numbers.iter().zip(places).enumerate() {
        back.at_mut(*place as usize)[index % x.channels] += *slope;
    }
    back
}

/// The mean over the positions of every text: one position a text.
pub fn mean<T: Number>(x: &Signal<T>) -> Signal<T> {
    let mut means = Signal::zeros(x.channels, Segments::new(x.segments.iter().map(|_| 1)));
    for (text, (start, end)) in x.segments.iter().enumerate() {
        let share = 1.0 / (end - start) as f64;
        let means = means.at_mut(text);
        for position in start..end {
            for (mean, number) in means.iter_mut().zip(x.at(position)) {
                *mean += *number;
            }
        }
        means.iter_mut().for_each(|mean| *mean = *mean * share);
    }
    means
}

/// The gradient by what the mean was taken of.
pub fn mean_back<T: Number>(segments: &Segments, slope: &Signal<T>) -> Signal<T> {
    let mut back = Signal::zeros(slope.channels, segments.clone());
    for (text, (start, end)) in segments.iter().enumerate() {
        let share = 1.0 / (end - start) as f64;
        for position in start..end {
            for (back, slope) in back.at_mut(position).iter_mut().zip(slope.at(text)) {
                *back = *slope * share;
            }
        }
    }
    back
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_a_window_is_kept_and_what_is_no_number_is_not_hidden() {
        let signal = |numbers: [f64; 5]| Signal {
            channels: 1,
            numbers: numbers.to_vec(),
            segments: Segments::new([3, 2].into_iter()),
        };
        let (pooled, places) = max_pool(2, &signal([1.0, 3.0, 2.0, -1.0, -2.0]));
        assert_eq!(
            (pooled.numbers, places),
            (vec![3.0, 2.0, -1.0], vec![1, 2, 3])
        );
        for place in 0..5 {
            let mut numbers = [1.0, 3.0, 2.0, -1.0, -2.0];
            numbers[place] = f64::NAN;
            let (pooled, _) = max_pool(2, &signal(numbers));
            assert!(
                pooled.numbers.iter().any(|number| number.is_nan()),
                "{place}"
            );
        }
    }
}
