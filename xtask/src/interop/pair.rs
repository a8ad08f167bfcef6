//! A client on each side: one stores, the other looks.

use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mc_client::{Behaviors, Client};
use serde_json::json;

use super::placement::{Case, Fleet};
use super::python::Python;

/// A client on each side, with the same servers and settings.
pub(super) struct Pair<'f> {
    keys: &'f [String],
    ours: Client,
    python: &'f mut Python,
    /// What the values begin with: another one for each pair, so that no leftover is taken for a value.
    tag: String,
}

impl<'f> Pair<'f> {
    pub(super) fn connect(fleet: &'f Fleet, python: &'f mut Python, case: Case) -> Result<Self> {
        let servers = fleet.specs(case.weighted);
        let (hash, distribution) = (case.hash.name(), case.distribution.name());
        let settings = json!({"hash": hash, "distribution": distribution, "_noreply": true});
        let ask = json!({"do": "connect", "servers": servers, "behaviors": settings});
        python.ask::<()>(ask)?;
        let mut behaviors = Behaviors::default();
        behaviors.compat = fleet.compat;
        behaviors.hash = case.hash;
        behaviors.set("distribution", distribution)?;
        let builder = Client::builder().servers(servers)?.behaviors(behaviors);
        Ok(Self {
            keys: &fleet.keys,
            // The machine may be busy, and how fast it is is not the question.
            ours: builder.deadline(Duration::from_secs(60)).build()?,
            python,
            tag: case.to_string(),
        })
    }

    /// Each side stores one half, and each must find the whole.
    pub(super) async fn exchange(&mut self) -> Result<()> {
        let half = self.keys.len() / 2;
        self.store_by_python(0..half)?;
        self.store(half..self.keys.len()).await?;
        self.expect_wrong(&[]).await
    }

    /// A key on another server than its owner, and then a value with a byte more: each side must miss just that key.
    pub(super) async fn control(&mut self) -> Result<()> {
        self.exchange().await?;
        let (key, value) = (&self.keys[0], self.value(0));
        let mut owners = self.keys.iter().map(|key| self.ours.owner(key));
        let owner = self.ours.owner(key)?;
        let other = owners.find(|other| other.as_ref().is_ok_and(|other| *other != owner));
        let other = other.context("all keys are on one server")??;
        Client::builder()
            .servers([&*other])?
            .build()?
            .set(key, &value)
            .await?;
        self.ours.delete(key).await?;
        self.expect_wrong(&[key]).await.context("a misplaced key")?;
        self.ours.set(key, format!("{value}!")).await?;
        self.expect_wrong(&[key]).await.context("a damaged value")
    }

    /// Fails unless each side finds all keys but these.
    ///
    /// Python reads first: it waits for no answer to a set, which takes it twenty times as long, and what it has sent
    /// before over the same connection is done when its gets are answered.
    async fn expect_wrong(&mut self, expected: &[&String]) -> Result<()> {
        for (side, wrong) in [
            ("Python", self.wrong_by_python()?),
            ("Rust", self.wrong().await?),
        ] {
            ensure!(
                wrong.iter().eq(expected.iter().copied()),
                "{side} does not find {} of {} keys, where {expected:?} was expected: {:?}",
                wrong.len(),
                self.keys.len(),
                &wrong[..wrong.len().min(5)]
            );
        }
        Ok(())
    }

    async fn store(&self, range: Range<usize>) -> Result<()> {
        let items = range.map(|at| (&self.keys[at], self.value(at)));
        let stored = self.ours.set_many(items).await;
        match stored.failed().next() {
            Some((key, error)) => Err(error.clone()).context(format!("cannot store {key:?}")),
            None => Ok(()),
        }
    }

    fn store_by_python(&mut self, range: Range<usize>) -> Result<()> {
        let Range { start, end } = range;
        let ask = json!({"do": "store", "tag": self.tag, "start": start, "end": end});
        let failed: Vec<String> = self.python.ask(ask)?;
        ensure!(failed.is_empty(), "Python cannot store {failed:?}");
        Ok(())
    }

    /// The keys that are missing or hold something else.
    async fn wrong(&self) -> Result<Vec<String>> {
        let found = self.ours.get_many::<_, String>(self.keys).await;
        let mut wrong = Vec::new();
        for (at, value) in found.into_results().into_iter().enumerate() {
            if value? != Some(self.value(at)) {
                wrong.push(self.keys[at].clone());
            }
        }
        Ok(wrong)
    }

    fn wrong_by_python(&mut self) -> Result<Vec<String>> {
        self.python.ask(json!({"do": "wrong", "tag": self.tag}))
    }

    fn value(&self, at: usize) -> String {
        format!("{} {at}", self.tag)
    }
}
