//! Pickle → tree: each opcode of plain data, and none that runs anything.

use super::Python;
use super::machine::{Fault, Id, Machine, NEWEST, Object};
use super::opcode::*;
use crate::error::Error;
use crate::value::Integer;

/// The plain data of a pickle. What stands behind its end is ignored, as in Python.
pub(super) fn unpickle(pickle: &[u8]) -> Result<Python, Error> {
    let reader = Reader {
        pickle,
        at: 0,
        machine: Machine::new(),
    };
    reader
        .run()
        .map_err(|fault| Error::wrong_type(format!("the pickle is not read: {fault}")))
}

struct Reader<'p> {
    pickle: &'p [u8],
    at: usize,
    machine: Machine<'p>,
}

impl<'p> Reader<'p> {
    fn run(mut self) -> Result<Python, Fault> {
        loop {
            match self.byte()? {
                STOP => return self.machine.finish(),
                code => self.step(code)?,
            }
        }
    }

    fn step(&mut self, code: u8) -> Result<(), Fault> {
        match code {
            PROTO => self.protocol(),
            MARK => self.machine.mark(),
            FRAME => self.number::<8>().map(drop),
            POP => self.machine.pop_or_unmark(),
            DUP => self.machine.dup(),
            POP_MARK => self.machine.pop_mark().map(drop),
            PUT | BINPUT | LONG_BINPUT | MEMOIZE | GET | BINGET | LONG_BINGET => self.memo(code),
            GLOBAL | STACK_GLOBAL | REDUCE => self.class(code),
            EMPTY_TUPLE | TUPLE | TUPLE1 | TUPLE2 | TUPLE3 | EMPTY_LIST | LIST | EMPTY_DICT
            | DICT | EMPTY_SET | FROZENSET => self.container(code),
            APPEND | APPENDS | SETITEM | SETITEMS | ADDITEMS => self.fill(code),
            _ => {
                let object = self.scalar(code)?;
                self.machine.push(object)
            }
        }
    }

    fn protocol(&mut self) -> Result<(), Fault> {
        match self.byte()? {
            ..=NEWEST => Ok(()),
            newer => Err(Fault::Protocol(newer)),
        }
    }

    fn memo(&mut self, code: u8) -> Result<(), Fault> {
        match code {
            PUT => {
                let memo = self.digits()?;
                self.machine.put(memo)
            }
            BINPUT => {
                let memo = self.byte()?;
                self.machine.put(memo.into())
            }
            LONG_BINPUT => {
                let memo = u32::from_le_bytes(self.number()?);
                self.machine.put(memo)
            }
            MEMOIZE => self.machine.memoize(),
            GET => {
                let memo = self.digits()?;
                self.machine.get(memo)
            }
            BINGET => {
                let memo = self.byte()?;
                self.machine.get(memo.into())
            }
            _ => {
                let memo = u32::from_le_bytes(self.number()?);
                self.machine.get(memo)
            }
        }
    }

