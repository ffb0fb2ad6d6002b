//! Values made into a program: what is computed when, and where it is kept.
//!
//! Values without an index are numbers in one list. The others are computed in *stages*, one a space and
//! level: a level is reached when all sums and spreads that lead to it are known. A stage goes through its lanes in
//! pieces that stay in the nearest cache; what later stages read is kept whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::course::TimeCourse;
use super::function::{Binary, Unary};
use super::graph::{Graph, Id, Node, Read, Space, When};
use super::runs::{Run, runs};

/// Lanes that go through a stage together: 2 kB a register, so that a dozen of them stay in the
/// nearest cache (chosen).
pub(super) const PIECE: usize = 256;

/// Where an operand of a value with an index stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Operand {
    Number(u32),
    Vector(u32),
    Table(u32),
}

/// What is read for the lanes of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Load {
    /// Neighbouring components at one time.
    Row(Read),
    /// Rows of such, or the same one in a row.
    Runs(Vec<Run<Read>>),
    /// Any.
    List(Vec<Read>),
}

/// An operation on numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Action {
    Load(Read),
    /// Number of an input, and column.
    Input(u32, u32),
    Unary(Unary, u32),
    Binary(Binary, u32, u32),
    Select(u32, u32, u32),
}

/// An operation on vectors.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Load {
        to: u32,
        load: Load,
    },
    Input {
        to: u32,
        course: u32,
        columns: Arc<[u32]>,
    },
    Spread {
        to: u32,
        from: u32,
        map: Arc<[u32]>,
    },
    /// The same in runs.
    SpreadRuns {
        to: u32,
        from: u32,
        runs: Vec<Run<u32>>,
    },
    Unary {
        function: Unary,
        to: u32,
        a: Operand,
    },
    Binary {
        function: Binary,
        to: u32,
        a: Operand,
        b: Operand,
    },
    Select {
        to: u32,
        condition: Operand,
        yes: Operand,
        no: Operand,
    },
    /// Adds the lanes to those of a vector that the map names.
    Add {
        to: u32,
        a: Operand,
        map: Arc<[u32]>,
    },
    /// Adds all lanes to a number.
    AddUp {
        to: u32,
        a: Operand,
    },
}

/// What is computed together.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    Numbers(Vec<(u32, Action)>),
    Lanes { lanes: usize, steps: Vec<Step> },
}

/// Where a result is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    Number(u32),
    Vector(u32),
    Table(u32),
}

/// Values, ready to be computed.
#[derive(Debug, Clone, Default)]
pub(super) struct Program {
    /// Numbers at the start: time, constants, and room for the others.
    pub(super) numbers: Vec<f64>,
    pub(super) tables: Vec<Arc<[f64]>>,
    pub(super) courses: Vec<Arc<TimeCourse>>,
    /// Length of every vector.
    pub(super) vectors: Vec<usize>,
    pub(super) stages: Vec<Stage>,
    /// Numbers and vectors that sums start from zero in.
    pub(super) zeroed: Vec<Place>,
    /// Where the values asked for stand.
    pub(super) results: Vec<Place>,
}

impl Program {
    /// The program that computes these values.
    pub(super) fn new(graph: &Graph, roots: &[Id]) -> Self {
        Builder::new(graph, roots).build(roots)
    }
}

struct Builder<'g> {
    graph: &'g Graph,
    needed: Vec<Id>,
    level: HashMap<Id, i64>,
    place: HashMap<Id, Place>,
    /// Values that are kept whole.
    kept: HashMap<Id, bool>,
    program: Program,
    /// Registers by whether they are free.
    free: Vec<u32>,
}

impl<'g> Builder<'g> {
    fn new(graph: &'g Graph, roots: &[Id]) -> Self {
        Self {
            graph,
            needed: graph.needed(roots.iter().copied()),
            level: HashMap::new(),
            place: HashMap::new(),
            kept: HashMap::new(),
            program: Program::default(),
            free: Vec::new(),
        }
    }

    /// Whether `user` reads `part` from a stage before its own.
    fn crosses(&self, user: Id, part: Id) -> bool {
        matches!(self.graph.node(user), Node::Spread(..) | Node::Sum(..))
            || self.graph.space_of(user) != self.graph.space_of(part)
    }

    fn is_constant(&self, id: Id) -> bool {
        matches!(self.graph.node(id), Node::Number(_) | Node::Table(_))
    }

