//! Persistent homology against closed forms and a slow reference.

use std::collections::HashMap;
use std::f64::consts::TAU;

use nalgebra::{DMatrix, dmatrix};
use pulsatrix::numerics::random::stream;
use pulsatrix::probes::homology::{
    Diagram, FilteredComplex, FilteredGraph, Levels, RelevanceOptions, Relevances, Triangles,
    graph_diagrams, relevance_diagrams, relevances,
};
use rand::RngExt;
use rand_distr::StandardNormal;

/// The plain reduction of the boundary matrix, simplex by simplex: births and deaths of every dimension.
/// A simplex is its level and its vertices in order.
fn reference(mut simplices: Vec<(f64, Vec<usize>)>, dimensions: usize) -> Vec<Vec<(f64, f64)>> {
    simplices.sort_by(|a, b| {
        let levels = a.0.total_cmp(&b.0);
        levels.then(a.1.len().cmp(&b.1.len())).then(a.1.cmp(&b.1))
    });
    let place: HashMap<Vec<usize>, usize> = simplices
        .iter()
        .enumerate()
        .map(|(place, (_, s))| (s.clone(), place))
        .collect();
    let mut lows: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut deaths = HashMap::new();
    let mut positive = Vec::new();
    for (column, (_, simplex)) in simplices.iter().enumerate() {
        let mut boundary: Vec<usize> = Vec::new();
        if simplex.len() > 1 {
            for left_out in 0..simplex.len() {
                let mut face = simplex.clone();
                face.remove(left_out);
                boundary.push(place[&face]);
            }
        }
        boundary.sort_unstable();
        while let Some(low) = boundary.last() {
            let Some(other) = lows.get(low) else { break };
            // The sum over Z/2.
            let (a, b) = (&boundary, other);
            let mut sum: Vec<usize> = a
                .iter()
                .filter(|x| b.binary_search(x).is_err())
                .copied()
                .collect();
            sum.extend(b.iter().filter(|x| a.binary_search(x).is_err()));
            sum.sort_unstable();
            boundary = sum;
        }
        match boundary.last() {
            Some(low) => {
                deaths.insert(*low, column);
                lows.insert(*low, boundary);
            }
            None => positive.push(column),
        }
    }
    let mut found = vec![Vec::new(); dimensions];
    for column in positive {
        let (birth, simplex) = &simplices[column];
        let death = deaths
            .get(&column)
            .map_or(f64::INFINITY, |column| simplices[*column].0);
        if simplex.len() <= dimensions && death > *birth {
            found[simplex.len() - 1].push((*birth, death));
        }
    }
    for classes in &mut found {
        classes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    }
    found
}

/// All cliques of at most four vertices, with the levels of their last edges.
fn cliques(
    distance: &dyn Fn(usize, usize) -> Option<f64>,
    vertices: usize,
) -> Vec<(f64, Vec<usize>)> {
    let mut all: Vec<(f64, Vec<usize>)> = (0..vertices).map(|v| (0.0, vec![v])).collect();
    let mut last = all.clone();
    for _ in 0..3 {
        let mut next = Vec::new();
        for (level, simplex) in &last {
            for vertex in simplex[simplex.len() - 1] + 1..vertices {
                let edges: Option<Vec<f64>> =
                    simplex.iter().map(|v| distance(*v, vertex)).collect();
                if let Some(edges) = edges {
                    let level = edges.into_iter().fold(*level, f64::max);
                    next.push((level, [&simplex[..], &[vertex]].concat()));
                }
            }
        }
        all.extend(next.iter().cloned());
        last = next;
    }
    all
}

fn classes(diagram: &Diagram) -> Vec<(f64, f64)> {
    diagram
        .intervals
        .iter()
        .map(|class| (class.birth, class.death))
        .collect()
}

