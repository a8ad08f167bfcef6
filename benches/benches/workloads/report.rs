//! The results as a table for readers, as JSON and as a chart.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Serialize;

use super::results::{Results, Row};
use super::{Transport, Workload, chart};

/// Prints the table and writes the rest.
pub(super) fn publish(results: &Results) -> Result<()> {
    let rows = results.rows();
    print!("{}", table(&rows));
    write_json(&rows, "workloads.json")?;
    let file = dir()?.join("workloads.svg");
    chart::draw(&rows, &file)?;
    println!("written: {}", file.display());
    Ok(())
}

/// Writes rows, and says where.
pub(super) fn write_json(rows: &impl Serialize, name: &str) -> Result<()> {
    let file = dir()?.join(name);
    fs::write(&file, serde_json::to_string_pretty(rows)? + "\n")?;
    println!("\nwritten: {}", file.display());
    Ok(())
}

/// Where all of it is written: `bench/` in cargo's target directory.
pub(super) fn dir() -> Result<PathBuf> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

fn table(rows: &[Row]) -> String {
    let mut table = String::new();
    let mut shown: Option<(Workload, Transport)> = None;
    for row in rows {
        let scene = (row.cell.workload, row.cell.transport);
        if shown.replace(scene) != Some(scene) {
            let (workload, transport) = scene;
            let title = format!("{workload} {}, {transport}", workload.title());
            let _ = writeln!(
                table,
                "\n{title:<31}      ops/s   µs CPU  throughput to floor  CPU to floor"
            );
        }
        let _ = writeln!(table, "{}", line(row));
    }
    if rows.iter().any(|row| row.disturbed > 0) {
        table.push_str("\n~n: in n turns others used more than 0.3 processors meanwhile\n");
    }
    table
}

fn line(row: &Row) -> String {
    let mut line = format!(
        "  {:<7} {:<16} {:>14.0} {:>8.2}  {:<19}  {:<19}",
        row.cell.protocol,
        row.cell.side,
        row.throughput.median,
        row.cpu.median,
        row.throughput_to_floor,
        row.cpu_to_floor
    );
    if let Some(target) = row.target {
        let throughput = verdict(row.throughput_to_floor.median >= target.throughput);
        let cpu = verdict(row.cpu_to_floor.median <= target.cpu);
        let (least, most) = (target.throughput, target.cpu);
        let _ = write!(line, "  ≥ {least:.2} {throughput}, ≤ {most:.2} {cpu}");
    }
    if row.disturbed > 0 {
        let _ = write!(line, "  ~{}", row.disturbed);
    }
    line.trim_end().to_owned()
}

fn verdict(holds: bool) -> &'static str {
    if holds { "ok" } else { "no" }
}
