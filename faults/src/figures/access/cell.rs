//! The axes of the matrix, and the rule of what each cell must come to.

use std::fmt;

use mc_client::ErrorKind::{self, Auth, Closed, Connect, Timeout, Tls};
use mc_client::{Protocol, SaslMechanism, Stage};

/// One client before one server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) guard: Guard,
    pub(super) wire: Wire,
    pub(super) shell: Shell,
    pub(super) protocol: Protocol,
    pub(super) login: Login,
    pub(super) speaks: Speaks,
    /// What the client shows of itself where the server asks for a certificate.
    pub(super) shows: Chain,
    /// Whether the password may be seen on its way.
    pub(super) openly: Openly,
    /// The one mechanism of SASL that the client takes.
    pub(super) mechanism: Option<SaslMechanism>,
}

/// What the server asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    Nothing,
    Sasl,
    /// The password of the text protocol, memcached's `-Y`.
    File,
}

/// What the server speaks, and what it shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Plain,
    Tls(Chain),
    /// TLS, and it wants a certificate of the client.
    Mutual(Chain),
}

/// A certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chain {
    Right,
    Expired,
    WrongName,
    UnknownCa,
    Missing,
}

/// Whether the client secures the connection as the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    AsTheServer,
    /// TLS to a plain server, or the other way round.
    TheOther,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    Async,
    Blocking,
}

/// The name and password that the client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    Right,
    Wrong,
    Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Openly {
    Refused,
    Allowed,
}

impl Guard {
    pub(super) const ALL: [Self; 3] = [Self::Nothing, Self::Sasl, Self::File];
}

/// Whether a wire is of a kind.
type Kind = fn(Wire) -> bool;

impl Wire {
    /// Its kinds by name.
    pub(super) const KINDS: [(&str, Kind); 3] = [
        ("plain TCP", |wire| matches!(wire, Self::Plain)),
        ("TLS", |wire| matches!(wire, Self::Tls(_))),
        ("TLS both ways", |wire| matches!(wire, Self::Mutual(_))),
    ];

    pub(super) fn all() -> Vec<Self> {
        let of_servers = [
            Chain::Right,
            Chain::Expired,
            Chain::WrongName,
            Chain::UnknownCa,
        ];
        let secured = of_servers
            .into_iter()
            .flat_map(|it| [Self::Tls(it), Self::Mutual(it)]);
        [Self::Plain].into_iter().chain(secured).collect()
    }
}

impl Shell {
    const ALL: [Self; 2] = [Self::Async, Self::Blocking];
}

impl Login {
    const ALL: [Self; 3] = [Self::Right, Self::Wrong, Self::Missing];
}

impl Cell {
    const PLAIN: Self = Self {
        guard: Guard::Nothing,
        wire: Wire::Plain,
        shell: Shell::Async,
        protocol: Protocol::Text,
        login: Login::Right,
        speaks: Speaks::AsTheServer,
        shows: Chain::Right,
        openly: Openly::Refused,
        mechanism: None,
    };

    /// What it must come to. This is the rule, and the only place that has it.
    pub(super) fn expected(&self) -> Result<(), ErrorKind> {
        if self.is_secured() && !self.is_trusted() {
            return Err(Tls);
        }
        if self.speaks == Speaks::TheOther {
            return Err(if self.asks_first() { Connect } else { Closed });
        }
        if self.is_met_by_silence() {
            return Err(if self.asks_first() {
                Connect
            } else {
                Timeout(Stage::Reply)
            });
        }
        match (self.guard, self.login) {
            (Guard::Nothing, _) => Ok(()),
            // It reads up to the line end that there is in the packets of a client that has nothing to tell.
            (Guard::File, Login::Missing) if self.protocol == Protocol::Binary => {
                Err(ErrorKind::Protocol)
            }
            (_, Login::Wrong | Login::Missing) => Err(Auth),
            (_, Login::Right) if self.would_be_seen() && self.openly == Openly::Refused => {
                Err(Auth)
            }
            (_, Login::Right) => Ok(()),
        }
    }