    fn scalar(&mut self, code: u8) -> Result<Object<'p>, Fault> {
        Ok(match code {
            NONE => Object::None,
            NEWTRUE => Object::Bool(true),
            NEWFALSE => Object::Bool(false),
            INT => match self.line()? {
                b"00" => Object::Bool(false),
                b"01" => Object::Bool(true),
                digits => Object::Int(self.integer(digits)?),
            },
            LONG => {
                let line = self.line()?;
                Object::Int(self.integer(line.strip_suffix(b"L").unwrap_or(line))?)
            }
            BININT => Object::Int(i32::from_le_bytes(self.number()?).into()),
            BININT1 => Object::Int(self.byte()?.into()),
            BININT2 => Object::Int(u16::from_le_bytes(self.number()?).into()),
            LONG1 | LONG4 => Object::Int(wide(self.counted(code)?)?),
            FLOAT => Object::Float(self.digits()?),
            BINFLOAT => Object::Float(f64::from_be_bytes(self.number()?)),
            STRING => Object::OwnBytes(self.quoted()?),
            UNICODE => Object::OwnStr(self.escaped()?),
            BINUNICODE | SHORT_BINUNICODE | BINUNICODE8 => {
                let text = self.counted(code)?;
                Object::Str(str::from_utf8(text).map_err(|_| Fault::Operand(self.at))?)
            }
            BINSTRING | SHORT_BINSTRING | BINBYTES | SHORT_BINBYTES | BINBYTES8 | BYTEARRAY8 => {
                Object::Bytes(self.counted(code)?)
            }
            other => return Err(Fault::Opcode(other, self.at - 1)),
        })
    }

    fn container(&mut self, code: u8) -> Result<(), Fault> {
        let machine = &mut self.machine;
        let object = match code {
            EMPTY_TUPLE => Object::Tuple(Vec::new()),
            TUPLE => Object::Tuple(machine.pop_mark()?),
            TUPLE1 => Object::Tuple(machine.pop_some(1)?),
            TUPLE2 => Object::Tuple(machine.pop_some(2)?),
            TUPLE3 => Object::Tuple(machine.pop_some(3)?),
            EMPTY_LIST => Object::List(Vec::new()),
            LIST => Object::List(machine.pop_mark()?),
            EMPTY_DICT => Object::Dict(Vec::new()),
            DICT => Object::Dict(machine.pop_mark()?),
            EMPTY_SET => Object::Set(Vec::new()),
            _ => Object::FrozenSet(machine.pop_mark()?),
        };
        machine.push(object)
    }

    fn fill(&mut self, code: u8) -> Result<(), Fault> {
        let items = match code {
            APPEND => self.machine.pop_some(1)?,
            SETITEM => self.machine.pop_some(2)?,
            _ => self.machine.pop_mark()?,
        };
        match (self.machine.top()?, code) {
            (Object::List(list), APPEND | APPENDS) => list.extend(items),
            (Object::Dict(dict), SETITEM | SETITEMS) => dict.extend(items),
            (Object::Set(set), ADDITEMS) => set.extend(items),
            _ => return Err(Fault::Kind),
        }
        Ok(())
    }

    /// Classes and functions are named, and those few called that plain data was written by.
    fn class(&mut self, code: u8) -> Result<(), Fault> {
        let object = match code {
            GLOBAL => Object::Global(self.name()?, self.name()?),
            STACK_GLOBAL => {
                let names = self.machine.pop_some(2)?;
                Object::Global(self.text(names.first())?, self.text(names.get(1))?)
            }
            _ => {
                let ids = self.machine.pop_some(2)?;
                self.call(&ids)?
            }
        };
        self.machine.push(object)
    }

    /// How Python 2 and the lower protocols spell sets and bytes.
    fn call(&self, ids: &[Id]) -> Result<Object<'p>, Fault> {
        let [class, arguments] = ids else {
            return Err(Fault::Missing);
        };
        let (Object::Global(module, name), Object::Tuple(arguments)) = (
            self.machine.object(*class)?,
            self.machine.object(*arguments)?,
        ) else {
            return Err(Fault::Kind);
        };
        let class = format!("{module}.{name}");
        let argument = |at: usize| {
            let id = arguments.get(at);
            id.map(|id| self.machine.object(*id)).transpose()
        };
        let (first, encoding) = (argument(0)?, argument(1)?);
        match (class.as_str(), first) {
            ("builtins.set" | "__builtin__.set", Some(Object::List(items))) => {
                Ok(Object::Set(items.clone()))
            }
            ("builtins.frozenset" | "__builtin__.frozenset", Some(Object::List(items))) => {
                Ok(Object::FrozenSet(items.clone()))
            }
            ("builtins.bytes" | "__builtin__.bytes", None)
            | ("builtins.bytearray" | "__builtin__.bytearray", None) => Ok(Object::Bytes(&[])),
            ("_codecs.encode" | "builtins.bytearray" | "__builtin__.bytearray", Some(data)) => {
                let is_latin = |it| matches!(text(it), Some("latin1" | "latin-1"));
                let is_known = encoding.is_none_or(is_latin);
                let octets = octets(data).filter(|_| is_known);
                octets.map(Object::OwnBytes).ok_or(Fault::Kind)
            }
            _ => Err(Fault::class(module, name)),
        }
    }

    fn text(&self, id: Option<&Id>) -> Result<&'p str, Fault> {
        match self.machine.object(*id.ok_or(Fault::Missing)?)? {
            Object::Str(text) => Ok(text),
            _ => Err(Fault::Kind),
        }
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let [byte] = self.number()?;
        Ok(byte)
    }

    /// The bytes of a number of fixed length.
    fn number<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let rest = self.pickle.get(self.at..).ok_or(Fault::Ends)?;
        let number = rest.first_chunk().ok_or(Fault::Ends)?;
        self.at += N;
        Ok(*number)
    }

    /// Bytes behind their length, which the opcode has in 1, 4 or 8 bytes.
    fn counted(&mut self, code: u8) -> Result<&'p [u8], Fault> {
        let len = match code {
            SHORT_BINUNICODE | SHORT_BINBYTES | SHORT_BINSTRING | LONG1 => self.byte()?.into(),
            BINUNICODE8 | BINBYTES8 | BYTEARRAY8 => u64::from_le_bytes(self.number()?),
            _ => u32::from_le_bytes(self.number()?).into(),
        };
        let len = usize::try_from(len).map_err(|_| Fault::Ends)?;
        self.take(len)
    }

    fn take(&mut self, len: usize) -> Result<&'p [u8], Fault> {
        let rest = self.pickle.get(self.at..).ok_or(Fault::Ends)?;
        let taken = rest.get(..len).ok_or(Fault::Ends)?;
        self.at += len;
        Ok(taken)
    }

    /// Up to the end of the line.
    fn line(&mut self) -> Result<&'p [u8], Fault> {
        let rest = self.pickle.get(self.at..).ok_or(Fault::Ends)?;
        let len = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or(Fault::Ends)?;
        let line = self.take(len)?;
        self.at += 1;
        Ok(line)
    }

    fn name(&mut self) -> Result<&'p str, Fault> {
        let line = self.line()?;
        str::from_utf8(line).map_err(|_| Fault::Operand(self.at))
    }

    fn digits<T: std::str::FromStr>(&mut self) -> Result<T, Fault> {
        let line = self.name()?;
        line.parse().map_err(|_| Fault::Operand(self.at))
    }

    fn integer(&self, digits: &[u8]) -> Result<Integer, Fault> {
        // An operand that is a number is refused for its size alone.
        let number = Integer::parse(digits);
        number.ok_or(if digits.len() > 38 {
            Fault::Wide
        } else {
            Fault::Operand(self.at)
        })
    }

    /// A `str` of Python 2: in quotes, with the escapes of its source.
    fn quoted(&mut self) -> Result<Vec<u8>, Fault> {
        let line = self.line()?;
        let ([b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"']) = line else {
            return Err(Fault::Operand(self.at));
        };
        unquote(inner).ok_or(Fault::Operand(self.at))
    }

    /// A `str` of protocol 0: Latin-1, with `\uXXXX` and `\UXXXXXXXX`.
    fn escaped(&mut self) -> Result<String, Fault> {
        let line = self.line()?;
        unescape(line).ok_or(Fault::Operand(self.at))
    }
}

