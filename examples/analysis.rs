//! Seven memories of three neurons: each followed, certified, and then proved by interval arithmetic.

use pulsatrix::analysis::{Proved, Stability, certify, prove};
use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters, Pattern};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let network = ImpulseNetwork::new(ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3))?;
    println!("pattern   period      leading multiplier   proved period");
    for code in 1..8_u32 {
        // Active neurons begin below the threshold, silent ones deep down.
        let start: Vec<f64> = (0..3)
            .map(|j| if code >> j & 1 == 1 { -1.0 } else { -40.0 })
            .collect();
        let cycle = certify(&network, &start, 4)?;
        let proof = prove(&network, &start, 4)?;
        let leading = cycle.multipliers[0].0.hypot(cycle.multipliers[0].1);
        println!(
            "{}       {:.7}  {leading:.7}            {}",
            cycle.pattern, cycle.period, proof.period
        );
        assert_eq!(
            cycle.stability,
            Stability::Stable,
            "every set of neurons is a memory"
        );
        assert_eq!(proof.stability, Proved::Stable, "and that is a theorem");
        assert!(
            proof.period.contains(cycle.period),
            "the certified period lies in the proved interval"
        );
        let period = [4.0, 32.10658, 42.57532][code.count_ones() as usize - 1];
        assert!(
            (cycle.period - period).abs() < 1e-5,
            "periods depend on the number of winners alone"
        );
        let expected: Pattern = cycle.pattern.to_string().parse()?;
        assert_eq!(proof.pattern, expected, "exactly these neurons fire");
    }
    Ok(())
}
