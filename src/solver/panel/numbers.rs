//! Numbers of all components at all stages: in double precision, or in single where the tolerance cannot tell.

use pulp::bytemuck::{cast_slice, cast_slice_mut};

use super::LANES;
use super::clock::TICKS;
use super::collocation::STAGES;
use super::effort::MANY;
use super::field::Chart;
use super::layout::Layout;
use super::solve::ALLOWED;
use crate::numerics::lanes::Register;
use crate::solver::Options;

/// Numbers of a block over a panel: stage after stage.
pub(super) const CELLS: usize = STAGES * LANES;

/// Rounding to single precision, in errors that a panel may have: chosen, as what standing gates neglect.
const NEGLECTED: f64 = 0.01;

/// Panels shorter than this are kept in double precision: second derivatives of rounded states are off by up to
/// `6800 x 2^-24 / length^2`, which must stay below `x / lag^2`, or a turn of a state would look like three.
const SHORT: i64 = TICKS / 32;

/// How numbers are kept; all arithmetic is in double precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Precision {
    #[default]
    Double,
    Single,
}

impl Precision {
    /// The least that a network needs. Single if so many tiles are too many for the cache, and the tolerances do not ask
    /// for more: measured, a tenth faster at 5,000 components, a fifth at 100,000 and a third at a million. The
    /// logarithm of a state is never rounded: its error does not count relative to itself.
    pub(super) fn new(tiles: usize, chart: Chart, options: &Options, initial: &[f64]) -> Self {
        let allowed = NEGLECTED * ALLOWED * options.relative_tolerance;
        if tiles >= MANY
            && chart == Chart::State
            && Self::Single.rounding() <= allowed
            && options.absolute_tolerance >= f64::from(f32::MIN_POSITIVE)
            && initial
                .iter()
                .all(|state| state.abs() <= f64::from(f32::MAX))
        {
            Self::Single
        } else {
            Self::Double
        }
    }

    /// That of a panel as long as this in a network that needs at least `self`.
    pub(super) fn of_panel(self, length: i64) -> Self {
        if length < SHORT { Self::Double } else { self }
    }

    /// The part of a number by which what is kept may differ.
    fn rounding(self) -> f64 {
        match self {
            Self::Double => 0.0,
            Self::Single => 0.5 * f64::from(f32::EPSILON),
        }
    }

    /// Doubles that so many numbers lie in.
    pub(super) fn room(self, numbers: usize) -> usize {
        match self {
            Self::Double => numbers,
            Self::Single => numbers / 2,
        }
    }