fn circle(points: usize) -> DMatrix<f64> {
    let angle = |i: usize| TAU * i as f64 / points as f64;
    DMatrix::from_fn(points, 2, |i, j| [angle(i).cos(), angle(i).sin()][j])
}

#[test]
fn a_circle_has_one_loop_from_the_side_to_the_triangle() {
    for (points, stated) in [
        (6, 3.0_f64.sqrt()),
        (7, 1.94985582436),
        (100, 1.75261336009),
    ] {
        let graph = FilteredGraph::of_points(&circle(points), None).unwrap();
        let diagrams = graph_diagrams(&graph, 1).unwrap();
        assert_eq!(diagrams[0].betti(), 1);
        assert_eq!(diagrams[0].intervals.len(), points);
        let [class] = diagrams[1].intervals[..] else {
            panic!("{points} points: {:?}", diagrams[1]);
        };
        let chord = |steps: f64| 2.0 * (TAU / 2.0 * steps / points as f64).sin();
        assert!(
            (class.birth - chord(1.0)).abs() < 1e-14,
            "{points}: {class:?}"
        );
        assert!((class.death - chord((points as f64 / 3.0).ceil())).abs() < 1e-14);
        assert!((class.death - stated).abs() < 1e-11, "{points}: {class:?}");
    }
}

#[test]
fn a_flat_torus_has_two_loops_and_a_void() {
    let angle = |i: usize| TAU * i as f64 / 12.0;
    let points = DMatrix::from_fn(144, 4, |i, j| {
        let (a, b) = (angle(i / 12), angle(i % 12));
        [a.cos(), a.sin(), b.cos(), b.sin()][j]
    });
    let graph = FilteredGraph::of_points(&points, None).unwrap();
    let diagrams = graph_diagrams(&graph, 2).unwrap();
    let long = |diagram: &Diagram, least: f64| {
        let classes = diagram.intervals.iter().copied();
        classes
            .filter(|class| class.persistence() > least)
            .collect::<Vec<_>>()
    };
    let loops = long(&diagrams[1], 0.5);
    assert_eq!(loops.len(), 2, "{loops:?}");
    for class in loops {
        assert!((class.birth - 0.51763809).abs() < 1e-8, "{class:?}");
        assert!((class.death - 1.73205081).abs() < 1e-8, "{class:?}");
    }
    let voids = long(&diagrams[2], 0.5);
    assert_eq!(voids.len(), 1, "{voids:?}");
    assert!((voids[0].persistence() - 1.0757).abs() < 5e-5, "{voids:?}");
}

#[test]
fn an_octahedron_is_a_sphere() {
    // Opposite corners are never joined.
    let distances = DMatrix::from_fn(6, 6, |i, j| match (i, j) {
        _ if i == j => 0.0,
        _ if i % 3 == j % 3 => f64::INFINITY,
        _ => 1.0,
    });
    let graph = FilteredGraph::of_distances(&distances, None).unwrap();
    let diagrams = graph_diagrams(&graph, 2).unwrap();
    let betti: Vec<usize> = diagrams.iter().map(Diagram::betti).collect();
    assert_eq!(betti, [1, 0, 1]);
}

