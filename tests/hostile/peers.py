#!/usr/bin/env python3
"""Members that mean ill: what they send is refused as it must be, and what they take of memory,
descriptors, log and time is bounded, with two honest members watching: peers.py PLENUM."""
import itertools
import os
import socket
import struct
import sys
import threading
import time

import attack
from attack import (IPV4, KEEPALIVE, NOTIFICATION, OPEN, REFRESH, UPDATE, Attacked, Watch, attribute,
                    awaited, capability, four_octets, hear, keep_on, many, message, open_of,
                    parameters, update, wide_parameters, withdrawal)
from interop.lab import Tap

MEMBERS = 40
DEAF = range(26, 31)  # those who do not read
COMING = itertools.count(31)  # those who come while a storm of connections lasts
STORM_S = 3
LULL_S = 0.3  # of the storm alone, before one comes
HONEST_MS = 5000  # the longest an honest route may take: machines that test are slow
# Its own, two a member; for each of two workers those whose end is waited for (WORKER_ENDING_MAX) and
# those it has not looked at yet (MAILBOX_LETTERS_MAX), which on a busy machine are all there may be.
DESCRIPTORS_MAX = 100 + 2 * MEMBERS + 2 * (256 + 1024)
LOG_OCTETS_MAX = 64 * 1024  # of one neighbour in a few seconds
MEMORY_MIB_MAX = 400  # more than when the storms began; a sanitizer keeps 256 of it
UP = "up"


def usual(asn):
    return IPV4 + four_octets(asn)


def headers(asn):
    good = open_of(asn)
    return [
        ("a marker that is none", message(KEEPALIVE, marker=b"\xff" * 15 + b"\0"), (1, 1)),
        ("a length of 18", message(KEEPALIVE, length=18), (1, 2)),
        ("a length of 0", message(OPEN, length=0), (1, 2)),
        ("an OPEN of 28", message(OPEN, b"\4" * 9), (1, 2)),
        ("an OPEN of 4097", message(OPEN, b"\4" * 10, length=4097), (1, 2)),
        ("a KEEPALIVE of 20", message(KEEPALIVE, b"x"), (1, 2)),
        ("an UPDATE of 65535 that nobody agreed to", message(UPDATE, length=65535), (1, 2)),
        ("a type of 0", message(0), (1, 3)),
        ("a type of 6", message(6), (1, 3)),
        ("KEEPALIVE for OPEN", message(KEEPALIVE), (5, 1)),
        ("ROUTE-REFRESH for OPEN", message(REFRESH, b"\0\1\0\1"), (5, 1)),
        ("two OPENs", good + good, (5, 2)),
        ("UPDATE behind OPEN", good + message(UPDATE, b"\0\0\0\0"), (5, 2)),
        ("OPEN when established", good + message(KEEPALIVE) + good, (5, 3)),
    ]


