//! Formulas as a graph of values, each computed once.
//!
//! A value has a *space*: the combinations of indices that it is computed for, one lane each. Space 0
//! has the one lane of a value without an index. Equal values are one node, what depends on neither
//! time nor state is a constant, and values go from space to space by maps of lanes.

use std::collections::HashMap;
use std::sync::Arc;

use super::course::TimeCourse;
use super::function::{Binary, Unary};

/// A value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(u32);

impl Id {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A set of lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Space(pub(super) u32);

impl Space {
    /// The space of values without an index.
    pub(super) const SCALAR: Self = Self(0);
}

/// A list of whole numbers, one a lane: lanes of another space, or numbers of reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Map(u32);

/// A list of numbers, one a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Table(u32);

/// How a value comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// Bits of a number; in space 0.
    Number(u64),
    Table(Table),
    Time,
    /// Numbers of reads.
    Load(Map),
    /// Columns of an input, by its number.
    Input(u32, Map),
    Unary(Unary, Id),
    Binary(Binary, Id, Id),
    /// The second where the first is not 0, else the third.
    Select(Id, Id, Id),
    /// Lane `map[lane]` of a value of another space.
    Spread(Id, Map),
    /// Sums of the lanes of a value that the map leads to the same lane.
    Sum(Id, Map),
}

/// A component at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Read {
    pub(super) component: u32,
    pub(super) when: When,
    pub(super) slope: bool,
}

/// When a component is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum When {
    Present,
    /// A constant lag ago, by its number.
    Lag(u32),
    /// At a delayed time that varies, by its number.
    Varying(u32),
}

/// All values of a system.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    nodes: Vec<(Node, Space)>,
    known: HashMap<(Node, Space), Id>,
    lanes: Vec<usize>,
    spaces: HashMap<Vec<Map>, Space>,
    maps: Vec<Arc<[u32]>>,
    known_maps: HashMap<Arc<[u32]>, Map>,
    tables: Vec<Arc<[f64]>>,
    known_tables: HashMap<Vec<u64>, Table>,
    reads: Vec<Read>,
    known_reads: HashMap<Read, u32>,
    pub(super) courses: Vec<Arc<TimeCourse>>,
    pub(super) lags: Vec<f64>,
    /// Delayed times that vary: a value and its lane.
    pub(super) varying: Vec<(Id, u32)>,
}

/// A value that does not change.
enum Constant {
    Number(f64),
    Table(Arc<[f64]>),
}

impl Constant {
    fn at(&self, lane: usize) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Table(values) => values[lane],
        }
    }
}

impl Graph {
    pub(super) fn new() -> Self {
        let mut graph = Self::default();
        graph.space(&[], 1);
        graph
    }

    pub(super) fn node(&self, id: Id) -> Node {
        self.nodes[id.index()].0
    }

    pub(super) fn space_of(&self, id: Id) -> Space {
        self.nodes[id.index()].1
    }

    pub(super) fn lanes(&self, space: Space) -> usize {
        self.lanes[space.0 as usize]
    }

    /// The space of these lists of indices, which are as long as it has lanes.
    pub(super) fn space(&mut self, columns: &[Map], lanes: usize) -> Space {
        if let Some(space) = self.spaces.get(columns) {
            return *space;
        }
        let space = Space(self.lanes.len() as u32);
        self.lanes.push(lanes);
        self.spaces.insert(columns.to_vec(), space);
        space
    }

    pub(super) fn map(&mut self, entries: Vec<u32>) -> Map {
        let entries: Arc<[u32]> = entries.into();
        if let Some(map) = self.known_maps.get(&entries) {
            return *map;
        }
        let map = Map(self.maps.len() as u32);
        self.maps.push(Arc::clone(&entries));
        self.known_maps.insert(entries, map);
        map
    }

    pub(super) fn entries(&self, map: Map) -> Arc<[u32]> {
        Arc::clone(&self.maps[map.0 as usize])
    }

    pub(super) fn table_values(&self, table: Table) -> Arc<[f64]> {
        Arc::clone(&self.tables[table.0 as usize])
    }

