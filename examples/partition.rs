//! Four ranks share a network of three layers: the plan that sends least, what every rank holds, and a run whose bytes are
//! counted.

use pulsatrix::networks::Activation;
use pulsatrix::partition::run::{Weights, infer};
use pulsatrix::partition::{Chain, Plan, PlanOptions, Ranks};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chain = Chain::dense(&[784, 1024, 1024, 10], Activation::Relu)?;
    println!("ranks   plan   numbers sent   bytes sent by the run");
    for (ranks, letters) in [(2, None), (4, Some("ofs")), (8, None)] {
        let plan = Plan::cheapest(chain.clone(), Ranks::equal(ranks)?, PlanOptions::default())?;
        let weights = Weights::<f64>::random(plan.chain(), 1);
        let found = infer(&plan, &weights, &vec![0.5; 784])?;
        let sent: u64 = found.sent.iter().sum();
        println!(
            "{ranks:5}   {}   {:12}   {sent:21}",
            plan.letters(),
            plan.communication()
        );
        assert_eq!(
            sent,
            8 * plan.communication(),
            "a run sends what its plan says, eight bytes a number"
        );
        assert!(
            letters.is_none_or(|letters| plan.letters() == letters),
            "o: by outputs; f, s: a fused pair"
        );
    }
    Ok(())
}