def opens(asn):
    many_unknown = usual(asn) + capability(200) * 2000
    keep = message(KEEPALIVE)
    rows = [
        ("version 3", open_of(asn, version=3), (2, 1)),
        ("another AS", open_of(9999), (2, 2)),
        ("AS 0", open_of(0), (2, 2)),
        ("AS_TRANS as four octets", open_of(23456), (2, 2)),
        ("identifier 0", open_of(asn, identifier="0.0.0.0"), (2, 3)),
        ("hold time 1", open_of(asn, hold=1), (2, 6)),
        ("hold time 2", open_of(asn, hold=2), (2, 6)),
        ("parameters beyond the message",
         open_of(asn, options=b"\xff" + parameters((2, usual(asn)))[1:]), (2, 0)),
        ("a parameter beyond the others", open_of(asn, options=b"\x09\x02\xc8" + b"\1" * 7), (2, 0)),
        ("octets behind the parameters",
         open_of(asn, options=parameters((2, usual(asn))) + b"zz"), (2, 0)),
        ("a parameter nobody knows", open_of(asn, options=parameters((1, b"x"))), (2, 4)),
        ("wide parameters", open_of(asn, options=wide_parameters(usual(asn))) + keep, UP),
        ("wide parameters that are cut", open_of(asn, options=b"\xff\xff\0"), (2, 0)),
        ("wide parameters of 65535", open_of(asn, options=b"\xff\xff\xff\xff\2"), (2, 0)),
        ("two thousand capabilities", open_of(asn, options=wide_parameters(many_unknown)) + keep, UP),
        ("64 times the same", open_of(asn, IPV4 * 30) + keep, UP),
        ("one octet at a time", [bytes([octet]) for octet in open_of(asn) + keep], UP),
    ]
    for name, octets, becomes in (
            ("no family", capability(1), (2, 0)), ("a short AS", capability(65, b"\0\0\7"), (2, 0)),
            ("a role of two octets", capability(9, b"\2\2"), (2, 0)),
            ("a role that clashes", capability(9, b"\4"), (2, 11)),
            ("role 255", capability(9, b"\xff"), (2, 11)),
            ("two roles", capability(9, b"\2") + capability(9, b"\4"), (2, 11)),
            ("a lie about restarts", capability(64, b"\xff\xff\0\1\1\x80\0\3\1\x80"), UP),
            ("half a restart", capability(64, b"\xf0"), UP),
            ("ADD-PATH in direction 7", capability(69, b"\0\1\1\7"), UP),
            ("half an ADD-PATH", capability(69, b"\0\1\1"), UP),
            ("ORF", capability(3, b"\0\1\0\1\xff\x40\3"), UP),
            ("half a next hop", capability(5, b"\0\1\0\1\0"), UP),
            ("a host name that steers terminals", capability(73, b"\5\x1b[2J\7\0"), UP)):
        rows.append((f"a capability: {name}", open_of(asn, octets) + keep, becomes))
    return rows


def answer_to(attacked, number, octets, is_fine):
    """The code and subcode that came; UP when it was a KEEPALIVE and nothing worse is expected."""
    stream = attacked.call(number)
    came, kept = [], b""
    try:
        for part in octets if isinstance(octets, list) else [octets]:
            stream.sendall(part)
        while True:
            got = stream.recv(65536)
            more, kept = attack.messages(kept + got)
            came += more
            for kind, body in came:
                if kind == NOTIFICATION:
                    return body[0], body[1]
                if kind == KEEPALIVE and is_fine:
                    return UP
            if not got:
                return "closed without a word"
    except OSError as error:
        return str(error)
    finally:
        stream.close()


def wrong_octets(tap, attacked):
    # A neighbour that fails too often is held off: these come from several.
    for at, (name, _, becomes) in enumerate(headers(0) + opens(0)):
        number = 3 + at % 17
        asn = 2000 + number
        _, octets, becomes = (headers(asn) + opens(asn))[at]
        seen = answer_to(attacked, number, octets, becomes == UP)
        tap.check(f"{name}: {becomes}", seen == becomes, f"{seen}\n{attacked.log()[-600:]}")


def odd_words(tap, attacked):
    texts = [b"\x1b[31mred\x1b[0m", b"\x07\x08\n\r\0x", "\u202eevil\u2066".encode(),
             b"\xff\xfe\xc0\xaf", b"\xc2\x9b31mX", "\U000e0041".encode() * 30]
    shown, count = "", 0
    for at, text in enumerate(texts):
        for subcode in (2, 4, 9):
            stream = attacked.up(20 + at)
            inner = b"\6\2" if subcode == 9 else b""
            stream.sendall(message(NOTIFICATION, b"\6" + bytes([subcode]) + inner
                                   + bytes([len(text)]) + text))
            stream.close()
            count += 1
            awaited(lambda: attacked.log().count("received NOTIFICATION") == count)
            for words in (["show", "session", f"AS{2020 + at}"], ["show", "sessions"]):
                for json in ([], ["--json"]):
                    _, out, error = attacked.exchange.run(*words, *json, "-C", "ix")
                    shown += out + error
    shown += attacked.log()
    odd = {c for c in shown if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160
           or c in "\u202e\u2066\U000e0041\ufffd"}
    tap.check("what neighbours say at their end steers no terminal", not odd, odd)
    tap.check("and is shown all the same", "\\x1b[31mred" in shown, shown[-2000:])


