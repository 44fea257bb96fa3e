"""Cases 27 to 41: how an UPDATE is laid out, and its prefixes."""
import socket
import struct

from attack import UPDATE, attribute, capability, message
from row import (IGNORED, OPTIONAL, REACH, WITHDRAWN, Answer, Row, framed, kept, packed, reset)

UNREACH = 15
IGNORE, GONE = Answer(IGNORED), Answer(WITHDRAWN)
MALFORMED_LIST = reset(3, 1)
BOTH = (4, 6)
CLASSIC, MP = "RFC 7606 3 i, j", "RFC 7606 5.3"
# Prefixes that do not parse.
UNREADABLE = [("33 bits", b"\x21\x14\1\1\1\1"), ("255 bits", b"\xff" + b"\1" * 31),
              ("cut short", b"\x18\x14\1")]
UNREADABLE6 = [("129 bits", b"\x81" + b"\x2a" * 17), ("255 bits", b"\xff" + b"\x2a" * 31),
               ("cut short", b"\x30\x2a\0\1")]
SEMANTIC = ["224.0.0.0/8", "240.0.0.0/8", "0.0.0.0/8", "127.0.0.0/8", "0.0.0.0/0", "10.0.0.0/8"]
SEMANTIC6 = ["fe80::/16", "ff00::/16", "::/0", "fc00::/16"]


def usual(member):
    return b"".join(member.usual().values())


def unreach(prefixes, afi=2, safi=1):
    return attribute(OPTIONAL, UNREACH, struct.pack("!HB", afi, safi) + prefixes)


def announced(name, octets, case=30):
    return Row(case, f"an announced IPv4 prefix {name}", CLASSIC,
               lambda m: m.update(nlri=packed(m.prefix()) + octets),
               lambda m: reset(3, 10, packed(m.prefix()) + octets))


def withdrawn(name, octets):
    return Row(30, f"a withdrawn IPv4 prefix {name}", CLASSIC, framed(b"", withdrawn=octets),
               reset(3, 10, octets))


def announced6(name, octets, case=30):
    def whole(member):
        return member.reach(packed(member.prefix()) + octets)
    return Row(case, f"an announced IPv6 prefix {name}", MP,
               lambda m: framed(usual(m) + whole(m)), lambda m: reset(3, 9, whole(m)),
               families=BOTH, is_ipv6=True)


def withdrawn6(name, octets, case=30):
    return Row(case, f"a withdrawn IPv6 prefix {name}", MP, framed(unreach(octets)),
               reset(3, 9, unreach(octets)), families=BOTH)


def semantic(prefix, is_ipv6=False):
    """Beside the one that is looked at, which is taken."""
    return Row(32, f"a prefix that nobody may announce: {prefix}", "RFC 4271 6.3",
               lambda m: m.update(nlri=packed(m.prefix()) + packed(prefix)), kept(),
               families=BOTH if is_ipv6 else (4,), is_ipv6=is_ipv6)


def hop_length(name, octets):
    def whole(member):
        return framed(usual(member) + member.reach(packed(member.prefix()), octets))
    return Row(37, f"an MP next hop {name}", "RFC 7606 7.11", whole, MALFORMED_LIST, families=BOTH,
               is_ipv6=True)


def hop_too_long(member):
    """The length of the next hop leaves the attribute."""
    return framed(usual(member) + attribute(OPTIONAL, REACH, b"\0\2\1\xff" + b"\x2a" * 20))


def mp_twice(member):
    one = member.reach(packed(member.prefix()))
    return framed(usual(member) + one + one)


def wrong_flags(name, flags, code, value):
    octets = attribute(flags, code, value)
    return Row(39, f"{name} with flags {flags:02x}", "RFC 7606 5.3",
               lambda m: framed(usual(m) + octets), reset(3, 4, octets), families=BOTH)


def cut_value(name, code, value):
    octets = attribute(OPTIONAL, code, value)
    return Row(39, f"{name} of {len(value)} octets", "RFC 7606 5.3",
               lambda m: framed(usual(m) + octets), reset(3, 9, octets), families=BOTH)


def foreign(name, afi, safi, more=b"", case=36, cites="RFC 4760 6"):
    """An MP_REACH of a family that was not agreed to; what stands beside it counts."""
    return Row(case, f"MP_REACH of {name}", cites,
               lambda m: m.update(m.reach(b"\x20" + b"\1" * 4 + more, b"\x0a\0\0\1", afi, safi)),
               kept())


LINK_LOCAL = socket.inet_pton(socket.AF_INET6, "fe80::1")
ADD_PATH = capability(69, b"\0\1\1\3")
END_OF_RIB = message(UPDATE, b"\0\0\0\0")