    /// Levels: as early as they must be, then as late as they may be, so that little is kept whole.
    fn levels(&mut self) {
        for id in self.needed.clone() {
            let parts = self.graph.operands(id);
            let least = |part: &Id| {
                if self.is_constant(*part) {
                    return 0;
                }
                self.level[part] + i64::from(self.crosses(id, *part))
            };
            let level = parts.iter().map(least).max().unwrap_or(0);
            self.level.insert(id, level);
        }
        let mut latest: HashMap<Id, i64> = HashMap::new();
        for id in self.needed.iter().rev() {
            // what nobody reads is a result, and stays where it is
            let level = latest.get(id).copied().unwrap_or(self.level[id]);
            self.level.insert(*id, level);
            for part in self.graph.operands(*id) {
                let most = level - i64::from(self.crosses(*id, part));
                let entry = latest.entry(part).or_insert(most);
                *entry = most.min(*entry);
            }
        }
    }

    fn build(mut self, roots: &[Id]) -> Program {
        self.program.numbers.push(0.0);
        self.program.courses = self.graph.courses.clone();
        self.levels();
        for id in roots {
            self.kept.insert(*id, true);
        }
        for id in &self.needed {
            for part in self.graph.operands(*id) {
                let elsewhere = self.crosses(*id, part) || self.level[&part] != self.level[id];
                let sum = matches!(self.graph.node(*id), Node::Sum(..));
                if elsewhere && !sum {
                    self.kept.insert(part, true);
                }
            }
        }
        // sums belong to the stage of what they sum
        let mut stages: BTreeMap<(i64, Space), Vec<Id>> = BTreeMap::new();
        for id in &self.needed {
            let key = match self.graph.node(*id) {
                Node::Number(_) | Node::Table(_) | Node::Time => continue,
                Node::Sum(part, _) => (self.level[&part], self.graph.space_of(part)),
                _ => (self.level[id], self.graph.space_of(*id)),
            };
            stages.entry(key).or_default().push(*id);
        }
        for id in self.needed.clone() {
            self.fixed(id);
        }
        for ((_, space), members) in stages {
            let stage = if space == Space::SCALAR {
                self.numbers(&members)
            } else {
                self.lanes(space, &members)
            };
            self.program.stages.push(stage);
        }
        self.program.results = roots.iter().map(|id| self.place[id]).collect();
        self.program
    }

    /// Places of what does not wait for a stage: constants, time, numbers, and sums.
    fn fixed(&mut self, id: Id) {
        let place = match self.graph.node(id) {
            Node::Number(bits) => self.new_number(f64::from_bits(bits)),
            Node::Time => Place::Number(0),
            Node::Table(table) => {
                self.program.tables.push(self.graph.table_values(table));
                Place::Table(self.program.tables.len() as u32 - 1)
            }
            node => {
                let space = self.graph.space_of(id);
                let sum = matches!(node, Node::Sum(..));
                if space == Space::SCALAR {
                    let place = self.new_number(0.0);
                    if sum {
                        self.program.zeroed.push(place);
                    }
                    place
                } else if sum || self.kept.contains_key(&id) {
                    let place = Place::Vector(self.new_vector(self.graph.lanes(space)));
                    if sum {
                        self.program.zeroed.push(place);
                    }
                    place
                } else {
                    return;
                }
            }
        };
        self.place.insert(id, place);
    }

    fn new_number(&mut self, value: f64) -> Place {
        self.program.numbers.push(value);
        Place::Number(self.program.numbers.len() as u32 - 1)
    }

    fn new_vector(&mut self, length: usize) -> u32 {
        self.program.vectors.push(length);
        self.program.vectors.len() as u32 - 1
    }

    fn number_at(&self, id: Id) -> u32 {
        match self.place.get(&id) {
            Some(Place::Number(at)) => *at,
            _ => 0,
        }
    }

    fn numbers(&self, members: &[Id]) -> Stage {
        let action = |id: &Id| {
            let action = match self.graph.node(*id) {
                Node::Load(reads) => {
                    let number = self.graph.entries(reads)[0];
                    Action::Load(self.graph.read(number))
                }
                Node::Input(course, columns) => {
                    Action::Input(course, self.graph.entries(columns)[0])
                }
                Node::Unary(function, a) => Action::Unary(function, self.number_at(a)),
                Node::Binary(function, a, b) => {
                    Action::Binary(function, self.number_at(a), self.number_at(b))
                }
                Node::Select(c, yes, no) => {
                    Action::Select(self.number_at(c), self.number_at(yes), self.number_at(no))
                }
                // numbers are neither spread nor summed
                _ => return None,
            };
            Some((self.number_at(*id), action))
        };
        Stage::Numbers(members.iter().filter_map(action).collect())
    }

