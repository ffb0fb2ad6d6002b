//! Components and loops of the clique complex of a graph, by annotations.
//!
//! Every edge carries its *annotation*: the value on it of every cocycle alive, one bit for each class of
//! loops. An edge between two components is 0; an edge that closes a triangle the moment it enters is the
//! sum of the two others; any other edge starts a class and a bit of its own. A triangle whose edges do
//! not sum to 0 kills the youngest class in the sum, which is added to all edges that have it. Only the
//! classes that live for a while ever get a bit (apparent pairs get none), so that graphs of independent
//! weights, where columns of a boundary matrix fill in, stay short: 17 words an edge for 200 vertices.
//!
//! V. de Silva, D. Morozov, M. Vejdemo-Johansson, "Persistent cohomology and circular coordinates",
//! Discrete & Computational Geometry 45, 737-759 (2011); T. K. Dey, F. Fan, Y. Wang, "Computing topological
//! persistence for simplicial maps", `SoCG` 2014. The bits and their order are ours.

use super::components::Components;
use super::graph::{Edge, FilteredGraph};
use super::{Diagram, Interval};

/// A triangle of a clique complex: the edge of it that enters last, and the vertex across. Triangles
/// enter in this order.
pub(super) type Triangle = (u32, u32);

/// No edge.
const ABSENT: u32 = u32::MAX;

/// Diagrams of components and loops, and the triangles that end a class of loops at birth or later.
pub(super) struct Loops {
    pub components: Diagram,
    pub loops: Diagram,
    pub negative: Vec<Triangle>,
}

/// Which edges have entered, by their vertices.
pub(super) struct Entered {
    vertices: usize,
    place: Vec<u32>,
    /// Neighbours of every vertex as bits, `words` words a vertex.
    neighbours: Vec<u64>,
    words: usize,
}

impl Entered {
    pub(super) fn new(vertices: usize) -> Self {
        let words = vertices.div_ceil(64);
        Self {
            vertices,
            place: vec![ABSENT; vertices * vertices],
            neighbours: vec![0; vertices * words],
            words,
        }
    }

    pub(super) fn enter(&mut self, place: u32, edge: &Edge) {
        for (a, b) in [
            (edge.a as usize, edge.b as usize),
            (edge.b as usize, edge.a as usize),
        ] {
            self.place[a * self.vertices + b] = place;
            self.neighbours[a * self.words + b / 64] |= 1 << (b % 64);
        }
    }

    /// The place of the edge between two vertices in the order of the edges.
    pub(super) fn place(&self, a: u32, b: u32) -> u32 {
        self.place[a as usize * self.vertices + b as usize]
    }

    /// The places of all edges of a vertex.
    fn row(&self, a: u32) -> &[u32] {
        &self.place[a as usize * self.vertices..][..self.vertices]
    }

    pub(super) fn bits(&self, a: u32) -> &[u64] {
        &self.neighbours[a as usize * self.words..][..self.words]
    }

    /// Common neighbours of an edge's ends, in order.
    pub(super) fn common(&self, edge: Edge) -> impl Iterator<Item = u32> {
        let pairs = self.bits(edge.a).iter().zip(self.bits(edge.b));
        ones(pairs.map(|(a, b)| a & b))
    }
}

/// The places of the bits that are set.
pub(super) fn ones(words: impl Iterator<Item = u64>) -> impl Iterator<Item = u32> {
    words.enumerate().flat_map(|(place, mut word)| {
        std::iter::from_fn(move || {
            if word == 0 {
                return None;
            }
            let bit = word.trailing_zeros();
            word &= word - 1;
            Some(place as u32 * 64 + bit)
        })
    })
}

/// The classes alive, a bit each, and the bits of every edge.
struct Annotations {
    /// Words of an edge.
    words: usize,
    bits: Vec<u64>,
    /// The edge that started the class of a bit; `ABSENT` for a bit that is free.
    births: Vec<u32>,
    alive: usize,
}

impl Annotations {
    fn new() -> Self {
        Self {
            words: 1,
            bits: Vec::new(),
            births: vec![ABSENT; 64],
            alive: 0,
        }
    }

    fn of(&self, edge: u32) -> &[u64] {
        &self.bits[edge as usize * self.words..][..self.words]
    }

    fn push_zero(&mut self) {
        self.bits.resize(self.bits.len() + self.words, 0);
    }

