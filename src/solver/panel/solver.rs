//! The panel engine: its state, and how it looks to those who drive it.

use std::f64::consts::PI;
use std::sync::OnceLock;

use pulp::Arch;

use super::LANES;
use super::average::Average;
use super::calendar::Calendar;
use super::clock::{Clock, TICKS, TickLag};
use super::collocation::STAGES;
use super::course::Course;
use super::field::{Chart, Input, PanelField};
use super::history::{Panel, Panels, TILE};
use super::layout::Layout;
use super::numbers::Precision;
use super::order::Order;
use super::poles::Poles;
use super::propagator::Propagators;
use super::search::Search;
use super::sources::Sources;
use super::standing::{self, Shared};
use super::task::{Outcome, Sums};
use crate::solver::{Engine, History, Options, Piece, SolverError, Statistics};

/// Collocation on panels of time for a [`PanelField`], whose equation is affine in the present
/// state.
///
/// **Method.** Over a panel no longer than the shortest lag all delayed states are known, so every
/// component is a scalar linear problem, solved by Radau IIA collocation with 8 stages: order 15 in
/// the states at the ends of panels, A- and L-stable, so that a strong coupling may be as stiff as
/// it likes. Time is counted in ticks of `2^-40` of the shortest lag. Where rates are constant, panels
/// repeat those of one lag ago if the accuracy allows it: their solutions are then ready-made. Panels
/// end on the breaking points of the history.
///
/// **Poles.** A gate with [`PanelField::steepness`] `lambda` has poles where `x = i pi / lambda`. When a panel
/// is made they are found from the parabolas of its states, or, where a state sweeps over its gate between two
/// stages, on the polynomial itself. One lag later they tell how long a panel may be: its
/// coefficients fall like `rho^-8`, where the nearest pole lies on the ellipse of `rho` with foci at both
/// ends. How much poles count is learned on the way; far from its passage, where a gate is flat to the
/// tolerance, they count nothing. So panels shorten on the way to a switch as they have to and no more, a
/// sharp one is never stepped over, and its cost hardly depends on the steepness.
///
/// **Standing gates.** Components of one rate ([`PanelField::has_common_rate`]) whose delayed gates stand at
/// 0 or 1 share the solution of a panel; what is neglected of a gate changes a solution by a hundredth of
/// the tolerance a lag at most. They are sorted, so that they fill registers: by their states at the start
/// if nothing moved before, and by phase when that pays; no one outside sees the order.
///
/// **Error.** Three estimates, each times the length of the panel, are held below a tenth of the
/// tolerance in units of `absolute + relative max |x_j|`, the maximum being that of about the last
/// two lags (one, in [`Chart::Logarithm`]): the two highest Legendre coefficients of the slope over
/// the panel, and the jump of the slope from one panel to the next. The jump is what sees a change
/// between the start of a panel and its first stage, which no coefficient can. The tests hold known
/// answers to ten tolerances.
///
/// **Average component.** From 25 components on, what the rates of all of them share over a panel is
/// solved once, in a matrix; an integrating factor does the rest of each, and elimination the components
/// whose rates are too different.
///
/// **Cost** a panel and component: 8 gates a lag, 8 evaluations of the affine part and about 600
/// flops, in vector registers over components. **Memory**: the panels that the longest lag
/// reaches, 65 bytes a component and panel, however long the run. What is kept are states, not
/// gates: they are smoother, gates are then exact at every stage, and the memory is the same. Large networks, for
/// which a run waits for memory, keep panels in single precision from relative tolerances of 6e-5 on, 33 bytes: rounding is then
/// a hundredth of the error that a panel may have. Panels shorter than a 32nd of the shortest lag are not rounded, nor
/// is what does not fit.
///
/// **Threads**: above 3840 components, tiles of 256 components are worked on by all threads of the
/// present `rayon` pool. Results are bitwise equal for any number of them.
///
/// A piece ends where the caller's limit cuts it, but the panel does not: it may have been computed
/// beyond the limit, so that the trajectory does not depend on the limits asked for.
///
/// Example: see [`PanelField`].
#[derive(Debug)]
pub struct PanelSolver<'a, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) field: &'a F,
    pub(super) options: Options,
    pub(super) arch: Arch,
    pub(super) lags: [TickLag; LAGS],
    /// All lags in whole ticks, for what is sent through them.
    pub(super) whole_lags: Vec<i64>,
    /// The first lag of equal length.
    pub(super) same: [usize; LAGS],
    pub(super) inputs: [Input; LAGS],
    pub(super) history: History<'a>,
    /// The panels and what of them has been shown to the caller.
    pub(super) course: Course,
    /// States before the initial time at the stages of a panel, a lag each, unless they are constant.
    pub(super) past: [Panel; LAGS],
    /// Panel in which each lag finds the end of the newest one.
    pub(super) cursors: [usize; LAGS],
    /// What each lag reaches from the stages of the panel that is being solved.
    pub(super) sources: [Sources; LAGS],
    pub(super) calendar: Calendar,
    /// State of the poles of gates, over `i`, and the state beyond which they stand; zero, and none so near, if they
    /// are not steep.
    pub(super) level: f64,
    pub(super) band: f64,
    pub(super) search: Option<Search>,
    pub(super) poles: Poles,
    pub(super) parameters: Vec<f64>,
    pub(super) gates: Vec<f64>,
    pub(super) gathered: Vec<f64>,
    /// Tile after tile: magnitudes lately and slopes at the present time.
    pub(super) marks: Vec<f64>,
    pub(super) new_marks: Vec<f64>,
    /// Whether the slopes may jump at the present time.
    pub(super) jumps: bool,
    pub(super) outcomes: Vec<Outcome<LAGS>>,
    /// Sums of all gates at the stages.
    pub(super) sums: Sums<LAGS>,
    /// State beyond which a gate stands, what stands of each block, and what is shared by all that do.
    pub(super) bound: f64,
    pub(super) words: Vec<u64>,
    pub(super) shared: Shared,
    /// The average component of the newest panel.
    pub(super) average: Average,
    /// The integrals of the method over the newest panel, where they are needed.
    pub(super) integral: [[f64; STAGES]; STAGES],
    pub(super) propagators: Option<Propagators>,
    /// End of the newest panel.
    pub(super) now: i64,
    /// Length of panel, in ticks, that the error of the last ones allows.
    pub(super) wanted: f64,
    /// Error of the newest panel over that allowed: if it rises, the next one should be shorter.
    pub(super) last_error: f64,
    pub(super) switches: u64,
    pub(super) statistics: Statistics,
    /// The state reached, once someone has asked for it.
    state: OnceLock<Vec<f64>>,
}