/// Two's complement, the lowest byte first.
fn wide(bytes: &[u8]) -> Result<Integer, Fault> {
    let fill = if bytes.last().is_some_and(|highest| *highest >= 0x80) {
        0xff
    } else {
        0
    };
    let (low, high) = bytes.split_at(bytes.len().min(16));
    let mut number = [fill; 16];
    for (to, from) in number.iter_mut().zip(low) {
        *to = *from;
    }
    let (signed, unsigned) = (i128::from_le_bytes(number), u128::from_le_bytes(number));
    match (fill, high) {
        (0, [] | [0]) => Ok(unsigned.into()),
        (0xff, [] | [0xff]) if signed < 0 => Ok(signed.into()),
        _ => Err(Fault::Wide),
    }
}

/// Bytes, or those that text of code points below 256 stands for.
fn octets(data: &Object<'_>) -> Option<Vec<u8>> {
    match data {
        Object::Bytes(bytes) => Some(bytes.to_vec()),
        Object::OwnBytes(bytes) => Some(bytes.clone()),
        other => text(other)?
            .chars()
            .map(|it| u8::try_from(it).ok())
            .collect(),
    }
}

fn text<'o>(object: &'o Object<'_>) -> Option<&'o str> {
    match object {
        Object::Str(text) => Some(text),
        Object::OwnStr(text) => Some(text),
        _ => None,
    }
}

fn unquote(quoted: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some((byte, more)) = rest.split_first() {
        let (byte, more) = match (byte, more) {
            (b'\\', [b'x', more @ ..]) => {
                let (code, more) = hex(more, 2)?;
                (u8::try_from(code).ok()?, more)
            }
            (b'\\', [escaped, more @ ..]) => (unescaped(*escaped)?, more),
            (byte, more) => (*byte, more),
        };
        bytes.push(byte);
        rest = more;
    }
    Some(bytes)
}

fn unescaped(letter: u8) -> Option<u8> {
    Some(match letter {
        b'\\' | b'\'' | b'"' => letter,
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        _ => return None,
    })
}

fn unescape(line: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((byte, more)) = rest.split_first() {
        let (letter, more) = match (byte, more) {
            (b'\\', [b'u', more @ ..]) => escape(more, 4)?,
            (b'\\', [b'U', more @ ..]) => escape(more, 8)?,
            (byte, more) => (char::from(*byte), more),
        };
        text.push(letter);
        rest = more;
    }
    Some(text)
}

fn escape(digits: &[u8], count: usize) -> Option<(char, &[u8])> {
    let (code, rest) = hex(digits, count)?;
    Some((char::from_u32(code)?, rest))
}

fn hex(digits: &[u8], count: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = digits.split_at_checked(count)?;
    let value = |code: u32, digit: &u8| Some(code * 16 + char::from(*digit).to_digit(16)?);
    Some((digits.iter().try_fold(0, value)?, rest))
}

#[cfg(test)]
mod tests;