    /// A block by its number.
    #[inline(always)]
    pub(super) fn block(self, cells: &[f64], number: usize) -> Block<'_> {
        match self {
            Self::Double => Block::Double(&cells.as_chunks().0[number]),
            Self::Single => Block::Single(&cast_slice(cells).as_chunks().0[number]),
        }
    }

    /// Writes rows of a block, from row `first` and lane `lane` on.
    #[inline(always)]
    pub(super) fn store<R: Register, const K: usize>(
        self,
        cells: &mut [f64],
        number: usize,
        (first, lane): (usize, usize),
        rows: [R; K],
    ) {
        match self {
            Self::Double => {
                let cells: &mut [f64; CELLS] = &mut cells.as_chunks_mut().0[number];
                for (k, row) in rows.into_iter().enumerate() {
                    row.store(&mut cells[(first + k) * LANES + lane..][..R::WIDTH]);
                }
            }
            Self::Single => {
                let cells: &mut [f32; CELLS] = &mut cast_slice_mut(cells).as_chunks_mut().0[number];
                for (k, row) in rows.into_iter().enumerate() {
                    let mut values = [0.0; LANES];
                    row.store(&mut values[..R::WIDTH]);
                    let cells = &mut cells[(first + k) * LANES + lane..][..R::WIDTH];
                    for (cell, value) in cells.iter_mut().zip(values) {
                        *cell = value as f32;
                    }
                }
            }
        }
    }

    /// Zero, or NaN where a number is too large to be kept: the panel is then tried shorter, until it is short enough for
    /// double precision.
    #[inline(always)]
    pub(super) fn overflow<R: Register, const K: usize>(self, token: R::Token, rows: &[R; K]) -> R {
        let mut poison = R::splat(token, 0.0);
        if self == Self::Single {
            for row in rows {
                poison =
                    (*row * (f64::MAX / f64::from(f32::MAX))).mul_add(poison.like(0.0), poison);
            }
        }
        poison
    }

    /// The number at an index.
    #[inline(always)]
    pub(super) fn get(self, cells: &[f64], index: usize) -> f64 {
        match self {
            Self::Double => cells[index],
            Self::Single => f64::from(cast_slice::<f64, f32>(cells)[index]),
        }
    }

    /// Lays out the same at all stages.
    pub(super) fn fill(self, layout: Layout, cells: &mut [f64], values: &[f64]) {
        match self {
            Self::Double => layout.fill(cells, STAGES, |_, place| values[place]),
            Self::Single => layout.fill(cast_slice_mut(cells), STAGES, |_, place| {
                values[place] as f32
            }),
        }
    }

    /// Copies the last stage, in the order of places or what it has at some.
    pub(super) fn end(
        self,
        layout: Layout,
        cells: &[f64],
        places: Option<&[usize]>,
        into: &mut [f64],
    ) {
        let end = (STAGES, STAGES - 1);
        match (self, places) {
            (Self::Double, Some(places)) => layout.pick(cells, end, places, into),
            (Self::Double, None) => layout.copy(cells, end, into),
            (Self::Single, Some(places)) => {
                layout.pick::<f32>(cast_slice(cells), end, places, into);
            }
            (Self::Single, None) => layout.copy::<f32>(cast_slice(cells), end, into),
        }
    }

    /// Rearranges the places of each row.
    pub(super) fn rearrange(
        self,
        layout: Layout,
        (old, new): (&[f64], &mut [f64]),
        from: &[usize],
    ) {
        match self {
            Self::Double => layout.rearrange((old, new), STAGES, from),
            Self::Single => {
                layout.rearrange::<f32>((cast_slice(old), cast_slice_mut(new)), STAGES, from);
            }
        }
    }
}

