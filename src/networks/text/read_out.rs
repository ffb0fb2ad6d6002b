//! Probabilities of classes at every position, and their mean over a text.

use super::number::Number;
use super::signal::Signal;

/// The softmax of the channels of every position; the logistic function, if there is one channel.
pub fn probabilities<T: Number>(mut sums: Signal<T>) -> Signal<T> {
    if sums.channels == 1 {
        T::logistic(&mut sums.numbers);
        return sums;
    }
    for place in sums.numbers.chunks_exact_mut(sums.channels) {
        let top = place.iter().fold(
            place[0],
            |top, sum| {
                if sum.value() > top.value() { *sum } else { top }
            },
        );
        place.iter_mut().for_each(|sum| *sum = *sum - top);
    }
    T::exp(&mut sums.numbers);
    for place in sums.numbers.chunks_exact_mut(sums.channels) {
        let mut total = T::default();
        place.iter().for_each(|part| total += *part);
        let share = total.reciprocal();
        place.iter_mut().for_each(|part| *part = *part * share);
    }
    sums
}

/// The gradient by the sums, from that by the probabilities, in its place.
pub fn probabilities_back<T: Number>(probabilities: &Signal<T>, slope: &mut Signal<T>) {
    if probabilities.channels == 1 {
        for (slope, y) in slope.numbers.iter_mut().zip(&probabilities.numbers) {
            *slope = *slope * (*y - *y * *y);
        }
        return;
    }
    let places = probabilities.numbers.chunks_exact(probabilities.channels);
    let slopes = slope.numbers.chunks_exact_mut(probabilities.channels);
    for (place, slope) in places.zip(slopes) {
        let mut mean = T::default();
        for (y, slope) in place.iter().zip(&*slope) {
            mean += *y * *slope;
        }
        for (y, slope) in place.iter().zip(slope) {
            *slope = *y * (*slope - mean);
        }
    }
}