impl<'a, F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    PanelSolver<'a, F, LAGS, PARAMETERS>
{
    /// An engine at time `begin` that has not moved yet; it reaches `2^22` shortest lags. A method
    /// of the general engine that the options name does not count here.
    ///
    /// # Errors
    /// [`SolverError::NoPanelForm`] if the field [says so](PanelField::has_panel_form);
    /// [`SolverError::InvalidArgument`] for a lag that is not positive and finite or more than `2^20`
    /// times the shortest, an initial time that is not finite, a breaking point of the history after
    /// it, or options out of range; [`SolverError::WrongLength`] if history and field differ in
    /// dimension; [`SolverError::NotFinite`] if the initial state is not finite or, in
    /// [`Chart::Logarithm`], not positive.
    pub fn new(
        field: &'a F,
        history: History<'a>,
        begin: f64,
        options: Options,
    ) -> Result<Self, SolverError> {
        if !field.has_panel_form() {
            return Err(SolverError::NoPanelForm);
        }
        let refuse = |name, value, requirement| SolverError::InvalidArgument {
            name,
            value,
            requirement,
        };
        let lags = field.lags();
        options.validate_start(begin, &lags)?;
        let shortest = lags.iter().copied().fold(f64::INFINITY, f64::min);
        let longest = lags.iter().copied().fold(0.0, f64::max);
        if LAGS == 0 || longest > f64::from(1 << 20) * shortest {
            let requirement = "the lags must be there, and differ by a factor of 2^20 at most";
            return Err(refuse("longest lag", longest, requirement));
        }
        let systems = field.systems();
        if systems != 1 && (systems != LANES || !field.dimension().is_multiple_of(LANES)) {
            let requirement = "1, or 8 with a dimension that is a multiple of 8";
            return Err(refuse("systems", systems as f64, requirement));
        }
        let state = history.initial_state(begin, field.dimension())?;
        let mut initial = state.clone();
        to_chart(field.chart(), &mut initial, begin)?;
        let clock = Clock::new(begin, shortest);
        let ticks = lags.map(|lag| clock.lag(lag));
        let whole_lags: Vec<i64> = ticks.iter().map(|lag| lag.ticks).collect();
        let mut calendar = Calendar::default();
        for point in history.breaking_points() {
            if *point > begin {
                let requirement = "breaking points of the history must not lie after its end";
                return Err(refuse("breaking point", *point, requirement));
            }
            calendar.spread(clock.ticks(*point - begin), 0, &whole_lags);
        }
        calendar.spread(0, u32::from(!history.jumps()), &whole_lags);
        calendar.pass(0, &[]);
        let same = std::array::from_fn(|lag| {
            let first = lags.iter().position(|other| *other == lags[lag]);
            first.unwrap_or(lag)
        });
        let inputs: [Input; LAGS] = std::array::from_fn(|lag| field.input(lag));
        let n = field.dimension();
        let mut bits = (0..n).map(|component| field.parameters(component).map(f64::to_bits));
        let first = bits.next();
        let alike = bits.all(|own| Some(own) == first);
        let different = if alike { n.min(1) } else { n };
        let bound = standing::bound(field, &same, different, &options);
        let order = match bound < f64::INFINITY && history.as_constant().is_some() && n > LANES {
            true => Order::start(&initial),
            false => Order::default(),
        };
        let layout = Layout::new(n);
        if let Some(components) = order.components() {
            let unsorted = initial.clone();
            layout.pick(&unsorted, (1, 0), components, &mut initial);
        }
        let tiles = layout.blocks().div_ceil(TILE);
        let precision = Precision::new(tiles, field.chart(), &options, &initial);
        let mut panels = Panels::new(&initial, bound, precision);
        let past = std::array::from_fn(|_| panels.spare(Precision::Double));
        let steepness = field.steepness();
        let tails = TAILS - options.relative_tolerance.max(1e-16).ln();
        let reach = tails / PI;
        let is_steep = steepness > 0.0;
        let (level, band) = match is_steep {
            true => (PI / steepness, tails / steepness),
            false => (0.0, f64::NEG_INFINITY),
        };
        let hears_all = inputs.contains(&Input::Gathered);
        let first = options
            .initial_step
            .map_or(0.25 * TICKS as f64, |step| clock.real_ticks(step));
        // One block for all of them if they are alike.
        let places = if alike { n.min(LANES) } else { n };
        let own = Layout::new(places);
        let mut parameters = vec![0.0; PARAMETERS * own.places()];
        own.fill(&mut parameters, PARAMETERS, |k, place| {
            field.parameters(order.component(place))[k]
        });
        let mut marks = vec![0.0; 2 * layout.places()];
        if field.chart() == Chart::State {
            let mark = |row: usize, place: usize| [initial[place].abs(), 0.0][row];
            layout.fill(&mut marks, 2, mark);
        }
        let cells = STAGES * layout.places();
        let kinds = (0..LAGS).filter(|lag| same[*lag] == *lag).count();
        Ok(Self {
            field,
            options,
            arch: Arch::new(),
            lags: ticks,
            whole_lags,
            same,
            inputs,
            history,
            course: Course::new(panels, order, clock, field.chart()),
            past,
            cursors: [1; LAGS],
            sources: std::array::from_fn(|_| Sources::default()),
            calendar,
            level,
            band,
            search: is_steep.then(|| Search::new(level, band)),
            poles: Poles::new(reach),
            parameters,
            gates: vec![0.0; precision.room(kinds * cells)],
            gathered: vec![0.0; if hears_all { LAGS * cells } else { 0 }],
            new_marks: vec![0.0; marks.len()],
            marks,
            jumps: true,
            outcomes: vec![Outcome::default(); tiles],
            sums: [[[0.0; LANES]; STAGES]; LAGS],
            bound,
            words: vec![0; layout.blocks()],
            shared: Shared::default(),
            average: Average::default(),
            integral: [[0.0; STAGES]; STAGES],
            propagators: field.has_constant_rates().then(Propagators::default),
            now: 0,
            wanted: first.min(TICKS as f64),
            last_error: f64::INFINITY,
            switches: 0,
            statistics: Statistics::default(),
            state: OnceLock::from(state),
        })
    }

