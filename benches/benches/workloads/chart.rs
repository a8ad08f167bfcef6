//! The ratios to the floor as a chart, a bar each.

use std::path::Path;

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::Side;
use super::results::Row;

/// Where the bars of throughput and of a processor's time end, however long they were.
const MOST_THROUGHPUT: f64 = 1.4;
const MOST_CPU: f64 = 5.0;

/// In pixels.
const WIDTH: u32 = 1200;
const BAR: u32 = 16;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws throughput and a processor's time of all but the floors themselves.
pub(super) fn draw(rows: &[Row], file: &Path) -> Result<()> {
    let bars = rows.iter().filter(|row| row.cell.side != Side::Floor);
    let bars: Vec<&Row> = bars.collect();
    let height = 80 + BAR * bars.len() as u32;
    let area = SVGBackend::new(file, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let (left, right) = area.split_horizontally(WIDTH / 2);
    let throughput = |row: &Row| row.throughput_to_floor.median;
    let cpu = |row: &Row| row.cpu_to_floor.median;
    panel(
        &left,
        "throughput to floor",
        &bars,
        MOST_THROUGHPUT,
        throughput,
    )?;
    panel(&right, "CPU per operation to floor", &bars, MOST_CPU, cpu)?;
    area.present()?;
    Ok(())
}

fn panel(
    area: &Area<'_>,
    caption: &str,
    bars: &[&Row],
    most: f64,
    of: impl Fn(&Row) -> f64,
) -> Result<()> {
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(190)
        // Downwards, as in the table.
        .build_cartesian_2d(0.0..most, bars.len() as f64..0.0)?;
    let name = |at: &f64| {
        let bar = bars.get(*at as usize);
        bar.map_or_else(String::new, |row| row.cell.to_string())
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .y_labels(0)
        .draw()?;
    for (at, row) in bars.iter().enumerate() {
        let (top, bottom) = (at as f64 + 0.1, at as f64 + 0.9);
        let ends = [(0.0, top), (of(row).min(most), bottom)];
        chart.draw_series([Rectangle::new(ends, colour(row.cell.side).filled())])?;
        let (x, y) = chart.backend_coord(&(0.0, at as f64 + 0.5));
        let (left, top) = area.get_base_pixel();
        let style = ("sans-serif", 12).into_text_style(area);
        area.draw(&Text::new(
            name(&(at as f64)),
            (x - left - 180, y - top - 6),
            style,
        ))?;
    }
    chart.draw_series([PathElement::new(
        [(1.0, 0.0), (1.0, bars.len() as f64)],
        BLACK,
    )])?;
    Ok(())
}

/// Ours stand out.
pub(super) fn colour(side: Side) -> RGBColor {
    match side {
        Side::Blocking => RGBColor(31, 119, 180),
        Side::BlockingInto => RGBColor(130, 180, 220),
        Side::Tokio => RGBColor(44, 160, 44),
        Side::TokioMulti => RGBColor(140, 200, 140),
        _ => RGBColor(170, 170, 170),
    }
}