/// The numbers of a block over a panel.
#[derive(Clone, Copy)]
pub(super) enum Block<'t> {
    Double(&'t [f64; CELLS]),
    Single(&'t [f32; CELLS]),
}

impl Block<'_> {
    /// Rows from row `first` and lane `lane` on.
    #[inline(always)]
    pub(super) fn rows<R: Register, const K: usize>(
        self,
        token: R::Token,
        (first, lane): (usize, usize),
    ) -> [R; K] {
        let mut rows = [R::splat(token, 0.0); K];
        match self {
            Self::Double(cells) => {
                for k in 0..K {
                    rows[k] = R::load(token, &cells[(first + k) * LANES + lane..]);
                }
            }
            Self::Single(cells) => {
                for k in 0..K {
                    let mut values = [0.0; LANES];
                    let cells = &cells[(first + k) * LANES + lane..][..R::WIDTH];
                    for (value, cell) in values.iter_mut().zip(cells) {
                        *value = f64::from(*cell);
                    }
                    rows[k] = R::load(token, &values);
                }
            }
        }
        rows
    }

    /// The row of the end.
    #[inline(always)]
    pub(super) fn end<R: Register>(self, token: R::Token, lane: usize) -> R {
        let [end] = self.rows(token, (STAGES - 1, lane));
        end
    }
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use super::*;
    use crate::numerics::lanes::{Kernel, dispatch};

    /// Stores rows and reads them back.
    struct There<'t>(Precision, &'t mut [f64]);

    impl Kernel for There<'_> {
        type Output = ();

        #[inline(always)]
        fn run<R: Register>(self, token: R::Token) {
            let Self(precision, cells) = self;
            for lane in (0..LANES).step_by(R::WIDTH) {
                let mut rows = [R::splat(token, 0.0); STAGES];
                for (stage, row) in rows.iter_mut().enumerate() {
                    let values: Vec<f64> =
                        (lane..lane + R::WIDTH).map(|k| value(stage, k)).collect();
                    *row = R::load(token, &values);
                }
                precision.store(cells, 1, (0, lane), rows);
            }
            for lane in (0..LANES).step_by(R::WIDTH) {
                let block = precision.block(cells, 1);
                let back: [R; 3] = block.rows(token, (2, lane));
                for (stage, row) in (2..)
                    .zip(back)
                    .chain([(STAGES - 1, block.end(token, lane))])
                {
                    let mut values = [0.0; LANES];
                    row.store(&mut values[..R::WIDTH]);
                    for (k, x) in (lane..).zip(&values[..R::WIDTH]) {
                        assert!((x / value(stage, k) - 1.0).abs() <= precision.rounding());
                    }
                }
            }
        }
    }

    fn value(stage: usize, place: usize) -> f64 {
        1.0 / (1 + 100 * stage + place) as f64
    }

    #[test]
    fn rows_come_back_to_a_rounding() {
        let mut machines = vec![Arch::new(), Arch::Scalar];
        #[cfg(target_arch = "x86_64")]
        machines.extend(pulp::x86::V3::try_new().map(Arch::V3));
        for precision in [Precision::Double, Precision::Single] {
            for arch in &machines {
                let mut cells = vec![0.0; precision.room(3 * CELLS)];
                dispatch(*arch, LANES, There(precision, &mut cells));
                let others = [0..CELLS, 2 * CELLS..3 * CELLS]
                    .map(|mut numbers| numbers.all(|index| precision.get(&cells, index) == 0.0));
                assert_eq!(others, [true; 2]);
            }
        }
    }

    #[test]
    fn stages_are_laid_out_rearranged_and_copied() {
        let n = 2 * LANES + 3;
        let layout = Layout::new(n);
        let states: Vec<f64> = (0..n).map(|place| value(0, place)).collect();
        for precision in [Precision::Double, Precision::Single] {
            let room = precision.room(STAGES * layout.places());
            let (mut cells, mut new) = (vec![0.0; room], vec![0.0; room]);
            precision.fill(layout, &mut cells, &states);
            let from: Vec<usize> = (0..n).rev().collect();
            precision.rearrange(layout, (&cells, &mut new), &from);
            let first = precision.get(&new, layout.index(STAGES, 3, 0));
            assert!((first / states[n - 1] - 1.0).abs() <= precision.rounding());
            let (mut straight, mut back) = (vec![0.0; n], vec![0.0; n]);
            precision.end(layout, &cells, None, &mut straight);
            precision.end(layout, &new, Some(&from), &mut back);
            assert_eq!(straight, back);
            for (x, exact) in straight.iter().zip(&states) {
                assert!((x / exact - 1.0).abs() <= precision.rounding());
            }
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_told() {
        for (state, fits) in [(3.4e38, true), (-3.5e38, false), (f64::NAN, false)] {
            for (precision, expected) in [(Precision::Single, fits), (Precision::Double, true)] {
                let poison = precision.overflow((), &[1.0, state]);
                assert_eq!(poison == 0.0, expected, "{precision:?} {state}");
            }
        }
    }

    #[test]
    fn only_many_components_at_loose_tolerances_are_rounded() {
        let of = |tiles, chart, relative, absolute, state| {
            let mut options = Options::with_tolerance(relative);
            options.absolute_tolerance = absolute;
            Precision::new(tiles, chart, &options, &[1.0, state])
        };
        let single = of(MANY, Chart::State, 1e-4, 1e-4, 1.0);
        assert_eq!(single, Precision::Single);
        assert_eq!(single.of_panel(TICKS / 32), Precision::Single);
        assert_eq!(single.of_panel(TICKS / 33), Precision::Double);
        for double in [
            of(MANY - 1, Chart::State, 1e-2, 1e-4, 1.0),
            of(MANY, Chart::Logarithm, 1e-2, 1e-4, 1.0),
            of(MANY, Chart::State, 5e-5, 1e-4, 1.0),
            of(MANY, Chart::State, 0.0, 1e-4, 1.0),
            of(MANY, Chart::State, 1e-4, 1e-40, 1.0),
            of(MANY, Chart::State, 1e-4, 1e-4, -1e39),
        ] {
            assert_eq!(double, Precision::Double);
        }
    }
}
