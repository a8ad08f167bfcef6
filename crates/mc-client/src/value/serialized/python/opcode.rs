//! The opcodes of plain data, by the names that Python has for them.
//!
//! # Source
//! CPython `Lib/pickletools.py`, `opcodes`.

macro_rules! opcodes {
    ($($name:ident = $code:expr;)*) => {
        $(pub(super) const $name: u8 = $code;)*
    };
}

opcodes! {
    PROTO = 0x80;
    FRAME = 0x95;
    STOP = b'.';

    MARK = b'(';
    POP = b'0';
    DUP = b'2';
    POP_MARK = b'1';

    PUT = b'p';
    BINPUT = b'q';
    LONG_BINPUT = b'r';
    MEMOIZE = 0x94;
    GET = b'g';
    BINGET = b'h';
    LONG_BINGET = b'j';

    NONE = b'N';
    NEWTRUE = 0x88;
    NEWFALSE = 0x89;
    INT = b'I';
    LONG = b'L';
    BININT = b'J';
    BININT1 = b'K';
    BININT2 = b'M';
    LONG1 = 0x8a;
    LONG4 = 0x8b;
    FLOAT = b'F';
    BINFLOAT = b'G';

    STRING = b'S';
    BINSTRING = b'T';
    SHORT_BINSTRING = b'U';
    UNICODE = b'V';
    BINUNICODE = b'X';
    SHORT_BINUNICODE = 0x8c;
    BINUNICODE8 = 0x8d;
    BINBYTES = b'B';
    SHORT_BINBYTES = b'C';
    BINBYTES8 = 0x8e;
    BYTEARRAY8 = 0x96;

    EMPTY_TUPLE = b')';
    TUPLE = b't';
    TUPLE1 = 0x85;
    TUPLE2 = 0x86;
    TUPLE3 = 0x87;
    EMPTY_LIST = b']';
    LIST = b'l';
    APPEND = b'a';
    APPENDS = b'e';
    EMPTY_DICT = b'}';
    DICT = b'd';
    SETITEM = b's';
    SETITEMS = b'u';
    EMPTY_SET = 0x8f;
    ADDITEMS = 0x90;
    FROZENSET = 0x91;

    GLOBAL = b'c';
    STACK_GLOBAL = 0x93;
    REDUCE = b'R';
}
