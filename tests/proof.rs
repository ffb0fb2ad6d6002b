//! Proofs of memories: closed forms inside the enclosures, and nothing proved that is not so.

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;
use nalgebra::DMatrix;
use pulsatrix::analysis::proof::{
    ParameterBox, Piece, RegionVerdict, Varied, prove_orbit, prove_region, prove_trap,
};
use pulsatrix::analysis::{
    Criteria, NotProved, Proof, Proved, ReferenceNetwork, Settling, prove, settle,
};
use pulsatrix::networks::{
    BurstingNeuron, Coupling, Cue, ImpulseNetwork, ImpulseParameter, ImpulseParameters, Pattern,
};
use pulsatrix::numerics::interval::{Disc, Interval};
use pulsatrix::numerics::random::stream;
use pulsatrix::solver::{Engine, Options, RelaySolver};
use rand::RngExt;

type Exact = FBig<HalfEven, 2>;

fn exact(value: f64) -> Exact {
    let exact = Exact::try_from(value).expect("a finite number");
    exact.with_precision(200).value()
}

fn holds(interval: Interval, truth: &Exact) -> bool {
    exact(interval.low()) <= *truth && *truth <= exact(interval.high())
}

/// The closed form of theory, in 200 bits: period, silent maximum, synchrony multiplier.
fn closed_form((a, b, c, h): (f64, f64, f64, f64), k: usize) -> (Exact, Exact, Option<Exact>) {
    let one = exact(1.0);
    let [a, b, c, h] = [a, b, c, h].map(exact);
    let impulse = &one + &one / &a;
    let (period, multiplier) = if k == 1 {
        (exact(2.0) + &a + &one / &a, None)
    } else {
        let felt = &b * exact((k - 1) as f64);
        let share = &one / exact((k - 1) as f64);
        let relax = |x: Exact, slope: &Exact, decay: &Exact| {
            let level = &c + slope / &felt;
            &level + (x - &level) * decay
        };
        let (end, multiplier) = if h <= &impulse + &one {
            let falling = (-&felt * (&impulse + &one - &h)).exp();
            let rising = (-&felt * (&h - &one)).exp();
            let low = relax(-&a * (&h - &impulse), &-&a, &falling);
            let gain = &rising * (&one + &a * (&one - &falling));
            (relax(low, &one, &rising), -&share + (&one + &share) * gain)
        } else {
            let rising = (-&felt * &impulse).exp();
            let end = relax(-&a + (&h - &impulse - &one), &one, &rising);
            (end, -&share + (&one + &share) * &rising)
        };
        (&h + &impulse - end, Some(multiplier))
    };
    let total = &b * exact(k as f64);
    let silent = (-&total * &impulse).exp();
    let maximum = &c + &one / &total + (&period - &impulse) / (&one - silent);
    (period, maximum, multiplier)
}

fn homogeneous(neurons: usize, (a, b, c, h): (f64, f64, f64, f64)) -> ImpulseNetwork {
    ImpulseNetwork::new(ImpulseParameters::homogeneous(neurons, a, b, c, h)).expect("a network")
}

/// Proves the cycle of the pattern whose neurons in `active` begin at -1.
fn of_pattern(
    network: &ImpulseNetwork,
    active: impl Fn(usize) -> bool,
) -> Result<Proof, NotProved> {
    let start = |j: usize| {
        if active(j) {
            -1.0
        } else {
            0.9 * network.parameters().c[j]
        }
    };
    let state: Vec<f64> = (0..network.neurons()).map(start).collect();
    prove(network, &state, 4)
}

const ROWS: [((f64, f64, f64, f64), usize); 4] = [
    ((1.0, 0.5, -44.0, 3.3), 3),
    ((1.0, 0.4, -12.5, 2.1), 3),
    ((1.0, 0.3, -22.0, 2.1), 4),
    ((2.0, 0.1, -40.0, 3.0), 4),
];

/// Networks of more neurons in which all sizes exist.
const LARGER: [((f64, f64, f64, f64), usize); 2] =
    [((1.0, 0.2, -36.6, 2.22), 5), ((1.0, 0.07, -71.3, 2.4), 8)];

