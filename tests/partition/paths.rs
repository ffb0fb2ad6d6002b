//! The shortest path beside all plans there are, and beside the source's integer programs.

use pulsatrix::numerics::random::stream;
use pulsatrix::partition::{CostOptions, Costs, Cut, LayerSize, Topology};
use rand::RngExt;

/// A chain of layers whose inputs are the outputs before; some have no weights, some are read by a route.
fn random_chain(index: u64, most: usize) -> Vec<LayerSize> {
    let mut random = stream(5, "chains", index);
    let layers = random.random_range(1..=most);
    let mut width = random.random_range(1..60);
    let layer = |_| {
        let weighted = random.random_bool(0.8);
        let next = if weighted {
            random.random_range(1..60)
        } else {
            width
        };
        let size = LayerSize {
            inputs: width,
            outputs: next,
            weights: if weighted { width * next } else { 0 },
            weighted,
            kept: random.random_bool(0.1),
            work: width * next,
        };
        width = next;
        size
    };
    (0..layers).map(layer).collect()
}

/// Every plan there is, and the least cost.
fn brute_force(costs: &Costs, sizes: &[LayerSize]) -> Option<i128> {
    let layers = sizes.len();
    const CUTS: [Cut; 6] = [
        Cut::First,
        Cut::Second,
        Cut::Outputs,
        Cut::Inputs,
        Cut::Whole,
        Cut::Local,
    ];
    let mut plans: Vec<Vec<Cut>> = vec![Vec::new()];
    for layer in 0..layers {
        let longer = |plan: &Vec<Cut>, cut: Cut| [plan.clone(), vec![cut]].concat();
        let all = plans
            .iter()
            .flat_map(|plan| CUTS.map(|cut| longer(plan, cut)));
        // What no longer plan can begin with is left out: no weights or some, and pairs side by side.
        plans = all
            .filter(|plan| {
                let pair = layer > 0 && plan[layer - 1] == Cut::First;
                (plan[layer] == Cut::Local) != sizes[layer].weighted
                    && (plan[layer] == Cut::Second) == pair
            })
            .collect();
    }
    plans.iter().filter_map(|plan| costs.total(plan)).min()
}

#[test]
fn the_shortest_path_is_the_best_of_all_plans() {
    let mut longest = 0;
    for index in 0..500 {
        let sizes = random_chain(index, 7);
        longest = longest.max(sizes.len());
        let ranks = 2 + index as usize % 5;
        let options = CostOptions {
            topology: if index % 3 == 0 {
                Topology::Ring
            } else {
                Topology::Root
            },
            training: index % 2 == 0,
            whole: index % 7 == 0,
            batch: 1 + index % 3,
        };
        for options in [CostOptions::default(), options] {
            let costs = Costs::divided(&sizes, ranks, options);
            let found = costs.cheapest().unwrap();
            assert_eq!(Some(found.units), brute_force(&costs, &sizes), "{index}");
            assert_eq!(costs.total(&found.cuts), Some(found.units));
        }
    }
    assert_eq!(longest, 7);
}

#[test]
fn ties_go_to_fused_pairs_then_outputs_then_inputs() {
    // Three ways cost nothing with one rank.
    let sizes = random_chain(3, 7);
    let costs = Costs::published(&sizes, 1);
    let cuts = costs.cheapest().unwrap().cuts;
    for (layer, size) in sizes.iter().enumerate() {
        let next = sizes.get(layer + 1).is_some_and(|next| next.weighted);
        if size.weighted && next && !size.kept && cuts[layer] != Cut::Second {
            assert_eq!(cuts[layer], Cut::First);
        } else if size.weighted && cuts[layer] != Cut::Second {
            assert_eq!(cuts[layer], Cut::Outputs);
        }
    }
}

#[test]
fn training_mirrors_inference() {
    // Backwards a cut by outputs costs what one by inputs costs forwards with both lengths exchanged.
    let sizes = |m, k| {
        [LayerSize {
            inputs: m,
            outputs: k,
            weights: m * k,
            weighted: true,
            kept: false,
            work: m * k,
        }]
    };
    for ranks in 2..6 {
        let cost = |m, k, training, cut| {
            let options = CostOptions {
                training,
                ..CostOptions::default()
            };
            let costs = Costs::divided(&sizes(m, k), ranks, options);
            costs.total(&[cut]).unwrap()
        };
        let back = |m, k, cut| cost(m, k, true, cut) - cost(m, k, false, cut);
        assert_eq!(back(7, 12, Cut::Outputs), cost(12, 7, false, Cut::Inputs));
        assert_eq!(back(7, 12, Cut::Inputs), cost(12, 7, false, Cut::Outputs));
    }
    // A recurrent update x <- f(W x): all-gather of n (N - 1), by a ring or with reuse.
    let update: Vec<LayerSize> = (0..5).flat_map(|_| sizes(64, 64)).collect();
    for topology in [Topology::Root, Topology::Ring] {
        let options = CostOptions {
            topology,
            ..CostOptions::default()
        };
        let costs = Costs::divided(&update, 4, options);
        let each = costs.each(&[Cut::Outputs; 5]).unwrap();
        for middle in &each[1..4] {
            assert_eq!(*middle, 4 * 64 * 3, "{topology:?}");
        }
    }
}

#[cfg(feature = "ilp")]
mod programs {
    use pulsatrix::networks::Activation;
    use pulsatrix::partition::{Chain, Published, breakpoints, least_communication, least_memory};

    use super::*;

    #[test]
    fn integer_programs_agree_on_the_four_networks() {
        for name in [
            Published::Yolov2,
            Published::Vgg16,
            Published::Extraction,
            Published::Alexnet,
        ] {
            let sizes = name.chain().unwrap().sizes();
            let program = least_communication(&sizes, 6).unwrap();
            let path = Costs::published(&sizes, 6).cheapest().unwrap();
            assert_eq!(program.units, path.units, "{name:?}");
            let (breakpoint, held) = least_memory(&sizes, 6).unwrap();
            let list = breakpoints(&sizes, 6);
            let least = *list.iter().min().unwrap();
            assert_eq!(list[breakpoint], least, "{name:?}");
            assert!((6.0 * held - least as f64).abs() < 1e-6 * least as f64);
        }
    }

    #[test]
    fn integer_programs_agree_on_small_chains() {
        let toy = Chain::dense(&[4, 8, 16, 4, 4], Activation::Relu).unwrap();
        for ranks in [2, 3, 4, 6] {
            let program = least_communication(&toy.sizes(), ranks).unwrap();
            let path = Costs::published(&toy.sizes(), ranks).cheapest().unwrap();
            assert_eq!(program.units, path.units);
        }
        for index in 0..40 {
            let sizes = random_chain(index, 7);
            let program = least_communication(&sizes, 3).unwrap();
            let path = Costs::published(&sizes, 3).cheapest().unwrap();
            assert_eq!(program.units, path.units, "{index}");
        }
    }
}
