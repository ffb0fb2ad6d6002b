//! Phases of neurons on circles: who fires after whom, and how evenly.

use std::f64::consts::TAU;

use super::Figure;
use super::error::{FigureError, require_finite, require_some};
use super::lettering::Lettering;
use super::scene::{Anchor, Mark, Point, Scene, Stroke};
use super::style::{
    BLUE, GRID, INK, MARGIN, MUTED, NARROWEST, PAPER, TICK_SIZE, VERMILLION, WIDTH,
};

/// One circle.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseCircle {
    /// Words below.
    pub caption: String,
    /// Phase of every neuron as a share of the period.
    pub phases: Vec<f64>,
    /// Whether the cycle attracts; one that does not is drawn open.
    pub stable: bool,
}

/// Cycles side by side, each as a circle that is run through clockwise from the top.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PhaseCircles {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// The circles, row by row.
    pub circles: Vec<PhaseCircle>,
}

/// Room for a circle with its caption; six stand beside each other.
const PITCH: f64 = (WIDTH - 2.0 * MARGIN) / 6.0;
/// Largest circle, where there are few.
const LARGEST: f64 = 230.0;
/// Radius of the disc of a neuron.
const DISC: f64 = 9.0;

impl Figure for PhaseCircles {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        require_some("the list of circles", &self.circles)?;
        for circle in &self.circles {
            require_finite("phases", circle.phases.iter().copied())?;
        }
        let room = lettering.drawn(WIDTH) - 2.0 * MARGIN;
        let most = ((room / PITCH + 1e-9) as usize).clamp(1, 6);
        let columns = self.circles.len().min(most);
        let largest = lettering.drawn(LARGEST).max(PITCH);
        let pitch = (room / columns as f64).clamp(PITCH, largest);
        let (narrow, wide) = (lettering.drawn(NARROWEST), lettering.drawn(WIDTH));
        let page = (2.0 * MARGIN + columns as f64 * pitch).clamp(narrow, wide);
        let mut scene = Scene::lettered(page, lettering);
        let mut top = scene.heading(&self.title, &self.subtitle)? + 6.0;
        let left = 0.5 * (page - columns as f64 * pitch);
        for row in self.circles.chunks(columns) {
            for (column, circle) in row.iter().enumerate() {
                let centre = (left + (column as f64 + 0.5) * pitch, top + 0.5 * pitch);
                draw(&mut scene, circle, centre, 0.5 * pitch - DISC - 6.0);
                let caption = lettering.fitted(&circle.caption, TICK_SIZE, pitch - 4.0)?;
                let at = (centre.0, top + pitch + 0.6 * TICK_SIZE);
                scene.text(&caption, at, TICK_SIZE, Anchor::Middle);
            }
            top += pitch + 2.0 * TICK_SIZE;
        }
        scene.height = top - 0.6 * TICK_SIZE + MARGIN;
        Ok(scene)
    }
}

/// Circle, the way from neuron to neuron by number, and their discs at their phases.
fn draw(scene: &mut Scene, circle: &PhaseCircle, centre: Point, radius: f64) {
    let place = |phase: f64, radius: f64| {
        let (sine, cosine) = (TAU * phase).sin_cos();
        (centre.0 + radius * sine, centre.1 - radius * cosine)
    };
    let rim = (0..=90)
        .map(|n| place(f64::from(n) / 90.0, radius))
        .collect();
    scene.path(rim, Stroke::solid(GRID, 2.0));
    let mut way: Vec<Point> = circle
        .phases
        .iter()
        .map(|phase| place(*phase, radius))
        .collect();
    way.extend(way.first().copied());
    scene.path(way, Stroke::solid(MUTED, 0.9));
    let colour = if circle.stable { BLUE } else { VERMILLION };
    for (neuron, phase) in circle.phases.iter().enumerate() {
        let at = place(*phase, radius);
        scene.marks.push(Mark::Disc(at, DISC, colour));
        let ink = if circle.stable {
            PAPER
        } else {
            scene.marks.push(Mark::Disc(at, DISC - 1.6, PAPER));
            INK
        };
        let base = (at.0, at.1 + 0.36 * TICK_SIZE);
        let words = (neuron + 1).to_string();
        scene.styled(
            &words,
            base,
            TICK_SIZE,
            Anchor::Middle,
            super::Weight::Regular,
            ink,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neurons_lie_at_their_phases_clockwise_from_the_top() {
        let figure = PhaseCircles {
            circles: vec![PhaseCircle {
                caption: "1-2-3-4".into(),
                phases: vec![0.0, 0.25, 0.5, 0.75],
                stable: true,
            }],
            ..PhaseCircles::default()
        };
        let scene = figure.scene().unwrap();
        let discs: Vec<Point> = scene
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Disc(at, ..) => Some(*at),
                _ => None,
            })
            .collect();
        assert_eq!(discs.len(), 4);
        assert!(discs[1].0 > discs[0].0 && discs[2].1 > discs[0].1 && discs[3].0 < discs[0].0);
        assert!(PhaseCircles::default().scene().is_err());
    }
}
