//! Values: what one side stores the other reads, whatever its type.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use mc_client::{Client, Raw, Value};
use mc_testkit::Memcached;
use serde_json::json;

use super::python::Python;
use super::rows::{self, Row};
use super::settings::{self, Settings};

/// The flag of both libraries that tells what is compressed.
const ZLIB: u32 = 8;

/// Every value through the libraries that Python has, a line for each setting; and whether a wrong value would have
/// been seen.
pub(super) async fn check(python: &mut Python, libraries: &[&str]) -> Result<()> {
    let rows = rows::all()?;
    let mut all = settings::all();
    all.retain(|settings| libraries.contains(&settings.library));
    for settings in &all {
        let mut exchange = Exchange::start(python, &rows, settings)?;
        exchange.run().await.with_context(|| settings.to_string())?;
        let control = exchange.control().await;
        control.with_context(|| settings.to_string())?;
        println!(
            "values: {settings}: each side read the other's {}, and none of them in another's place",
            rows.len()
        );
    }
    Ok(())
}

/// A server, and a client of it on each side.
struct Exchange<'e> {
    rows: &'e [Row],
    settings: &'e Settings,
    python: &'e mut Python,
    ours: Client,
    _server: Memcached,
}

impl<'e> Exchange<'e> {
    fn start(python: &'e mut Python, rows: &'e [Row], settings: &'e Settings) -> Result<Self> {
        let server = Memcached::start()?;
        let name = server.address().to_string();
        python.ask::<()>(json!({"do": "speak", "server": name, "settings": settings}))?;
        Ok(Self {
            rows,
            settings,
            python,
            ours: settings.client(&name)?,
            _server: server,
        })
    }

    /// Each side stores every value, and the other must read it.
    async fn run(&mut self) -> Result<()> {
        let values = self.in_python();
        self.python
            .ask::<()>(json!({"do": "put", "values": values}))?;
        let differing = self.differing().await?;
        ensure!(differing.is_empty(), "Rust read {differing:#?}");
        let compressed = self.compressed().await?;
        for (at, row) in self.rows.iter().enumerate() {
            self.ours.set(&key(at), row.rust.clone()).await?;
        }
        let differing = self.differing_in_python()?;
        ensure!(differing.is_empty(), "Python read {differing:#?}");
        let ours = self.compressed().await?;
        ensure!(
            ours == compressed && ours.is_empty() != self.settings.compress(),
            "Rust compressed {ours:?}, Python {compressed:?}"
        );
        Ok(())
    }

    /// What is stored compressed.
    async fn compressed(&self) -> Result<Vec<&'e str>> {
        let items = self.items().await?;
        let items = self.rows.iter().zip(items);
        let compressed = items.filter(|(_, item)| item.flags & ZLIB != 0);
        Ok(compressed.map(|(row, _)| row.python).collect())
    }

    /// Everything as it is stored.
    async fn items(&self) -> Result<Vec<Raw>> {
        let mut items = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let item: Option<Raw> = self.ours.get(&key(at)).await?;
            items.push(item.with_context(|| format!("{} is missing", row.python))?);
        }
        Ok(items)
    }

    /// Puts each item in the place of the one before it: each side must see every one of them.
    async fn control(&mut self) -> Result<()> {
        let mut items = self.items().await?;
        items.rotate_left(1);
        for (at, item) in items.into_iter().enumerate() {
            self.ours.set(&key(at), item).await?;
        }
        let seen = (
            self.differing().await?.len(),
            self.differing_in_python()?.len(),
        );
        let all = self.rows.len();
        ensure!(
            seen == (all, all),
            "of {all} values in the wrong place {seen:?} were seen by Rust and Python"
        );
        Ok(())
    }

    /// What Rust reads otherwise than it was stored.
    async fn differing(&self) -> Result<Vec<String>> {
        let mut differing = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let found: Option<Value> = self.ours.get(&key(at)).await?;
            let found = found.with_context(|| format!("{} is missing", row.python))?;
            differing.extend(row.expect(found).err());
        }
        Ok(differing)
    }

    /// What Python reads otherwise than it was stored.
    fn differing_in_python(&mut self) -> Result<Vec<String>> {
        let values = self.in_python();
        self.python
            .ask(json!({"do": "differing", "values": values}))
    }

    /// The values as Python evaluates them, by key.
    fn in_python(&self) -> BTreeMap<String, &str> {
        let values = self.rows.iter().enumerate();
        values.map(|(at, row)| (key(at), row.python)).collect()
    }
}

fn key(at: usize) -> String {
    format!("value:{at}")
}
