//! Plans under the memory of the ranks.

use pulsatrix::networks::Activation;
use pulsatrix::partition::{Chain, PartitionError, Plan, PlanOptions, Ranks, Topology};

fn dense(widths: &[usize]) -> Chain {
    Chain::dense(widths, Activation::Relu).unwrap()
}

/// Every word of so many letters.
fn words(length: u32) -> impl Iterator<Item = String> {
    let letter = |word: usize, place: u32| b"ofis"[word / 4_usize.pow(place) % 4] as char;
    (0..4_usize.pow(length)).map(move |word| (0..length).map(|p| letter(word, p)).collect())
}

/// Every rank has a share of its own of the cap.
fn with(memory: f64, shares: &[f64]) -> Ranks {
    let memory: Vec<f64> = shares.iter().map(|share| share * memory).collect();
    Ranks::new(vec![1.0; shares.len()], memory, vec![1e9; shares.len()]).unwrap()
}

#[test]
fn the_cheapest_plan_that_fits_is_the_best_of_all_plans_that_fit() {
    // Widths that three ranks share alike: all cuts of a layer share its weights alike.
    let mut changed = 0;
    for widths in [
        [12, 6, 24, 12],
        [6, 24, 6, 30],
        [24, 6, 6, 12],
        [3, 30, 3, 30],
    ] {
        let chain = dense(&widths);
        for topology in [Topology::Root, Topology::Ring] {
            for shares in [[1.0, 1.0, 1.0], [1.0, 1.5, 1.5], [1.5, 1.0, 1.5]] {
                let free = PlanOptions {
                    topology,
                    ..PlanOptions::default()
                };
                let fitting = PlanOptions {
                    bytes: Some(4),
                    ..free
                };
                let ranks = with(1e9, &shares);
                let plans = words(3).filter_map(|letters| {
                    Plan::of_letters(chain.clone(), ranks.clone(), &letters, free).ok()
                });
                let plans: Vec<Plan> = plans.collect();
                assert!(plans.len() > 8);
                // What a plan needs of the cap, and the caps at which something changes.
                let need = |plan: &Plan| {
                    let of = |rank: usize| 4.0 * plan.memory(rank).elements() as f64 / shares[rank];
                    (0..3).map(of).fold(0.0, f64::max)
                };
                let mut caps: Vec<f64> = plans.iter().map(need).collect();
                caps.sort_by(f64::total_cmp);
                caps.push(caps[0] - 4.0);
                let unbound = Plan::cheapest(chain.clone(), ranks.clone(), free).unwrap();
                for cap in caps {
                    // A hundredth of a byte is for the shares of the cap.
                    let ranks = with(cap + 0.01, &shares);
                    let found = Plan::cheapest(chain.clone(), ranks, fitting);
                    let fit = plans.iter().filter(|plan| need(plan) <= cap);
                    match (found, fit.map(Plan::communication).min()) {
                        (Ok(found), Some(least)) => {
                            assert_eq!(found.communication(), least, "{}", found.letters());
                            found.check_memory(4).unwrap();
                            changed += usize::from(found.letters() != unbound.letters());
                        }
                        (Err(PartitionError::DoesNotFit { .. }), None) => {}
                        (found, least) => panic!("{widths:?} {cap}: {found:?} and {least:?}"),
                    }
                }
            }
        }
    }
    assert!(changed > 10, "caps change plans: {changed}");
}

#[test]
fn a_layer_that_does_not_fit_is_cut_another_way() {
    // `ofs` holds all of 784 + 1024 numbers on rank 0 at layer 0, a fused pair a quarter of the outputs:
    // 465408 weights and 1808 or 1280 numbers.
    let options = PlanOptions {
        bytes: Some(8),
        ..PlanOptions::default()
    };
    for (memory, plan) in [
        (f64::INFINITY, "ofs"),
        (3_737_728.0, "ofs"),
        (3_737_727.0, "fsi"),
    ] {
        let ranks = with(memory, &[1.0; 4]);
        let found = Plan::cheapest(dense(&[784, 1024, 1024, 10]), ranks, options).unwrap();
        assert_eq!(found.letters(), plan, "{memory}");
    }
    // Beyond that the plan that sends least says what does not fit.
    let ranks = with(3_720_000.0, &[1.0; 4]);
    let error = Plan::cheapest(dense(&[784, 1024, 1024, 10]), ranks, options).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("layer 2 (dense 1024-10) does not fit on rank 0"),
        "{said}"
    );
}
