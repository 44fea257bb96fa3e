#!/usr/bin/env python3
"""Members that fill memory: attributes at their caps, sets that nobody saw before, a leaked table.
Each has its bound, all of them together the formula that `show status` prints, and two honest
members are served meanwhile: memory.py PLENUM."""
import itertools
import re
import struct
import sys
import time

import attack
from attack import NOTIFICATION, Attacked, Watch, attribute, awaited, many, message, update, withdrawal
from interop.lab import Tap
from peers import storm

MEMBERS = 12
PREFIXES = 2000  # that each member may have of IPv4
FRESH_A_SECOND = 10_000
STORM_S = 1.5
CEASE, OUT_OF_RESOURCES, MAX_PREFIXES = 6, 8, 1
COMMUNITIES_MAX = 990  # what a message of 4,096 octets has room for
PATH_ASNS_MAX = 750


def path(*asns):
    """AS_PATH in segments of at most 255."""
    octets = b""
    for at in range(0, len(asns), 255):
        part = asns[at:at + 255]
        octets += struct.pack(f"!BB{len(part)}I", 2, len(part), *part)
    return attribute(0x40, 2, octets)


def wide(number, count):
    """So many communities, different for each number."""
    return attribute(0xc0, 8, struct.pack("!HH", 700, number & 0xffff)
                     + b"".join(struct.pack("!HH", 701, i) for i in range(count - 1)))


def announce(attacked, number, as_path, communities, nlri):
    octets = (attribute(0x40, 1, b"\0") + as_path
              + attribute(0x40, 3, attack.socket.inet_aton(attacked.address(number))) + communities)
    return message(attack.UPDATE, b"\0\0" + struct.pack("!H", len(octets)) + octets + nlri)


def session(attacked, number):
    return next(one for one in attacked.exchange.json("show", "session", f"AS{2000 + number}"))


def last_word(stream):
    """The NOTIFICATION that ended it, as (code, subcode)."""
    rest, end = b"", time.monotonic() + attack.WAIT_S
    stream.settimeout(1)
    while time.monotonic() < end:
        try:
            got = stream.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            return None
        came, rest = attack.messages(rest + got)
        for kind, body in came:
            if kind == NOTIFICATION:
                stream.close()
                return body[0], body[1]
        if not got:
            return None
    return None


def pour(stream, octets):
    """As much as is taken before the other end closes."""
    try:
        stream.sendall(octets)
    except OSError:
        pass


def too_many_attributes(tap, attacked, watch):
    number, stream = 3, attacked.up(3)
    most = session(attacked, number)["attribute_octets_max"]
    tap.check("what its attributes may take is told", 0 < most < 4 << 20, most)
    own = path(2000 + number)
    storm(tap, attacked, watch, "attributes beyond the bound", lambda: pour(stream, b"".join(
        announce(attacked, number, own, wide(i, COMMUNITIES_MAX), many(i, 1))
        for i in range(PREFIXES - 1))), 0.1)
    word = last_word(stream)
    tap.check("the session ends with Cease, out of resources", word == (CEASE, OUT_OF_RESOURCES),
              f"{word}\n{attacked.log()[-1500:]}")
    tap.check("it was told before the bound was reached", awaited(
        lambda: f"of at most {most} octets" in attacked.log()), attacked.log()[-1500:])
    tap.check("and what to do", awaited(
        lambda: f"its attributes take more than {most} octets" in attacked.log()),
        attacked.log()[-1500:])
    tap.check("all of it is given back",
              awaited(lambda: session(attacked, number)["attribute_octets"] == 0),
              session(attacked, number))
    _, out, _ = attacked.exchange.run("show", "session", f"AS{2000 + number}", "-C", "ix")
    tap.check("it may not come back at once", "too many attributes" in out, out)
    refused = last_word(attacked.call(number))
    tap.check("and is refused when it tries", refused is not None and refused[0] == CEASE, refused)
    attacked.exchange.run("member", "edit", "-C", "ix", f"AS{2000 + number}", "--max-prefix4",
                          str(50 * PREFIXES))
    again = attacked.up(number)
    pour(again, b"".join(announce(attacked, number, own, wide(i, COMMUNITIES_MAX), many(i, 1))
                         for i in range(PREFIXES - 1)))
    tap.check("with a higher limit it is taken", awaited(
        lambda: session(attacked, number)["ipv4"]["received"] == PREFIXES - 1),
        session(attacked, number))
    again.close()