def storm(tap, attacked, watch, name, act, seconds=STORM_S):
    """Meanwhile routes of the honest come through, and nothing grows without bound."""
    log, most = attacked.log_octets(), [0]
    watch.worst()

    def look():
        while not done.wait(0.05):
            most[0] = max(most[0], attacked.descriptors())
    done = threading.Event()
    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    count = keep_on(seconds, act)
    worst, median = watch.worst()
    done.set()
    looking.join()
    grown = attacked.memory_mib() - attacked.began_mib
    figures = (f"{count / seconds:.0f}/s; honest routes {median:.1f} ms, {worst:.1f} ms at most; "
               f"{most[0]} descriptors; {attacked.log_octets() - log} octets of log; "
               f"{grown} MiB more")
    print(f"# {name}: {figures}", flush=True)
    tap.check(f"{name}: the honest are served", worst < HONEST_MS,
              f"{figures}\n{watch.failure}\n{attacked.log()[-1000:]}")
    tap.check(f"{name}: few descriptors", most[0] < DESCRIPTORS_MAX, figures)
    tap.check(f"{name}: little log", attacked.log_octets() - log < LOG_OCTETS_MAX, figures)
    tap.check(f"{name}: memory is bounded", grown < MEMORY_MIB_MAX, figures)


def connection_storm(tap, attacked, watch, name, act, seconds=STORM_S):
    """A storm in which a member that is known comes, too."""
    took, number = [], next(COMING)

    def come():
        time.sleep(LULL_S)
        begin = time.monotonic()
        try:
            stream = attacked.up(number)
        except OSError as error:
            took.append(error)
            return
        took.append((time.monotonic() - begin) * 1000)
        stream.close()
    coming = threading.Thread(target=come, daemon=True)
    coming.start()
    storm(tap, attacked, watch, name, act, seconds)
    coming.join(attack.WAIT_S)
    print(f"# {name}: one who comes is up after {took} ms", flush=True)
    tap.check(f"{name}: who is known and comes is up soon",
              took and not isinstance(took[0], OSError) and took[0] < HONEST_MS, took)


def stranger(attacked):
    stream = socket.socket()
    stream.bind(("127.9.0.1", 0))
    stream.connect(("127.0.0.1", attacked.exchange.port))
    stream.close()


def come_and_go(attacked, number, octets, resets=False):
    stream = attacked.call(number)
    if resets:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        stream.sendall(octets)
        if not resets:
            stream.recv(1)
    finally:
        stream.close()


def connections(tap, attacked, watch):
    connection_storm(tap, attacked, watch, "strangers who connect", lambda: stranger(attacked))
    held = []

    def half_open():
        held.append(attacked.call(3 + len(held) % 3))
        if len(held) > 300:
            held.pop(0).close()
    connection_storm(tap, attacked, watch, "connections that say nothing", half_open, 1)
    for stream in held:
        stream.close()
    full = open_of(2007, identifier=attacked.address(7)) + message(KEEPALIVE)
    restart = (open_of(2008, capability(64, b"\xc0\xff\0\1\1\x80"), identifier=attacked.address(8))
               + message(KEEPALIVE) + update(2008, attacked.address(8), many(0, 1)))
    connection_storm(tap, attacked, watch, "OPENs in error",
                     lambda: come_and_go(attacked, 6, open_of(9), True))
    connection_storm(tap, attacked, watch, "sessions that come and go",
                     lambda: come_and_go(attacked, 7, full))
    connection_storm(tap, attacked, watch, "restarts one behind the other",
                     lambda: come_and_go(attacked, 8, restart, True))
    held.clear()
    again = (open_of(2009, capability(64, b"\xc0\xff\0\1\1\x80"), identifier=attacked.address(9))
             + message(KEEPALIVE))

    def take_over():
        held.append(attacked.call(9))
        if len(held) > 100:
            held.pop(0).close()
        held[-1].sendall(again)
    connection_storm(tap, attacked, watch, "restarts while the old connection stands", take_over)
    for stream in held:
        stream.close()


