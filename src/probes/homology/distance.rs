//! How far two persistence diagrams are apart.

use nalgebra::DMatrix;

use super::{Diagram, HomologyError, Interval};
use crate::numerics::assign;

/// Most classes of two diagrams together: the table of their distances is square, and finding the best
/// matching of 2,000 takes seconds (chosen).
const MOST_CLASSES: usize = 4_000;

/// Distance of two classes: the larger of the differences of births and deaths.
fn apart(a: Interval, b: Interval) -> f64 {
    (a.birth - b.birth).abs().max((a.death - b.death).abs())
}

/// Distance of a class to the diagonal.
fn to_diagonal(class: Interval) -> f64 {
    0.5 * class.persistence()
}

/// Refuses classes that cannot be.
fn check(diagram: &'static str, classes: &Diagram) -> Result<(), HomologyError> {
    let sound = |class: &Interval| class.birth.is_finite() && class.death >= class.birth;
    let broken = classes.intervals.iter().find(|class| !sound(class));
    broken.map_or(Ok(()), |&Interval { birth, death }| {
        Err(HomologyError::NoClass {
            diagram,
            birth,
            death,
        })
    })
}

/// Births of the classes that never die, in order, side by side; `None` if the diagrams differ in their
/// number, and are infinitely far apart.
fn essential(a: &Diagram, b: &Diagram) -> Option<Vec<f64>> {
    let births = |diagram: &Diagram| {
        let essential = diagram
            .intervals
            .iter()
            .filter(|class| class.is_essential());
        let mut births: Vec<f64> = essential.map(|class| class.birth).collect();
        births.sort_by(f64::total_cmp);
        births
    };
    let (a, b) = (births(a), births(b));
    let differences = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).collect();
    (a.len() == b.len()).then_some(differences)
}

/// Square table of costs of matching the classes that die: rows are those of `a`, then one diagonal for
/// every class of `b`; columns those of `b`, then one diagonal for every class of `a`.
fn costs(a: &Diagram, b: &Diagram) -> Result<DMatrix<f64>, HomologyError> {
    check("first", a)?;
    check("second", b)?;
    let finite = |diagram: &Diagram| {
        let classes = diagram.intervals.iter().copied();
        classes
            .filter(|class| !class.is_essential())
            .collect::<Vec<_>>()
    };
    let (a, b) = (finite(a), finite(b));
    let size = a.len() + b.len();
    if size > MOST_CLASSES {
        return Err(HomologyError::TooMany {
            found: size,
            most: MOST_CLASSES,
        });
    }
    let cost = |row: usize, column: usize| match (a.get(row), b.get(column)) {
        (Some(a), Some(b)) => apart(*a, *b),
        (Some(class), None) | (None, Some(class)) => to_diagonal(*class),
        (None, None) => 0.0,
    };
    Ok(DMatrix::from_fn(size, size, cost))
}

/// The bottleneck distance: the largest step of the matching, of classes with each other or with the
/// diagonal, whose largest step is smallest. Infinite if the numbers of classes that never die differ.
///
/// Cost: a search among the `(n + m)^2` costs with a maximum matching each.
///
/// # Errors
/// [`HomologyError::NoClass`] for a birth or death that is none, and [`HomologyError::TooMany`] for more than 4,000 classes
/// together.
pub fn bottleneck_distance(a: &Diagram, b: &Diagram) -> Result<f64, HomologyError> {
    let costs = costs(a, b)?;
    let Some(essential) = essential(a, b) else {
        return Ok(f64::INFINITY);
    };
    let least = essential.into_iter().fold(0.0, f64::max);
    let mut steps: Vec<f64> = costs.iter().copied().collect();
    steps.push(0.0);
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let enough = steps.partition_point(|step| !matches_within(&costs, *step));
    Ok(steps[enough].max(least))
}

/// Whether all can be matched with costs up to `step`: augmenting paths, depth first.
fn matches_within(costs: &DMatrix<f64>, step: f64) -> bool {
    let size = costs.nrows();
    let mut matched = vec![usize::MAX; size];
    for start in 0..size {
        // Each entry of the path: a row, and the next column to try for it.
        let mut seen = vec![false; size];
        let mut path = vec![(start, 0)];
        let found = loop {
            let Some((row, next)) = path.last_mut() else {
                break false;
            };
            let Some(column) = (*next..size).find(|c| !seen[*c] && costs[(*row, *c)] <= step)
            else {
                path.pop();
                continue;
            };
            *next = column + 1;
            seen[column] = true;
            match matched[column] {
                usize::MAX => break true,
                taken => path.push((taken, 0)),
            }
        };
        if !found {
            return false;
        }
        for (row, next) in path {
            matched[next - 1] = row;
        }
    }
    true
}

