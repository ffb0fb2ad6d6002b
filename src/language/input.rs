//! Inputs read in formulas.

use super::course::{Between, TimeCourse};
use super::lowering::{Lowered, Lowering, Reads, Value, fail};
use super::mistake::Mistake;
use super::syntax::Reference;

impl Lowering<'_> {
    /// An input at the present time or a lag before or behind it.
    pub(super) fn input(&mut self, course: &TimeCourse, reference: &Reference) -> Lowered<Value> {
        let name = reference.name.clone();
        if let Reads::Time(what) = self.reads {
            return fail(&reference.place, Mistake::StateNotAllowed { name, what });
        }
        let lag = match reference.arguments.as_deref() {
            Some([time]) if !reference.slope => match self.constant_lag(time)? {
                Some(lag) => self.graph.as_number(lag.id),
                None => None,
            },
            _ => None,
        };
        let Some(lag) = lag else {
            let place = reference.arguments.as_deref().and_then(<[_]>::first);
            let place = place.map_or(&reference.place, |time| &time.span);
            return fail(place, Mistake::InputTime { name });
        };
        let several = course.columns() > 1;
        self.index_count(reference, usize::from(several))?;
        let (columns, axes) = match reference.indices.first() {
            Some(index) => self.index_numbers(&name, index, course.columns())?,
            None => (vec![0], 0),
        };
        let shifted = course.later_by(lag);
        let jumps = shifted.between() == Between::Steps;
        self.corners
            .extend(shifted.times().iter().map(|time| (*time, jumps)));
        let (first, last) = shifted.span();
        self.spans.push((name, first, last));
        let space = self.rows(axes)?.space;
        let id = self.graph.input(shifted, columns, space);
        Ok(self.value(id, axes))
    }
}
