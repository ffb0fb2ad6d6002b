//! The engines for large relay equations against the plain one, event for event.

use pulsatrix::numerics::random::stream;
use pulsatrix::solver::{
    Engine, MeanField, MeanFieldSolver, RelayEvent, RelayField, RelaySolver, RelayUnit,
    SolverError, SparseRelay, SparseSolver, Switch,
};
use rand::RngExt;

/// Crossings `(time, component)` of the plain engine, the number of all events and the final state.
fn plainly<F: RelayField>(
    field: &F,
    state: &[f64],
    end: f64,
) -> (Vec<(f64, usize)>, u64, Vec<f64>) {
    let mut solver = RelaySolver::new(field, state, 0.0).unwrap();
    let mut crossings = Vec::new();
    while solver.time() < end {
        let (start, stop) = solver.advance(end).unwrap().span();
        for (j, x) in solver.state().iter().enumerate() {
            if *x == 0.0 && stop > start {
                crossings.push((stop, j));
            }
        }
    }
    (
        crossings,
        solver.statistics().events,
        solver.state().to_vec(),
    )
}

/// The same by an engine that names its events.
fn by_events(
    mut advance: impl FnMut() -> Result<Option<(RelayEvent, Vec<usize>)>, SolverError>,
) -> Vec<(f64, usize)> {
    let mut crossings = Vec::new();
    while let Some((event, members)) = advance().unwrap() {
        if matches!(event.switch, Switch::Up | Switch::Down) {
            crossings.extend(members.into_iter().map(|j| (event.time, j)));
        }
    }
    crossings
}

fn mean_field(field: &MeanField, state: &[f64], end: f64) -> (Vec<(f64, usize)>, u64, Vec<f64>) {
    let mut solver = MeanFieldSolver::new(field, state, 0.0).unwrap();
    let crossings = by_events(|| {
        let event = solver.advance_event(end)?;
        Ok(event.map(|event| (event, solver.members(event.source).collect())))
    });
    assert_eq!(solver.time(), end);
    (
        crossings,
        solver.statistics().events,
        solver.state().to_vec(),
    )
}

fn sparse(field: &SparseRelay, state: &[f64], end: f64) -> (Vec<(f64, usize)>, u64, Vec<f64>) {
    let mut solver = SparseSolver::new(field, state, 0.0).unwrap();
    let crossings = by_events(|| {
        let event = solver.advance_event(end)?;
        Ok(event.map(|event| (event, vec![event.source])))
    });
    assert_eq!(solver.time(), end);
    (
        crossings,
        solver.statistics().events,
        solver.state().to_vec(),
    )
}

type Course = (Vec<(f64, usize)>, u64, Vec<f64>);

