#!/usr/bin/env python3
"""What no daemon says: attributes nobody knows, attributes that do not belong on an exchange, malformed
ones, OPENs in unusual forms; from a speaker of raw octets and from ExaBGP.  After each oddity a good
route follows: when it has come through, what the oddity did is there to be seen.

    odd_octets.py PLENUM"""
import itertools
import socket
import struct

import daemons
from daemons import Announcement, Options
from lab import Exchange, awaited, run
from speaker import KEEPALIVE, UPDATE, Speaker, as_path, attribute, capability, message, nlri

ASN = {"odd": 2001, "ear": 2002, "long": 201003, "strange": 2004, "exabgp": 2005, "bird": 2006,
       "gobgp": 2007, "several": 2008, "fatal": 2009, "hushed": 2010, "limited": 2011,
       "nagging": 2012}
LIMIT = {"limited": ["--max-prefix4", "3", "--max-prefix-action", "block"]}
OPTIONAL, TRANSITIVE, PARTIAL = 0x80, 0x40, 0x20
STILL_SAYING = b"".join(message(KEEPALIVE) for _ in range(20000))
PASSED_ON, DROPPED, WITHDRAWN = "passed on", "dropped, the route kept", "the route treated as withdrawn"

# name, attributes put behind the usual ones, usual ones left out, what becomes of it, code
ODDITIES = [
    ("an unknown optional transitive attribute", attribute(0xc0, 253, b"abc"), (), PASSED_ON, 253),
    ("an unknown one of 300 octets", attribute(0xc0, 200, b"x" * 300), (), PASSED_ON, 200),
    ("an unknown optional non-transitive attribute", attribute(0x80, 98, b"abc"), (), DROPPED, 98),
    ("BIRD's label stack (254)", attribute(0xc0, 254, b"abc"), (), DROPPED, 254),
    ("BGP entropy label junk (28)", attribute(0xc0, 28, b"\xff" * 9), (), DROPPED, 28),
    ("prefix SID junk (40)", attribute(0xc0, 40, b"\x01\x00"), (), DROPPED, 40),
    ("ATTR_SET (128)", attribute(0xc0, 128, b"\x00" * 4), (), DROPPED, 128),
    ("AIGP (26)", attribute(0x80, 26, b"\x01\x00\x0b" + b"\0" * 8), (), DROPPED, 26),
    ("LOCAL_PREF from outside", attribute(0x40, 5, struct.pack("!I", 7)), (), DROPPED, 5),
    ("ORIGINATOR_ID from outside", attribute(0x80, 9, b"\x01\x02\x03\x04"), (), DROPPED, 9),
    ("AGGREGATOR of 5 octets", attribute(0xc0, 7, b"\x00" * 5), (), DROPPED, 7),
    ("ATOMIC_AGGREGATE with a value", attribute(0x40, 6, b"\x00"), (), DROPPED, 6),
    ("an undefined ORIGIN", attribute(0x40, 1, b"\x03"), (1,), WITHDRAWN, 1),
    ("no ORIGIN", b"", (1,), WITHDRAWN, 1),
    ("no AS_PATH", b"", (2,), WITHDRAWN, 2),
    ("no NEXT_HOP", b"", (3,), WITHDRAWN, 3),
    ("a NEXT_HOP of 5 octets", attribute(0x40, 3, b"\x01" * 5), (3,), WITHDRAWN, 3),
    ("ORIGIN as an optional attribute", attribute(0xc0, 1, b"\x00"), (1,), WITHDRAWN, 1),
    ("a MED of 3 octets", attribute(0x80, 4, b"\x00" * 3), (), WITHDRAWN, 4),
    ("communities of 5 octets", attribute(0xc0, 8, b"\x00" * 5), (), WITHDRAWN, 8),
    ("large communities of 13 octets", attribute(0xc0, 32, b"\x00" * 13), (), WITHDRAWN, 32),
    ("extended communities of 7 octets", attribute(0xc0, 16, b"\x00" * 7), (), WITHDRAWN, 16),
    ("OTC of 3 octets", attribute(0xc0, 35, b"\x00" * 3), (), WITHDRAWN, 35),
    ("an AS_PATH segment of no ASNs", attribute(0x40, 2, b"\x02\x00"), (2,), WITHDRAWN, 2),
    ("an AS_PATH segment that is cut short", attribute(0x40, 2, as_path(2001)[:-1]), (2,),
     WITHDRAWN, 2),
    ("an AS_SET", attribute(0x40, 2, as_path(2001) + b"\x01\x01\x00\x00\x0b\xb8"), (2,),
     WITHDRAWN, 2),
    ("an attribute longer than the list", b"\xc0\xfe\x40abc", (), WITHDRAWN, 254),
]


