"""Cases 15 to 26: OPEN and its capabilities."""
from attack import capability, four_octets, parameters, wide_parameters
from row import FIRST, KEEP, UP, Answer, Row, reset

IPV4 = capability(1, b"\0\1\0\1")
TAKEN = Answer(UP)
UNSPECIFIC = reset(2, 0)


def usual(member):
    return IPV4 + four_octets(member.asn)


def refused(case, name, cites, answer, **words):
    """An OPEN that is as usual but for `words`."""
    return Row(case, name, cites, lambda m: m.open(**words), answer, FIRST)


def with_capability(case, name, cites, octets, answer):
    return Row(case, name, cites, lambda m: m.open(octets) + KEEP, answer, FIRST)


def with_options(case, name, cites, options, answer):
    """All the optional parameters, length and all, as a function of the member."""
    return Row(case, name, cites, lambda m: m.open(options=options(m)) + KEEP, answer, FIRST)


def without_as4(member):
    return parameters((2, IPV4))


RULE_4, RULE_5, RULE_9072, RULE_9234 = "RFC 4271 6.2", "RFC 5492 3", "RFC 9072 2", "RFC 9234 4.2"
# Of these a session rests on three; the others are as if they were not there.
SHORT_AND_LONG = [
    (1, "multiprotocol", b"\0\1\0", b"\0\1\0\1\0", UNSPECIFIC),
    (65, "four-octet AS", b"\0\0\7", b"\0\0\7\xd1\0", UNSPECIFIC),
    (9, "role", b"", b"\2\2", UNSPECIFIC),
    (5, "extended next hop", b"\0\1\0\1\0", b"\0\1\0\1\0\2\0", TAKEN),
    (64, "graceful restart", b"\0", b"\0\x78\0\1\1\x80\0", TAKEN),
    (69, "ADD-PATH", b"\0\1\1", b"\0\1\1\1\0", TAKEN),
    (71, "long-lived graceful restart", b"\0\1\1", b"\0\1\1\x80\0\0\1\0", TAKEN),
    (73, "host name", b"\5ab", b"\1a\1bx", TAKEN),
    (75, "software version", b"\5ab", b"\1abc", TAKEN),
]