/// Points whose distances repeat (a lattice), points that do not, and weights that are no metric.
#[test]
fn clique_complexes_match_the_plain_reduction() {
    let mut random = stream(1, "clique", 0);
    let lattice = DMatrix::from_fn(18, 2, |i, j| [(i / 5) as f64, (i % 5) as f64][j]);
    let cloud = DMatrix::from_fn(22, 3, |_, _| random.random::<f64>());
    let norm = |points: &DMatrix<f64>, i: usize, j: usize| {
        let squares: f64 = (points.row(i) - points.row(j)).iter().map(|x| x * x).sum();
        squares.sqrt()
    };
    let mut matrices: Vec<(DMatrix<f64>, Option<f64>)> = [lattice, cloud]
        .iter()
        .map(|points| {
            let count = points.nrows();
            (
                DMatrix::from_fn(count, count, |i, j| norm(points, i, j)),
                None,
            )
        })
        .collect();
    for _ in 0..4 {
        let half = DMatrix::from_fn(24, 24, |_, _| random.random::<f64>());
        let whole = DMatrix::from_fn(24, 24, |i, j| {
            if i == j {
                0.0
            } else {
                half[(i.min(j), i.max(j))]
            }
        });
        matrices.push((whole.clone(), Some(0.5)));
        matrices.push((whole, None));
    }
    let mut classes_seen = [0; 3];
    for (matrix, threshold) in &matrices {
        let graph = FilteredGraph::of_distances(matrix, *threshold).unwrap();
        let found = graph_diagrams(&graph, 2).unwrap();
        let distance = |i: usize, j: usize| {
            let level = matrix[(i, j)];
            threshold
                .is_none_or(|threshold| level <= threshold)
                .then_some(level)
        };
        let expected = reference(cliques(&distance, matrix.nrows()), 3);
        for dimension in 0..3 {
            assert_eq!(
                classes(&found[dimension]),
                expected[dimension],
                "{dimension}"
            );
            classes_seen[dimension] += expected[dimension].len();
        }
    }
    assert!(
        classes_seen.iter().all(|seen| *seen > 10),
        "{classes_seen:?}"
    );
}

/// Weights of N(0, 1): `outputs x inputs` for every pair of neighbouring layers.
fn normal_layers(sizes: &[usize], index: u64) -> Vec<DMatrix<f64>> {
    let mut random = stream(1, "relevance", index);
    let pairs = sizes.windows(2);
    pairs
        .map(|pair| DMatrix::from_fn(pair[1], pair[0], |_, _| random.sample(StandardNormal)))
        .collect()
}

/// Simplices of the complex of relevances of two layers, from its definition.
fn relevance_simplices(layers: &[DMatrix<f64>], own: bool) -> Vec<(f64, Vec<usize>)> {
    let positive = layers.iter().map(|weights| {
        let mut shares = weights.map(|w| w.max(0.0));
        for mut row in shares.row_iter_mut() {
            let sum = row.sum();
            if sum > 0.0 {
                row /= sum;
            }
        }
        shares
    });
    let [first, second] = &positive.collect::<Vec<_>>()[..] else {
        panic!("two layers");
    };
    let (a, b, c) = (first.ncols(), first.nrows(), second.nrows());
    let mut all: Vec<(f64, Vec<usize>)> = (0..a + b + c).map(|v| (-1.0, vec![v])).collect();
    for (j, i) in (0..b).flat_map(|j| (0..a).map(move |i| (j, i))) {
        if first[(j, i)] > 0.0 {
            all.push((-first[(j, i)], vec![i, a + j]));
        }
    }
    for (k, j) in (0..c).flat_map(|k| (0..b).map(move |j| (k, j))) {
        if second[(k, j)] > 0.0 {
            all.push((-second[(k, j)], vec![a + j, a + b + k]));
        }
    }
    for (k, i) in (0..c).flat_map(|k| (0..a).map(move |i| (k, i))) {
        let product = |j: usize| first[(j, i)] * second[(k, j)];
        let best = (0..b).map(product).fold(0.0, f64::max);
        if best == 0.0 {
            continue;
        }
        all.push((-best, vec![i, a + b + k]));
        for j in (0..b).filter(|j| product(*j) > 0.0) {
            let clique = (-best).max(-first[(j, i)]).max(-second[(k, j)]);
            let level = if own { -product(j) } else { clique };
            all.push((level, vec![i, a + j, a + b + k]));
        }
    }
    all
}

