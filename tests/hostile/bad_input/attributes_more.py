"""Cases 57 to 69: attributes in great number, odd company, or unknown."""
import random
import struct

from attack import attribute
from attributes import AGGREGATOR, GONE, LARGE, with_value
from row import (AS_PATH, COMMUNITIES, MED, OPTIONAL, ORIGIN, OTC, PARTIAL, TRANSITIVE, WELL_KNOWN,
                 Row, dropped, kept, path, reset)

AS4_PATH, AS4_AGGREGATOR = 17, 18
EXTENDED_MESSAGE = {"more": b"\6\0", "words": ("--extended-message", "yes")}
TWO_OCTETS = {"as4": False, "words": ("--allow-as2", "yes")}
AS_TRANS = 23456


def numbered(size, count):
    """So many different items of `size` octets."""
    return b"".join(struct.pack("!I", 0x0d050000 + number)[:4] * (size // 4)
                    for number in range(count))


def communities(count, answer, **more):
    value = numbered(4, count)
    return Row(57, f"{count:,} communities", "no RFC", lambda m: m.update(
        over={COMMUNITIES: attribute(TRANSITIVE, COMMUNITIES, value)}),
        kept({COMMUNITIES: (TRANSITIVE, value)}) if answer is None else answer, attr=COMMUNITIES,
        **more)


def unknown(case, name, flags, code, value, answer, source="RFC 4271 5", **more):
    return Row(case, name, source, lambda m: m.update(attribute(flags, code, value)), answer,
               attr=code, **more)


def junk(code, count=40):
    return random.Random(code).randbytes(count)


def old_speaker(case, name, source, octets, answer, over=None, before=False):
    """Of a speaker of two octets: attributes behind the usual ones, or before all."""
    def say(member):
        more = octets(member) if callable(octets) else octets
        usual = member.usual()
        usual.update(over(member) if over else {})
        if not before:
            return member.update(more, over=usual)
        first = dict([(ORIGIN, more + usual.pop(ORIGIN))])
        return member.update(over={**first, **usual})
    return Row(case, name, source, say, answer, attr=0, **TWO_OCTETS)


def path_as2(member, *asns):
    return {AS_PATH: attribute(WELL_KNOWN, AS_PATH, struct.pack("!BB", 2, 1 + len(asns)) + b"".join(
        struct.pack("!H", asn) for asn in (member.asn, *asns)))}


def as4(*asns):
    return attribute(TRANSITIVE, AS4_PATH, path((2, *asns)))


def every_attribute(member):
    """One of each code from 0 to 255 that is not there already and not well-known."""
    there = {1, 2, 3, 4, 5, 6, 8, 14, 15}
    return member.update(b"".join(attribute(TRANSITIVE, code, b"") for code in range(256)
                                  if code not in there))


def too_long_for_others(member):
    """It fits into what the member says, not into 4,096 octets for others."""
    return member.update(attribute(TRANSITIVE, 200, b"x" * 5000))


BIG_AS, OTHER_BIG_AS = 201003, 201004
ROWS = [
    communities(1000, None), communities(1001, GONE), communities(16000, GONE, **EXTENDED_MESSAGE),
    Row(57, "5,000 large communities", "no RFC", lambda m: m.update(
        attribute(TRANSITIVE, LARGE, numbered(12, 5000))), GONE, attr=LARGE, **EXTENDED_MESSAGE),
    with_value(58, 9, "ORIGINATOR_ID", b"\1\1\1\1", dropped(), "RFC 7606 7.9"),
    with_value(58, 9, "ORIGINATOR_ID of 3 octets", b"\1\1\1", dropped(), "RFC 7606 7.9"),
    with_value(58, 10, "CLUSTER_LIST", b"\1\1\1\1", dropped(), "RFC 7606 7.10"),
    with_value(58, 10, "CLUSTER_LIST of 5 octets", b"\1\1\1\1\1", dropped(), "RFC 7606 7.10"),
    unknown(59, "AS4_PATH of a four-octet speaker", TRANSITIVE, AS4_PATH, path((2, 3000)), dropped(),
            "RFC 6793 6"),
    unknown(59, "AS4_AGGREGATOR of a four-octet speaker", TRANSITIVE, AS4_AGGREGATOR,
            b"\0\0\x0b\xb8\1\1\1\1", dropped(), "RFC 6793 6"),
    Row(59, "AS4_PATH before AS_PATH of a four-octet speaker", "RFC 6793 6",
        lambda m: m.update(over={ORIGIN: as4(3000) + m.usual()[ORIGIN]}), dropped(), attr=AS4_PATH),
    *[old_speaker(59, f"AS4_PATH {where} AS_PATH", "RFC 6793 4.2.3", as4(BIG_AS),
                  lambda m: kept({AS_PATH: (WELL_KNOWN, path((2, m.asn), (2, BIG_AS)))}),
                  lambda m: path_as2(m, AS_TRANS), before)
      for where, before in (("behind", False), ("before", True))],
    old_speaker(59, "AS4_PATH longer than AS_PATH", "RFC 6793 4.2.3",
                as4(3000, BIG_AS, OTHER_BIG_AS), kept()),
    *[old_speaker(59, f"AS4_PATH {name}", "RFC 6793 6", attribute(TRANSITIVE, AS4_PATH, value), kept())
      for name, value in (("cut short", b"\2\2\0\3\x11\x2b"), ("of a type 9", b"\x09\1\0\3\x11\x2b"),
                          ("of no AS numbers", b"\2\0"), ("of 5 octets", b"\2\1\0\0\1"))],
    old_speaker(59, "AS4_AGGREGATOR of 7 octets", "RFC 6793 6",
                attribute(TRANSITIVE, AS4_AGGREGATOR, b"\1" * 7), kept()),
    *[with_value(60, OTC, f"ONLY_TO_CUSTOMER of {length} octets", b"\0" * length, GONE)
      for length in (0, 3, 5)],
    with_value(60, OTC, "ONLY_TO_CUSTOMER of 0", b"\0" * 4, GONE),
    Row(60, "ONLY_TO_CUSTOMER twice", "RFC 7606 3 g, RFC 9234 5", lambda m: m.update(
        attribute(TRANSITIVE, OTC, struct.pack("!I", m.asn)) * 2), GONE, attr=OTC),
    Row(60, "ONLY_TO_CUSTOMER with extended length", "RFC 9234 5", lambda m: m.update(
        b"\xd0\x23\0\4" + struct.pack("!I", m.asn)), GONE, attr=OTC),
    Row(60, "MULTI_EXIT_DISC with extended length, written anew", "RFC 4271 4.3", lambda m: m.update(
        over={MED: b"\x90\4\0\4\0\0\0\x4d"}), kept()),
    with_value(61, 28, "attribute 28 of no octets (e0 1c 00)", b"", dropped(), "RFC 6790, RFC 7447",
               PARTIAL),
    with_value(61, 40, "attribute 40 of 28 zeros (e0 28 1c)", b"\0" * 28, dropped(), "RFC 8669 6",
               PARTIAL),
    *[unknown(61, f"attribute {code}, 40 random octets", TRANSITIVE, code, junk(code), dropped(),
              "no RFC") for code in (23, 26, 29, 39, 128)],
    unknown(61, "attribute 254, which BIRD 2.0 takes for its own", TRANSITIVE, 254, b"abc", dropped(),
            "no RFC"),
    *[unknown(62, f"an unknown transitive attribute of {length:,} octets", TRANSITIVE, 0xfd,
              b"x" * length, kept({0xfd: (PARTIAL, b"x" * length)})) for length in (0, 1, 255, 3000)],
    unknown(62, "an unknown transitive attribute of 65,000 octets", TRANSITIVE, 0xfd, b"x" * 65000,
            GONE, "RFC 8654 4", **EXTENDED_MESSAGE),
    unknown(63, "an unknown attribute that is not transitive", OPTIONAL, 98, b"abc", dropped()),
    Row(64, "an unknown attribute that claims to be well-known", "RFC 4271 6.3",
        lambda m: m.update(attribute(WELL_KNOWN, 99, b"abc")),
        reset(3, 2, attribute(WELL_KNOWN, 99, b"abc")), attr=99),
    Row(65, "an attribute of every code", "no RFC", every_attribute, GONE),
    Row(66, "ORIGIN twice, of which the first counts", "RFC 7606 3 g",
        lambda m: m.update(attribute(WELL_KNOWN, ORIGIN, b"\2")), kept()),
    Row(66, "ORIGIN twice, the second in error", "RFC 7606 3 g",
        lambda m: m.update(attribute(WELL_KNOWN, ORIGIN, b"\7")), kept()),
    Row(66, "COMMUNITIES twice", "RFC 7606 3 g",
        lambda m: m.update(attribute(TRANSITIVE, COMMUNITIES, b"\0\1\0\1")), kept()),
    Row(66, "an unknown attribute twice", "RFC 7606 3 g",
        lambda m: m.update(attribute(TRANSITIVE, 0xfd, b"a") + attribute(TRANSITIVE, 0xfd, b"b")),
        kept({0xfd: (PARTIAL, b"a")}), attr=0xfd),
    Row(68, "ORIGIN and AGGREGATOR both in error", "RFC 7606 3 h",
        lambda m: m.update(attribute(TRANSITIVE, AGGREGATOR, b"\0" * 5),
                           over={ORIGIN: attribute(WELL_KNOWN, ORIGIN, b"\7")}), GONE, attr=ORIGIN),
    Row(69, "a route too long for who takes 4,096 octets", "RFC 8654 4", too_long_for_others, GONE,
        attr=200, **EXTENDED_MESSAGE),
]