/// Same components in the same order, times within 1e-9 relative; ties may be told in any order.
fn assert_same(found: &Course, expected: &Course, what: &str) {
    assert!(!expected.0.is_empty(), "{what}");
    assert_eq!(found.0.len(), expected.0.len(), "{what}");
    let close = |x: f64, y: f64| (x - y).abs() <= 1e-9 * y.abs().max(1.0);
    let mut start = 0;
    while start < expected.0.len() {
        let mut end = start + 1;
        while end < expected.0.len() && expected.0[end].0 - expected.0[end - 1].0 < 1e-11 {
            end += 1;
        }
        let names = |list: &[(f64, usize)]| {
            let mut names: Vec<_> = list[start..end].iter().map(|(_, j)| *j).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(
            names(&found.0),
            names(&expected.0),
            "{what} at {}",
            expected.0[start].0
        );
        for (one, two) in found.0[start..end].iter().zip(&expected.0[start..end]) {
            assert!(close(one.0, two.0), "{what}: {one:?} {two:?}");
        }
        start = end;
    }
    assert_eq!(found.1, expected.1, "{what}");
    for (one, two) in found.2.iter().zip(&expected.2) {
        assert!(
            (one - two).abs() <= 1e-9 * (1.0 + two.abs()),
            "{what}: {one} {two}"
        );
    }
}

fn states(random: &mut impl RngExt, components: usize, low: f64, high: f64) -> Vec<f64> {
    (0..components)
        .map(|_| low + (high - low) * random.random::<f64>())
        .collect()
}

#[test]
fn a_homogeneous_mean_field_follows_the_plain_engine() {
    for seed in 0..20 {
        let mut random = stream(seed, "homogeneous", 0);
        let components = 2 + (seed as usize * 7) % 60;
        let unit = RelayUnit {
            drive: [1.0, -0.5 - 2.0 * random.random::<f64>()],
            strength: 2.0 * random.random::<f64>() / components as f64,
            level: if seed % 5 == 4 {
                3.0
            } else {
                -12.0 * random.random::<f64>()
            },
        };
        let lags = [1.0, [0.4, 1.0, 2.2, 3.3, 0.0][seed as usize % 5]];
        let state = states(&mut random, components, -4.0, 1.0);
        for self_term in [false, true] {
            let field = MeanField::new(vec![unit], vec![0; components], lags, self_term).unwrap();
            let expected = plainly(&field, &state, 40.0);
            let found = mean_field(&field, &state, 40.0);
            assert_same(
                &found,
                &expected,
                &format!("seed {seed}, self-term {self_term}"),
            );
        }
    }
}

#[test]
fn groups_and_single_components_follow_the_plain_engine() {
    for seed in 0..20 {
        let mut random = stream(seed, "groups", 0);
        let components = 3 + (seed as usize * 5) % 50;
        let kinds = if seed % 3 == 0 {
            components
        } else {
            1 + seed as usize % 4
        };
        let kind: Vec<RelayUnit> = (0..kinds)
            .map(|_| RelayUnit {
                drive: [
                    0.7 + 0.6 * random.random::<f64>(),
                    -0.5 - random.random::<f64>(),
                ],
                strength: 3.0 * random.random::<f64>() / components as f64,
                level: -1.0 - 20.0 * random.random::<f64>(),
            })
            .collect();
        let units: Vec<_> = (0..components).map(|j| kind[j % kinds]).collect();
        let lags = [1.0, [2.6, 0.3, 1.7][seed as usize % 3]];
        let state = states(&mut random, components, -5.0, 0.5);
        let field = MeanField::from_units(&units, lags, seed % 2 == 0).unwrap();
        assert_eq!(field.groups().len(), kinds.min(components));
        let expected = plainly(&field, &state, 25.0);
        assert_same(
            &mean_field(&field, &state, 25.0),
            &expected,
            &format!("seed {seed}"),
        );
    }
}

#[test]
fn sparse_weights_follow_the_plain_engine() {
    for seed in 0..20 {
        let mut random = stream(seed, "sparse", 0);
        let components = 3 + (seed as usize * 11) % 70;
        let units: Vec<_> = (0..components)
            .map(|_| RelayUnit {
                drive: [
                    0.8 + 0.4 * random.random::<f64>(),
                    -1.0 - random.random::<f64>(),
                ],
                strength: 0.2 + 0.3 * random.random::<f64>(),
                level: -10.0 + 11.0 * random.random::<f64>(),
            })
            .collect();
        let mut connections = Vec::new();
        for j in 0..components {
            for _ in 0..4 {
                let i = random.random_range(0..components);
                connections.push((j, i, random.random::<f64>() - 0.1));
            }
        }
        let lags = [1.0, [2.3, 0.6, 1.0, 0.1][seed as usize % 4]];
        let field = SparseRelay::new(units, connections, lags).unwrap();
        let state = states(&mut random, components, -3.0, 0.5);
        let expected = plainly(&field, &state, 40.0);
        assert_same(
            &sparse(&field, &state, 40.0),
            &expected,
            &format!("seed {seed}"),
        );
    }
}

/// Equal starts stay one cluster, and what strong inhibition has pressed together becomes one.
#[test]
fn synchronous_components_merge_and_stay_exact() {
    let unit = RelayUnit {
        drive: [1.0, -2.0],
        strength: 1.0,
        level: -6.0,
    };
    let components = 400;
    let field = MeanField::new(vec![unit], vec![0; components], [1.0, 2.0], false).unwrap();
    let golden = 0.618_033_988_749_894_9;
    let state: Vec<f64> = (0..components)
        .map(|j| -0.1 - 1.9 * (golden * (j / 2) as f64).fract())
        .collect();
    let expected = plainly(&field, &state, 30.0);
    let found = mean_field(&field, &state, 30.0);
    assert_same(&found, &expected, "pressed together");
    let mut solver = MeanFieldSolver::new(&field, &state, 0.0).unwrap();
    while solver.advance_event(30.0).unwrap().is_some() {}
    let statistics = solver.statistics();
    assert!(2 * statistics.steps < statistics.events, "{statistics:?}");
}

/// Long quiet stretches between strong synapses do not wear the shared maps out.
#[test]
fn a_long_course_stays_exact() {
    let unit = RelayUnit {
        drive: [1.0, -1.0],
        strength: 0.5,
        level: -44.0,
    };
    let field = MeanField::new(vec![unit], vec![0; 3], [1.0, 3.3], false).unwrap();
    let state = [-1.0, -1.2, -40.0];
    let expected = plainly(&field, &state, 3000.0);
    assert_same(&mean_field(&field, &state, 3000.0), &expected, "long");
}

/// Pieces, state and events of one engine tell the same story.
#[test]
fn pieces_agree_with_the_state_at_both_ends() {
    let unit = RelayUnit {
        drive: [1.0, -1.0],
        strength: 0.03,
        level: -9.0,
    };
    let field = MeanField::new(vec![unit], vec![0; 30], [1.0, 2.6], false).unwrap();
    let all = (0..30).flat_map(|j| (0..30).filter(move |i| *i != j).map(move |i| (j, i, 1.0)));
    let sparse = SparseRelay::new(vec![unit; 30], all, [1.0, 2.6]).unwrap();
    let state = states(&mut stream(5, "pieces", 0), 30, -4.0, 0.5);
    let mut engines: [Box<dyn Engine>; 2] = [
        Box::new(MeanFieldSolver::new(&field, &state, 0.0).unwrap()),
        Box::new(SparseSolver::new(&sparse, &state, 0.0).unwrap()),
    ];
    for engine in &mut engines {
        assert_eq!(engine.name(), "relay");
        let mut before = engine.state().to_vec();
        for (x, y) in before.iter().zip(&state) {
            assert!((x - y).abs() < 1e-14);
        }
        while engine.time() < 30.0 {
            let piece = engine.advance(30.0).unwrap();
            let (start, end) = piece.span();
            assert!(piece.is_monotone() && piece.dimension() == 30);
            let (mut first, mut last, mut middle) = (vec![0.0; 30], vec![0.0; 30], vec![0.0; 30]);
            piece.state(start, &mut first);
            piece.state(end, &mut last);
            piece.state(0.5 * (start + end), &mut middle);
            for j in 0..30 {
                assert!((first[j] - before[j]).abs() < 1e-12);
                let chord = (last[j] - first[j]) * (middle[j] - first[j]);
                assert!(chord >= -1e-24 && piece.slope(j, start).is_finite());
            }
            before.copy_from_slice(engine.state());
            for (x, y) in before.iter().zip(&last) {
                assert!((x - y).abs() < 1e-12);
            }
        }
    }
}

/// Memory grows with the number of components and not with time.
#[test]
fn memory_is_linear() {
    let unit = RelayUnit {
        drive: [1.0, -1.0],
        strength: 0.0,
        level: -6.0,
    };
    let bytes = |components: usize, end: f64| {
        let unit = RelayUnit {
            strength: 1.0 / components as f64,
            ..unit
        };
        let field = MeanField::new(vec![unit], vec![0; components], [1.0, 2.5], false).unwrap();
        let state = states(&mut stream(1, "memory", 0), components, -2.0, -0.1);
        let mut solver = MeanFieldSolver::new(&field, &state, 0.0).unwrap();
        while solver.advance_event(end).unwrap().is_some() {}
        solver.bytes() as f64 / components as f64
    };
    let (short, long) = (bytes(20_000, 10.0), bytes(20_000, 60.0));
    assert!(long < 1.5 * short, "{short} {long}");
    assert!(bytes(20_000, 30.0) < 200.0 && bytes(60_000, 30.0) < 200.0);
}

#[test]
fn sliding_along_the_threshold_is_an_error() {
    let unit = RelayUnit {
        drive: [1.0, -1.0],
        strength: 0.0,
        level: 0.0,
    };
    let field = MeanField::new(vec![unit], vec![0; 3], [0.0, 1.0], false).unwrap();
    let sparse = SparseRelay::new(vec![unit; 3], [], [0.0, 1.0]).unwrap();
    let state = [-3.0, -1.0, -2.0];
    let mut engines: [Box<dyn Engine>; 2] = [
        Box::new(MeanFieldSolver::new(&field, &state, 0.0).unwrap()),
        Box::new(SparseSolver::new(&sparse, &state, 0.0).unwrap()),
    ];
    for engine in &mut engines {
        let failure = loop {
            match engine.advance(9.0) {
                Ok(piece) => assert!(piece.span().1 <= 1.0),
                Err(failure) => break failure,
            }
        };
        let expected = matches!(
            failure,
            SolverError::Chattering {
                time: 1.0,
                component: 1,
                ..
            }
        );
        assert!(expected, "{failure:?}");
    }
}