#[test]
fn complexes_of_relevances_match_the_plain_reduction() {
    for (sizes, index) in [
        ([9, 8, 5], 0),
        ([14, 12, 4], 1),
        ([5, 20, 3], 2),
        ([30, 30, 10], 3),
    ] {
        let layers = normal_layers(&sizes, index);
        let read = relevances(&layers).unwrap();
        for (triangles, own) in [(Triangles::OwnProduct, true), (Triangles::Clique, false)] {
            let options = RelevanceOptions {
                triangles,
                ..RelevanceOptions::default()
            };
            let found = relevance_diagrams(&read, options).unwrap();
            let expected = reference(relevance_simplices(&layers, own), 3);
            for dimension in 0..3 {
                // Found levels are -ln R, those of the reference -R.
                let logarithms: Vec<(f64, f64)> = expected[dimension]
                    .iter()
                    .map(|(birth, death)| {
                        let level = |order: f64| {
                            if order.is_finite() {
                                0.0 - (-order).ln()
                            } else {
                                order
                            }
                        };
                        (level(*birth), level(*death))
                    })
                    .collect();
                assert_eq!(
                    classes(&found[dimension]),
                    logarithms,
                    "{sizes:?} {triangles:?}"
                );
            }
        }
    }
}

/// 100-100-10 units: the number of loops against the plain reduction, and near that of another stream
/// (5,383 and 4,890), which one weight in two being positive leaves little room in.
#[test]
fn a_random_network_has_the_stated_number_of_loops() {
    let layers = normal_layers(&[100, 100, 10], 0);
    let read = relevances(&layers).unwrap();
    for (triangles, own, other) in [
        (Triangles::OwnProduct, true, 5383),
        (Triangles::Clique, false, 4890),
    ] {
        let options = RelevanceOptions {
            triangles,
            ..RelevanceOptions::default()
        };
        let found = relevance_diagrams(&read, options).unwrap()[1]
            .intervals
            .len();
        let expected = reference(relevance_simplices(&layers, own), 2)[1].len();
        assert_eq!(found, expected);
        assert!(found.abs_diff(other) < 250, "{found} {other}");
    }
}

/// Every loop is one of the graph of positive weights, and lives for a while.
#[test]
fn loops_of_relevances_are_those_of_the_graph_of_positive_weights() {
    for (sizes, index) in [([40, 30, 10], 0), ([25, 50, 3], 1), ([30, 20, 12], 2)] {
        let layers = normal_layers(&sizes, index);
        let read = relevances(&layers).unwrap();
        let found = relevance_diagrams(&read, RelevanceOptions::default()).unwrap();
        // No unit with a single positive weight, whose relevance would be 1.
        let positive = |layer: &DMatrix<f64>| layer.iter().filter(|weight| **weight > 0.0).count();
        let rows = layers.iter().flat_map(DMatrix::row_iter);
        assert!(
            rows.clone()
                .all(|row| row.iter().filter(|weight| **weight > 0.0).count() > 1)
        );
        let edges: usize = layers.iter().map(positive).sum();
        let vertices: usize = sizes.iter().sum();
        let cycles = edges + found[0].betti() - vertices;
        assert_eq!(found[1].intervals.len(), cycles, "{sizes:?}");
    }
}

#[test]
fn layers_with_positive_weights_are_joins_of_discrete_sets() {
    let ones = |outputs: usize, inputs: usize| DMatrix::from_element(outputs, inputs, 1.0);
    let betti = |layers: &[DMatrix<f64>]| {
        let layers: Vec<_> = layers.iter().map(Relevances::dense).collect();
        let diagrams = relevance_diagrams(&layers, RelevanceOptions::default()).unwrap();
        diagrams.map(|diagram| diagram.betti())
    };
    assert_eq!(betti(&[ones(4, 3)]), [1, 6, 0]);
    assert_eq!(betti(&[ones(4, 3), ones(5, 4)]), [1, 0, 24]);
    assert_eq!(betti(&[ones(7, 2), ones(3, 7)]), [1, 0, 12]);
}