    pub(super) fn read(&self, number: u32) -> Read {
        self.reads[number as usize]
    }

    /// The number of a read.
    pub(super) fn number_of(&mut self, read: Read) -> u32 {
        let next = self.reads.len() as u32;
        let number = *self.known_reads.entry(read).or_insert(next);
        if number == next {
            self.reads.push(read);
        }
        number
    }

    fn add(&mut self, node: Node, space: Space) -> Id {
        let next = Id(self.nodes.len() as u32);
        let id = *self.known.entry((node, space)).or_insert(next);
        if id == next {
            self.nodes.push((node, space));
        }
        id
    }

    pub(super) fn number(&mut self, value: f64) -> Id {
        self.add(Node::Number(value.to_bits()), Space::SCALAR)
    }

    /// One number a lane; a number if they are all the same.
    pub(super) fn table(&mut self, values: Vec<f64>, space: Space) -> Id {
        let bits: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
        if let Some(first) = bits
            .first()
            .filter(|first| bits.iter().all(|b| b == *first))
        {
            return self.number(f64::from_bits(*first));
        }
        let next = Table(self.tables.len() as u32);
        let table = *self.known_tables.entry(bits).or_insert(next);
        if table == next {
            self.tables.push(values.into());
        }
        self.add(Node::Table(table), space)
    }

    pub(super) fn time(&mut self) -> Id {
        self.add(Node::Time, Space::SCALAR)
    }

    pub(super) fn load(&mut self, reads: Vec<u32>, space: Space) -> Id {
        let reads = self.map(reads);
        self.add(Node::Load(reads), space)
    }

    /// Columns of an input, one a lane.
    pub(super) fn input(&mut self, course: TimeCourse, columns: Vec<u32>, space: Space) -> Id {
        let known = self.courses.iter().position(|known| **known == course);
        let number = known.unwrap_or(self.courses.len());
        if known.is_none() {
            self.courses.push(Arc::new(course));
        }
        let columns = self.map(columns);
        self.add(Node::Input(number as u32, columns), space)
    }

    fn constant(&self, id: Id) -> Option<Constant> {
        match self.node(id) {
            Node::Number(bits) => Some(Constant::Number(f64::from_bits(bits))),
            Node::Table(table) => Some(Constant::Table(self.table_values(table))),
            _ => None,
        }
    }

    /// The numbers of a constant, one a lane; one alone if they are all the same.
    pub(super) fn numbers(&self, id: Id) -> Option<Arc<[f64]>> {
        match self.constant(id)? {
            Constant::Number(value) => Some([value].into()),
            Constant::Table(values) => Some(values),
        }
    }