def never_seen(tap, attacked, watch):
    """Far more than ten thousand sets a second, on few prefixes: none stays."""
    stream, counter = attacked.up(4), itertools.count()
    own = path(2004)

    def fresh():
        base = next(counter) * 1000
        pour(stream, b"".join(
            announce(attacked, 4, own, attribute(0xc0, 8, struct.pack("!HHI", 702, i % 50, base + i)),
                     many(i % 50, 1)) for i in range(1000)))
    storm(tap, attacked, watch, "a thousand times so many sets never seen before", fresh, STORM_S)
    sets = next(counter) * 1000
    tap.check(f"{FRESH_A_SECOND} of them a second", sets > STORM_S * FRESH_A_SECOND, sets)
    tap.check("none of those that were replaced stays", awaited(
        lambda: session(attacked, 4)["attribute_octets"] < 50 * 1000), session(attacked, 4))
    tap.check("nor in the table", awaited(
        lambda: attacked.exchange.json("show", "status")["attribute_sets"] < 100),
        attacked.exchange.json("show", "status"))
    stream.close()


def at_their_caps(tap, attacked, watch):
    stream, counter = attacked.up(5), itertools.count()
    long = path(2005, *range(100000, 100000 + PATH_ASNS_MAX - 1))

    def long_paths():
        base = next(counter) * 100
        pour(stream, b"".join(announce(attacked, 5, long, wide(base + i, 100), many(i, 1))
                              for i in range(100)))
    storm(tap, attacked, watch, "paths of 750 ASNs", long_paths, STORM_S)

    def lists():
        base = next(counter) * 100
        pour(stream, b"".join(announce(attacked, 5, path(2005), wide(base + i, COMMUNITIES_MAX),
                                       many(i, 1)) for i in range(100)))
    storm(tap, attacked, watch, "990 communities each", lists, STORM_S)
    everybody = b"".join(struct.pack("!HH", 0, 2000 + i) for i in range(1, MEMBERS))

    def steered():
        base = next(counter) * 500
        pour(stream, b"".join(announce(
            attacked, 5, path(2005),
            attribute(0xc0, 8, struct.pack("!HH", 700, (base + i) & 0xffff)
                      + everybody[4 * (i % 7):4 * (i % 7) + 12]), many(i % 500, 1))
            for i in range(500)))
    storm(tap, attacked, watch, "sets that steer, never seen before", steered, STORM_S)
    stream.close()


def leaked_table(tap, attacked, watch):
    stream = attacked.up(6)
    table = b"".join(update(2006, attacked.address(6), many(at, 700)) for at in range(0, 70000, 700))
    storm(tap, attacked, watch, "a full table of a small member", lambda: pour(stream, table), 0.1)
    word = last_word(stream)
    tap.check("ends the session with Cease, too many prefixes", word == (CEASE, MAX_PREFIXES), word)


# --- the formula ------------------------------------------------------------------------------------

FILLERS = 8
FILLED_PREFIXES = 20_000
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}


def worked_out(formula):
    """Products and sums; nouns say nothing."""
    total = 0
    for part in formula.split(" + "):
        product = 1
        for number, unit in re.findall(r"([\d,]+)(?: (B|KiB|MiB)\b)?", part):
            product *= int(number.replace(",", "")) * UNITS.get(unit, 1)
        total += product
    return total


def memory_of(attacked):
    status = attacked.exchange.json("show", "status")
    terms = {term["name"]: term for term in status["memory"]["terms"]}
    counted = sum(term["held_octets"] for name, term in terms.items() if name != "program")
    return status, terms, counted


