#!/usr/bin/env python3
"""Members and strangers that mean ill: foes.py WHAT SECONDS SERVER SEED ASN:ADDRESS..., in a host's
namespace.  Does it for so long and goes; what it did is a line on standard output.

What a foe announces lies below 50.0.0.0 and is sent to the last of the members said, which only
reads, or is refused, or goes to all and is gone at the end with the foe's session."""
import itertools
import pathlib
import random
import select
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from hostile.attack import (KEEPALIVE, NOTIFICATION, REFRESH, UPDATE, attribute, capability,  # noqa: E402
                            keep_on, many, message, messages, open_of, tagged, update, withdrawal)

RS_ASN = 64500
BLOCK = 700              # prefixes an UPDATE
LEAKED = 200_000
PATIENCE_S = 10
HALF_OPEN_MAX = 200
DRIP_S = 0.05
UNASSIGNED = 200  # an attribute that no decoder knows
WEB_PORT, WHOIS_PORT = 8080, 4343


def communities(*pairs):
    return attribute(0xc0, 8, b"".join(struct.pack("!HH", *pair) for pair in pairs))


class Foe:
    def __init__(self, server, asn, address):
        self.server, self.asn, self.address = server, int(asn), address
        self.stream, self.rest, self.told = None, b"", []

    def call(self, room=None):
        stream = socket.socket()
        if room:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        stream.settimeout(PATIENCE_S)
        stream.bind((self.address, 0))
        stream.connect((self.server, 179))
        return stream

    def up(self, room=None):
        """An established session; tried again for a while, since the last foe may just have gone."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                self.stream = self.call(room)
                self.stream.sendall(self.opening())
                octets = b""
                while not any(kind == KEEPALIVE for kind, _ in messages(octets)[0]):
                    got = self.stream.recv(1)
                    if not got:
                        raise OSError("closed")
                    octets += got
                return self
            except OSError:
                if self.stream:
                    self.stream.close()
                self.stream = None
                time.sleep(0.2)
        raise OSError(f"AS{self.asn} does not come up")

    def opening(self):
        return open_of(self.asn, identifier=self.address) + message(KEEPALIVE)

    def say(self, octets):
        """Says it and reads what came meanwhile; False when the session is over."""
        try:
            self.stream.sendall(octets)
        except OSError:
            self.drain()
            return False
        return self.drain()

    def drain(self):
        while select.select([self.stream], [], [], 0)[0]:
            try:
                got = self.stream.recv(1 << 20)
            except OSError:
                return False
            came, self.rest = messages(self.rest + got)
            self.told += [body[:2] for kind, body in came if kind == NOTIFICATION]
            if not got or self.told:
                return False
        return True

    def only_to(self, whom):
        return communities((0, RS_ASN), (RS_ASN, whom.asn))


def storm(seconds, act):
    return f"{keep_on(seconds, act) / seconds:.0f} a second"


def strangers(foes, seconds, chance):
    """Connections from addresses of the LAN that are nobody's."""
    def act():
        stream = foes[chance.randrange(len(foes))].call()
        if chance.random() < 0.5:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()
    return storm(seconds, act)


def half_open(foes, seconds, _):
    """From members' own addresses: nothing is said, or an octet at a time."""
    held, opening = [], foes[0].opening()

    def act():
        foe = foes[len(held) % len(foes)]
        held.append((foe.call(), iter(opening)))
        for stream, octets in held[::2]:
            try:
                stream.send(bytes([next(octets, 0)]))
            except OSError:
                pass
        if len(held) > HALF_OPEN_MAX:
            held.pop(0)[0].close()
        time.sleep(DRIP_S)
    return storm(seconds, act)


def errors(foes, seconds, chance):
    """OPENs in error, sessions that come and go, restarts one behind the other."""
    def act():
        foe = chance.choice(foes)
        restart = capability(64, b"\xc0\xff\0\1\1\x80")
        octets = chance.choice([
            open_of(9, identifier=foe.address), foe.opening(), b"\0" * 19, foe.opening()[:-3],
            open_of(foe.asn, restart, identifier=foe.address) + message(KEEPALIVE)
            + update(foe.asn, foe.address, many(0, 1), communities((0, RS_ASN)))])
        stream = foe.call()
        stream.settimeout(1)
        try:
            stream.sendall(octets)
            if chance.random() < 0.5:
                stream.recv(1)
        finally:
            stream.close()
    return storm(seconds, act)


def _leak(foe, more):
    for first in range(0, LEAKED, BLOCK):
        if not foe.say(update(foe.asn, foe.address, many(first, BLOCK), more)):
            break


def leak(foes, seconds, _):
    """A full table from a small member, whose prefixes beyond the maximum are blocked; and one whose
    session is shut."""
    until = time.monotonic() + seconds
    blocked, shut = foes[0].up(), foes[1]
    _leak(blocked, b"")
    try:
        _leak(shut.up(), b"")
        told = [f"{body[0]}/{body[1]}" for body in shut.told]
    except OSError:
        told = ["held off since the last time"]
    while time.monotonic() < until and blocked.say(message(KEEPALIVE)):
        time.sleep(0.5)
    return f"{LEAKED} prefixes; beyond the maximum the session ended with {', '.join(told)}"


def accepted(foes, seconds, _):
    """The same, taken, for one member that reads slowly."""
    until = time.monotonic() + seconds
    reader = foes[1].up(room=4096)
    leaking = foes[0].up()
    more = leaking.only_to(reader)
    for first in range(0, LEAKED, BLOCK):
        leaking.say(update(leaking.asn, leaking.address, many(first, BLOCK), more))
        if first % (50 * BLOCK) == 0:
            reader.drain()
    while time.monotonic() < until and leaking.say(message(KEEPALIVE)):
        reader.stream.recv(65536)
    return f"{LEAKED} prefixes taken and withdrawn"


