//! Filtered complexes of vertices, edges and triangles with levels of their own.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::components::Components;
use super::{Diagram, HomologyError, Interval};

/// A complex whose simplices enter one after the other, each at its own level: no triangle has to enter
/// with the last of its edges, as it does in a clique complex.
#[derive(Debug, Clone, PartialEq)]
pub struct FilteredComplex {
    vertices: Vec<f64>,
    /// Level and vertices, in the order in which they enter.
    edges: Vec<(f64, [u32; 2])>,
    /// Level and places of the edges, in the order in which they enter.
    triangles: Vec<(f64, [u32; 3])>,
}

impl FilteredComplex {
    /// A complex from the levels of its vertices, its edges (level and vertices), and its triangles
    /// (level and the places of their edges in the list of edges). Simplices of one level enter in the
    /// order of the lists.
    ///
    /// # Errors
    /// [`HomologyError::NoSimplex`] for a simplex that lacks a face or enters before it.
    pub fn new(
        vertices: Vec<f64>,
        edges: &[(f64, [u32; 2])],
        triangles: Vec<(f64, [u32; 3])>,
    ) -> Result<Self, HomologyError> {
        let refuse = |dimension, simplex| HomologyError::NoSimplex {
            dimension,
            simplex,
            problem: "a face is missing, enters later, or its level is no number",
        };
        if let Some(place) = vertices.iter().position(|level| level.is_nan()) {
            return Err(refuse(0, place));
        }
        let late = |(level, ends): &(f64, [u32; 2])| {
            let entered = |end: &u32| vertices.get(*end as usize).is_some_and(|v| v <= level);
            ends[0] == ends[1] || !ends.iter().all(entered)
        };
        if let Some(place) = edges.iter().position(late) {
            return Err(refuse(1, place));
        }
        let late = |(level, faces): &(f64, [u32; 3])| {
            let face = |face: &u32| {
                edges
                    .get(*face as usize)
                    .filter(|(entry, _)| entry <= level)
            };
            let ends = faces
                .each_ref()
                .map(|place| face(place).map(|(_, ends)| *ends));
            let [Some(a), Some(b), Some(c)] = ends else {
                return true;
            };
            // Every corner of a triangle belongs to two of its edges.
            let mut corners = [a, b, c].concat();
            corners.sort_unstable();
            let mut corners = corners.chunk_by(|x, y| x == y);
            corners.clone().count() != 3 || corners.any(|corner| corner.len() != 2)
        };
        if let Some(place) = triangles.iter().position(late) {
            return Err(refuse(2, place));
        }
        Ok(Self::ordered(vertices, edges, triangles))
    }

