//! What `stats` can be asked for.

/// The statistics that a server keeps under a name of their own, and what
/// can be done with them.
///
/// [`DetailOn`](Self::DetailOn), [`DetailOff`](Self::DetailOff) and
/// [`Reset`](Self::Reset) are answered with [`Reply::Ok`](crate::Reply::Ok),
/// [`DetailDump`](Self::DetailDump) with
/// [`Reply::Prefixes`](crate::Reply::Prefixes), the others with
/// [`Reply::Stats`](crate::Reply::Stats).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatsTopic {
    /// `settings`: how the server is set up.
    Settings,
    /// `items`: counts and ages for each slab class.
    Items,
    /// `slabs`: memory for each slab class.
    Slabs,
    /// `sizes`: how many items there are of each size.
    Sizes,
    /// `conns`: what each connection does.
    Conns,
    /// `detail on`: begins to count by prefix, which is the part of a key in
    /// front of the server's delimiter (`:`).
    DetailOn,
    /// `detail off`: counts by prefix no more.
    DetailOff,
    /// `detail dump`: what was counted by prefix.
    DetailDump,
    /// `reset`: sets the counters to 0.
    Reset,
}

impl StatsTopic {
    /// Every topic.
    pub const ALL: [Self; 9] = [
        Self::Settings,
        Self::Items,
        Self::Slabs,
        Self::Sizes,
        Self::Conns,
        Self::DetailOn,
        Self::DetailOff,
        Self::DetailDump,
        Self::Reset,
    ];

    /// The words that the server knows it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Items => "items",
            Self::Slabs => "slabs",
            Self::Sizes => "sizes",
            Self::Conns => "conns",
            Self::DetailOn => "detail on",
            Self::DetailOff => "detail off",
            Self::DetailDump => "detail dump",
            Self::Reset => "reset",
        }
    }
}