#[test]
fn thresholds_of_the_source_round_levels_down() {
    // One unit of three inputs with shares .5, .25, .25: thresholds 6 and, at .2, 9.
    let layer = Relevances::dense(&dmatrix![2.0, 1.0, 1.0]);
    let options = RelevanceOptions {
        levels: Levels::Decades,
        ..RelevanceOptions::default()
    };
    let [components, ..] = relevance_diagrams(&[layer], options).unwrap();
    let infinity = f64::INFINITY;
    assert_eq!(
        classes(&components),
        [(1.0, 6.0), (1.0, 9.0), (1.0, 9.0), (1.0, infinity)]
    );
}

/// A filter of two places that slides over three inputs, without a border.
#[test]
fn relevances_of_filters_are_those_of_the_whole_matrix() {
    let filter = dmatrix![1.0, 3.0];
    let patches = [vec![Some(0), Some(1)], vec![Some(1), Some(2)]];
    let sliding = Relevances::filters(&filter, 3, &patches);
    let whole = Relevances::dense(&dmatrix![1.0, 3.0, 0.0; 0.0, 1.0, 3.0]);
    assert_eq!(sliding, whole);
}

#[test]
fn a_complex_of_one_triangle_that_enters_late_has_a_loop() {
    let edges = vec![(1.0, [0, 1]), (2.0, [1, 2]), (3.0, [0, 2])];
    let complex = FilteredComplex::new(vec![0.0; 3], &edges, vec![(5.0, [0, 1, 2])]).unwrap();
    let [components, loops, voids] = complex.diagrams();
    assert_eq!(classes(&loops), [(3.0, 5.0)]);
    assert_eq!((components.betti(), voids.betti()), (1, 0));
    for (edges, triangle) in [
        (edges.clone(), (2.5, [0, 1, 2])),
        (edges.clone(), (5.0, [0, 1, 1])),
        (edges, (5.0, [0, 1, 7])),
        (vec![(-1.0, [0, 1])], (5.0, [0, 0, 0])),
        (vec![(1.0, [0, 9])], (5.0, [0, 0, 0])),
    ] {
        assert!(FilteredComplex::new(vec![0.0; 3], &edges, vec![triangle]).is_err());
    }
}

#[test]
fn data_that_are_no_complex_are_refused_at_their_place() {
    let says = |error: String, words: &str| assert!(error.contains(words), "{error}");
    let graph = |matrix: DMatrix<f64>| FilteredGraph::of_distances(&matrix, None).unwrap_err();
    says(
        graph(dmatrix![0.0, 1.0; 2.0, 0.0]).to_string(),
        "row 0, column 1",
    );
    says(graph(dmatrix![0.0, 1.0]).to_string(), "1 x 2");
    says(
        graph(dmatrix![0.0, f64::NAN; f64::NAN, 0.0]).to_string(),
        "distance NaN",
    );
    says(
        graph(dmatrix![0.0, -1.0; -1.0, 0.0]).to_string(),
        "distance -1",
    );
    says(graph(dmatrix![1.0]).to_string(), "0 on the diagonal");
    says(graph(DMatrix::zeros(0, 0)).to_string(), "at least 1");
    let points = FilteredGraph::of_points(&dmatrix![0.0, f64::INFINITY], None).unwrap_err();
    says(points.to_string(), "row 0, column 1");
    let threshold = FilteredGraph::of_points(&dmatrix![0.0; 1.0], Some(f64::NAN)).unwrap_err();
    says(threshold.to_string(), "threshold");
    let layers = [DMatrix::zeros(3, 4), DMatrix::zeros(2, 5)];
    let layers: Vec<_> = layers.iter().map(Relevances::dense).collect();
    let unchained = relevance_diagrams(&layers, RelevanceOptions::default()).unwrap_err();
    says(unchained.to_string(), "layer 2");
    says(
        relevances(&[dmatrix![f64::NAN]]).unwrap_err().to_string(),
        "layer 1 holds NaN",
    );
}