/// The Wasserstein distance of order `p >= 1`: `(sum of steps^p)^(1/p)` of the best matching, where a step
/// is the larger of the differences of births and deaths. Infinite if the numbers of classes that never
/// die differ.
///
/// Cost: `(n + m)^3` for the cheapest [`assign`]ment.
///
/// # Errors
/// [`HomologyError::OutOfRange`] for an order below 1 or not finite, and those of [`bottleneck_distance`].
pub fn wasserstein_distance(a: &Diagram, b: &Diagram, p: f64) -> Result<f64, HomologyError> {
    if !(p >= 1.0 && p.is_finite()) {
        return Err(HomologyError::OutOfRange {
            name: "the order p",
            value: p,
            requirement: "it is at least 1 and finite; the limit is the bottleneck distance",
        });
    }
    let costs = costs(a, b)?;
    let Some(essential) = essential(a, b) else {
        return Ok(f64::INFINITY);
    };
    // In units of the largest step, so that no power overflows.
    let unit = costs
        .amax()
        .max(essential.iter().copied().fold(f64::MIN_POSITIVE, f64::max));
    let powers = costs.map(|cost| (cost / unit).powf(p));
    let chosen = assign(&powers).unwrap_or_default().into_iter().enumerate();
    let moved: f64 = chosen.map(|pair| powers[pair]).sum();
    let fixed: f64 = essential
        .into_iter()
        .map(|step| (step / unit).powf(p))
        .sum();
    Ok(unit * (fixed + moved).powf(1.0 / p))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagram(classes: &[(f64, f64)]) -> Diagram {
        let interval = |(birth, death): &(f64, f64)| Interval {
            birth: *birth,
            death: *death,
        };
        Diagram::new(1, classes.iter().map(interval).collect())
    }

    #[test]
    fn distances_of_small_diagrams_are_those_by_hand() {
        let long = diagram(&[(0.0, 10.0)]);
        let shifted = diagram(&[(1.0, 10.5), (3.0, 4.0)]);
        // The long classes meet at 1, the short one goes to the diagonal at 0.5.
        assert_eq!(bottleneck_distance(&long, &shifted).unwrap(), 1.0);
        assert_eq!(wasserstein_distance(&long, &shifted, 1.0).unwrap(), 1.5);
        let squares = wasserstein_distance(&long, &shifted, 2.0).unwrap();
        assert!((squares - 1.25_f64.sqrt()).abs() < 1e-15);
        // Two far classes are cheaper on the diagonal.
        let far = diagram(&[(100.0, 101.0)]);
        assert_eq!(bottleneck_distance(&long, &far).unwrap(), 5.0);
        assert_eq!(wasserstein_distance(&long, &far, 1.0).unwrap(), 5.5);
        let nothing = diagram(&[]);
        assert_eq!(bottleneck_distance(&nothing, &nothing).unwrap(), 0.0);
        assert_eq!(wasserstein_distance(&long, &nothing, 1.0).unwrap(), 5.0);
    }

    #[test]
    fn classes_that_never_die_are_matched_in_order() {
        let infinity = f64::INFINITY;
        let a = diagram(&[(0.0, infinity), (2.0, infinity)]);
        let b = diagram(&[(2.5, infinity), (0.25, infinity)]);
        assert_eq!(bottleneck_distance(&a, &b).unwrap(), 0.5);
        assert_eq!(wasserstein_distance(&a, &b, 1.0).unwrap(), 0.75);
        let one = diagram(&[(0.0, infinity)]);
        assert_eq!(bottleneck_distance(&a, &one).unwrap(), infinity);
    }

    #[test]
    fn classes_that_cannot_be_are_refused() {
        let sound = diagram(&[(0.0, 1.0)]);
        let broken = [
            (f64::NAN, 1.0),
            (0.0, f64::NAN),
            (1.0, 0.5),
            (-f64::INFINITY, 0.0),
        ];
        for class in broken {
            let (birth, death) = class;
            // as a caller may write it
            let mut other = diagram(&[(0.0, 2.0)]);
            other.intervals.push(Interval { birth, death });
            let bits = [birth, death].map(f64::to_bits);
            let refused = |found: Result<f64, HomologyError>, name| match found {
                Err(HomologyError::NoClass {
                    diagram,
                    birth,
                    death,
                }) => diagram == name && [birth, death].map(f64::to_bits) == bits,
                _ => false,
            };
            assert!(
                refused(bottleneck_distance(&sound, &other), "second"),
                "{class:?}"
            );
            assert!(
                refused(wasserstein_distance(&other, &sound, 2.0), "first"),
                "{class:?}"
            );
        }
    }

    /// All matchings of small diagrams, one by one.
    #[test]
    fn distances_are_the_best_of_all_matchings() {
        use rand::RngExt;
        let mut stream = crate::numerics::random::stream(1, "diagrams", 0);
        let mut random = |count: usize| {
            let classes: Vec<(f64, f64)> = (0..count)
                .map(|_| {
                    let birth: f64 = stream.random();
                    (birth, birth + stream.random::<f64>())
                })
                .collect();
            diagram(&classes)
        };
        for (n, m) in [(1, 2), (2, 2), (3, 2), (3, 3), (0, 3)] {
            let (a, b) = (random(n), random(m));
            let costs = costs(&a, &b).unwrap();
            let (mut largest, mut sum) = (f64::INFINITY, f64::INFINITY);
            permutations(&mut (0..n + m).collect(), 0, &mut |order| {
                let steps = order
                    .iter()
                    .enumerate()
                    .map(|(row, column)| costs[(row, *column)]);
                largest = largest.min(steps.clone().fold(0.0, f64::max));
                sum = sum.min(steps.sum());
            });
            assert_eq!(bottleneck_distance(&a, &b).unwrap(), largest);
            let found = wasserstein_distance(&a, &b, 1.0).unwrap();
            assert!((found - sum).abs() < 1e-14, "{found} {sum}");
        }
    }

    fn permutations(items: &mut Vec<usize>, from: usize, visit: &mut dyn FnMut(&[usize])) {
        if from == items.len() {
            visit(items);
        }
        for other in from..items.len() {
            items.swap(from, other);
            permutations(items, from + 1, visit);
            items.swap(from, other);
        }
    }
}
