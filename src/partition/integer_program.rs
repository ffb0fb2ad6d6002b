//! The two integer programs of the source as they are written, solved by branch and bound.
//!
//! For a check of the shortest path and the list of breakpoints, and as a place for couplings that a chain cannot hold. Its
//! relaxation is not tight: a hundred layers take minutes.

use good_lp::{
    Expression, ProblemVariables, Solution, SolverModel, Variable, constraint, microlp, variable,
};

use super::{Cheapest, Costs, Cut, LayerSize, PartitionError};

/// The unknowns of one layer with weights.
struct Layer {
    outputs: Variable,
    inputs: Variable,
    first: Variable,
    second: Variable,
    /// `r_l`: reused by the next layer.
    reused: Variable,
    /// `o_l r_{l-1}` and `f_l r_{l-1}`.
    outputs_reuse: Variable,
    first_reuse: Variable,
}

/// The plan of least communication by the first program, for the source's equal slices.
///
/// # Errors
/// [`PartitionError::Program`] if the solver finds nothing.
pub fn least_communication(sizes: &[LayerSize], ranks: usize) -> Result<Cheapest, PartitionError> {
    let mut variables = ProblemVariables::new();
    let mut layers: Vec<Option<Layer>> = Vec::new();
    for size in sizes {
        let mut binary = || variables.add(variable().binary());
        layers.push(size.weighted.then(|| Layer {
            outputs: binary(),
            inputs: binary(),
            first: binary(),
            second: binary(),
            reused: binary(),
            outputs_reuse: binary(),
            first_reuse: binary(),
        }));
    }
    let n = ranks as f64;
    let mut cost = Expression::from(0.0);
    let mut rules = Vec::new();
    // y = a b for binaries.
    let product = |y: Variable, a: Expression, b: Expression| {
        [
            constraint!(y <= a.clone()),
            constraint!(y <= b.clone()),
            constraint!(y >= a + b - 1.0),
        ]
    };
    for (place, layer) in layers.iter().enumerate() {
        let Some(layer) = layer else { continue };
        let (m, k) = (sizes[place].inputs as f64, sizes[place].outputs as f64);
        let others = n - 1.0;
        let next = layers.get(place + 1).and_then(Option::as_ref);
        let before = place.checked_sub(1).and_then(|p| layers[p].as_ref());
        rules.push(constraint!(
            layer.outputs + layer.inputs + layer.first + layer.second == 1.0
        ));
        match before {
            Some(before) => {
                rules.push(constraint!(layer.second == before.first));
                rules.extend(product(
                    layer.outputs_reuse,
                    layer.outputs.into(),
                    before.reused.into(),
                ));
                rules.extend(product(
                    layer.first_reuse,
                    layer.first.into(),
                    before.reused.into(),
                ));
            }
            None => {
                for none in [layer.second, layer.outputs_reuse, layer.first_reuse] {
                    rules.push(constraint!(none == 0.0));
                }
            }
        }
        match next {
            Some(next) => {
                let either = next.outputs + next.first;
                rules.extend(product(layer.reused, layer.outputs.into(), either));
            }
            None => rules.push(constraint!(layer.reused == 0.0)),
        }
        if next.is_none() || sizes[place].kept {
            rules.push(constraint!(layer.first == 0.0));
        }
        cost += layer.outputs * (m * others + k * others / n);
        cost -= layer.outputs_reuse * (m * others);
        cost += layer.reused * (k * others - k * others / n);
        cost += layer.inputs * (m * others / n + k * others);
        cost += layer.first * (m * others);
        cost -= layer.first_reuse * (m * others);
        cost += layer.second * (k * others);
    }
    let mut model = variables.minimise(cost).using(microlp);
    for rule in rules {
        model = model.with(rule);
    }
    let solution = model.solve().map_err(|error| failed(&error))?;
    let chosen = |layer: &Option<Layer>| {
        let Some(layer) = layer else {
            return Cut::Local;
        };
        let choices = [
            (layer.outputs, Cut::Outputs),
            (layer.inputs, Cut::Inputs),
            (layer.first, Cut::First),
            (layer.second, Cut::Second),
        ];
        let larger = |a: &(Variable, Cut), b: &(Variable, Cut)| {
            solution.value(a.0).total_cmp(&solution.value(b.0))
        };
        choices
            .into_iter()
            .max_by(larger)
            .map_or(Cut::Outputs, |(_, cut)| cut)
    };
    let cuts: Vec<Cut> = layers.iter().map(chosen).collect();
    // The exact cost of what was chosen: the solver computes in floating point.
    let units = Costs::published(sizes, ranks).total(&cuts);
    let units = units.ok_or_else(|| PartitionError::Program {
        reason: "its choices are no plan".into(),
    })?;
    Ok(Cheapest { cuts, units })
}

/// The breakpoint of least memory by the second program, and the elements that the fullest device then holds.
///
/// Without the source's large constant: a number above all maps is enough where it is minimised.
///
/// # Errors
/// [`PartitionError::Program`] if the solver finds nothing.
pub fn least_memory(sizes: &[LayerSize], ranks: usize) -> Result<(usize, f64), PartitionError> {
    let mut variables = ProblemVariables::new();
    let behind: Vec<Variable> = sizes
        .iter()
        .map(|_| variables.add(variable().binary()))
        .collect();
    let most = variables.add(variable().min(0.0));
    let n = ranks as f64;
    let mut memory = Expression::from(most);
    let mut rules = Vec::new();
    for pair in behind.windows(2) {
        rules.push(constraint!(pair[1] >= pair[0]));
    }
    for (size, sliced) in sizes.iter().zip(&behind) {
        if !size.weighted {
            continue;
        }
        let (maps, weights) = ((size.inputs + size.outputs) as f64, size.weights as f64);
        rules.push(constraint!(most >= maps / n + *sliced * (maps - maps / n)));
        memory += weights - *sliced * (weights - weights / n);
    }
    let mut model = variables.minimise(memory.clone()).using(microlp);
    for rule in rules {
        model = model.with(rule);
    }
    let solution = model.solve().map_err(|error| failed(&error))?;
    let breakpoint = behind.iter().position(|b| solution.value(*b) > 0.5);
    let held = solution.eval(memory);
    Ok((breakpoint.unwrap_or(sizes.len()), held))
}

fn failed(error: &good_lp::ResolutionError) -> PartitionError {
    PartitionError::Program {
        reason: error.to_string(),
    }
}