def body(lab, tap, plenum):
    exchange = Exchange(lab, plenum)
    for host, asn in ASN.items():
        exchange.add(asn, host, *(["--add-path", "yes"] if host in ("bird", "gobgp", "several")
                                  else LIMIT.get(host, [])))
    exchange.serve()
    odd, ear = Speaker(lab, "odd", ASN["odd"]), Speaker(lab, "ear", ASN["ear"])
    for speaker in (odd, ear):
        speaker.start()
        tap.check(f"{speaker.host} is established", speaker.await_up(), exchange.log())
    numbers = itertools.count(1)
    for name, more, drop, becomes, code in ODDITIES:
        number = next(numbers)
        one_oddity(tap, exchange, odd, ear, name, (more, drop, becomes, code), number)
    tap.check("no oddity cost the session",
              odd.is_up and not odd.notifications, f"{odd.notifications}\n{exchange.log()}")
    # Ten lines in ten seconds and session: the rest is only counted.
    tap.check("the log has malformed ones, octets and all",
              exchange.log().count("malformed UPDATE") >= 10, exchange.log())
    shown(tap, exchange)
    opens(lab, tap, exchange)
    limited(lab, tap, exchange, ear)
    nagging(lab, tap, exchange)
    fatal(lab, tap, exchange, ear)
    exabgp(lab, tap, exchange, ear)
    several_paths(lab, tap, exchange, odd)
    for speaker in (odd, ear):
        speaker.end()


def one_oddity(tap, exchange, odd, ear, name, oddity, number):
    more, drop, becomes, code = oddity
    prefix, good = f"20.1.{number}.0/24", f"20.2.{number}.0/24"
    odd.announce(prefix)  # what is treated as withdrawn must have been there
    awaited(lambda: prefix in ear.prefixes())
    odd.announce(prefix, more=more, drop=drop)
    odd.announce(good)
    arrived = awaited(lambda: good in ear.prefixes())

    def is_right():
        has = ear.attributes(prefix)
        return {
            PASSED_ON: has.get(code, (0, b""))[0] == OPTIONAL | TRANSITIVE | PARTIAL
                       and has[code][1] in more,
            DROPPED: bool(has) and code not in has,
            WITHDRAWN: not has,
        }[becomes]

    # Of two prefixes in two shards either may come first.
    tap.check(f"{name}: {becomes}", arrived and awaited(is_right),
              f"good one arrived: {arrived}; {ear.attributes(prefix)}\n{exchange.log()[-2000:]}")


def shown(tap, exchange):
    """What became of each oddity is to be seen afterwards."""
    rejected = {route["prefix"]: (route["reason"], route["reason_detail"])
                for route in exchange.json("show", "rejected", f"AS{ASN['odd']}")}
    session, = exchange.json("show", "session", exchange.lab.ipv4("odd"))
    discarded = {one["code"] for one in session["attributes_discarded"]}
    for number, (name, _, _, becomes, code) in enumerate(ODDITIES, 1):
        prefix = f"20.1.{number}.0/24"
        if becomes == WITHDRAWN and name != "an AS_SET":
            reason, detail = rejected.get(prefix, ("", ""))
            tap.check(f"{name}: shown as malformed, with the attribute", reason == "malformed"
                      and detail.split()[1:2] == [str(code)], (reason, detail))
        elif becomes == DROPPED:
            tap.check(f"{name}: counted as discarded", code in discarded, discarded)
    malformed = session["malformed"]
    tap.check("malformed UPDATEs are counted by what became of them",
              malformed["treated_as_withdrawn"] == sum(
                  becomes == WITHDRAWN and name != "an AS_SET"
                  for name, _, _, becomes, _ in ODDITIES)
              and malformed["attribute_discarded"] == 2 and malformed["session_reset"] == 0
              and malformed["last_text"], malformed)