    fn push_sum(&mut self, a: u32, b: u32) {
        for word in 0..self.words {
            let sum = self.of(a)[word] ^ self.of(b)[word];
            self.bits.push(sum);
        }
    }

    /// A class of its own for the edge that enters.
    fn push_class(&mut self, edge: u32) {
        let free = self.births.iter().position(|birth| *birth == ABSENT);
        let bit = free.unwrap_or_else(|| self.widen());
        self.push_zero();
        let word = edge as usize * self.words + bit / 64;
        self.bits[word] |= 1 << (bit % 64);
        self.births[bit] = edge;
        self.alive += 1;
    }

    /// Room for more classes, half as many again; the first new bit.
    fn widen(&mut self) -> usize {
        let (before, edges) = (self.words, self.bits.len() / self.words);
        self.words += before.div_ceil(2);
        let mut wider = vec![0; edges * self.words];
        for (old, new) in self.bits.chunks(before).zip(wider.chunks_mut(self.words)) {
            new[..before].copy_from_slice(old);
        }
        self.bits = wider;
        self.births.resize(64 * self.words, ABSENT);
        64 * before
    }

    /// Ends the youngest class in the sum of a triangle's edges, if it is not 0: the edge that started it.
    fn close(&mut self, triangle: [u32; 3]) -> Option<u32> {
        let [a, b, c] = triangle.map(|edge| self.of(edge));
        let same = a.iter().zip(b).zip(c).all(|((a, b), c)| a ^ b == *c);
        if same {
            return None;
        }
        let sums = a.iter().zip(b).zip(c).map(|((a, b), c)| a ^ b ^ c);
        let sum: Vec<u64> = sums.collect();
        let youngest = ones(sum.iter().copied()).max_by_key(|bit| self.births[*bit as usize])?;
        let (word, bit) = (youngest as usize / 64, youngest % 64);
        for edge in self.bits.chunks_exact_mut(self.words) {
            if edge[word] >> bit & 1 == 1 {
                for (value, sum) in edge.iter_mut().zip(&sum) {
                    *value ^= sum;
                }
            }
        }
        self.alive -= 1;
        Some(std::mem::replace(
            &mut self.births[youngest as usize],
            ABSENT,
        ))
    }
}

/// Components and loops of the clique complex of a graph over Z/2.
pub(super) fn loops(graph: &FilteredGraph) -> (Loops, Entered) {
    let mut entered = Entered::new(graph.vertices);
    let mut connected = Components::new(graph.vertices);
    let mut annotations = Annotations::new();
    let (mut components, mut loops, mut negative) = (Vec::new(), Vec::new(), Vec::new());
    for (place, edge) in graph.edges.iter().enumerate() {
        let place = place as u32;
        if connected.join(edge.a, edge.b).is_some() {
            annotations.push_zero();
            components.push(Interval {
                birth: graph.entry,
                death: edge.level,
            });
        } else {
            let mut across = entered.common(*edge);
            if let Some(first) = across.next() {
                let (to_a, to_b) = (entered.row(edge.a), entered.row(edge.b));
                let others = |vertex: u32| (to_a[vertex as usize], to_b[vertex as usize]);
                let (a, b) = others(first);
                annotations.push_sum(a, b);
                negative.push((place, first));
                for vertex in across {
                    if annotations.alive == 0 {
                        break;
                    }
                    let (a, b) = others(vertex);
                    if let Some(birth) = annotations.close([a, b, place]) {
                        negative.push((place, vertex));
                        loops.push(Interval {
                            birth: graph.edges[birth as usize].level,
                            death: edge.level,
                        });
                    }
                }
            } else {
                drop(across);
                annotations.push_class(place);
            }
        }
        entered.enter(place, edge);
    }
    let essential = |birth| Interval {
        birth,
        death: f64::INFINITY,
    };
    let pieces = graph.vertices - components.len();
    components.extend(std::iter::repeat_n(essential(graph.entry), pieces));
    let alive = annotations.births.iter().filter(|birth| **birth != ABSENT);
    loops.extend(alive.map(|birth| essential(graph.edges[*birth as usize].level)));
    let found = Loops {
        components: Diagram::new(0, components),
        loops: Diagram::new(1, loops),
        negative,
    };
    (found, entered)
}