#[test]
fn closed_forms_lie_in_the_enclosures() {
    for (parameters, neurons) in ROWS.into_iter().chain(LARGER) {
        let network = homogeneous(neurons, parameters);
        for k in 1..=neurons {
            let proof = of_pattern(&network, |j| j < k).unwrap_or_else(|failure| {
                panic!("{parameters:?}, k = {k}: {failure}");
            });
            let (period, maximum, multiplier) = closed_form(parameters, k);
            assert_eq!((proof.stability, proof.pattern.k()), (Proved::Stable, k));
            assert!(
                holds(proof.period, &period),
                "T_{k} of {parameters:?}: {}",
                proof.period
            );
            assert!(proof.period.width() <= 1e-10);
            // By symmetry they fire at one time, exactly.
            assert_eq!(proof.onset_spread, 0.0);
            if k < neurons {
                let found = proof.silent_maximum.unwrap();
                assert!(
                    holds(found, &maximum),
                    "y_max({k}) of {parameters:?}: {found}"
                );
                assert!(found.width() <= 1e-10);
            }
            // Switches that are still to be felt where the period begins add multipliers 0.
            let near = |centre: &Exact| {
                let inside = |disc: &&Disc| {
                    let distance = exact(disc.re) - centre;
                    let square = &distance * &distance + exact(disc.im) * exact(disc.im);
                    square <= exact(disc.radius) * exact(disc.radius)
                };
                proof.multipliers.iter().filter(inside).count()
            };
            let zeros = near(&Exact::ZERO);
            assert_eq!(zeros + k - 1, proof.multipliers.len());
            if let Some(multiplier) = multiplier {
                assert_eq!(near(&multiplier), k - 1, "mu_{k}: {:?}", proof.multipliers);
            }
            assert!(proof.multipliers.iter().all(|disc| disc.radius <= 0.5e-10));
            assert!(proof.leading.width() <= 1e-10 && proof.crossing_margin.width() <= 1e-10);
        }
    }
}

/// At h = 1 the synchronous group repels: for k = 2, `T = 2 + s + (A0/B)(1 - exp(-B))`.
#[test]
fn an_unstable_cycle_is_proved_unstable() {
    let network = homogeneous(2, (1.0, 0.5, -44.0, 1.0));
    let proof = prove(&network, &[-1.0, -1.0], 2).unwrap();
    assert_eq!((proof.stability, proof.pattern.k()), (Proved::Unstable, 2));
    let (b, above) = (exact(0.5), exact(1.0) + exact(0.5) * exact(44.0));
    let one = exact(1.0);
    let s = (&one + &b / &above).ln() / &b;
    let period = exact(2.0) + s + &above / &b * (&one - (-&b).exp());
    assert!(holds(proof.period, &period), "{} {period}", proof.period);
    assert!(proof.leading.low() > 1.0);
}

#[test]
fn neurons_without_synapses_are_not_proved() {
    let mut parameters = ImpulseParameters::homogeneous(2, 1.0, 0.5, -44.0, 3.3);
    parameters.coupling = Coupling::None;
    let network = ImpulseNetwork::new(parameters.clone()).unwrap();
    assert!(matches!(
        prove(&network, &[-1.0, -1.2], 3),
        Err(NotProved::NotVerified { .. })
    ));
    parameters.coupling = Coupling::AllToAll { self_term: false };
    parameters.b = vec![0.0; 2];
    let network = ImpulseNetwork::new(parameters).unwrap();
    assert!(prove(&network, &[-1.0, -1.2], 3).is_err());
}

/// Where the silent maximum reaches 0, and where a multiplier reaches -1, nothing is proved; a little before, it is.
#[test]
fn a_cycle_on_its_boundary_is_not_proved() {
    let bisect = |mut from: f64, mut to: f64, side: &dyn Fn(f64) -> bool| {
        for _ in 0..200 {
            let middle = 0.5 * (from + to);
            if side(middle) {
                from = middle;
            } else {
                to = middle;
            }
        }
        from
    };
    let level = |c: f64| {
        ReferenceNetwork::new(1.0, 0.4, c, 2.1)
            .unwrap()
            .cycle(2)
            .unwrap()
    };
    let edge = bisect(-12.5, -11.0, &|c| level(c).silent_maximum < 0.0);
    let at = |c: f64| of_pattern(&homogeneous(3, (1.0, 0.4, c, 2.1)), |j| j < 2);
    assert!(!matches!(
        at(edge),
        Ok(Proof {
            stability: Proved::Stable,
            ..
        })
    ));
    assert_eq!(at(edge - 1e-6).unwrap().stability, Proved::Stable);

    let multiplier = |b: f64| {
        let network = ReferenceNetwork::new(2.0, b, -40.0, 1.6).unwrap();
        network.cycle(2).unwrap().synchrony_multiplier.unwrap()
    };
    // 1 at b = 0, above it for weak synapses with a > 1, -1 for strong ones
    let edge = bisect(0.1, 3.0, &|b| multiplier(b) > 1.0);
    assert!((multiplier(edge) - 1.0).abs() < 1e-12);
    let at = |b: f64| prove(&homogeneous(2, (2.0, b, -40.0, 1.6)), &[-1.0, -1.0], 2);
    assert!(at(edge).is_err(), "{:?}", at(edge));
    assert_eq!(at(edge + 1e-3).unwrap().stability, Proved::Stable);
    assert_eq!(at(edge - 1e-3).unwrap().stability, Proved::Unstable);
}