def fresh(foes, seconds, chance):
    """Attribute sets that were never seen before, for one member that reads."""
    foe, reader = foes[0].up(), foes[1].up()
    steer, numbers = (0, RS_ASN), itertools.count(chance.randrange(1 << 30))

    def act():
        octets = b"".join(
            update(foe.asn, foe.address, many(at, 1),
                   communities(steer, (RS_ASN, reader.asn), (777, number >> 16 & 0xffff),
                               (778, number & 0xffff)) + attribute(0x80, 4, struct.pack("!I", number)))
            for at, number in zip(range(500), numbers))
        if not foe.say(octets) or not reader.say(message(KEEPALIVE)):
            raise OSError("a session ended")
    return f"{keep_on(seconds, act) * 500 / seconds:.0f} a second"


def wide(foes, seconds, chance):
    """Paths and communities at their caps, each set another, for one member that does not read."""
    foe, _ = foes[0].up(), foes[1].up(room=4096)
    steer = ((0, RS_ASN), (RS_ASN, foes[1].asn))
    numbers = itertools.count(chance.randrange(1 << 30))

    def act():
        octets = b""
        for at, number in zip(range(50), numbers):
            filler = tuple((1000 + i, (number + i) & 0xffff) for i in range(900))
            octets += update(foe.asn, foe.address, many(at, 1), communities(*steer, *filler))
        if not foe.say(octets):
            raise OSError("the session ended")
    return f"{keep_on(seconds, act) * 50 / seconds:.0f} a second of 3.6 kB each"


def flaps(foes, seconds, _):
    """Prefixes that flap as fast as the socket takes them, for members that do not read; then a few
    hundred a second that everybody gets."""
    foe, readers = foes[0].up(), [foe.up(room=2048) for foe in foes[1:]]
    for_readers = communities((0, RS_ASN), *((RS_ASN, reader.asn) for reader in readers))
    tables = [b"".join(update(foe.asn, foe.address, many(at, BLOCK), for_readers
                              + attribute(0x80, 4, struct.pack("!I", way)))
                       for at in range(0, 20000, BLOCK)) for way in (1, 2)]
    ways = itertools.cycle(tables)
    storming = keep_on(seconds / 2, lambda: foe.say(next(ways)))
    numbers = itertools.count()

    def act():
        number = next(numbers)
        foe.say(update(foe.asn, foe.address, many(0, 20), tagged(number)) + withdrawal(many(0, 20)))
        time.sleep(0.05)
    keep_on(seconds / 2, act)
    return f"{storming * 20000 / (seconds / 2):.0f} prefixes a second"


def refreshes(foes, seconds, _):
    """The whole table asked for again and again, by one that hardly reads."""
    foe = foes[0].up()
    asks = message(REFRESH, b"\0\1\0\1") * 500

    def act():
        foe.stream.setblocking(False)
        try:
            foe.stream.send(asks)
        except BlockingIOError:
            pass
        if not foe.stream.recv(1 << 16):
            raise OSError("the session ended")
    return storm(seconds, act)


def malformed(foes, seconds, chance):
    """UPDATEs in error: random octets changed, lengths included."""
    ends = [0]

    def act():
        foe = chance.choice(foes)
        if foe.stream is None or not foe.drain():
            ends[0] += foe.stream is not None
            foe.told, foe.rest = [], b""
            foe.up()
        for _ in range(50):
            octets = bytearray(update(foe.asn, foe.address, many(chance.randrange(500), 3),
                                      communities((0, RS_ASN)) + attribute(0xc0, UNASSIGNED, b"x" * 20)))
            for _ in range(chance.randrange(3)):
                octets[chance.randrange(19, len(octets))] = chance.randrange(256)
            if not foe.say(bytes(octets)):
                break
    return storm(seconds, act) + f", sessions ended {ends[0]} times"


def _asks(server, source, port, octets, hurry):
    stream = socket.create_connection((server, port), PATIENCE_S, (source, 0))
    try:
        stream.sendall(octets)
        while not hurry and stream.recv(65536):
            pass
    finally:
        stream.close()


def public(foes, seconds, chance):
    """Who asks at the public doors: RDAP, statistics, WHOIS, nonsense, and some who go at once or
    never end their question."""
    held = []

    def act():
        foe = chance.choice(foes)
        asn = chance.randrange(20000, 20200)
        path = chance.choice([f"/rdap/autnum/{asn}", f"/rdap/ip/{foe.address}", "/", "/rdap/help",
                              "/delegated-lab-extended-latest", f"/{asn}", "/rdap/ip/" + "9" * 300])
        head = f"GET {path} HTTP/1.1\r\nHost: ix\r\nConnection: close\r\n\r\n".encode()
        kind = chance.randrange(10)
        if kind == 0:
            held.append(socket.create_connection((foe.server, WEB_PORT), PATIENCE_S, (foe.address, 0)))
            held[-1].sendall(head[:-chance.randrange(2, 20)])
            if len(held) > HALF_OPEN_MAX:
                held.pop(0).close()
        elif kind < 4:
            _asks(foe.server, foe.address, WHOIS_PORT, f"AS{asn}\r\n".encode(), kind == 1)
        else:
            _asks(foe.server, foe.address, WEB_PORT, head, kind == 4)
    return storm(seconds, act)


ALL = {act.__name__: act for act in (strangers, half_open, errors, leak, accepted, fresh, wide, flaps,
                                     refreshes, malformed, public)}


def main():
    what, seconds, server, seed, *members = sys.argv[1:]
    foes = [Foe(server, *member.split(":", 1)) for member in members]
    try:
        print(ALL[what](foes, float(seconds), random.Random(int(seed))))
    except OSError as error:
        print(f"ended: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
