use pulsatrix::solver::*;
use std::time::Instant;
fn main() {
    let n: usize = std::env::args().nth(1).map_or(1_000_000, |s| s.parse().unwrap());
    for (a, k, c, h) in [(2.0, 1.0, -6.0, 1.0),(2.0, n as f64, -6.0, 1.0), (2.0, 1.0, -6.0, 2.5), (2.0, 2.0, -6.0, 2.5), (2.0, 1.0, -6.0, 2.0), (1.0, 1.0, -6.0, 2.5), (2.0, 1.0,-6.0,0.5), (2.0,5.0,-6.0,1.0),(2.0,10.0,-6.0,1.0),(2.0,3.0,-6.0,1.0)] {
        let unit = RelayUnit { drive: [1.0, -a], strength: k / n as f64, level: c };
        let field = MeanField::new(vec![unit], vec![0; n], [1.0, h], false).unwrap();
        let golden = 0.618_033_988_749_894_9;
        let state: Vec<f64> = (0..n).map(|j| -0.1 - 1.9 * (golden * (j + 1) as f64).fract()).collect();
        let t = Instant::now();
        let mut s = MeanFieldSolver::new(&field, &state, 0.0).unwrap();
        let setup = t.elapsed().as_secs_f64();
        let t = Instant::now();
        while s.advance_event(9.0).unwrap().is_some() {}
        let run = t.elapsed().as_secs_f64();
        let st = s.statistics();
        println!("a {a} K {k} c {c} h {h}: events {} steps {} setup {setup:.3} run {run:.3} ns/event {:.1} bytes {:.1} strays {}", st.events, st.steps, run / st.events as f64 * 1e9, s.bytes() as f64 / n as f64, strays());
    }
}
