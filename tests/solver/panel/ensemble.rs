//! Many small systems side by side.

use pulsatrix::networks::MackeyGlass;
use pulsatrix::solver::{History, Options, PanelEnsemble, Save, Trajectory};

use super::{difference, in_pool, network, run, start};

fn ensemble(options: Options) -> (Vec<MackeyGlass>, Vec<Trajectory>) {
    let members: Vec<_> = (0..21)
        .map(|i| MackeyGlass::new(0.2, 0.1 + 5e-4 * f64::from(i), 10.0, 17.0).unwrap())
        .collect();
    let history = |i: usize| History::constant(&[0.3 + 0.02 * i as f64]);
    let save = Save::At(vec![50.0, 200.0]);
    let together = PanelEnsemble::new(&members).unwrap();
    let trajectories = together.run(history, 0.0, 200.0, options, &save).unwrap();
    (members, trajectories)
}

#[test]
fn members_of_an_ensemble_go_their_own_ways() {
    let options = Options::with_tolerance(1e-8);
    let (members, together) = ensemble(options);
    assert_eq!(together.len(), 21);
    for (i, (member, trajectory)) in members.iter().zip(&together).enumerate() {
        let history = History::constant(&[0.3 + 0.02 * i as f64]);
        let alone = run(member, history, 200.0, options);
        assert_eq!(trajectory.times, [50.0, 200.0]);
        let error = difference(trajectory.last(), &alone);
        assert!(error < 1e-7, "{i}: {error}");
    }
    let once = in_pool(1, || ensemble(options).1);
    let twice = in_pool(2, || ensemble(options).1);
    assert_eq!(once, twice);
}

#[test]
fn an_ensemble_of_networks_keeps_its_sums_apart() {
    let members: Vec<_> = (0..11)
        .map(|i| network(5, 0.2 + 0.05 * f64::from(i), 20.0))
        .collect();
    let options = Options::with_tolerance(1e-9);
    let shifted = |i: usize| start(5 + i)[i..].to_vec();
    let together = PanelEnsemble::new(&members).unwrap();
    let history = |i: usize| History::constant(&shifted(i));
    let trajectories = together
        .run(history, 0.0, 20.0, options, &Save::Last)
        .unwrap();
    for (i, trajectory) in trajectories.iter().enumerate() {
        let alone = run(&members[i], History::constant(&shifted(i)), 20.0, options);
        let error = difference(trajectory.last(), &alone);
        assert!(error < 1e-7, "{i}: {error}");
    }
}