ROWS = [
    refused(15, "version 3", RULE_4, reset(2, 1, b"\0\4"), version=3),
    refused(15, "version 5", RULE_4, reset(2, 1, b"\0\4"), version=5),
    Row(16, "another AS number", RULE_4, lambda m: m.open(short=9999, options=parameters(
        (2, IPV4 + four_octets(9999)))), reset(2, 2), FIRST),
    Row(16, "AS 0", "RFC 7607 2", lambda m: m.open(short=0), reset(2, 2), FIRST),
    with_options(16, "AS 0 in the capability", "RFC 7607 2",
                 lambda m: parameters((2, IPV4 + four_octets(0))), reset(2, 2)),
    with_options(16, "AS_TRANS in the capability", "RFC 6793 9",
                 lambda m: parameters((2, IPV4 + four_octets(23456))), reset(2, 2)),
    Row(16, "AS_TRANS and no capability", "RFC 6793 4.1", lambda m: m.open(
        short=23456, options=without_as4(m)), reset(2, 2), FIRST),
    refused(17, "identifier 0", "RFC 6286 2.1", reset(2, 3), identifier="0.0.0.0"),
    Row(17, "our identifier, from another AS", "RFC 6286 2.2",
        lambda m: m.open(identifier=m.rs_ipv4) + KEEP, TAKEN, FIRST),
    refused(18, "a hold time of 1", RULE_4, reset(2, 6), hold=1),
    refused(18, "a hold time of 2", RULE_4, reset(2, 6), hold=2),
    Row(18, "a hold time of 0", "RFC 4271 4.2", lambda m: m.open(hold=0) + KEEP, TAKEN, FIRST),
    with_options(19, "parameters beyond the message", RULE_4,
                 lambda m: b"\xfe" + parameters((2, usual(m)))[1:], UNSPECIFIC),
    with_options(19, "a parameter beyond the others", RULE_4, lambda m: b"\x09\x02\xc8" + b"\1" * 7,
                 UNSPECIFIC),
    with_options(19, "octets behind the parameters", RULE_4,
                 lambda m: parameters((2, usual(m))) + b"zz", UNSPECIFIC),
    with_options(19, "half a parameter's head", RULE_4, lambda m: b"\1\2", UNSPECIFIC),
    with_options(20, "a parameter of type 3", RULE_4, lambda m: parameters((2, usual(m)), (3, b"x")),
                 reset(2, 4)),
    with_options(20, "authentication, a parameter of old", "RFC 4271 6.2, RFC 5492 2",
                 lambda m: parameters((1, b"x")), reset(2, 4)),
    with_options(21, "wide parameters below 256 octets", RULE_9072,
                 lambda m: wide_parameters(usual(m)), TAKEN),
    with_options(21, "wide parameters, the short length 1", RULE_9072,
                 lambda m: b"\1" + wide_parameters(usual(m))[1:], TAKEN),
    Row(21, "wide parameters of no octets", RULE_9072,
        lambda m: m.open(options=b"\xff\xff\0\0") + KEEP, TAKEN, FIRST, as4=False,
        words=("--allow-as2", "yes")),
    with_options(21, "wide parameters that are cut", RULE_9072, lambda m: b"\xff\xff\0", UNSPECIFIC),
    with_options(21, "wide parameters of 65,535", RULE_9072, lambda m: b"\xff\xff\xff\xff\2",
                 UNSPECIFIC),
    with_options(21, "a wide parameter that is cut", RULE_9072, lambda m: b"\xff\xff\0\2\2\0",
                 UNSPECIFIC),
    *[with_capability(22, f"capability {code} ({name}) {word}", RULE_5, capability(code, octets),
                      answer)
      for code, name, short, long, answer in SHORT_AND_LONG
      for word, octets in (("too short", short), ("too long", long))],
    with_options(22, "a capability beyond its parameter", RULE_5,
                 lambda m: parameters((2, usual(m) + b"\xc8\x09abc")), UNSPECIFIC),
    with_options(22, "half a capability's head", RULE_5,
                 lambda m: parameters((2, usual(m) + b"\xc8")), UNSPECIFIC),
    with_options(23, "1,900 unknown capabilities", RULE_5,
                 lambda m: wide_parameters(usual(m) + capability(200) * 1900), TAKEN),
    with_options(23, "64 copies of one", RULE_5, lambda m: wide_parameters(usual(m) + IPV4 * 64),
                 TAKEN),
    with_capability(24, "two different roles", RULE_9234, capability(9, b"\2") + capability(9, b"\4"),
                    reset(2, 11)),
    with_capability(24, "the same role twice", RULE_9234, capability(9, b"\2") * 2, TAKEN),
    with_capability(24, "a role that does not fit (peer)", RULE_9234, capability(9, b"\4"),
                    reset(2, 11)),
    with_capability(24, "a role that there is not", RULE_9234, capability(9, b"\xff"), reset(2, 11)),
    Row(24, "no role where one is insisted on", RULE_9234, lambda m: m.open() + KEEP, reset(2, 11),
        FIRST, words=("--require-role", "yes")),
    with_capability(25, "ADD-PATH in direction 0", "RFC 7911 4", capability(69, b"\0\1\1\0"), TAKEN),
    with_capability(25, "ADD-PATH in direction 4", "RFC 7911 4", capability(69, b"\0\1\1\4"), TAKEN),
    *[with_capability(26, f"a host name {name}", "no RFC",
                      capability(73, bytes([len(text)]) + text + b"\0"), TAKEN)
      for name, text in (("with NUL", b"a\0b"), ("that steers terminals", b"\x1b[2J\x1b]0;x\7"),
                         ("that is no UTF-8", b"\xff\xfe\xc0\xaf"))],
    with_options(26, "a host name of 250 octets", "no RFC", lambda m: wide_parameters(
        usual(m) + capability(73, b"\xfa" + b"%n" * 125 + b"\0")), TAKEN),
]
