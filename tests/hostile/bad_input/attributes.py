"""Cases 42 to 56: attributes that every router knows."""
import socket
import struct

from attack import attribute
from row import (AS_PATH, COMMUNITIES, MED, NEXT_HOP, OPTIONAL, ORIGIN, OTC, TRANSITIVE,
                 WELL_KNOWN, WITHDRAWN, Answer, Row, dropped, kept, path, path_of)

GONE = Answer(WITHDRAWN)
AGGREGATOR, ATOMIC, LOCAL_PREF, EXTENDED, EXTENDED6, LARGE = 7, 6, 5, 16, 25, 32
NAMES = {ORIGIN: "ORIGIN", AS_PATH: "AS_PATH", NEXT_HOP: "NEXT_HOP", MED: "MULTI_EXIT_DISC",
         ATOMIC: "ATOMIC_AGGREGATE", AGGREGATOR: "AGGREGATOR", COMMUNITIES: "COMMUNITIES",
         EXTENDED: "EXTENDED COMMUNITIES", EXTENDED6: "IPV6 EXTENDED COMMUNITIES",
         LARGE: "LARGE_COMMUNITY", OTC: "ONLY_TO_CUSTOMER"}
SECTION = {ORIGIN: "7.1", AS_PATH: "7.2", NEXT_HOP: "7.3", MED: "7.4", LOCAL_PREF: "7.5",
           ATOMIC: "7.6", AGGREGATOR: "7.7", COMMUNITIES: "7.8", EXTENDED: "7.14",
           EXTENDED6: "7.15"}


def right_value(member, code):
    return {ORIGIN: b"\0", AS_PATH: path((2, member.asn)), NEXT_HOP: socket.inet_aton(member.ipv4),
            MED: b"\0\0\0\1", ATOMIC: b"", AGGREGATOR: struct.pack("!I", member.asn) + b"\1\1\1\1",
            COMMUNITIES: b"\0\1\0\1", EXTENDED: b"\0\2\0\1\0\0\0\1", EXTENDED6: b"\0\2" + b"\1" * 18,
            LARGE: b"\0\0\7\xd1" * 3, OTC: b"\0\0\7\xd1"}[code]


def cites(code):
    return f"RFC 7606 {SECTION[code]}" if code in SECTION else {
        LARGE: "RFC 8092 6", OTC: "RFC 9234 5"}[code]


def with_value(case, code, name, value, answer, source=None, flags=None):
    """The attribute with this value, in the place of the usual one where there is one."""
    right = {ORIGIN: WELL_KNOWN, AS_PATH: WELL_KNOWN, NEXT_HOP: WELL_KNOWN, ATOMIC: WELL_KNOWN,
             LOCAL_PREF: WELL_KNOWN, MED: OPTIONAL, 9: OPTIONAL, 10: OPTIONAL}.get(code, TRANSITIVE)
    octets = attribute(right if flags is None else flags, code, value)
    usual = code in (ORIGIN, AS_PATH, NEXT_HOP, MED, COMMUNITIES)
    return Row(case, name, source or cites(code),
               lambda m: m.update(over={code: octets}) if usual else m.update(octets), answer,
               attr=code)


def flags_of(case, code, flags, name, source):
    def say(member):
        octets = attribute(flags, code, right_value(member, code))
        if code in member.usual():
            return member.update(over={code: octets})
        return member.update(octets)
    return Row(case, f"{NAMES[code]} {name} ({flags:02x})", source, say, GONE, attr=code)


def of_length(case, code, lengths, answer, word=None):
    return [with_value(case, code, f"{word or NAMES[code]} of {length} octets", b"\0" * length, answer)
            for length in lengths]


def with_path(case, name, source, segments, answer=GONE):
    return Row(case, name, source, lambda m: m.update(over=path_of(*(
        tuple(m.asn if asn is None else asn for asn in segment) for segment in segments))), answer,
        attr=AS_PATH)


def raw_path(case, name, source, more, answer=GONE):
    """The usual path and more octets."""
    return Row(case, name, source, lambda m: m.update(over={AS_PATH: attribute(
        WELL_KNOWN, AS_PATH, path((2, m.asn)) + more)}), answer, attr=AS_PATH)


def long_path(case, count, answer, more=""):
    """The member's AS, then AS numbers that differ, in segments as full as they may be."""
    def segments(member):
        asns = [member.asn] + [3000 + number for number in range(count - 1)]
        return [(2, *asns[at:at + 255]) for at in range(0, count, 255)]
    return Row(case, f"an AS_PATH of {count} AS numbers{more}", "RFC 4271 4.3",
               lambda m: m.update(over={AS_PATH: attribute(WELL_KNOWN, AS_PATH,
                                                           path(*segments(m)))}),
               answer(segments) if callable(answer) else answer, attr=AS_PATH)


def next_hop(case, name, address, source="RFC 4271 6.3"):
    return Row(case, f"a NEXT_HOP {name}", source, lambda m: m.update(over={
        NEXT_HOP: attribute(WELL_KNOWN, NEXT_HOP, socket.inet_aton(
            address(m) if callable(address) else address))}), GONE, attr=NEXT_HOP)


def missing(code):
    return Row(67, f"no {NAMES[code]}", "RFC 7606 3 d", lambda m: m.update(over={code: b""}), GONE,
               attr=code)


