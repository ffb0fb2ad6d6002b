//! Drawings of finished results. This room computes nothing that a report lacks.
//!
//! Every drawing is a plain struct that implements [`Figure`]: it lays out a [`Scene`] once, and
//! [`Figure::save`] writes that scene as SVG and as PNG. [`Lines`], [`HeatMap`] and [`ImageGrid`]
//! serve all rooms; the others each tell one story. The typeface is embedded, so that the same
//! data give the same picture on every machine, and nothing need be installed; [`Lettering`] chooses another one, or another size.
//!
//! ```
//! use pulsatrix::figures::{Axis, Figure, Lines, Look, Series};
//!
//! let sine = (0..200).map(|i| 0.05 * f64::from(i)).map(|t| (t, t.sin())).collect();
//! let figure = Lines {
//!     title: "A sine".into(),
//!     x: Axis::linear("time t"),
//!     y: Axis::linear("sin t"),
//!     series: vec![Series::new("sine", sine, Look::Line)],
//!     ..Lines::default()
//! };
//! assert!(figure.svg()?.contains(">time t</text>"));
//! # Ok::<(), pulsatrix::figures::FigureError>(())
//! ```

mod atlas_overview;
mod atlas_table;
mod axes;
mod delay_portrait;
mod error;
mod figure;
mod heat_map;
mod image_grid;
mod legend;
mod lettering;
mod lines;
mod partition_diagram;
mod pdf;
mod period_by_k;
mod phase_circles;
mod png;
mod raster;
mod reduce;
mod region_map;
mod render;
pub mod scene;
mod style;
mod svg;
mod ticks;
mod time_courses;
mod typeface;

pub use atlas_overview::{AtlasCell, AtlasOverview};
pub use atlas_table::{AtlasRow, AtlasTable};
pub use axes::{Axis, Scale};
pub use delay_portrait::DelayPortrait;
pub use error::FigureError;
pub use figure::{Figure, PictureOptions, Untitled};
pub use heat_map::HeatMap;
pub use image_grid::{GreyImage, ImageGrid};
pub use lettering::Lettering;
pub use lines::{Band, Direction, Lines, Look, Reference, Series, Strip};
pub use partition_diagram::{PartitionColumn, PartitionDiagram};
pub use period_by_k::{MeasuredPeriods, PeriodByK};
pub use phase_circles::{PhaseCircle, PhaseCircles};
pub use png::PNG_DENSITY;
pub use raster::{Raster, RasterCurve, RasterRow};
pub use region_map::{MapKey, RegionMap};
pub use scene::Scene;
pub use style::{Colour, ColourMap};
pub use ticks::{grouped, significant};
pub use time_courses::{NeuronCourse, TimeCourses};
pub use typeface::{Typeface, TypefaceError, Weight};
