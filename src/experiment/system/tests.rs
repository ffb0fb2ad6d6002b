//! Known answers of systems in model files.

use super::findings::Findings;
use super::run::SystemRun;
use crate::experiment::{ModelFile, Problem, Silent, Study, read};

const TEXT: &str = r#"
title = "A chain of two"
experiment = "system"

[system]
equations = { x = "-a*x(t - tau)", "y[i]" = "w[i]*x - y[i]" }
parameters = { a = 1.0, tau = 1.0 }
sizes = { N = 2 }
data = { w = [1.0, 2.0] }

[history]
x = 1.0
"y[i]" = "0"

[solver]
tolerance = 1e-9
t_end = 5.0

[output]
samples = 6
"#;

fn model(text: &str) -> ModelFile {
    ModelFile::from_text("own", "own.toml", text.to_owned()).unwrap()
}

#[test]
fn a_system_of_a_model_file_runs() {
    let found = model(TEXT)
        .study::<SystemRun>()
        .unwrap()
        .find(&Silent)
        .unwrap();
    assert_eq!(found.components, ["x", "y[0]", "y[1]"]);
    assert_eq!(found.x.shape, [6, 3]);
    assert!((found.last[0] - 19.0 / 120.0).abs() < 1e-8);
    assert!((found.last[2] - 2.0 * found.last[1]).abs() < 1e-8);
}

#[test]
fn mistakes_in_formulas_stand_at_their_column() {
    let place = |from: &str, to: &str, words: &str| {
        let text = TEXT.replace(from, to);
        let error = read(&model(&text)).err().unwrap();
        let meant = |problem: &&Problem| problem.diagnostic.message.contains(words);
        let problem = error.problems.iter().find(meant).unwrap();
        let (line, column) = error.line_column(problem).unwrap();
        let line = text.lines().nth(line - 1).unwrap();
        let rest: String = line.chars().skip(column - 1).collect();
        (rest, problem.diagnostic.clone())
    };
    let (rest, found) = place("w[i]*x - y", "w[i]*xx - y", "nothing is called `xx`");
    assert!(rest.starts_with("xx - y"), "{rest}");
    assert_eq!(found.help, "did you mean `x`?");
    assert_eq!(found.label, "column 6 of the formula");
    let history = "\"y[i]\" = \"0\"";
    let (rest, _) = place(history, "\"z[i]\" = \"0\"", "nothing is called `z`");
    assert!(rest.starts_with("z[i]"), "{rest}");
    let (rest, _) = place(history, "", "the history of `y` is missing");
    assert!(rest.starts_with("\"y[i]\" = \"w"), "{rest}");
    let (rest, _) = place("w = [1.0, 2.0]", "w = [1.0]", "has entries 0 to 0");
    assert!(rest.starts_with("i]*x"), "{rest}");
    let (rest, _) = place("a = 1.0,", "a = 1.0, aa = 2,", "no formula reads");
    assert!(rest.starts_with("aa = 2"), "{rest}");
}

fn shipped(name: &str, set: &[&str]) -> Findings {
    let mut model = ModelFile::open_shipped(name).unwrap();
    for assignment in set {
        model.set(assignment).unwrap();
    }
    model.study::<SystemRun>().unwrap().find(&Silent).unwrap()
}

#[test]
fn the_shipped_neurons_fire_at_the_known_times() {
    let found = shipped("integrate-and-fire", &[]);
    let times = &found.event_times.values;
    for (time, known) in times
        .iter()
        .zip([1.098612289, 1.203972804, 2.083787533, 2.453787533])
    {
        assert!((time - known).abs() < 1e-8, "{time} for {known}");
    }
}

#[test]
fn the_shipped_ring_reaches_its_wave() {
    let found = shipped("stuart-landau", &["solver.t_end=300"]);
    let (lambda, omega, k, tau) = (1.0, 2.0, 0.8, 0.6);
    let phi = std::f64::consts::TAU / 12.0;
    let mut turn: f64 = omega;
    for _ in 0..50 {
        let miss = turn - omega - k * (phi - turn * tau).sin();
        turn -= miss / (1.0 + k * tau * (phi - turn * tau).cos());
    }
    let radius = (lambda - k + k * (phi - turn * tau).cos()).sqrt();
    for i in 0..12 {
        let found = found.last[i].hypot(found.last[12 + i]);
        assert!((found - radius).abs() < 5e-6, "{i}: {found} for {radius}");
    }
}