def limited(lab, tap, exchange, ear):
    """Beyond its limit a member's routes are refused, and let in when others go."""
    speaker = Speaker(lab, "limited", ASN["limited"])
    speaker.start()
    speaker.await_up()
    mine = [f"20.8.{number}.0/24" for number in range(5)]
    for prefix in mine:
        speaker.announce(prefix)
    tap.await_check("three prefixes of five are taken in",
                    lambda: set(mine[:3]) == ear.prefixes() & set(mine),
                    lambda: f"{ear.prefixes()}\n{exchange.log()}")
    tap.await_check("and two refused for max-prefixes", lambda: [
        (route["prefix"], route["reason"]) for route in
        exchange.json("show", "rejected", f"AS{ASN['limited']}")]
        == [(prefix, "max-prefixes") for prefix in mine[3:]], exchange.log)
    gone = nlri(mine[0])
    speaker.say(message(UPDATE, struct.pack("!H", len(gone)) + gone + b"\0\0"))
    tap.await_check("one gets in when another goes", lambda: len(ear.prefixes() & set(mine)) == 3
                    and mine[0] not in ear.prefixes(), lambda: ear.prefixes())
    exchange.order("member", "edit", f"AS{ASN['limited']}", "--max-prefix4", "10")
    tap.await_check("and the last one when the limit is raised, with the session up",
                    lambda: set(mine[1:]) == ear.prefixes() & set(mine) and speaker.is_up
                    and not speaker.is_closed, lambda: ear.prefixes())
    speaker.end()


def nagging(lab, tap, exchange):
    """Nonsense instead of a KEEPALIVE, again and again: held off after a few, and not for ever."""
    answered = 0
    for _ in range(30):
        speaker = Speaker(lab, "nagging", ASN["nagging"], say_first=message(9))
        speaker.start()
        awaited(lambda: speaker.notifications or speaker.is_closed)
        answered += (6, 5) not in speaker.notifications
        speaker.end()
    session, = exchange.json("show", "session", lab.ipv4("nagging"))
    tap.check("it is answered a few times of thirty", 6 <= answered <= 9, answered)
    tap.check("and then held off, which is shown", session["failures"] == answered
              and session["held_off_until"] is not None, session)
    exchange.order("member", "edit", f"AS{ASN['nagging']}", "--name", "Mended")
    speaker = Speaker(lab, "nagging", ASN["nagging"])
    speaker.start()
    tap.check("a change of the registry forgives", speaker.await_up(), speaker.notifications)
    speaker.end()


def opens(lab, tap, exchange):
    """RFC 9072 parameters, and capabilities nobody knows."""
    stranger = Speaker(lab, "stranger", 65000)
    stranger.start()
    tap.await_check("who is no member's router is closed, and the log says so",
                    lambda: stranger.is_closed
                    and f"connection from {lab.ipv4('stranger')} closed" in exchange.log(),
                    exchange.log)
    for host, words in {
            "long": {"extended_parameters": True},
            "strange": {"capabilities": [capability(200, b"\x01\x02\x03"), capability(73, b"\x03abc"),
                                         capability(66), capability(69, b"\x00\x01\x01\x07"),
                                         capability(1, b"\x00\x19\x00\x41")]}}.items():
        speaker = Speaker(lab, host, ASN[host], **words)
        speaker.start()
        tap.check(f"an OPEN of {host} is taken", speaker.await_up(),
                  f"{speaker.notifications}\n{exchange.log()}")
        speaker.end()


