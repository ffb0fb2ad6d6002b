//! Which engine runs.

use pulsatrix::networks::{BurstingNeuron, Hutchinson, ImpulseNetwork, MackeyGlass};
use pulsatrix::solver::{DelayField, History, Method, Options, Save, integrate};

use super::network;

fn name(field: &dyn DelayField, state: &[f64], method: Option<Method>) -> String {
    let options = Options {
        method,
        ..Options::with_tolerance(1e-6)
    };
    let history = History::constant(state);
    let trajectory = integrate(field, history, (0.0, 3.0), options, &Save::Last, &[]);
    trajectory.unwrap().engine
}

#[test]
fn the_engine_is_the_one_that_the_field_offers() {
    let name = |field: &dyn DelayField, state: &[f64]| name(field, state, None);
    assert_eq!(name(&network(3, 1.0, 20.0), &[-1.0; 3]), "panel");
    assert_eq!(name(&network(3, 1.0, f64::INFINITY), &[-1.0; 3]), "relay");
    let mut electrical = network(3, 1.0, 20.0).parameters().clone();
    electrical.electrical = 0.1;
    let electrical = ImpulseNetwork::new(electrical).unwrap();
    assert_eq!(name(&electrical, &[-1.0; 3]), "general");
    let hutchinson = Hutchinson::new(1.6, 1.0).unwrap();
    assert_eq!(name(&hutchinson, &[0.5]), "panel");
    // a logarithm that does not exist is not asked for
    assert_eq!(name(&hutchinson, &[0.0]), "general");
    let mackey_glass = MackeyGlass::new(0.2, 0.1, 9.5, 17.0).unwrap();
    assert_eq!(name(&mackey_glass, &[0.5]), "panel");
    let bursting = BurstingNeuron::new(1.0, 3.0, 0.1, 50.0).unwrap();
    assert_eq!(name(&bursting, &[-1.0]), "panel");
}

#[test]
fn a_named_method_takes_the_general_engine() {
    let method = Some(Method::Dop853);
    let fields: [(&dyn DelayField, &[f64]); 4] = [
        (&network(3, 1.0, 20.0), &[-1.0; 3]),
        (&Hutchinson::new(1.6, 1.0).unwrap(), &[0.5]),
        (&MackeyGlass::new(0.2, 0.1, 9.5, 17.0).unwrap(), &[0.5]),
        (&BurstingNeuron::new(1.0, 3.0, 0.1, 50.0).unwrap(), &[-1.0]),
    ];
    for (field, state) in fields {
        assert_eq!(name(field, state, method), "general");
    }
}