#[test]
fn a_cycle_goes_round_an_unstable_steady_state() {
    let found = shipped("wilson-cowan", &[]).steady_state.unwrap();
    assert_eq!(found.failure, None);
    let [e, i] = found.state[..] else {
        panic!("{:?}", found.state);
    };
    let s = |x: f64| 1.0 / (1.0 + (-x).exp());
    assert!((e - s(16.0 * e - 12.0 * i - 1.0)).abs() < 1e-12);
    assert!((i - s(15.0 * e - 3.0 * i - 4.0)).abs() < 1e-12);
    assert!(found.roots[0].re > 0.0 && found.roots[0].im > 0.0);
}

/// The roots of the steady state 0 obey `lambda = -r exp(-lambda)`: a pair is `i pi/2` at `r = pi/2`.
#[test]
fn wrights_equation_oscillates_from_half_a_pi() {
    let found = shipped("wright", &["analysis.duration=300"]);
    let branch = found.branch.unwrap();
    let [crossing] = branch.crossings[..] else {
        panic!("{:?}", branch.crossings);
    };
    let exact = std::f64::consts::FRAC_PI_2;
    assert!((crossing.value - exact).abs() < 1e-9, "{crossing:?}");
    assert!(
        (crossing.frequency.abs() - exact).abs() < 1e-9,
        "{crossing:?}"
    );
    assert_eq!((branch.ended, branch.values.values.len()), (None, 41));
    for (value, root) in branch
        .values
        .values
        .iter()
        .zip(branch.roots.values.chunks(2))
    {
        // lambda + r exp(-lambda) = 0
        let size = value * (-root[0]).exp();
        let rest = (root[0] + size * root[1].cos()).hypot(root[1] - size * root[1].sin());
        assert!(rest < 1e-9, "{root:?} at {value}");
    }
    let cycle = found.cycle.unwrap();
    assert_eq!((cycle.failure, cycle.stable), (None, Some(true)));
    assert!(cycle.shift_error.unwrap() < 1e-6);
    // the saved cycle obeys its equation: over a period ln(1 + y) comes back, so that the mean of y is 0
    let mean = cycle.x.values[1..].iter().sum::<f64>() / 400.0;
    assert!(mean.abs() < 1e-6, "{mean}");
    let spectrum = found.exponents.unwrap().spectrum.unwrap();
    assert!(spectrum.exponents[0].abs() < 3.0 * spectrum.errors[0].max(1e-3));
    // the second exponent is the logarithm of the second multiplier, by the period
    let (re, im) = cycle.multipliers[1];
    let exact = re.hypot(im).ln() / cycle.period.unwrap();
    assert!(
        (spectrum.exponents[1] - exact).abs() < 0.02,
        "{spectrum:?} for {exact}"
    );
}

/// The same equation, shipped and one's own: the same exponents within their errors.
#[test]
fn exponents_are_those_of_the_shipped_equation() {
    use crate::analysis::{LyapunovSettings, lyapunov_exponents};
    use crate::networks::MackeyGlass;
    use crate::solver::{History, Options};

    let text = r#"
experiment = "system"
system = { equations = { y = "0.2*y(t - 17)/(1 + y(t - 17)^10) - 0.1*y" } }
history = { y = 0.5 }
solver = { t_end = 100, tolerance = 1e-6 }
analysis = { lyapunov = 2, transient = 500, duration = 2000 }
"#;
    let found = model(text)
        .study::<SystemRun>()
        .unwrap()
        .find(&Silent)
        .unwrap();
    let found = found.exponents.unwrap().spectrum.unwrap();
    let field = MackeyGlass::new(0.2, 0.1, 10.0, 17.0).unwrap();
    let settings = LyapunovSettings {
        exponents: 2,
        transient: 500.0,
        duration: 2000.0,
        solver: Options::with_tolerance(1e-6),
        ..LyapunovSettings::default()
    };
    let known = lyapunov_exponents(&field, History::constant(&[0.5]), &settings).unwrap();
    for place in 0..2 {
        let far = (found.exponents[place] - known.exponents[place]).abs();
        let error = found.errors[place].hypot(known.errors[place]);
        assert!(far < 3.0 * error, "{found:?} {known:?}");
    }
}

/// `dy = -y(t - 1) dt + dW` has the stationary variance `(1 + sin 1)/(2 cos 1)`; paths do not depend on the threads.
#[test]
fn paths_of_noise_have_the_known_variance() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap()
            .install(|| shipped("noisy-delay", &["paths.count=400"]))
    };
    let found = run(1);
    let paths = found.paths.as_ref().unwrap();
    let [moments] = &paths.moments[..] else {
        panic!("{:?}", paths.moments);
    };
    let exact = (1.0 + 1f64.sin()) / (2.0 * 1f64.cos());
    assert!(
        (moments.variance - exact).abs() < 3.0 * moments.variance_error,
        "{moments:?}"
    );
    assert!(moments.variance_error < 0.05 * exact, "{moments:?}");
    assert!(moments.mean.abs() < 3.0 * moments.mean_error, "{moments:?}");
    assert_eq!(paths.quantiles.shape, [5, 601, 1]);
    // of a normal law nine tenths lie within 1.645 deviations
    let end = |level: usize| paths.quantiles.values[(level + 1) * 601 - 1];
    assert!((end(4) - end(0) - 2.0 * 1.645 * exact.sqrt()).abs() < 0.7);
    let again = run(2);
    assert_eq!(again.x.values, found.x.values);
    assert_eq!(
        again.paths.unwrap().quantiles.values,
        paths.quantiles.values
    );
}