    /// Puts simplices that are known to be sound in the order in which they enter.
    pub(super) fn ordered(
        vertices: Vec<f64>,
        edges: &[(f64, [u32; 2])],
        mut triangles: Vec<(f64, [u32; 3])>,
    ) -> Self {
        let mut order: Vec<u32> = (0..edges.len() as u32).collect();
        order.sort_by(|a, b| edges[*a as usize].0.total_cmp(&edges[*b as usize].0));
        let mut places = vec![0; edges.len()];
        for (place, edge) in order.iter().enumerate() {
            places[*edge as usize] = place as u32;
        }
        for face in triangles.iter_mut().flat_map(|(_, faces)| faces) {
            *face = places[*face as usize];
        }
        triangles.par_sort_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            vertices,
            edges: order.iter().map(|edge| edges[*edge as usize]).collect(),
            triangles,
        }
    }

    /// Numbers of vertices, edges and triangles.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        [self.vertices.len(), self.edges.len(), self.triangles.len()]
    }

    /// Diagrams of components, loops and, as there are no tetrahedra, voids that never die.
    ///
    /// Components by the elder rule along the edges, loops by annotations: every edge holds the list of
    /// the classes alive that take a value on it. An edge that joins nothing new starts a class; a triangle
    /// whose edges do not cancel ends the youngest class among them, which is replaced wherever it stands
    /// by the others. Cost: a look at every triangle and the replacements.
    #[must_use]
    pub fn diagrams(&self) -> [Diagram; 3] {
        let (components, tree) = self.components();
        let mut annotations = SparseAnnotations::new(self.edges.len());
        let (mut loops, mut voids) = (Vec::new(), Vec::new());
        let mut edges = self.edges.iter().zip(&tree).enumerate().peekable();
        for (level, faces) in &self.triangles {
            while let Some((place, (_, joins))) = edges.next_if(|(_, (edge, _))| edge.0 <= *level) {
                if !joins {
                    annotations.start(place as u32);
                }
            }
            match annotations.close(*faces) {
                Some(birth) => loops.push(Interval {
                    birth: self.edges[birth as usize].0,
                    death: *level,
                }),
                None => voids.push(Interval {
                    birth: *level,
                    death: f64::INFINITY,
                }),
            }
        }
        let late = edges
            .filter(|(_, (_, joins))| !**joins)
            .map(|(place, _)| place as u32);
        let alive = annotations.alive().chain(late);
        loops.extend(alive.map(|birth| Interval {
            birth: self.edges[birth as usize].0,
            death: f64::INFINITY,
        }));
        [components, Diagram::new(1, loops), Diagram::new(2, voids)]
    }

    /// The diagram of components, and which edges join two of them: the younger one dies.
    fn components(&self) -> (Diagram, Vec<bool>) {
        let mut connected = Components::new(self.vertices.len());
        let mut births = self.vertices.clone();
        let mut found = Vec::new();
        let join = |(level, [a, b]): &(f64, [u32; 2])| {
            let Some((kept, absorbed)) = connected.join(*a, *b) else {
                return false;
            };
            let (kept, absorbed) = (kept as usize, absorbed as usize);
            found.push(Interval {
                birth: births[kept].max(births[absorbed]),
                death: *level,
            });
            births[kept] = births[kept].min(births[absorbed]);
            true
        };
        let tree = self.edges.iter().map(join).collect();
        for vertex in 0..self.vertices.len() as u32 {
            if connected.root(vertex) == vertex {
                found.push(Interval {
                    birth: births[vertex as usize],
                    death: f64::INFINITY,
                });
            }
        }
        (Diagram::new(0, found), tree)
    }
}

/// For every edge the classes that take a value on it, each named by the edge that started it.
struct SparseAnnotations {
    /// In order.
    classes: Vec<Vec<u32>>,
    /// For every class the edges that have had it; some may have lost it again.
    holders: Vec<Vec<u32>>,
    /// The sum of the edges of a triangle, and room for another list.
    sum: Vec<u32>,
    room: Vec<u32>,
}

impl SparseAnnotations {
    fn new(edges: usize) -> Self {
        Self {
            classes: vec![Vec::new(); edges],
            holders: vec![Vec::new(); edges],
            sum: Vec::new(),
            room: Vec::new(),
        }
    }

    fn start(&mut self, edge: u32) {
        self.classes[edge as usize].push(edge);
        self.holders[edge as usize].push(edge);
    }

    /// Ends the youngest class in the sum of a triangle's edges, if that is not empty.
    fn close(&mut self, faces: [u32; 3]) -> Option<u32> {
        let [a, b, c] = faces.map(|face| &self.classes[face as usize]);
        difference(a, b, &mut self.room);
        difference(&self.room, c, &mut self.sum);
        let youngest = *self.sum.last()?;
        for edge in std::mem::take(&mut self.holders[youngest as usize]) {
            let classes = &mut self.classes[edge as usize];
            if classes.binary_search(&youngest).is_err() {
                continue;
            }
            difference(classes, &self.sum, &mut self.room);
            for class in &self.sum {
                // What the edge did not have before it has now.
                if classes.binary_search(class).is_err() {
                    self.holders[*class as usize].push(edge);
                }
            }
            std::mem::swap(classes, &mut self.room);
        }
        Some(youngest)
    }

    /// The classes that have not ended.
    fn alive(&self) -> impl Iterator<Item = u32> {
        let places = self.holders.iter().enumerate();
        places
            .filter(|(_, holders)| !holders.is_empty())
            .map(|(place, _)| place as u32)
    }
}

/// What stands in one of two ordered lists, but not in both.
fn difference(mut a: &[u32], mut b: &[u32], found: &mut Vec<u32>) {
    found.clear();
    while let (Some(first), Some(second)) = (a.first(), b.first()) {
        match first.cmp(second) {
            Ordering::Less => {
                found.push(*first);
                a = &a[1..];
            }
            Ordering::Greater => {
                found.push(*second);
                b = &b[1..];
            }
            Ordering::Equal => (a, b) = (&a[1..], &b[1..]),
        }
    }
    found.extend(a);
    found.extend(b);
}
