//! Rooted trees: the order conditions that the tables of coefficients are checked against.
//!
//! E. Hairer, S. P. Nørsett, G. Wanner, "Solving Ordinary Differential Equations I", Springer 1993,
//! section II.2.

/// Order, elementary weight of every stage, and density of a rooted tree.
pub(super) struct Tree {
    pub(super) order: u32,
    pub(super) weight: Vec<f64>,
    pub(super) density: f64,
}

/// All rooted trees up to an order, with the weights that the rows `a` give them.
pub(super) fn trees(a: &[Vec<f64>], order: u32) -> Vec<Tree> {
    let stages = a.len();
    let mut all = vec![Tree {
        order: 1,
        weight: vec![1.0; stages],
        density: 1.0,
    }];
    // a tree of the next order hangs smaller trees below a new root, the later ones never later
    for next in 2..=order {
        let mut found = Vec::new();
        let mut branches = Vec::new();
        hang(&all, next - 1, all.len(), &mut branches, &mut |branches| {
            let mut weight = vec![1.0; stages];
            let mut density = f64::from(next);
            for branch in branches {
                let tree: &Tree = &all[*branch];
                density *= tree.density;
                for (weight, row) in weight.iter_mut().zip(a) {
                    let pairs = row.iter().zip(&tree.weight);
                    *weight *= pairs.map(|(a, w)| a * w).sum::<f64>();
                }
            }
            found.push(Tree {
                order: next,
                weight,
                density,
            });
        });
        all.append(&mut found);
    }
    all
}

/// Calls `visit` with every multiset of trees before `bound` whose orders add up to `order`.
fn hang(
    all: &[Tree],
    order: u32,
    bound: usize,
    branches: &mut Vec<usize>,
    visit: &mut dyn FnMut(&[usize]),
) {
    if order == 0 {
        visit(branches);
        return;
    }
    for index in 0..bound {
        if all[index].order <= order {
            branches.push(index);
            hang(all, order - all[index].order, index + 1, branches, visit);
            branches.pop();
        }
    }
}

#[test]
fn there_are_as_many_trees_as_counted() {
    let found = trees(&[vec![]], 8);
    for (order, count) in (1..).zip([1, 1, 2, 4, 9, 20, 48, 115]) {
        assert_eq!(found.iter().filter(|t| t.order == order).count(), count);
    }
}
