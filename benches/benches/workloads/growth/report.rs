//! The growth as a table for readers, as JSON and as a chart.

use std::fmt::Write;

use anyhow::Result;

use super::super::report::{dir, write_json};
use super::{Axis, Growth, Row, chart};

/// Prints the tables and writes the rest.
pub(super) fn publish(growth: &Growth) -> Result<()> {
    print!("{}", table(growth));
    write_json(growth, "growth.json")?;
    let file = dir()?.join("growth.svg");
    chart::draw(&growth.rows, &file)?;
    println!("written: {}", file.display());
    Ok(())
}

fn table(growth: &Growth) -> String {
    let mut table = String::new();
    let mut axis: Option<Axis> = None;
    for row in &growth.rows {
        if axis.replace(row.axis) != Some(row.axis) {
            let title = row.axis.title();
            let _ = writeln!(
                table,
                "\n{title:<33}         µs    µs CPU  to first  CPU to first"
            );
        }
        let first = growth.rows.iter().find(|first| first.is_of(row));
        let first = first.unwrap_or(row);
        let _ = writeln!(
            table,
            "  {:<7} {:<14} {:>8} {:>10.3} {:>9.3} {:>9.2} {:>13.2}",
            row.protocol,
            row.side,
            row.size,
            row.wall.median,
            row.cpu.median,
            row.wall.median / first.wall.median,
            row.cpu.median / first.cpu.median
        );
    }
    table.push_str("\nresident memory                      KiB    bytes each\n");
    for held in &growth.memory {
        let (title, kib) = (held.title(), held.bytes >> 10);
        let _ = writeln!(table, "  {title:<33} {kib:>5} {:>12}", held.each());
    }
    table
}

impl Row {
    /// Whether it is of the same line of the chart.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.axis == other.axis && self.protocol == other.protocol && self.side == other.side
    }
}