/// Equal neurons that are no longer quite equal: their order of firing is open to every proof of an order.
#[test]
fn one_unit_in_the_last_place_keeps_the_verdict() {
    for ((a, b, c, h), neurons) in ROWS {
        for k in 1..=neurons {
            let even = ImpulseParameters::homogeneous(neurons, a, b, c, h);
            for number in 0..3 {
                let mut parameters = even.clone();
                match number {
                    0 => parameters.a[0] = a.next_up(),
                    1 => parameters.b[0] = b.next_down(),
                    _ => parameters.c[0] = c.next_up(),
                }
                let network = ImpulseNetwork::new(parameters).unwrap();
                let proof = of_pattern(&network, |j| j < k).unwrap();
                assert_eq!((proof.stability, proof.pattern.k()), (Proved::Stable, k));
                assert!(holds(
                    proof.period.inflated(9.0),
                    &closed_form((a, b, c, h), k).0
                ));
            }
        }
    }
}

#[test]
fn unequal_neurons_and_weights_are_proved() {
    let mut parameters = ImpulseParameters::homogeneous(6, 1.0, 0.07, -71.3, 2.4);
    parameters.spread(0.001, 3);
    let network = ImpulseNetwork::new(parameters.clone()).unwrap();
    let mut found = 0;
    for code in 1..64_usize {
        let proof = of_pattern(&network, |j| code >> j & 1 == 1).unwrap();
        assert_eq!(proof.stability, Proved::Stable);
        assert!(
            proof.period.width() <= 1e-11 && proof.leading.width() <= 1e-9,
            "{code}: {}",
            proof.leading
        );
        found += 1;
    }
    assert_eq!(found, 63);
    // The same network with its synapses written as a matrix.
    let all = DMatrix::from_fn(6, 6, |j, s| f64::from(u8::from(j != s)));
    let plain = of_pattern(&network, |j| j < 3).unwrap();
    parameters.coupling = Coupling::Weights(all.clone());
    let written = ImpulseNetwork::new(parameters.clone()).unwrap();
    assert_eq!(
        of_pattern(&written, |j| j < 3).unwrap().period,
        plain.period
    );
    let uneven = DMatrix::from_fn(6, 6, |j, s| all[(j, s)] * (1.0 + 0.01 * (j + 2 * s) as f64));
    parameters.coupling = Coupling::Weights(uneven);
    let weighted = ImpulseNetwork::new(parameters).unwrap();
    let proof = of_pattern(&weighted, |j| j < 3).unwrap();
    assert!(proof.stability == Proved::Stable && proof.period.width() < 1e-10);
}

/// The impulse-refractory mode of a ring: every second neuron silent, below `c + 1/b + (1 + a)/(1 - exp(-b t0))`.
#[test]
fn a_ring_is_proved() {
    let mut parameters = ImpulseParameters::homogeneous(4, 1.0, 1.0, -4.0, 0.0);
    parameters.coupling = Coupling::Ring;
    let network = ImpulseNetwork::new(parameters).unwrap();
    // The firing neurons hear silent ones alone: their phases are free, and nothing is to be proved of two.
    assert!(prove(&network, &[-1.0, -3.0, -1.0, -3.0], 4).is_err());
    let mut parameters = ImpulseParameters::homogeneous(2, 1.0, 1.0, -4.0, 0.0);
    parameters.coupling = Coupling::Ring;
    let network = ImpulseNetwork::new(parameters).unwrap();
    let proof = prove(&network, &[-1.0, -3.0], 4).unwrap();
    assert_eq!(
        (proof.stability, proof.pattern.to_string()),
        (Proved::Stable, "10".into())
    );
    let maximum = exact(-3.0) + exact(2.0) / (exact(1.0) - exact(-2.0).exp());
    assert!(holds(proof.silent_maximum.unwrap(), &maximum));
    assert!(holds(proof.period, &exact(4.0)));
}

