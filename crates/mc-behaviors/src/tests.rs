//! Tests of the settings and their replay.

mod by_name;
mod effects;
mod live;
mod properties;
mod replay;
mod servers;
mod table;
