"""Cases 1 to 14: the header, and how octets and connections come."""
import struct

from attack import KEEPALIVE, NOTIFICATION, OPEN, REFRESH, UPDATE, capability, message
from row import (CLOSED, CONFIRM, ESTABLISHED, FIRST, KEEP, WITHDRAWN, Answer, Row, kept, reset)
from stage import CLOSED as GONE
from stage import Seen

EXTENDED = capability(6)
PEERS, SIMULATION = "tests/hostile/peers.py", "tests/sim/sim"
RESTARTS = capability(64, b"\x00\x78\0\1\1\x80")


def bad_length(name, octets, length, stage=FIRST, case=2, cites="RFC 4271 6.1", more=b"", words=()):
    return Row(case, name, cites, octets, reset(1, 2, struct.pack("!H", length)), stage, more=more,
               words=words)


def big_update(member, size):
    """An UPDATE of so many octets, most of them of an unknown attribute."""
    empty = len(member.update(unknown(b"x" * 300))) - 300
    return member.update(unknown(b"x" * (size - empty)))


def unknown(value):
    return struct.pack("!BBH", 0xd0, 200, len(value)) + value


def second_connection(stage, member):
    """RFC 4271 6.8: the one that stands stays, the new one is told why it goes."""
    first, second = stage.mouth(member), None
    try:
        first.establish()
        first.say(member.plain(1))
        first.await_(lambda: stage.held(member.prefix(1)) or first.is_over())
        second = stage.mouth(member)
        second.say(member.open())
        seen = second.ended()
        first.say(member.plain(2))
        first.await_(lambda: stage.held(member.prefix(2)) or first.is_over())
        seen.note = "the first goes on" if stage.held(member.prefix(2)) else "the first ended"
        return seen
    finally:
        first.close()
        if second:
            second.close()


def both_open(stage, member):
    """Two connections of the member's in OpenConfirm: one of them stays, the other may talk on."""
    first, second = stage.mouth(member), stage.mouth(member)
    try:
        for mouth in (first, second):
            mouth.establish(to_confirm=True)
        if not first.is_over():
            first.hear(0.2)
        loser, winner = (first, second) if first.is_over() else (second, first)
        seen = loser.ended()
        loser.say(KEEP + member.plain(1) + b"\xff" * 4096)
        winner.say(KEEP + member.plain(2))
        winner.await_(lambda: stage.held(member.prefix(2)) or winner.is_over())
        seen.note = "the other goes on" if stage.held(member.prefix(2)) else "both ended"
        return seen
    finally:
        first.close()
        second.close()


def restarted(stage, member):
    """RFC 4724 4.2: who restarts comes anew; the old connection goes without a word."""
    first, second = stage.mouth(member), None
    try:
        first.establish()
        first.say(member.plain(1))
        first.await_(lambda: stage.held(member.prefix(1)) or first.is_over())
        second = stage.mouth(member)
        second.establish()
        seen = first.ended()
        second.say(member.plain(2) + message(UPDATE, b"\0\0\0\0"))
        second.await_(lambda: stage.held(member.prefix(2)) or second.is_over())
        seen.note = "the new one goes on" if stage.held(member.prefix(2)) else "both ended"
        second.say(message(NOTIFICATION, b"\6\2"))
        return seen
    finally:
        first.close()
        if second:
            second.close()


def stranger(stage, member):
    """Not one octet for who is no neighbour."""
    other = type(member)(15000, stage.server.lab)
    stage.server.lab.add_addresses("members", [other.ipv4])
    mouth = stage.mouth(other)
    try:
        mouth.say(other.open())
        mouth.await_(lambda: mouth.is_closed)
        said = mouth.notification()
        return Seen(GONE if not mouth.came else "answered", *(said[:2] if said else ()))
    finally:
        mouth.close()


def half_a_header(stage, member):
    """It waits, and what follows completes it."""
    mouth = stage.mouth(member)
    try:
        mouth.establish()
        mouth.say(member.plain(0))
        mouth.await_(lambda: stage.held(member.prefix()) or mouth.is_over())
        octets = member.update()
        mouth.say(octets[:9])
        mouth.hear(0.2)
        mouth.say(octets[9:])
        return stage._after(mouth, member)
    finally:
        mouth.close()


def in_pieces(member):
    return [bytes([octet]) for octet in member.update()]


def at_once(member):
    """Two thousand messages in one segment and more."""
    return (member.update(is_marked=False) + KEEP) * 1000 + member.update()


def full_open(member):
    return member.open() + KEEP