def routes(tap, attacked, watch):
    flapper = attacked.up(25)
    address = attacked.address(25)
    one = b"".join(update(2025, address, many(0, 1), attack.tagged(i)) + withdrawal(many(0, 1))
                   for i in range(1000))
    storm(tap, attacked, watch, "one prefix that flaps", lambda: flapper.sendall(one))
    dead = [attacked.up(number, room=2048) for number in DEAF]
    tables = [b"".join(update(2025, address, many(at, 700), attack.tagged(way))
                       for at in range(0, 49000, 700)) for way in (1, 2)]
    ways = itertools.cycle(tables)
    storm(tap, attacked, watch, "50,000 prefixes that flap, and members who do not read",
          lambda: flapper.sendall(next(ways)))
    fresh = itertools.cycle(range(100000, 10 << 20, 700))

    def ever_new():
        nlri = many(next(fresh), 700)
        flapper.sendall(update(2025, address, nlri) + withdrawal(nlri))
    storm(tap, attacked, watch, "ever new prefixes, and members who do not read", ever_new)
    asks = message(REFRESH, b"\0\1\0\1") * 500
    asker = attacked.up(24)

    def ask():
        asker.setblocking(False)
        try:
            asker.send(asks)
            asker.recv(1 << 20)
        except BlockingIOError:
            pass
    storm(tap, attacked, watch, "requests for a refresh", ask)
    for stream in [flapper, asker, *dead]:
        stream.close()


def log_that_nobody_reads(tap, plenum):
    reading, writing = os.pipe()
    with Attacked(plenum, 6, log=writing) as attacked:
        watch = Watch(attacked, 1, 2)
        malformed = attribute(0xc0, 254, b"x" * 3000) + attribute(0x40, 6, b"x")
        for number in (3, 4, 5):
            stream = attacked.up(number)
            stream.sendall(b"".join(update(2000 + number, attacked.address(number), many(0, 1),
                                           malformed) for _ in range(20)))
            hear(stream, 0.3)
            stream.close()
        watch.worst()
        worst, _ = watch.worst()
        tap.check("a log that nobody reads holds nobody up", worst < HONEST_MS, f"{worst} {watch.failure}")
        code, _, error = attacked.exchange.run("show", "status", "-C", "ix")
        tap.check("and commands are answered", code == 0, error)
        watch.must_end = True
        attacked.exchange.stop()
    os.close(reading)
    os.close(writing)


def main(plenum):
    tap = Tap()
    with Attacked(plenum, MEMBERS) as attacked:
        watch = Watch(attacked, 1, 2)
        wrong_octets(tap, attacked)
        odd_words(tap, attacked)
        attacked.began_mib = attacked.memory_mib()
        connections(tap, attacked, watch)
        routes(tap, attacked, watch)
        tap.check("the honest members' sessions lasted", watch.failure is None, watch.failure)
        watch.must_end = True
        tap.check("it still stands", attacked.is_alive(), attacked.log()[-3000:])
        tap.check("all descriptors came back", awaited(lambda: attacked.descriptors() < 60),
                  attacked.descriptors())
        attacked.exchange.process.terminate()
        tap.check("it ends without complaint", attacked.exchange.process.wait(30) == 0,
                  attacked.log()[-3000:])
    log_that_nobody_reads(tap, plenum)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
