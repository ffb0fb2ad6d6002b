//! One period of a neuron that takes part in a wave, stretch by stretch in closed form.

/// What happens at a moment of the period that begins with the neuron's own onset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Event {
    /// The neuron feels the onset or the end (`rising` or not) of its own impulse, some periods ago.
    Own { rising: bool, periods: i64 },
    /// It hears the onset or the end of the impulses of a slot: slot `q` fires at `q` spacings.
    Heard {
        rising: bool,
        slot: i64,
        weight: f64,
    },
    /// Its impulse ends,
    End,
    /// or the next one begins.
    Onset,
}

/// An event, and what the neuron was doing up to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    pub time: f64,
    pub event: Event,
    /// Level of the neuron then.
    pub level: f64,
    /// Its slope before.
    pub slope: f64,
    /// `exp(-k t)` is what is left of a perturbation of time 0; this is `k t`.
    pub decay: f64,
}

/// A neuron `x' = R(x(t-1)) + b (c - x) S(t)`, `R` of 1 or `-a`, in a wave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neuron {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub h: f64,
    /// Groups of neurons that fire one after the other,
    pub clusters: usize,
    /// and neurons in each.
    pub size: usize,
    pub hears: Hears,
}

/// Whom a neuron of a wave hears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Hears {
    /// All others.
    All,
    /// One neuron alone: the one that fires so many spacings later.
    One(usize),
}

/// How many of the synapses that a neuron hears open at a time: those of a group are heard together.
fn weight(neuron: &Neuron, group: usize) -> f64 {
    match neuron.hears {
        Hears::One(heard) => f64::from(u8::from(group == heard)),
        Hears::All if group == 0 => neuron.size as f64 - 1.0,
        Hears::All => neuron.size as f64,
    }
}

impl Neuron {
    /// One period that begins at level 0 with an onset, if impulses last `length` and come every `period`.
    pub fn course(&self, period: f64, length: f64) -> Vec<Moment> {
        let spacing = period / self.clusters as f64;
        let mut events = vec![(length, Event::End), (period, Event::Onset)];
        // A moment of another period, moved into this one: the time, and how many periods it was moved by.
        let folded = |time: f64| {
            let periods = (time / period).floor();
            (time - periods * period, -periods as i64)
        };
        let mut own = |time: f64, rising| {
            let (time, periods) = folded(time);
            events.push((time, Event::Own { rising, periods }));
            time
        };
        let (down, up) = (own(1.0, true), own(1.0 + length, false));
        let mut drive = if down > up { -self.a } else { 1.0 };
        let mut open = 0.0;
        for group in 0..self.clusters {
            let weight = weight(self, group);
            if weight == 0.0 {
                continue;
            }
            let mut heard = |late: f64, rising| {
                let (time, periods) = folded(self.h + group as f64 * spacing + late);
                let slot = group as i64 + periods * self.clusters as i64;
                let event = Event::Heard {
                    rising,
                    slot,
                    weight,
                };
                events.push((time, event));
                time
            };
            let (on, off) = (heard(0.0, true), heard(length, false));
            if on > off {
                open += weight;
            }
        }
        events.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (mut time, mut level, mut decay) = (0.0, 0.0, 0.0);
        let moment = |(at, event): (f64, Event)| {
            let rate = self.b * open;
            let elapsed = at - time;
            level = follow(level, drive + rate * self.c, rate, elapsed);
            decay += rate * elapsed;
            time = at;
            let slope = drive + rate * (self.c - level);
            let moment = Moment {
                time,
                event,
                level,
                slope,
                decay,
            };
            match event {
                Event::Own { rising, .. } => drive = if rising { -self.a } else { 1.0 },
                Event::Heard { rising, weight, .. } => {
                    open += if rising { weight } else { -weight }
                }
                Event::End | Event::Onset => {}
            }
            moment
        };
        events.into_iter().map(moment).collect()
    }

    /// Slope at the onset that begins the period.
    pub fn first_slope(&self, course: &[Moment]) -> f64 {
        // Nothing happens between the start and the first moment, over which the slope decays.
        course
            .first()
            .map_or(1.0, |first| first.slope * first.decay.exp())
    }
}

/// `x' = constant - rate x` after some time.
pub(super) fn follow(level: f64, constant: f64, rate: f64, elapsed: f64) -> f64 {
    if rate == 0.0 {
        level + constant * elapsed
    } else {
        level - (constant - rate * level) * (-rate * elapsed).exp_m1() / rate
    }
}
