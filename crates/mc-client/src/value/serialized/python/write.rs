//! Tree → pickle, in protocol 4.

use bytes::{BufMut, Bytes, BytesMut};

use super::Python;
use super::opcode::*;
use crate::error::Error;
use crate::value::Integer;

/// The pickle of a tree.
pub(super) fn pickle(tree: &Python) -> Result<Bytes, Error> {
    let mut out = BytesMut::from(&[PROTO, 4][..]);
    put(&mut out, tree)?;
    out.put_u8(STOP);
    Ok(out.freeze())
}

fn put(out: &mut BytesMut, tree: &Python) -> Result<(), Error> {
    match tree {
        Python::None => out.put_u8(NONE),
        Python::Bool(truth) => out.put_u8(if *truth { NEWTRUE } else { NEWFALSE }),
        Python::Int(number) => put_integer(out, *number),
        Python::Float(number) => {
            out.put_u8(BINFLOAT);
            out.put_f64(*number);
        }
        Python::Str(text) => put_counted(out, BINUNICODE, text.as_bytes())?,
        Python::Bytes(bytes) => put_counted(out, BINBYTES, bytes)?,
        Python::List(items) => put_items(out, Some(EMPTY_LIST), items, APPENDS)?,
        Python::Tuple(items) => put_items(out, None, items, TUPLE)?,
        Python::Set(items) => put_items(out, Some(EMPTY_SET), items, ADDITEMS)?,
        Python::FrozenSet(items) => put_items(out, None, items, FROZENSET)?,
        Python::Dict(pairs) => {
            out.put_slice(&[EMPTY_DICT, MARK]);
            for (key, value) in pairs {
                put(out, key)?;
                put(out, value)?;
            }
            out.put_u8(SETITEMS);
        }
    }
    Ok(())
}

fn put_items(
    out: &mut BytesMut,
    empty: Option<u8>,
    items: &[Python],
    fill: u8,
) -> Result<(), Error> {
    out.extend(empty);
    out.put_u8(MARK);
    items.iter().try_for_each(|item| put(out, item))?;
    out.put_u8(fill);
    Ok(())
}

fn put_counted(out: &mut BytesMut, code: u8, bytes: &[u8]) -> Result<(), Error> {
    let len = u32::try_from(bytes.len())
        .map_err(|cause| Error::unstorable("a string is over 4 GiB").because(cause))?;
    out.put_u8(code);
    out.put_u32_le(len);
    out.put_slice(bytes);
    Ok(())
}

/// In four bytes, or in two's complement of seventeen, which holds all.
fn put_integer(out: &mut BytesMut, number: Integer) {
    if let Ok(small) = i32::try_from(number) {
        out.put_u8(BININT);
        out.put_i32_le(small);
        return;
    }
    let (negative, magnitude) = number.parts();
    let low = if negative {
        magnitude.wrapping_neg()
    } else {
        magnitude
    };
    out.put_slice(&[LONG1, 17]);
    out.put_u128_le(low);
    out.put_u8(if negative { 0xff } else { 0 });
}