    /// Whether the client speaks TLS.
    pub(super) fn is_secured(&self) -> bool {
        (self.wire == Wire::Plain) == (self.speaks == Speaks::TheOther)
    }

    /// Whether each side takes the other's certificate.
    fn is_trusted(&self) -> bool {
        match self.wire {
            Wire::Plain => false,
            Wire::Tls(server) => server == Chain::Right,
            Wire::Mutual(server) => server == Chain::Right && self.shows == Chain::Right,
        }
    }

    /// memcached says nothing to who speaks the other protocol than the one that it can ask for passwords in, unless
    /// it finds a line end in what it takes for text.
    fn is_met_by_silence(&self) -> bool {
        let is_binary = self.protocol == Protocol::Binary;
        match self.guard {
            Guard::Nothing => false,
            Guard::Sasl => !is_binary,
            Guard::File => is_binary && self.login != Login::Missing,
        }
    }

    /// Whether the client says something of its own before the caller's request. A TLS port hangs up at what auto asks,
    /// which then speaks text, and asks no more.
    pub(super) fn asks_first(&self) -> bool {
        let is_auto = self.protocol == Protocol::Auto && self.speaks == Speaks::AsTheServer;
        self.login != Login::Missing || self.is_secured() || is_auto
    }

    /// Whether somebody on the way could read the password.
    fn would_be_seen(&self) -> bool {
        let hides = self.guard == Guard::Sasl && self.mechanism != Some(SaslMechanism::Plain);
        self.wire == Wire::Plain && !hides
    }
}

/// Every cell; what makes no difference is not varied.
pub(super) fn all() -> Vec<Cell> {
    use Protocol::{Auto, Binary, Meta, Text};
    let cells = varied_by(&Guard::ALL, &[Cell::PLAIN], |guard, cell| Cell {
        guard,
        ..cell
    });
    let cells = varied_by(&Wire::all(), &cells, |wire, cell| Cell { wire, ..cell });
    let cells = varied_by(&[Text, Meta, Binary, Auto], &cells, |protocol, cell| Cell {
        protocol,
        ..cell
    });
    let cells = varied_by(&Login::ALL, &cells, |login, cell| Cell { login, ..cell });
    let cells = varied_by(&Shell::ALL, &cells, |shell, cell| Cell { shell, ..cell });
    cells.into_iter().flat_map(varied).collect()
}

/// Each of `cells` with each of `values`.
fn varied_by<T: Copy>(values: &[T], cells: &[Cell], with: impl Fn(T, Cell) -> Cell) -> Vec<Cell> {
    let pairs = cells
        .iter()
        .flat_map(|&cell| values.iter().map(move |&it| (it, cell)));
    pairs.map(|(it, cell)| with(it, cell)).collect()
}

/// The cell, with what else it may have.
fn varied(cell: Cell) -> Vec<Cell> {
    let mut cells = vec![cell];
    if cell.guard == Guard::Sasl && cell.protocol == Protocol::Binary {
        let mechanism = Some(SaslMechanism::Plain);
        cells.push(Cell { mechanism, ..cell });
    }
    match cell.wire {
        Wire::Plain => {
            let both = [Openly::Refused, Openly::Allowed];
            cells = varied_by(&both, &cells, |openly, cell| Cell { openly, ..cell });
        }
        Wire::Mutual(Chain::Right) => {
            let others = [Chain::Missing, Chain::UnknownCa];
            cells.extend(others.map(|shows| Cell { shows, ..cell }));
        }
        Wire::Tls(_) | Wire::Mutual(_) => {}
    }
    if matches!(cell.wire, Wire::Plain | Wire::Tls(Chain::Right)) {
        let speaks = Speaks::TheOther;
        cells.push(Cell { speaks, ..cell });
    }
    cells
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "no password",
            Self::Sasl => "SASL",
            Self::File => "-Y",
        })
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {:?}, {:?} client, {}, speaks {:?}, login {:?}, its certificate {:?}, passwords in the open {:?}, mechanism {:?}",
            self.guard,
            self.wire,
            self.shell,
            self.protocol,
            self.speaks,
            self.login,
            self.shows,
            self.openly,
            self.mechanism
        )
    }
}