    /// Number of panels held for the lags.
    #[must_use]
    pub fn history_len(&self) -> usize {
        self.course.panels.len()
    }

    /// Bytes reserved for the panels of [`history_len`](Self::history_len), spare room included.
    #[must_use]
    pub fn history_bytes(&self) -> usize {
        self.course.panels.bytes()
    }

    /// Sharp switches met so far: passages of a gate through its threshold that had to be looked for between the
    /// stages of a panel.
    #[must_use]
    pub fn sharp_switches(&self) -> u64 {
        self.switches
    }
}

/// Logarithm of what the tail of a gate may do to a slope, over the tenth of the tolerance that a panel may
/// be off by: chosen, a gain of three hundred. Measured from 5 to 14: less leaves larger errors at steep
/// gates, more takes more panels.
const TAILS: f64 = 8.0;

/// Turns states into the variable of the equation.
pub(super) fn to_chart(chart: Chart, states: &mut [f64], time: f64) -> Result<(), SolverError> {
    if chart == Chart::State {
        return Ok(());
    }
    for (component, state) in states.iter_mut().enumerate() {
        if !(*state > 0.0 && state.is_finite()) {
            let (quantity, value) = ("logarithm of the history", state.ln());
            return Err(SolverError::NotFinite {
                quantity,
                component,
                value,
                time,
            });
        }
        *state = state.ln();
    }
    Ok(())
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Engine
    for PanelSolver<'_, F, LAGS, PARAMETERS>
{
    fn name(&self) -> &'static str {
        "panel"
    }

    fn time(&self) -> f64 {
        self.course.time()
    }

    fn state(&self) -> &[f64] {
        self.state.get_or_init(|| self.course.reached())
    }

    fn advance(&mut self, limit: f64) -> Result<&dyn Piece, SolverError> {
        if limit.is_nan() || limit <= self.course.time() {
            return Err(SolverError::InvalidArgument {
                name: "limit",
                value: limit,
                requirement: "it must lie after the time reached",
            });
        }
        while self.course.is_shown() {
            self.step()?;
        }
        self.course.show(limit);
        self.state = OnceLock::new();
        Ok(&self.course)
    }

    fn go_back(&mut self, time: f64) -> Result<(), SolverError> {
        if self.course.go_back(time) {
            self.state = OnceLock::new();
            return Ok(());
        }
        Err(SolverError::InvalidArgument {
            name: "time to go back to",
            value: time,
            requirement: "it must lie in the newest piece",
        })
    }

    fn tolerances(&self) -> (f64, f64) {
        (
            self.options.absolute_tolerance,
            self.options.relative_tolerance,
        )
    }

    fn statistics(&self) -> Statistics {
        self.statistics
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::lanes::Lane;
    use crate::solver::{Affine, Save, solve};

    /// `x_j' = 1 - 3 g_j + (sum of g - g_j) (-6 - x_j) / N` with a lag of one and steepness 20.
    struct Network(usize);

    impl PanelField<1, 0> for Network {
        fn dimension(&self) -> usize {
            self.0
        }

        fn lags(&self) -> [f64; 1] {
            [1.0]
        }

        fn parameters(&self, _: usize) -> [f64; 0] {
            []
        }

        #[inline(always)]
        fn gate<R: Lane>(&self, _: [R; 0], state: R) -> R {
            (state * 20.0).logistic()
        }

        #[inline(always)]
        fn affine<R: Lane>(&self, _: [R; 0], _: R, [gate]: [R; 1], [sum]: [R; 1]) -> Affine<R> {
            let rate = (sum - gate) / self.0 as f64;
            Affine {
                constant: rate * -6.0 - gate * 3.0 + 1.0,
                rate,
            }
        }

        fn input(&self, _: usize) -> Input {
            Input::Sum
        }

        fn has_common_rate(&self) -> bool {
            true
        }

        fn steepness(&self) -> f64 {
            20.0
        }
    }

    fn end(arch: Arch, components: usize) -> Vec<f64> {
        let field = Network(components);
        let start: Vec<f64> = (0..components)
            .map(|j| -0.1 - 1.9 * (0.618_034 * j as f64).fract())
            .collect();
        let history = History::constant(&start);
        let options = Options::with_tolerance(1e-9);
        let mut engine = PanelSolver::new(&field, history, 0.0, options).unwrap();
        engine.arch = arch;
        let trajectory = solve(&mut engine, 30.0, &Save::Last, &[]).unwrap();
        trajectory.last().to_vec()
    }

    /// Machines differ in how wide their registers are: a block is one, two or eight of them.
    #[test]
    fn registers_of_any_width_give_the_same() {
        let mut machines = vec![Arch::Scalar];
        #[cfg(target_arch = "x86_64")]
        machines.extend(pulp::x86::V3::try_new().map(Arch::V3));
        for components in [1, 2, 8, 19, 60, 257] {
            let widest = end(Arch::new(), components);
            for machine in &machines {
                let found = end(*machine, components);
                let differences = found.iter().zip(&widest).map(|(x, y)| (x - y).abs());
                let error = differences.fold(0.0, f64::max);
                assert!(error < 1e-8, "{machine:?}, {components}: {error:e}");
            }
        }
    }
}