FLAGS = "RFC 7606 3 c"
ROWS = [
    *[flags_of(42, code, flags, name, FLAGS)
      for code, wrong in ((ORIGIN, (0xc0, 0x00)), (AS_PATH, (0xc0, 0x00)), (NEXT_HOP, (0xc0, 0x00)),
                          (MED, (0xc0, 0x40)), (ATOMIC, (0xc0,)), (AGGREGATOR, (0x80, 0x40)),
                          (COMMUNITIES, (0x80, 0x40)), (EXTENDED, (0x80, 0x40)),
                          (EXTENDED6, (0x80,)), (LARGE, (0x80, 0x40)), (OTC, (0x80,)))
      for flags, name in ((one, "with wrong flags") for one in wrong)],
    with_value(42, 26, "AIGP as transitive", b"\1\0\x0b" + b"\0" * 8, dropped(), "RFC 7311 3",
               TRANSITIVE),
    with_value(42, 29, "BGP-LS as transitive", b"\1\2\0\1\0", dropped(), "RFC 9552 8.2.2",
               TRANSITIVE),
    with_value(42, 40, "prefix SID as non-transitive", b"\1\0\7" + b"\0" * 7, dropped(), "RFC 8669 6",
               OPTIONAL),
    *[flags_of(43, code, 0x60, "as partial", "RFC 4271 4.3")
      for code in (ORIGIN, AS_PATH, NEXT_HOP, ATOMIC)],
    *of_length(44, ORIGIN, (0, 2), GONE),
    *[with_value(44, ORIGIN, f"ORIGIN {value}", bytes([value]), GONE) for value in (3, 255)],
    raw_path(45, "an AS_PATH segment of type 0", "RFC 7606 7.2", b"\0\1\0\0\x0b\xb8"),
    raw_path(45, "an AS_PATH segment of type 5", "RFC 7606 7.2", b"\5\1\0\0\x0b\xb8"),
    raw_path(45, "an AS_PATH segment of no AS numbers", "RFC 7606 7.2", b"\2\0"),
    raw_path(45, "an AS_PATH segment beyond its attribute", "RFC 7606 7.2", b"\2\3\0\0\x0b\xb8"),
    raw_path(45, "a stray octet behind AS_PATH's segments", "RFC 7606 7.2", b"\2"),
    with_value(45, AS_PATH, "an empty AS_PATH", b"", GONE, "RFC 7606 7.2, RFC 4271 6.3"),
    with_path(46, "AS 0 in AS_PATH", "RFC 7607 2", [(2, None, 0, 3000)]),
    with_value(46, AGGREGATOR, "AS 0 in AGGREGATOR", b"\0\0\0\0\1\1\1\1", dropped(), "RFC 7607 2"),
    with_path(47, "an AS_SET", "RFC 9774 3", [(2, None), (1, 3000, 3001)]),
    with_path(47, "an AS_CONFED_SEQUENCE", "RFC 5065 5", [(3, 65001), (2, None)]),
    with_path(47, "an AS_CONFED_SET", "RFC 5065 5", [(2, None), (4, 65001)]),
    with_path(48, "an AS_PATH of 64 AS numbers, all the rules let in", "RFC 4271 4.3",
              [(2, *[None] * 64)], lambda m: kept({AS_PATH: (WELL_KNOWN, path((2, *[m.asn] * 64)))})),
    long_path(48, 65, GONE, ", one more than the rules let in"),
    *[long_path(48, count, GONE) for count in (255, 256, 750, 751, 950)],
    Row(48, "an AS_PATH of 300 segments", "RFC 4271 4.3", lambda m: m.update(over=path_of(
        *[(2, m.asn)] * 300)), GONE, attr=AS_PATH),
    *[Row(48, f"an AS_PATH of {count:,} AS numbers, in an extended message", "RFC 8654 4",
          long_path(48, count, GONE).say, GONE, attr=AS_PATH, more=b"\6\0",
          words=("--extended-message", "yes")) for count in (2049, 16000)],
    with_path(49, "a first AS that is not the member's", "RFC 7606 7.2, RFC 4271 6.3",
              [(2, 3000, None)]),
    with_path(50, "our own AS in AS_PATH", "RFC 4271 9", [(2, None, 64500)]),
    *of_length(51, NEXT_HOP, (0, 3, 5, 16), GONE),
    next_hop(51, "of 0.0.0.0", "0.0.0.0"), next_hop(51, "of 127.0.0.1", "127.0.0.1"),
    next_hop(51, "of 224.0.0.1", "224.0.0.1"), next_hop(51, "of 255.255.255.255", "255.255.255.255"),
    next_hop(51, "that is ours", lambda m: m.rs_ipv4),
    next_hop(52, "of another member", lambda m: "10.99.4.2", "RFC 7948 4.8"),
    *of_length(53, MED, (0, 3, 5), GONE),
    *[with_value(54, LOCAL_PREF, f"LOCAL_PREF of {length} octets", b"\0" * length, dropped())
      for length in (0, 3, 4, 5)],
    *of_length(55, ATOMIC, (1,), dropped()), *of_length(55, AGGREGATOR, (0, 5, 6, 7, 9), dropped()),
    Row(55, "AGGREGATOR of 8 octets of a two-octet speaker", "RFC 7606 7.7", lambda m: m.update(
        attribute(TRANSITIVE, AGGREGATOR, b"\0" * 3 + b"\1" * 5)), dropped(), attr=AGGREGATOR,
        as4=False, words=("--allow-as2", "yes")),
    *of_length(56, COMMUNITIES, (0, 5), GONE), *of_length(56, EXTENDED, (0, 9), GONE),
    *of_length(56, EXTENDED6, (0, 21), GONE), *of_length(56, LARGE, (0, 13), GONE),
    missing(ORIGIN), missing(AS_PATH), missing(NEXT_HOP),
]