/// `y' = I(t) - y` with a ramp from 0 to 1 over one unit of time, from a file and written out.
#[test]
fn inputs_are_read_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stimulus.csv");
    std::fs::write(&path, "t,value\n0,0\n1,0\n2,1\n").unwrap();
    let run = |points: &str| {
        let text = format!(
            "experiment = \"system\"\n[system]\nequations = {{ y = \"I(t) - y\" }}\ninputs = {{ I = {points} }}\n\
             [start]\ny = 0\n[solver]\nt_end = 3\ntolerance = 1e-10\n[output]\nsamples = 7\n"
        );
        let model = model(&text);
        model
            .study::<SystemRun>()
            .map(|study| study.find(&Silent).unwrap().x.values)
    };
    // at 2 the ramp has given 1 - (1 - e^-1), then 1 is neared
    let ramp = (-1f64).exp();
    let exact = [0.0, ramp, 1.0 - (1.0 - ramp) * ramp];
    let found = run(&format!("{:?}", path.display().to_string())).unwrap();
    for (place, exact) in [2, 4, 6].into_iter().zip(exact) {
        assert!((found[place] - exact).abs() < 1e-9, "{found:?} {exact}");
    }
    assert_eq!(run("[[0, 0], [1, 0], [2, 1]]").unwrap(), found);
    let steps = run("{ points = [[0, 0], [1, 1]], between = \"steps\" }").unwrap();
    assert!((steps[6] - (1.0 - (-2f64).exp())).abs() < 1e-9, "{steps:?}");
    let error = run("[[0, 0], [0, 1]]").err().unwrap();
    assert!(error.to_string().contains("row 2"), "{error}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    for (name, set, words) in [
        ("noisy-delay", "noise={}", "without noise"),
        ("wright", "noise={ y = 1 }", "runs along paths"),
        (
            "wright",
            "system.equations.y=-r*y(t - 1) + sin(t)",
            "depend on time",
        ),
        ("wright", "analysis.continuation.parameter=q", "q"),
        (
            "wright",
            "analysis.continuation.to=2.0",
            "ends where it begins",
        ),
    ] {
        let mut model = ModelFile::open_shipped(name).unwrap();
        model.set(set).unwrap();
        let error = read(&model).err().unwrap().to_string();
        assert!(error.contains(words), "{set}: {error}");
    }
}

/// Title and subtitle name the model and what of it is shown, and what drives it stands above.
#[test]
fn pictures_name_the_model_and_show_its_input_above() {
    let drawn = |text: &str| {
        let study = model(text).study::<SystemRun>().unwrap();
        let findings = study.find(&Silent).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let figures = SystemRun::figures(study.settings(), &findings);
        let names: Vec<String> = figures.iter().map(|figure| figure.name.clone()).collect();
        let mut pictures = figures.into_iter().map(|figure| {
            figure.draw(folder.path()).unwrap();
            std::fs::read_to_string(folder.path().join(format!("{}.svg", figure.name))).unwrap()
        });
        (names, pictures.next().unwrap(), findings)
    };
    let (names, first, _) = drawn(TEXT);
    assert_eq!(names, ["time-course", "y"]);
    for words in [">A chain of two<", ">x over time; a = 1, tau = 1<"] {
        assert!(first.contains(words), "{words}");
    }
    let untitled = TEXT.replace("A chain of two", "");
    assert!(drawn(&untitled).1.contains(">x over time<"));

    let driven = TEXT
        .replace("-a*x(t - tau)", "-a*x(t - tau) + push(t)")
        .replace("sizes =", "inputs = { push = [[0, 1], [5, 2]] }\nsizes =")
        + "observables = { twice = \"2*x\" }\n";
    let (names, first, findings) = drawn(&driven);
    assert_eq!(names, ["time-course", "y", "observed-twice"]);
    assert!(first.contains(">push</text>"), "{first}");
    let found = findings.driven.unwrap();
    assert_eq!(found.names, ["push"]);
    assert_eq!(found.values.values, [1.0, 1.2, 1.4, 1.6, 1.8, 2.0]);
}