def fill(attacked, number, most):
    """Attributes up to a hundredth below the bound, and all its prefixes."""
    stream = attacked.up(number)
    own, sets = path(2000 + number), int(most * 0.99) // 4200
    first = number * FILLED_PREFIXES
    octets = b"".join(announce(attacked, number, own, wide(i, COMMUNITIES_MAX), many(first + i, 1))
                      for i in range(sets))
    octets += b"".join(update(2000 + number, attacked.address(number),
                              many(first + at, min(700, FILLED_PREFIXES - at)))
                       for at in range(sets, FILLED_PREFIXES, 700))
    stream.sendall(octets)
    return stream


def formula(tap, plenum):
    with Attacked(plenum, FILLERS, settings=("--max-prefix4", str(FILLED_PREFIXES),
                                             "--max-prefix6", "1")) as attacked:
        status, terms, counted = memory_of(attacked)
        most, resident = status["memory"]["most_octets"], status["memory_octets"]
        for name, term in terms.items():
            tap.check(f"{name}: the formula says what it may grow to",
                      worked_out(term["formula"]) == term["most_octets"], term)
        tap.check("together they are the whole",
                  sum(term["most_octets"] for term in terms.values()) == most, most)
        bound = session(attacked, 1)["attribute_octets_max"]
        streams = [fill(attacked, number, bound) for number in range(1, FILLERS + 1)]
        full = FILLERS * FILLED_PREFIXES
        tap.check("all members at their limits", awaited(
            lambda: attacked.exchange.json("show", "status")["ipv4"]["received"] == full, 60),
            attacked.exchange.json("show", "status"))
        status, terms, grown = memory_of(attacked)
        for name, term in terms.items():
            tap.check(f"{name}: no more than was said", term["held_octets"] <= term["most_octets"],
                      term)
        attributes = terms["attributes"]["held_octets"]
        tap.check("nearly all that attributes may take is taken",
                  FILLERS * bound * 0.9 < attributes <= FILLERS * bound, (attributes, bound))
        routes = int(re.search(r"routes x (\d+) B", terms["routes"]["formula"])[1])
        tap.check("routes take what one is said to take", terms["routes"]["held_octets"]
                  <= full * routes, (terms["routes"], full))
        now = status["memory_octets"]
        tap.check("the process takes less than was said before", now < most, (now, most))
        told, taken = grown - counted, now - resident
        print(f"# {taken >> 20} MiB more resident, {told >> 20} told; at most {most >> 20}; "
              f"now {now >> 20}", flush=True)
        tap.check("what is told is what the system gave, within a fifth",
                  told * 0.8 < taken < told * 1.2, (told, taken))
        for stream in streams:
            stream.close()
        tap.check("all attributes are given back", awaited(
            lambda: memory_of(attacked)[1]["attributes"]["held_octets"] == 0, 30),
            memory_of(attacked)[1])
        tap.check("and the system has them back", awaited(
            lambda: attacked.memory_mib() < (resident >> 20) + (taken >> 20) // 3, 30),
            attacked.memory_mib())
        tap.check("it still stands", attacked.is_alive(), attacked.log()[-3000:])


def main(plenum):
    tap = Tap()
    formula(tap, plenum)
    with Attacked(plenum, MEMBERS, settings=("--max-prefix4", str(PREFIXES), "--max-prefix6", "1")
                  ) as attacked:
        watch = Watch(attacked, 1, 2)
        attacked.began_mib = attacked.memory_mib()
        too_many_attributes(tap, attacked, watch)
        never_seen(tap, attacked, watch)
        at_their_caps(tap, attacked, watch)
        leaked_table(tap, attacked, watch)
        tap.check("the honest members' sessions lasted", watch.failure is None, watch.failure)
        watch.must_end = True
        tap.check("it still stands", attacked.is_alive(), attacked.log()[-3000:])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