    fn operand(&self, id: Id) -> Operand {
        match self.place[&id] {
            Place::Number(at) => Operand::Number(at),
            Place::Vector(at) => Operand::Vector(at),
            Place::Table(at) => Operand::Table(at),
        }
    }

    fn lanes(&mut self, space: Space, members: &[Id]) -> Stage {
        let lanes = self.graph.lanes(space);
        let mut last: HashMap<Id, usize> = HashMap::new();
        for (at, id) in members.iter().enumerate() {
            for part in self.graph.operands(*id) {
                last.insert(part, at);
            }
        }
        self.free.clear();
        let mut registers: Vec<u32> = Vec::new();
        let mut steps = Vec::new();
        for (at, id) in members.iter().enumerate() {
            let node = self.graph.node(*id);
            let to = match self.place.get(id) {
                Some(Place::Number(to) | Place::Vector(to)) => *to,
                _ => {
                    let register = self.free.pop().unwrap_or_else(|| {
                        let register = self.new_vector(lanes.min(PIECE));
                        registers.push(register);
                        register
                    });
                    self.place.insert(*id, Place::Vector(register));
                    register
                }
            };
            let step = match node {
                Node::Load(reads) => {
                    let reads = self.graph.entries(reads);
                    let reads = reads.iter().map(|read| self.graph.read(*read)).collect();
                    let load = Load::new(reads);
                    Step::Load { to, load }
                }
                Node::Input(course, columns) => Step::Input {
                    to,
                    course,
                    columns: self.graph.entries(columns),
                },
                Node::Spread(from, map) => {
                    let from = match self.place[&from] {
                        Place::Vector(from) => from,
                        // tables and numbers are spread when they are made
                        _ => to,
                    };
                    let map = self.graph.entries(map);
                    match runs(&map) {
                        Some(runs) => Step::SpreadRuns { to, from, runs },
                        None => Step::Spread { to, from, map },
                    }
                }
                Node::Unary(function, a) => {
                    let a = self.operand(a);
                    Step::Unary { function, to, a }
                }
                Node::Binary(function, a, b) => {
                    let (a, b) = (self.operand(a), self.operand(b));
                    Step::Binary { function, to, a, b }
                }
                Node::Select(condition, yes, no) => Step::Select {
                    to,
                    condition: self.operand(condition),
                    yes: self.operand(yes),
                    no: self.operand(no),
                },
                Node::Sum(a, map) => {
                    let a = self.operand(a);
                    if self.graph.space_of(*id) == Space::SCALAR {
                        Step::AddUp { to, a }
                    } else {
                        let map = self.graph.entries(map);
                        Step::Add { to, a, map }
                    }
                }
                Node::Number(_) | Node::Table(_) | Node::Time => continue,
            };
            steps.push(step);
            for part in self.graph.operands(*id) {
                let register = match self.place.get(&part) {
                    Some(Place::Vector(register)) => *register,
                    _ => continue,
                };
                let over = last.get(&part) == Some(&at) && !self.kept.contains_key(&part);
                if over && registers.contains(&register) && !self.free.contains(&register) {
                    self.free.push(register);
                }
            }
        }
        Stage::Lanes { lanes, steps }
    }
}

impl Load {
    fn new(reads: Vec<Read>) -> Self {
        let first = reads[0];
        let expected = |offset: u32| Read {
            component: first.component + offset,
            ..first
        };
        if (0u32..)
            .zip(&reads)
            .all(|(offset, read)| *read == expected(offset))
        {
            Self::Row(first)
        } else if let Some(runs) = runs(&reads) {
            Self::Runs(runs)
        } else {
            Self::List(reads)
        }
    }
}

impl Read {
    /// Number of the delayed state that holds it; none for the present.
    pub(super) fn delayed(self, lags: usize) -> Option<usize> {
        match self.when {
            When::Present => None,
            When::Lag(lag) => Some(lag as usize),
            When::Varying(number) => Some(lags + number as usize),
        }
    }
}