    pub(super) fn as_number(&self, id: Id) -> Option<f64> {
        match self.node(id) {
            Node::Number(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    fn is(&self, id: Id, value: f64) -> bool {
        self.as_number(id) == Some(value)
    }

    /// The space of an operation on these values: they share one, or have no index.
    fn common(&self, ids: &[Id]) -> Space {
        let spaces = ids.iter().map(|id| self.space_of(*id));
        spaces.max().unwrap_or(Space::SCALAR)
    }

    /// The values of an operation on constants.
    fn folded(&mut self, space: Space, value: impl Fn(usize) -> f64) -> Id {
        if space == Space::SCALAR {
            return self.number(value(0));
        }
        let values = (0..self.lanes(space)).map(value).collect();
        self.table(values, space)
    }

    pub(super) fn unary(&mut self, function: Unary, id: Id) -> Id {
        let space = self.space_of(id);
        if let Some(constant) = self.constant(id) {
            return self.folded(space, |lane| function.value(constant.at(lane)));
        }
        match (function, self.node(id)) {
            (Unary::Minus, Node::Unary(Unary::Minus, inner)) => inner,
            (Unary::Minus, Node::Binary(Binary::Subtract, a, b)) => {
                self.binary(Binary::Subtract, b, a)
            }
            (Unary::Power(1), _) => id,
            _ => self.add(Node::Unary(function, id), space),
        }
    }

    pub(super) fn binary(&mut self, function: Binary, a: Id, b: Id) -> Id {
        let space = self.common(&[a, b]);
        if let (Some(x), Some(y)) = (self.constant(a), self.constant(b)) {
            return self.folded(space, |lane| function.value(x.at(lane), y.at(lane)));
        }
        match function {
            Binary::Add if self.is(a, 0.0) => return b,
            Binary::Add | Binary::Subtract if self.is(b, 0.0) => return a,
            Binary::Subtract if self.is(a, 0.0) => return self.unary(Unary::Minus, b),
            // a weight of zero is no connection, whatever it leads to
            Binary::Multiply if self.is(a, 0.0) || self.is(b, 0.0) => return self.number(0.0),
            Binary::Divide if self.is(a, 0.0) => return self.number(0.0),
            Binary::Multiply if self.is(a, 1.0) => return b,
            Binary::Multiply | Binary::Divide if self.is(b, 1.0) => return a,
            Binary::Multiply if self.is(a, -1.0) => return self.unary(Unary::Minus, b),
            Binary::Multiply if self.is(b, -1.0) => return self.unary(Unary::Minus, a),
            Binary::Power => {
                if let Some(exponent) = self.as_number(b) {
                    return self.power(a, b, exponent);
                }
            }
            _ => {}
        }
        match (function, self.node(a), self.node(b)) {
            (Binary::Add, _, Node::Unary(Unary::Minus, inner)) => {
                self.binary(Binary::Subtract, a, inner)
            }
            (Binary::Add, Node::Unary(Unary::Minus, inner), _) => {
                self.binary(Binary::Subtract, b, inner)
            }
            // how far back a point of a window lies
            (Binary::Subtract, Node::Time, Node::Binary(Binary::Subtract, time, lag))
                if time == a =>
            {
                lag
            }
            (Binary::Subtract, _, Node::Unary(Unary::Minus, inner)) => {
                self.binary(Binary::Add, a, inner)
            }
            // one order for what may be exchanged, so that equal values are found
            (Binary::Add | Binary::Multiply, ..) if b < a => {
                self.add(Node::Binary(function, b, a), space)
            }
            _ => self.add(Node::Binary(function, a, b), space),
        }
    }

    fn power(&mut self, base: Id, exponent_id: Id, exponent: f64) -> Id {
        /// Beyond this many factors, chosen, the function of the library is as good.
        const MOST: f64 = 64.0;
        let space = self.space_of(base);
        if exponent == 0.0 {
            self.number(1.0)
        } else if exponent == 0.5 {
            self.unary(Unary::Sqrt, base)
        } else if exponent.fract() == 0.0 && exponent.abs() <= MOST {
            self.unary(Unary::Power(exponent as i32), base)
        } else {
            self.add(Node::Binary(Binary::Power, base, exponent_id), space)
        }
    }

    pub(super) fn select(&mut self, condition: Id, yes: Id, no: Id) -> Id {
        if yes == no {
            return yes;
        }
        let space = self.common(&[condition, yes, no]);
        if let Some(value) = self.as_number(condition) {
            return if value != 0.0 { yes } else { no };
        }
        if let (Some(c), Some(y), Some(n)) = (
            self.constant(condition),
            self.constant(yes),
            self.constant(no),
        ) {
            let pick = |lane| {
                if c.at(lane) != 0.0 {
                    y.at(lane)
                } else {
                    n.at(lane)
                }
            };
            return self.folded(space, pick);
        }
        self.add(Node::Select(condition, yes, no), space)
    }

    /// A value in another space, lane by lane.
    pub(super) fn spread(&mut self, id: Id, map: Map, space: Space) -> Id {
        let from = self.space_of(id);
        if from == Space::SCALAR {
            return id;
        }
        let entries = self.entries(map);
        if from == space
            && (0u32..)
                .zip(entries.iter())
                .all(|(lane, entry)| lane == *entry)
        {
            return id;
        }
        let through = |inner: &[u32]| entries.iter().map(|lane| inner[*lane as usize]).collect();
        match self.node(id) {
            Node::Table(table) => {
                let values = self.table_values(table);
                let values = entries.iter().map(|lane| values[*lane as usize]).collect();
                self.table(values, space)
            }
            Node::Load(reads) => {
                let reads: Vec<u32> = through(&self.entries(reads));
                self.load(reads, space)
            }
            Node::Input(course, columns) => {
                let columns: Vec<u32> = through(&self.entries(columns));
                let columns = self.map(columns);
                self.add(Node::Input(course, columns), space)
            }
            Node::Spread(inner, first) => {
                let both: Vec<u32> = through(&self.entries(first));
                let both = self.map(both);
                self.spread(inner, both, space)
            }
            _ => self.add(Node::Spread(id, map), space),
        }
    }

    /// Sums of lanes; `map` leads the lanes of `from` to those of `space`.
    pub(super) fn sum(&mut self, id: Id, from: Space, map: Map, space: Space) -> Id {
        let entries = self.entries(map);
        let lanes = self.lanes(space);
        if self.space_of(id) != from {
            let mut counts = vec![0.0; lanes];
            entries
                .iter()
                .for_each(|lane| counts[*lane as usize] += 1.0);
            let counts = self.table(counts, space);
            return self.binary(Binary::Multiply, id, counts);
        }
        if let Some(constant) = self.constant(id) {
            let mut sums = vec![0.0; lanes];
            for (lane, target) in entries.iter().enumerate() {
                sums[*target as usize] += constant.at(lane);
            }
            return self.folded(space, |lane| sums[lane]);
        }
        self.add(Node::Sum(id, map), space)
    }

    /// The values that a value is made of.
    pub(super) fn operands(&self, id: Id) -> Vec<Id> {
        match self.node(id) {
            Node::Number(_) | Node::Table(_) | Node::Time | Node::Load(_) | Node::Input(..) => {
                vec![]
            }
            Node::Unary(_, a) | Node::Spread(a, _) | Node::Sum(a, _) => vec![a],
            Node::Binary(_, a, b) => vec![a, b],
            Node::Select(a, b, c) => vec![a, b, c],
        }
    }

    /// Whether a value is constant but for jumps, as truth values and whole numbers are.
    pub(super) fn is_stepwise(&self, root: Id) -> bool {
        let mut seen = vec![false; self.nodes.len()];
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen[id.index()], true) {
                continue;
            }
            match self.node(id) {
                Node::Time | Node::Load(_) | Node::Input(..) => return false,
                Node::Unary(Unary::Floor | Unary::Sign | Unary::Not, _)
                | Node::Binary(
                    Binary::Less | Binary::LessOrEqual | Binary::Equal | Binary::And | Binary::Or,
                    ..,
                ) => {}
                // which of the two it is jumps
                Node::Select(_, a, b) => open.extend([a, b]),
                _ => open.extend(self.operands(id)),
            }
        }
        true
    }

    /// All values that these are made of, themselves included, in the order of computing.
    pub(super) fn needed(&self, roots: impl IntoIterator<Item = Id>) -> Vec<Id> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open: Vec<Id> = roots.into_iter().collect();
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut seen[id.index()], true) {
                open.extend(self.operands(id));
            }
        }
        let all = (0..self.nodes.len() as u32).map(Id);
        all.filter(|id| seen[id.index()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_one_and_constants_are_computed_at_once() {
        let mut graph = Graph::new();
        let t = graph.time();
        let (two, three) = (graph.number(2.0), graph.number(3.0));
        let six = graph.binary(Binary::Multiply, two, three);
        assert_eq!(graph.as_number(six), Some(6.0));
        let left = graph.binary(Binary::Add, t, six);
        let right = graph.binary(Binary::Add, six, t);
        assert_eq!(left, right);
        let zero = graph.number(0.0);
        assert_eq!(graph.binary(Binary::Multiply, zero, t), zero);
        let column = graph.map(vec![0, 1]);
        let space = graph.space(&[column], 2);
        let weights = graph.table(vec![2.0, 5.0], space);
        let all = graph.map(vec![0, 0]);
        let sum = graph.sum(weights, space, all, Space::SCALAR);
        assert_eq!(graph.as_number(sum), Some(7.0));
    }
}
