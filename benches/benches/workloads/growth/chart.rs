//! The growth as a chart: for each direction a panel, in it a line for each side.

use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::super::chart::colour;
use super::{Axis, Row};

/// In pixels, of one panel.
const WIDTH: u32 = 600;
const HEIGHT: u32 = 320;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws what an operation takes of time, on the left, and of a processor, on the right, both against the size.
pub(super) fn draw(rows: &[Row], file: &Path) -> Result<()> {
    let axes = Axis::value_variants();
    let size = (2 * WIDTH, HEIGHT * axes.len() as u32);
    let area = SVGBackend::new(file, size).into_drawing_area();
    area.fill(&WHITE)?;
    let panels = area.split_evenly((axes.len(), 2));
    for (axis, panels) in axes.iter().zip(panels.chunks(2)) {
        let rows: Vec<_> = rows.iter().filter(|row| row.axis == *axis).collect();
        panel(&panels[0], "µs", *axis, &rows, |row| row.wall.median)?;
        panel(&panels[1], "µs CPU", *axis, &rows, |row| row.cpu.median)?;
    }
    area.present()?;
    Ok(())
}

fn panel(
    area: &Area<'_>,
    unit: &str,
    axis: Axis,
    rows: &[&Row],
    of: impl Fn(&Row) -> f64,
) -> Result<()> {
    let costs = rows.iter().map(|row| of(row));
    let (least, most) = costs.fold((f64::MAX, 0.0_f64), |(least, most), cost| {
        (least.min(cost), most.max(cost))
    });
    let Some(largest) = rows.iter().map(|row| x(row)).reduce(f64::max) else {
        return Ok(());
    };
    let mut chart = ChartBuilder::on(area)
        .caption(format!("{}: {unit}", axis.title()), ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(60)
        .build_cartesian_2d(
            (1.0..largest * 1.1).log_scale(),
            (least * 0.8..most * 1.2).log_scale(),
        )?;
    chart.configure_mesh().draw()?;
    for line in rows.chunk_by(|row, next| row.is_of(next)) {
        let points = line.iter().map(|row| (x(row), of(row)));
        let side = line[0].side;
        let style = colour(side).stroke_width(2);
        let drawn = chart.draw_series(LineSeries::new(points, style).point_size(3))?;
        drawn
            .label(format!("{} {side}", line[0].protocol))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .border_style(BLACK)
        .draw()?;
    Ok(())
}

/// A logarithm has no place for a size of 0.
fn x(row: &Row) -> f64 {
    row.size.max(1) as f64
}
