//! The range of a rule as a JSON schema says it, found by asking the rule itself.

use serde_json::{Map, Value, json};

/// Numbers of which every rule admits one.
const PROBES: [f64; 8] = [0.5, 1.0, 0.0, 2.0, 0.05, 1e-6, 100.0, -1.0];

/// Keys of a schema for the least interval around what a rule admits: exact to the last bit, since ends are found by bisection
/// over all numbers there are.
pub(super) fn bounds(admits: impl Fn(f64) -> bool) -> Map<String, Value> {
    let mut keys = Map::new();
    let Some(inside) = PROBES.into_iter().find(|probe| admits(*probe)) else {
        return keys;
    };
    for (end, inclusive, exclusive) in [
        (-f64::MAX, "minimum", "exclusiveMinimum"),
        (f64::MAX, "maximum", "exclusiveMaximum"),
    ] {
        if admits(end) {
            continue;
        }
        let (mut within, mut beyond) = (rank(inside), rank(end));
        while within.abs_diff(beyond) > 1 {
            let middle = within.midpoint(beyond);
            if admits(value(middle)) {
                within = middle;
            } else {
                beyond = middle;
            }
        }
        // a rule may admit 0 apart from its interval
        if admits(0.0) && (rank(0.0) - within).signum() == (beyond - within).signum() {
            within = rank(0.0);
        }
        let (last, next) = (value(within), value(beyond));
        // 2 and not the number before it
        if format!("{next:?}").len() < format!("{last:?}").len() && next.abs() < f64::MAX {
            keys.insert(exclusive.into(), json!(next));
        } else {
            keys.insert(inclusive.into(), json!(last));
        }
    }
    keys
}

/// The place of a number among all numbers.
fn rank(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    if bits < 0 {
        i64::MIN.wrapping_sub(bits)
    } else {
        bits
    }
}

fn value(rank: i64) -> f64 {
    let bits = if rank < 0 {
        i64::MIN.wrapping_sub(rank)
    } else {
        rank
    };
    f64::from_bits(bits as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_rules() {
        for (found, due) in [
            (
                bounds(|x| x > 0.0 && x.is_finite()),
                json!({ "exclusiveMinimum": 0.0 }),
            ),
            (
                bounds(|x| x >= 0.0 && x.is_finite()),
                json!({ "minimum": 0.0 }),
            ),
            (
                bounds(|x| (1e-13..=0.1).contains(&x)),
                json!({ "minimum": 1e-13, "maximum": 0.1 }),
            ),
            (
                bounds(|x| x > 0.0 && x < 2.0),
                json!({ "exclusiveMinimum": 0.0, "exclusiveMaximum": 2.0 }),
            ),
            (bounds(|x| x == 0.0 || x >= 1e-9), json!({ "minimum": 0.0 })),
            (bounds(f64::is_finite), json!({})),
        ] {
            assert_eq!(Value::Object(found), due);
        }
    }
}
