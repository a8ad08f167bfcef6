"""The reference's side of `cargo xtask interop`: one JSON object a line in, one out.

{"do": NAME, ...} calls the function of that name with the other members, and is answered with
{"ok": RESULT} or, if it raised, with {"error": "CLASS: MESSAGE"}.
"""

import json
import sys

import pylibmc

clients = {}
keys = []


def versions():
    """What is at work here."""
    return {
        "pylibmc": pylibmc.__version__,
        "libmemcached": pylibmc.libmemcached_version,
        "fills_buckets": fills_buckets(),
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


CALLS = {call.__name__: call for call in (versions, learn, connect, store, wrong)}

for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"ok": CALLS[asked.pop("do")](**asked)}
    except Exception as error:  # whatever it is, the other side reports it
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