def fatal(lab, tap, exchange, ear):
    """What RFC 7606 still resets for: NLRI that cannot be read."""
    speaker = Speaker(lab, "fatal", ASN["fatal"])
    speaker.start()
    speaker.await_up()
    speaker.announce("20.9.0.0/24")
    awaited(lambda: "20.9.0.0/24" in ear.prefixes())
    attributes = (attribute(0x40, 1, b"\0") + attribute(0x40, 2, as_path(ASN["fatal"]))
                  + attribute(0x40, 3, socket.inet_aton(lab.ipv4("fatal"))))
    # What the neighbour was still saying must not keep it from reading why.
    speaker.say(message(UPDATE, b"\0\0" + struct.pack("!H", len(attributes)) + attributes
                        + b"\x21\x14\x09\x01\x00\x00") + STILL_SAYING)
    tap.await_check("a prefix of 33 bits ends the session with UPDATE error / invalid network field",
                    lambda: (3, 10) in speaker.notifications and speaker.is_closed,
                    lambda: f"{speaker.notifications}\n{exchange.log()}")
    tap.check("the neighbour reads that to the end, with no reset", not speaker.was_reset)
    tap.await_check("and takes its routes", lambda: "20.9.0.0/24" not in ear.prefixes(),
                    lambda: ear.prefixes())


def exabgp(lab, tap, exchange, ear):
    """The same from a daemon that writes attributes as it is told."""
    address = lab.ipv4("exabgp")
    member = daemons.ExaBgp(lab, "exabgp", ASN["exabgp"], [Announcement("20.5.0.0/24")], Options(
        families=(4,),
        verbatim=f"    route 20.5.1.0/24 next-hop {address} attribute [0x77 0xc0 0x0102];\n"
                 f"    route 20.5.2.0/24 next-hop {address} attribute [0x28 0xc0 0xffff];"))
    member.start()
    tap.await_check("ExaBGP's routes arrive", lambda: {"20.5.0.0/24", "20.5.1.0/24", "20.5.2.0/24"}
                    <= ear.prefixes(), lambda: member.log() + exchange.log())
    tap.check("its unknown attribute came with Partial set",
              ear.attributes("20.5.1.0/24").get(0x77) == (0xe0, b"\x01\x02"),
              ear.attributes("20.5.1.0/24"))
    tap.check("its prefix SID did not come", 0x28 not in ear.attributes("20.5.2.0/24"),
              ear.attributes("20.5.2.0/24"))


def several_paths(lab, tap, exchange, odd):
    """ADD-PATH (RFC 7911) to members that ask and may: all paths of a prefix, not only the best."""
    hushed = Speaker(lab, "hushed", ASN["hushed"])
    lab.takes_several |= {"bird", "gobgp", "several"}
    several = Speaker(lab, "several", ASN["several"], add_path=True)
    bird = daemons.Bird(lab, "bird", ASN["bird"], options=Options(families=(4,), add_path=True))
    gobgp = daemons.GoBgp(lab, "gobgp", ASN["gobgp"], options=Options(families=(4,), add_path=True))
    for one in (hushed, several, bird, gobgp):
        one.start()
    hushed.await_up()
    odd.announce("20.7.0.0/24", path=(ASN["odd"], 3000))
    hushed.announce("20.7.0.0/24", path=(ASN["hushed"], 3001, 3000))
    paths = {(ASN["odd"], 3000), (ASN["hushed"], 3001, 3000)}
    for member in (bird, gobgp):
        tap.await_check(f"{member.host} sees both paths", lambda m=member: {
            route.path for route in m.routes().get("20.7.0.0/24", ())} == paths,
            lambda m=member: f"{m.routes()}\n{m.log()}\n{exchange.log()}")
    tap.await_check("a raw speaker gets them with two path identifiers", lambda: len(
        [1 for _, prefix in list(several.held) if prefix == "20.7.0.0/24"]) == 2,
        lambda: several.held)
    hushed.end()
    for member in (bird, gobgp):
        tap.await_check(f"{member.host} sees one when the other is gone", lambda m=member: {
            route.path for route in m.routes().get("20.7.0.0/24", ())} == {(ASN["odd"], 3000)},
            lambda m=member: m.routes())
    several.end()


if __name__ == "__main__":
    run(body, [*ASN, "stranger"], daemons.Bird.programs + daemons.GoBgp.programs + daemons.ExaBgp.programs)
