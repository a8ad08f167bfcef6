"""The reference's side of `cargo xtask interop`: one JSON object a line in, one out.

{"do": NAME, ...} calls the function of that name with the other members, and is answered with
{"ok": RESULT} or, if it raised, with {"error": "CLASS: MESSAGE"}.
"""

import functools
import json
import sys
import zlib

import pylibmc

try:
    import pymemcache
    from pymemcache import serde
except ImportError:  # the system's Python may do without
    pymemcache = None

pylibmc.hashers["murmur3"] = 10  # libmemcached has it, pylibmc has no name for it

clients = {}
keys = []


def versions():
    """What is at work here."""
    return {
        "pylibmc": pylibmc.__version__,
        "libmemcached": pylibmc.libmemcached_version,
        "fills_buckets": fills_buckets(),
        "pymemcache": pymemcache and pymemcache.__version__,
    }


def fills_buckets():
    """Whether virtual buckets without a map go to every server, as they do since libmemcached 1.1.

    The version does not tell: 1.1.4 still calls itself 1.0.18.
    """
    servers, behaviors = ["localhost:1", "localhost:2"], {"distribution": "virtual bucket"}
    client = pylibmc.Client(servers, behaviors=behaviors)
    return any(client.hash(str(number)) for number in range(100))


def learn(many):
    """The keys that `store` and `wrong` are about, in this order."""
    keys[:] = many


def connect(servers, behaviors):
    """The client that `store` and `wrong` use."""
    clients["placed"] = pylibmc.Client(servers, behaviors=behaviors)


def store(tag, start, end):
    """Stores some of the keys; those that failed."""
    return clients["placed"].set_multi({keys[at]: value(tag, at) for at in range(start, end)})


def wrong(tag):
    """All keys are read; those that are missing or hold something else."""
    found = clients["placed"].get_multi(keys)
    return [key for at, key in enumerate(keys) if found.get(key) != value(tag, at)]


def value(tag, at):
    """Another one for each key of each run, so that no leftover is taken for it."""
    return f"{tag} {at}"


def speak(server, settings):
    """The client that `put` and `differing` use."""
    min_len, level = settings["min_compress_len"], settings["compress_level"]
    pickle_protocol = settings["pickle_protocol"]
    if settings["library"] == "pylibmc":
        behaviors = {"pickle_protocol": pickle_protocol}
        client = pylibmc.Client([server], binary=settings["binary"], behaviors=behaviors)
        store = functools.partial(client.set, min_compress_len=min_len, compress_level=level)
    else:
        codec = serde.PickleSerde(pickle_version=pickle_protocol)
        if min_len:
            compress = functools.partial(zlib.compress, level=level)
            codec = serde.CompressedSerde(compress=compress, serde=codec, min_compress_len=min_len)
        client = pymemcache.Client(server, serde=codec, timeout=5)
        store = functools.partial(client.set, noreply=False)
    clients["speaking"] = store, client.get


def put(values):
    """Stores values, given as Python writes them."""
    store, _ = clients["speaking"]
    for key, literal in values.items():
        if not store(key, eval(literal)):
            raise RuntimeError(f"{literal} is not stored")


def differing(values):
    """Reads values; those that differ, as Python writes both."""
    _, get = clients["speaking"]
    pairs = ((get(key), eval(literal)) for key, literal in values.items())
    return [f"{found!r} and not {wanted!r}" for found, wanted in pairs if not same(found, wanted)]


def same(found, wanted):
    """Whether both print alike, as 0, 0.0, -0.0 and False do not; but a bool may come back as an integer."""
    if isinstance(wanted, bool):
        return repr(found) in (repr(wanted), repr(int(wanted)))
    return repr(found) == repr(wanted)


CALLS = {
    call.__name__: call
    for call in (versions, learn, connect, store, wrong, speak, put, differing)
}

for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"ok": CALLS[asked.pop("do")](**asked)}
    except Exception as error:  # whatever it is, the other side reports it
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