ROWS = [
    Row(27, "a withdrawn length that leaves the message", "RFC 4271 6.3",
        framed(b"", withdrawn_len=5), MALFORMED_LIST),
    Row(27, "an attribute length that leaves the message", "RFC 4271 6.3",
        lambda m: framed(usual(m), attributes_len=500), MALFORMED_LIST),
    Row(27, "both lengths 65535", "RFC 4271 6.3",
        framed(b"", withdrawn_len=65535, attributes_len=65535), MALFORMED_LIST),
    Row(28, "a last attribute that leaves the list", "RFC 7606 4",
        lambda m: framed(usual(m) + b"\xc0\xfe\x40abc", packed(m.prefix())), GONE),
    *[Row(28, f"{count} stray octets behind the attributes", "RFC 7606 4",
          lambda m, count=count: framed(usual(m) + b"\xc0\xfe\x01"[:count], packed(m.prefix())), GONE)
      for count in (1, 2, 3)],
    Row(28, "MP_REACH that leaves the list", "RFC 7606 4, 5.3",
        lambda m: framed(usual(m) + b"\x80\x0e\x40\0\2\1"), MALFORMED_LIST, families=BOTH,
        is_ipv6=True),
    Row(29, "an undefined ORIGIN and no prefix", "RFC 7606 5.2",
        lambda m: framed(attribute(0x40, 1, b"\7")), MALFORMED_LIST),
    Row(29, "an undefined ORIGIN beside withdrawn prefixes", "RFC 7606 5.2",
        lambda m: framed(attribute(0x40, 1, b"\7"), withdrawn=packed(m.prefix())), MALFORMED_LIST),
    Row(29, "an AGGREGATOR to discard and no prefix", "RFC 7606 5.2",
        lambda m: framed(attribute(0xc0, 7, b"\0" * 5)), IGNORE),
    *[announced(name, octets) for name, octets in UNREADABLE],
    *[withdrawn(name, octets) for name, octets in UNREADABLE],
    *[announced6(name, octets) for name, octets in UNREADABLE6],
    *[withdrawn6(name, octets) for name, octets in UNREADABLE6],
    Row(31, "bits behind the length", "RFC 4271 4.3",
        lambda m: m.update(nlri=packed(m.prefix()) + b"\x17\x14\x40\xff"),
        kept(others=("20.64.254.0/23",))),
    *[semantic(prefix) for prefix in SEMANTIC],
    *[semantic(prefix, True) for prefix in SEMANTIC6],
    Row(33, "a path identifier of 1 that was not agreed to", "RFC 7606 3 j",
        lambda m: m.update(nlri=b"\0\0\0\1" + packed(m.prefix())),
        lambda m: reset(3, 10, b"\0\0\0\1" + packed(m.prefix()))),
    Row(33, "a path identifier of 0 that was not agreed to: four default routes", "RFC 4271 6.3",
        lambda m: m.update(nlri=b"\0\0\0\0" + packed(m.prefix())), kept()),
    Row(33, "no path identifiers, though ADD-PATH was offered", "RFC 7911 4",
        lambda m: m.update(), kept(), more=ADD_PATH),
    Row(34, "a prefix twice in an UPDATE", "RFC 4271 3.1",
        lambda m: m.update(nlri=packed(m.prefix()) * 2), kept()),
    Row(34, "a prefix announced and withdrawn in an UPDATE", "RFC 4271 4.3",
        lambda m: m.update(withdrawn=packed(m.prefix())), kept()),
    Row(35, "a prefix in two UPDATEs", "RFC 4271 3.1", lambda m: m.plain(0) + m.update(), kept()),
    foreign("IPv6, which was not agreed to", 2, 1), foreign("AFI 0", 0, 1),
    foreign("SAFI 255", 1, 255), foreign("AFI 65535, SAFI 0", 65535, 0),
    Row(36, "MP_UNREACH of a family not agreed to", "RFC 4760 6",
        lambda m: framed(unreach(b"\x20\x2a\0\0\1", 2, 1)), IGNORE),
    hop_length("of 0 octets", b""), hop_length("of 4 octets", b"\x0a\0\0\1"),
    hop_length("of 9 octets", b"\x2a" * 9), hop_length("of 64 octets", b"\x2a" * 64),
    Row(37, "an MP next hop beyond its attribute", "RFC 7606 7.11", hop_too_long, MALFORMED_LIST,
        families=BOTH, is_ipv6=True),
    Row(38, "MP_REACH twice", "RFC 7606 3 g", mp_twice, MALFORMED_LIST, families=BOTH, is_ipv6=True),
    Row(38, "MP_UNREACH twice", "RFC 7606 3 g", framed(unreach(b"") * 2), MALFORMED_LIST,
        families=BOTH),
    *[cut_value("MP_UNREACH", UNREACH, b"\0\2\1"[:count]) for count in (0, 2)],
    *[cut_value("MP_REACH", REACH, b"\0\2\1\0"[:count]) for count in (0, 4)],
    *[wrong_flags("MP_REACH", flags, REACH, b"\0\2\1\x10" + b"\x2a" * 16 + b"\0")
      for flags in (0x40, 0xc0)],
    *[wrong_flags("MP_UNREACH", flags, UNREACH, b"\0\2\1") for flags in (0x00, 0xc0)],
    Row(40, "End-of-RIB a thousand times", "RFC 4724 2", END_OF_RIB * 1000, IGNORE),
    Row(40, "End-of-RIB of a family not agreed to", "RFC 4724 2", framed(unreach(b"")), IGNORE),
    Row(40, "an empty UPDATE with a stray octet for attributes", "RFC 7606 4, 5.2",
        message(UPDATE, b"\0\0\0\1\xff"), MALFORMED_LIST),
    Row(40, "an empty UPDATE with a stray octet for a prefix", "RFC 7606 3 j",
        message(UPDATE, b"\0\0\0\0\x21"), reset(3, 10, b"\x21")),
    Row(40, "End-of-RIB beside attributes", "RFC 4724 2", lambda m: framed(usual(m)), IGNORE),
    *[foreign(name, afi, safi, b"\xff" * 20, 41) for name, afi, safi in (
        ("flow specifications", 1, 133), ("VPN routes", 1, 128), ("EVPN", 25, 70))],
]