/// Three impulses in a packet, period 2.52.
#[test]
fn a_bursting_neuron_is_proved() {
    let neuron = BurstingNeuron::new(2.0, 4.0, 0.08, f64::INFINITY).unwrap();
    let mut solver = RelaySolver::new(&neuron, &[-1.0], 0.0).unwrap();
    while solver.time() < 30.0 {
        solver.advance(30.0).unwrap();
    }
    let proof = prove_orbit(&neuron, &solver.snapshot(), 2.52).unwrap();
    assert_eq!(
        (proof.stability, &proof.impulses_per_period[..]),
        (Proved::Stable, &[3][..])
    );
    // n h (1 + 1/a)(1 + a + b) with the h of the program
    let period = exact(3.0) * exact(0.08) * exact(1.5) * exact(7.0);
    assert!(holds(proof.period, &period), "{}", proof.period);
}

#[test]
fn a_finite_lambda_is_refused() {
    let mut parameters = ImpulseParameters::homogeneous(2, 1.0, 0.5, -44.0, 3.3);
    parameters.lambda = 50.0;
    let network = ImpulseNetwork::new(parameters.clone()).unwrap();
    parameters.lambda = f64::INFINITY;
    let relay = ImpulseNetwork::new(parameters).unwrap();
    let solver = RelaySolver::new(&relay, &[-1.0, -1.0], 0.0).unwrap();
    assert_eq!(
        prove_orbit(&network, &solver.snapshot(), 4.0),
        Err(NotProved::Smooth)
    );
}

const BASE: [f64; 4] = [2.0, 0.1, -40.0, 1.9];

/// The parameters a, b, c, h at a share of both sides of a piece, those of `BASE` beside them.
fn parameters(sides: &[Varied; 2], piece: &Piece, shares: [f64; 2]) -> [f64; 4] {
    let mut at = BASE;
    for ((side, place), share) in sides.iter().zip(piece.place).zip(shares) {
        let (low, high) = side.stretch(place, piece.halvings);
        let number = match side.parameter {
            ImpulseParameter::A => 0,
            ImpulseParameter::B => 1,
            ImpulseParameter::C => 2,
            _ => 3,
        };
        at[number] = low + (high - low) * share;
    }
    at
}

/// Over two parameters: what is proved is so at random points by the closed form, and by the proof of single cycles, which knows
/// no closed form; what is left open is a strip along the boundaries, half as wide after one more halving.
#[test]
fn regions_of_parameters_are_proved() {
    let varied = |parameter, from, to| Varied {
        parameter,
        from,
        to,
    };
    let [a, b, c, h] = BASE.map(Interval::point);
    let base = ParameterBox {
        a,
        b,
        c,
        h,
        divisor: 1.0,
    };
    let neurons = 4;
    for sides in [
        [
            varied(ImpulseParameter::B, 0.02, 1.2),
            varied(ImpulseParameter::C, -40.0, -1.0),
        ],
        [
            varied(ImpulseParameter::A, 0.5, 4.0),
            varied(ImpulseParameter::H, 1.2, 5.0),
        ],
    ] {
        let pieces = |halvings| prove_region(neurons, base, sides, halvings).unwrap();
        let area = |pieces: &[Piece], holds: &dyn Fn(RegionVerdict) -> bool| -> f64 {
            let held = pieces.iter().filter(|piece| holds(piece.verdict));
            held.map(|piece| 0.25_f64.powi(piece.halvings as i32)).sum()
        };
        let is_open = |verdict| verdict == RegionVerdict::Open;
        let (coarse, fine) = (pieces(7), pieces(8));
        assert!((area(&fine, &|_| true) - 1.0).abs() < 1e-12);
        assert!(area(&fine, &|verdict| verdict == RegionVerdict::AllStable) > 0.1);
        let (before, after) = (area(&coarse, &is_open), area(&fine, &is_open));
        assert!(after < 0.03 && after < 0.6 * before, "{before} {after}");

        let mut random = stream(7, "points of pieces", 0);
        for piece in &fine {
            let shares = [0, 1].map(|_| random.random::<f64>());
            let at @ [a, b, c, h] = parameters(&sides, piece, shares);
            let network = ReferenceNetwork::new(a, b, c, h);
            let stable = |k: usize| {
                let margin = network.and_then(|network| network.margin(k, neurons));
                margin.is_some_and(|margin| margin > 0.0)
            };
            match piece.verdict {
                RegionVerdict::AllStable => assert!((1..=neurons).all(stable), "{at:?}"),
                RegionVerdict::Lost { k } => assert!(network.is_some() && !stable(k), "{at:?}"),
                RegionVerdict::Outside => assert!(network.is_none(), "{at:?}"),
                RegionVerdict::Open => {}
            }
            if piece.verdict == RegionVerdict::AllStable && piece.halvings <= 5 {
                for k in 1..=neurons {
                    let proof = of_pattern(&homogeneous(neurons, (a, b, c, h)), |j| j < k);
                    let stability = proof.map(|proof| proof.stability);
                    assert_eq!(stability, Ok(Proved::Stable), "{at:?}, k = {k}");
                }
            }
        }
    }
}

