//! What can go wrong on the way along a trajectory.

use thiserror::Error;

/// Failure of an engine, with the place and the remedy.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SolverError {
    /// A right-hand side, a history or a switch function returned NaN or infinity.
    #[error(
        "the {quantity} of component {component} is {value} at t = {time}; \
         check the equation there, or bound the state"
    )]
    NotFinite {
        /// What was evaluated: `"derivative"`, `"history"`, `"state"`, `"event function"`.
        quantity: &'static str,
        /// Which component.
        component: usize,
        /// The value returned.
        value: f64,
        /// Time of the evaluation.
        time: f64,
    },
    /// The step that the tolerance asks for is below the resolution of time.
    #[error(
        "the step fell to {step:e} at t = {time} (component {component} sets it); a quantity that \
         spans many orders of magnitude wants its logarithm as the state, a stiff equation the \
         method `radau5`, a fast one far from t = 0 an origin of time nearer by; else loosen the \
         tolerance or look for a singularity there"
    )]
    StepTooSmall {
        /// Time reached.
        time: f64,
        /// The step that was refused.
        step: f64,
        /// Component with the largest error.
        component: usize,
    },
    /// A lag is as short as the rounding of the times between which it lies.
    #[error(
        "the lag {lag:e} is lost in the resolution of time at t = {time}: times closer than \
         {resolution:.1e} are one there; count time from an origin nearer by"
    )]
    LagBelowResolution {
        /// The lag.
        lag: f64,
        /// Time reached.
        time: f64,
        /// Times closer than this are one time.
        resolution: f64,
    },
    /// More steps than allowed.
    #[error(
        "{limit} steps were not enough to pass t = {time}; raise `maximum_steps` or shorten the run"
    )]
    TooManySteps {
        /// Time reached.
        time: f64,
        /// Number of steps allowed.
        limit: u64,
    },
    /// Stability, not accuracy, keeps the steps so short that the run has no prospect of an end.
    #[error(
        "the equation is stiff at t = {time}: with steps of {step:e} the rest of the run would need \
         {needed:.1e} steps of {limit} allowed; use the method `radau5`, or the logarithm of a \
         quantity that spans many orders of magnitude"
    )]
    Stiff {
        /// Time reached.
        time: f64,
        /// Step that stability allows.
        step: f64,
        /// Steps that the rest of the run would need.
        needed: f64,
        /// Number of steps allowed.
        limit: u64,
    },
    /// Events follow each other without time passing.
    #[error(
        "{count} switches of component {component} without progress at t = {time}: the relay slides \
         along its threshold; use a finite lambda"
    )]
    Chattering {
        /// Time at which it happens.
        time: f64,
        /// Component that switches.
        component: usize,
        /// Number of switches seen.
        count: usize,
    },
    /// A delayed time lies after the time at which it is asked for.
    #[error(
        "delayed time {lag} is {argument} at t = {time}, after that time; \
         the equation does not determine its solution there"
    )]
    AheadOfTime {
        /// Which of the varying lags.
        lag: usize,
        /// Time reached.
        time: f64,
        /// Delayed time asked for.
        argument: f64,
    },
    /// No solution goes on: on either side of a breaking point the delayed time is driven back.
    #[error(
        "the solution ends at t = {time}: delayed time {lag} can neither pass the breaking point \
         {breaking_point} nor stay before it"
    )]
    SolutionEnds {
        /// Which of the varying lags.
        lag: usize,
        /// Time at which the solution ends.
        time: f64,
        /// Breaking point that the delayed time has reached.
        breaking_point: f64,
    },
    /// A delayed time lies before what the declared longest lag made the engine keep.
    #[error(
        "delayed time {lag} is {argument} at t = {time}, which is no longer kept; \
         declare a longer `longest_varying_lag`"
    )]
    Forgotten {
        /// Which of the varying lags.
        lag: usize,
        /// Time reached.
        time: f64,
        /// Delayed time asked for.
        argument: f64,
    },
    /// An event reads a past state that no lag of the field made the engine keep.
    #[error(
        "an event at t = {time} reads component {component} at {argument}, which is not kept: the general \
         engine keeps what the longest lag reaches, any other nothing; let the field ask for more, \
         `DelayField::remembered`, and name a `method` to get the general engine"
    )]
    PastNotKept {
        /// Component that is read.
        component: usize,
        /// Past time at which it is read.
        argument: f64,
        /// Time of the event.
        time: f64,
    },
    /// The relay limit of a network starts from a constant history at time 0 only.
    #[error(
        "the relay limit starts from a constant history at time 0 only; start so, or use a finite \
         lambda"
    )]
    RelayStart,
    /// A field whose present values do not have the form of the panel engine.
    #[error(
        "the panel engine cannot solve the field as it is; take the engine that the field offers, \
         `DelayField::engine`"
    )]
    NoPanelForm,
    /// An engine was asked to let its solution jump, which it cannot.
    #[error(
        "the {engine} engine cannot change its state at an event or go back to one; use the general \
         engine"
    )]
    CannotJump {
        /// Name of the engine.
        engine: &'static str,
    },
    /// Events that change the state follow each other without time passing.
    #[error(
        "event {event} changed the state {count} times without progress at t = {time}; \
         the new state must lie away from the event"
    )]
    EventsPileUp {
        /// Which of the events.
        event: usize,
        /// Time at which it happens.
        time: f64,
        /// Number of changes seen.
        count: usize,
    },
    /// Events that change the state came so often that the steps allowed did not get past them.
    #[error(
        "{limit} steps were not enough to pass t = {time}, as events have changed the state {count} times, event {event} \
         last: they come ever faster, or without end; let the run stop there (`stop_after`), give the event a refractory \
         time, or raise `maximum_steps` if so many are meant"
    )]
    EventsAccumulate {
        /// The event that happened last.
        event: usize,
        /// Number of changes seen.
        count: usize,
        /// Time reached.
        time: f64,
        /// Number of steps allowed.
        limit: u64,
    },
    /// Events bring each other about without an end, at one time.
    #[error(
        "events {events:?} bring each other about without an end at t = {time}: each has happened \
         more than {count} times; one of them must leave the state on this side of the others, or \
         have a refractory time"
    )]
    EndlessCascade {
        /// Which of the events.
        events: Vec<usize>,
        /// Time at which it happens.
        time: f64,
        /// Number of times that each was let happen.
        count: u32,
    },
    /// An equation that reads its past was asked to run backwards.
    #[error(
        "a field with {what} does not run backwards: its past does not follow from its present; \
         only ordinary equations do, and advanced ones (`Backward::advanced`)"
    )]
    NoWayBack {
        /// What stands in the way.
        what: &'static str,
    },
    /// More spikes than a run may have.
    #[error(
        "more than {limit} spikes by t = {time}; shorten the run, look for an input or weight that is \
         too large, or allow more"
    )]
    TooManySpikes {
        /// Time reached.
        time: f64,
        /// Number of spikes allowed.
        limit: usize,
    },
    /// A saved run does not belong to the field that is to go on with it.
    #[error("the saved run belongs to another field: the {what} differs")]
    AnotherRun {
        /// What differs.
        what: &'static str,
    },
    /// A neutral equation reads the slope of a history that was given none.
    #[error("the history of a neutral equation needs a slope: add `History::with_slope`")]
    MissingSlope,
    /// A method for equations with noise does not take the noise of this one.
    #[error(
        "the method `{method}` does not take this noise: `milstein` takes strengths that depend on time and on the \
         component itself, `additive-runge-kutta` such as depend on time alone; name no method, or `euler-maruyama`"
    )]
    NoiseNotTaken {
        /// Name of the method.
        method: &'static str,
    },
    /// An argument is out of its range.
    #[error("{name} = {value} is not allowed: {requirement}")]
    InvalidArgument {
        /// Name of the argument.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must satisfy.
        requirement: &'static str,
    },
    /// Two lengths that must agree do not.
    #[error("{name} has length {found}, the problem needs {expected}")]
    WrongLength {
        /// What was measured.
        name: &'static str,
        /// Length found.
        found: usize,
        /// Length needed.
        expected: usize,
    },
}
