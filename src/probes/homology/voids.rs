//! Voids of the clique complex of a graph: homology in dimension 2, by persistent cohomology.
//!
//! Triangles are taken from the last to the first; those that ended a class of loops start no void and are
//! left out (*clearing*), and those whose earliest tetrahedron has them as its latest face are paired with
//! it at sight (*apparent pairs*). Tetrahedra are never listed: U. Bauer, "Ripser: efficient computation of
//! Vietoris-Rips persistence barcodes", J. Applied and Computational Topology 5, 391-423 (2021).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::clique::{Entered, Loops, Triangle, ones};
use super::graph::FilteredGraph;
use super::{Diagram, HomologyError, Interval};

/// Most vertices: a tetrahedron is named by its latest edge and its two other vertices, of 16 bits each.
const MOST_VERTICES: usize = 1 << 16;

/// A tetrahedron: its latest edge, and the larger and the smaller of the other two vertices. They enter
/// in this order.
type Tetrahedron = (u32, u32, u32);

struct Voids<'a> {
    graph: &'a FilteredGraph,
    entered: &'a Entered,
}

impl Voids<'_> {
    fn corners(&self, triangle: Triangle) -> [u32; 3] {
        let edge = self.graph.edges[triangle.0 as usize];
        [edge.a, edge.b, triangle.1]
    }

    /// Vertices that are neighbours of all corners.
    fn above(&self, triangle: Triangle) -> impl Iterator<Item = u32> {
        let [a, b, c] = self
            .corners(triangle)
            .map(|corner| self.entered.bits(corner));
        ones(a.iter().zip(b).zip(c).map(|((a, b), c)| a & b & c))
    }

    /// The tetrahedron of a triangle and one more vertex.
    fn tetrahedron(&self, triangle: Triangle, vertex: u32) -> Tetrahedron {
        let [a, b, c] = self.corners(triangle);
        let to = |corner: u32| self.entered.place(corner, vertex);
        let pair = |x: u32, y: u32| (x.max(y), x.min(y));
        let candidates = [
            (triangle.0, pair(c, vertex)),
            (to(a), pair(b, c)),
            (to(b), pair(a, c)),
            (to(c), pair(a, b)),
        ];
        let (edge, (large, small)) = candidates.into_iter().max().unwrap_or_default();
        (edge, large, small)
    }

    /// The vertex that makes the earliest tetrahedron of a triangle, if the triangle is the latest face
    /// of that: the smallest one below the vertex across, joined by earlier edges.
    fn apparent(&self, triangle: Triangle) -> Option<u32> {
        let corners = self.corners(triangle);
        let earlier = |vertex: &u32| {
            let last = corners
                .iter()
                .map(|corner| self.entered.place(*corner, *vertex));
            last.max() < Some(triangle.0)
        };
        let above = self.above(triangle);
        let mut below = above.take_while(|vertex| *vertex < triangle.1);
        below.find(earlier)
    }

    fn cofaces(&self, triangle: Triangle) -> impl Iterator<Item = Tetrahedron> {
        let above = self.above(triangle);
        above.map(move |vertex| self.tetrahedron(triangle, vertex))
    }
}

/// The diagram of voids. Cost: every triangle is looked at once; those not paired at sight are reduced.
///
/// # Errors
/// [`HomologyError::TooMany`] beyond 65,536 vertices.
pub(super) fn voids(
    graph: &FilteredGraph,
    loops: &Loops,
    entered: &Entered,
) -> Result<Diagram, HomologyError> {
    if graph.vertices > MOST_VERTICES {
        return Err(HomologyError::TooMany {
            found: graph.vertices,
            most: MOST_VERTICES,
        });
    }
    let voids = Voids { graph, entered };
    let mut negative = loops.negative.iter().rev().peekable();
    let mut owners: HashMap<Tetrahedron, usize> = HashMap::new();
    let mut columns: Vec<Vec<Triangle>> = Vec::new();
    let mut found = Vec::new();
    for place in (0..graph.edges.len() as u32).rev() {
        let edge = graph.edges[place as usize];
        let earlier = |vertex: &u32| {
            let latest = entered
                .place(edge.a, *vertex)
                .max(entered.place(edge.b, *vertex));
            latest < place
        };
        let across: Vec<u32> = entered.common(edge).filter(earlier).collect();
        for vertex in across.into_iter().rev() {
            let triangle = (place, vertex);
            if negative.next_if(|ended| **ended == triangle).is_some()
                || voids.apparent(triangle).is_some()
            {
                continue;
            }
            let mut column: BinaryHeap<_> = voids.cofaces(triangle).map(Reverse).collect();
            let mut added = vec![triangle];
            let death = loop {
                let Some(pivot) = pop_pivot(&mut column) else {
                    break f64::INFINITY;
                };
                column.push(Reverse(pivot));
                let (latest, large, small) = pivot;
                let face = (latest, large);
                if let Some(owner) = owners.get(&pivot) {
                    for triangle in &columns[*owner] {
                        column.extend(voids.cofaces(*triangle).map(Reverse));
                        added.push(*triangle);
                    }
                } else if voids.apparent(face) == Some(small) {
                    column.extend(voids.cofaces(face).map(Reverse));
                    added.push(face);
                } else {
                    owners.insert(pivot, columns.len());
                    columns.push(odd(added));
                    break graph.edges[latest as usize].level;
                }
            };
            found.push(Interval {
                birth: edge.level,
                death,
            });
        }
    }
    Ok(Diagram::new(2, found))
}

/// The earliest entry of a column in which entries that stand there twice cancel.
fn pop_pivot(column: &mut BinaryHeap<Reverse<Tetrahedron>>) -> Option<Tetrahedron> {
    while let Some(Reverse(first)) = column.pop() {
        if column.peek() != Some(&Reverse(first)) {
            return Some(first);
        }
        column.pop();
    }
    None
}

/// What stands an odd number of times in a list.
fn odd(mut list: Vec<Triangle>) -> Vec<Triangle> {
    list.sort_unstable();
    let runs = list.chunk_by(|a, b| a == b);
    runs.filter(|run| run.len() % 2 == 1)
        .map(|run| run[0])
        .collect()
}