/// Rows of theory: each lies in a box of positive width, in all four parameters at once, that is proved.
#[test]
fn the_reference_rows_are_proved_with_all_that_is_near() {
    for ((a, b, c, h), neurons) in ROWS.into_iter().chain(LARGER) {
        let [a, b, c, h] = [a, b, c, h].map(|value| Interval::around(value, 1e-4 * value.abs()));
        let near = ParameterBox {
            a,
            b,
            c,
            h,
            divisor: 1.0,
        };
        assert_eq!(near.verdict(neurons), RegionVerdict::AllStable, "{near:?}");
    }
    // One parameter of them reaches over the boundary: the synchronous pair repels, and the delay leaves the theorem.
    let [a, b, c, h] = [1.0, 0.4, -12.5, 2.1].map(Interval::point);
    let base = ParameterBox {
        a,
        b,
        c,
        h,
        divisor: 1.0,
    };
    let at = |h: f64| base.with(ImpulseParameter::H, Interval::point(h)).unwrap();
    assert_eq!(at(4.5).verdict(3), RegionVerdict::Outside);
    assert_eq!(at(1.9).verdict(3), RegionVerdict::Outside);
    let weak = base
        .with(ImpulseParameter::C, Interval::point(-5.0))
        .unwrap();
    assert!(matches!(weak.verdict(3), RegionVerdict::Lost { .. }));
    assert!(base.with(ImpulseParameter::Mismatch, h).is_none());
}

/// Cues drawn from a box that is proved to fall to a memory do so; no box reaches the lags at which the pattern is lost.
#[test]
fn boxes_of_cues_fall_to_their_memory() {
    // Row, neurons that fire, lag of one of them at which the pattern is lost (from the simulation of theory).
    for (row, k, lost) in [
        (0, 1, f64::INFINITY),
        (0, 2, 0.82),
        (0, 3, 1.98),
        (1, 3, 1.6),
    ] {
        let (parameters, neurons) = ROWS[row];
        let network = homogeneous(neurons, parameters);
        let pattern: Pattern = (0..neurons).map(|j| j < k).collect();
        let cue = Cue {
            spread: 2.0,
            active: -1.5,
            ..Cue::default()
        };
        let trap = prove_trap(&network, &pattern, &cue, 6).unwrap();
        assert!(trap.spread > 0.01 && trap.spread < lost && trap.contraction < 1.0);
        let within = Cue {
            spread: trap.spread,
            ..cue
        };
        for index in 0..40 {
            let state = within.state(&pattern, &network.parameters().c, 5, index);
            let mut engine = network.engine(&state, Options::default()).unwrap();
            let criteria = Criteria {
                tolerance: 1e-10,
                synchrony: 1e-6,
            };
            let settling = Settling {
                criteria,
                maximum_time: 1e4,
            };
            let settled = settle(engine.as_mut(), settling).unwrap();
            assert_eq!(settled.outcome.unwrap().pattern, pattern);
        }
    }
}

#[test]
fn a_cue_that_leads_elsewhere_is_not_proved() {
    let network = homogeneous(3, ROWS[0].0);
    let cue = Cue::default();
    assert!(matches!(
        prove_trap(&network, &"1100".parse().unwrap(), &cue, 4),
        Err(NotProved::OtherPattern)
    ));
    // A silent neuron that begins at the level of the others fires with them.
    let close = Cue {
        silent: (0.02, 0.02),
        ..cue
    };
    assert!(prove_trap(&network, &"110".parse().unwrap(), &close, 4).is_err());
    // The synchronous pair repels at h = 1.
    let repelling = homogeneous(2, (1.0, 0.5, -44.0, 1.0));
    assert!(prove_trap(&repelling, &"11".parse().unwrap(), &cue, 2).is_err());
}

#[test]
fn unequal_neurons_have_boxes_of_cues() {
    let mut parameters = ImpulseParameters::homogeneous(6, 1.0, 0.07, -71.3, 2.4);
    parameters.spread(0.001, 3);
    let network = ImpulseNetwork::new(parameters).unwrap();
    for pattern in ["100000", "110000", "011100", "111111"] {
        let trap = prove_trap(&network, &pattern.parse().unwrap(), &Cue::default(), 4);
        assert!(trap.unwrap().spread > 1e-3, "{pattern}");
    }
}
