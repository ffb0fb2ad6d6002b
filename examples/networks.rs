//! One cue, three memories: Hopfield's pseudo-inverse, the modern Hopfield network, and impulse neurons in the relay limit bring
//! the same pattern back.

use pulsatrix::analysis::{Criteria, Settling, settle};
use pulsatrix::networks::{
    Cue, Hopfield, ImpulseNetwork, ImpulseParameters, ModernHopfield, Pattern,
};
use pulsatrix::solver::Options;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stored: [Pattern; 2] = ["1100".parse()?, "1010".parse()?];
    // Levels of four neurons: two fire, one is silent, of the last nothing is known.
    let cue = [1.0, 1.0, -1.0, 0.0];

    let classical = Hopfield::pseudo_inverse(&stored)?.relax(&cue);
    println!("Hopfield, pseudo-inverse: {:?}", classical.state);
    assert_eq!(
        classical.state,
        [1.0, 1.0, -1.0, -1.0],
        "1100 is a fixed point"
    );

    let modern = ModernHopfield::new(&stored, 8.0)?.relax(&cue);
    println!("modern Hopfield:          {:.3?}", modern.state);
    assert!(
        modern.at_rest && modern.state[1] > 0.99 && modern.state[3] < -0.99,
        "one update finds the nearest pattern"
    );

    let network = ImpulseNetwork::new(ImpulseParameters::homogeneous(4, 1.0, 0.5, -44.0, 3.3))?;
    let state = Cue::default().state(&stored[0], &network.parameters().c, 1, 0);
    let mut engine = network.engine(&state, Options::default())?;
    let criteria = Criteria {
        tolerance: 1e-11,
        synchrony: 1e-6,
    };
    let settled = settle(
        engine.as_mut(),
        Settling {
            criteria,
            maximum_time: 1e4,
        },
    )?;
    let cycle = settled.outcome.expect("a periodic mode");
    println!(
        "impulse neurons:          {} fires with the period {:.5}",
        cycle.pattern, cycle.period
    );
    assert!(
        (cycle.period - 32.10658).abs() < 1e-5,
        "the period of a pair has a closed form"
    );
    Ok(())
}