ROWS = [
    Row(1, "a marker that ends in 0", "RFC 4271 6.1", message(KEEPALIVE, marker=b"\xff" * 15 + b"\0"),
        reset(1, 1), FIRST),
    Row(1, "a marker of zeros when established", "RFC 4271 6.1",
        message(KEEPALIVE, marker=b"\0" * 16), reset(1, 1)),
    bad_length("a length of 0", message(OPEN, length=0), 0),
    bad_length("a length of 18", message(KEEPALIVE, length=18), 18),
    bad_length("a length of 18 when established", message(UPDATE, length=18), 18, ESTABLISHED),
    bad_length("an OPEN of 28", message(OPEN, b"\4" * 9), 28),
    bad_length("an OPEN of 4,097", message(OPEN, b"\4" * 10, length=4097), 4097),
    bad_length("an OPEN of 65,535", message(OPEN, b"\4" * 10, length=65535), 65535),
    bad_length("a KEEPALIVE of 20", message(KEEPALIVE, b"x"), 20, CONFIRM),
    bad_length("a KEEPALIVE of 20 when established", message(KEEPALIVE, b"x"), 20, ESTABLISHED),
    bad_length("an UPDATE of 22", message(UPDATE, b"\0\0\0"), 22, ESTABLISHED),
    bad_length("a NOTIFICATION of 20", message(NOTIFICATION, b"\6"), 20, ESTABLISHED),
    bad_length("a ROUTE-REFRESH of 22", message(REFRESH, b"\0\1\0"), 22, ESTABLISHED,
               cites="RFC 7313 5"),
    bad_length("a NOTIFICATION of 4,097", message(NOTIFICATION, b"\6\2", length=4097), 4097,
               ESTABLISHED),
    bad_length("a KEEPALIVE of 4,097 with extended messages", message(KEEPALIVE, length=4097), 4097,
               ESTABLISHED, 3, "RFC 8654 4", EXTENDED, ("--extended-message", "yes")),
    bad_length("an OPEN of 4,097 with extended messages", message(OPEN, b"\4" * 10, length=4097),
               4097, ESTABLISHED, 3, "RFC 8654 4", EXTENDED, ("--extended-message", "yes")),
    bad_length("an UPDATE of 4,097 that we did not offer to take", message(UPDATE, length=4097), 4097,
               ESTABLISHED, 4, "RFC 8654 5", EXTENDED),
    bad_length("an UPDATE of 65,535 that nobody agreed to", message(UPDATE, length=65535), 65535,
               ESTABLISHED, 4, "RFC 8654 5"),
    Row(4, "an UPDATE of 4,089, which is 4,096 with OTC", "RFC 4271 4.1",
        lambda m: big_update(m, 4089),
        lambda m: kept({200: (0xe0, b"x" * (4089 - len(m.update(unknown(b"x" * 300))) + 300))}),
        attr=200),
    Row(69, "an UPDATE of 4,096, which is more with OTC", "RFC 8654 4", lambda m: big_update(m, 4096),
        Answer(WITHDRAWN), attr=200),
    *[Row(5, f"a message of type {kind}", "RFC 4271 6.1", message(kind), reset(1, 3, bytes([kind])),
          stage) for kind in (0, 6, 255) for stage in (FIRST, ESTABLISHED)],
    Row(6, "an UPDATE in segments of one octet", "RFC 4271 4", in_pieces, kept()),
    Row(6, "2,001 messages at once", "RFC 4271 4", at_once, kept()),
    Row(6, "half a header, then silence, then the rest", "RFC 4271 4", answer=kept(),
        play=half_a_header),
    Row(6, "an OPEN in segments of one octet", "RFC 4271 4",
        lambda m: [bytes([octet]) for octet in full_open(m)], Answer("established"), FIRST),
    Row(7, "connects and says nothing, or an octet a minute", "RFC 4271 8.2.2",
        shown_by=f"{PEERS}: connections that say nothing; tests/unit/bgp/session_ends.c"),
    Row(8, "connects from an address that is nobody's", "no RFC", answer=Answer(CLOSED),
        play=stranger),
    Row(8, "thousands connect from such addresses", "no RFC",
        shown_by=f"{PEERS}: strangers who connect"),
    Row(9, "connects after it was removed", "RFC 4486 4",
        shown_by="tests/unit/server/worker.c"),
    Row(10, "a second connection when established", "RFC 4271 6.8", answer=reset(6, 7),
        play=second_connection),
    Row(10, "two connections in OpenConfirm, and the loser talks on", "RFC 4271 6.8",
        answer=reset(6, 7), play=both_open),
    Row(10, "a second connection of a neighbour that restarts", "RFC 4724 4.2",
        answer=Answer(CLOSED), play=restarted, more=RESTARTS),
    Row(11, "sessions that come and go a hundred times a second", "RFC 4271 8.1.1",
        shown_by=f"{PEERS}: sessions that come and go, OPENs in error; tests/unit/bgp/damping.c"),
    Row(12, "a wrong or absent MD5 key, and a TTL of 254", "RFC 2385, RFC 5082",
        shown_by="tests/interop/secured.py"),
    Row(13, "does not read, and sends KEEPALIVEs", "RFC 9687 4",
        shown_by=f"{PEERS}: members who do not read; tests/unit/bgp/session_ends.c; {SIMULATION}"),
    Row(14, "routes as fast as a socket takes them", "no RFC",
        shown_by=f"{PEERS}: one prefix that flaps, ever new prefixes"),
]
