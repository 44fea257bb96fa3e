"""Cases 70 to 76: the other messages."""
import struct

from attack import KEEPALIVE, NOTIFICATION, OPEN, REFRESH, UPDATE, message, many
from row import CLOSED, CONFIRM, ESTABLISHED, FIRST, IGNORED, Answer, Row, reset

PEERS = "tests/hostile/peers.py"
ENDED, IGNORE = Answer(CLOSED), Answer(IGNORED)


def notified(name, octets, stage=ESTABLISHED, case=70, cites="RFC 4271 6.4"):
    return Row(case, f"NOTIFICATION {name}", cites, message(NOTIFICATION, octets), ENDED, stage)


def refresh(name, body, answer, cites="RFC 7313 5", case=72):
    return Row(case, f"ROUTE-REFRESH {name}", cites, message(REFRESH, body), answer)


def bad_refresh(kind, body):
    whole = message(REFRESH, body)
    return Row(72, f"{kind} of {len(body)} octets", "RFC 7313 5", whole, reset(7, 1, whole))


def shutdown(text, length=None):
    return b"\6\2" + bytes([len(text) if length is None else length]) + text


def unexpected(name, kind, body, stage, subcode):
    """RFC 6608: the subcode is the state, the data the type."""
    return Row(74, f"{name} {stage}", "RFC 6608 4", message(kind, body),
               reset(5, subcode, bytes([kind])), stage)


EMPTY = b"\0\0\0\0"
IPV4 = b"\0\1\0\1"
BEGIN, END = message(REFRESH, b"\0\1\1\1"), message(REFRESH, b"\0\1\2\1")

ROWS = [
    notified("of no data", b"\6\4"), notified("of 255 octets", b"\6\2\xff" + b"x" * 254),
    notified("of 4,000 octets", b"\6\0" + b"\1" * 4000),
    notified("with a text longer than its data", shutdown(b"bye", 200), cites="RFC 9003 4"),
    notified("with a text that is no UTF-8", shutdown(b"\xff\xfe\xc0\xaf\x1b[2J"), cites="RFC 9003 4"),
    notified("with codes that nobody knows", b"\xff\xff" + b"%s%n" * 9),
    notified("with codes of 0", b"\0\0"),
    notified("of a hard reset with nothing inside", b"\6\x09"),
    *[notified(f"{stage}", shutdown(b"bye"), stage, 71) for stage in (FIRST, CONFIRM)],
    Row(71, "NOTIFICATION when established, on the loser of a collision, and behind another",
        "RFC 4271 6.4", message(NOTIFICATION, b"\6\2") * 3, ENDED),
    *[refresh(f"of subtype {kind}", bytes([0, 1, kind, 1]), IGNORE) for kind in (3, 128, 255)],
    *[bad_refresh(name, b"\0\1" + bytes([kind]) + b"\1" + b"x" * count)
      for name, kind in (("BoRR", 1), ("EoRR", 2)) for count in (1, 40)],
    refresh("of a family not agreed to", b"\0\2\0\1", IGNORE, "RFC 2918 4"),
    refresh("of AFI 0, SAFI 255", b"\0\0\0\xff", IGNORE, "RFC 2918 4"),
    Row(72, "EoRR without BoRR", "RFC 7313 4", END, IGNORE),
    Row(72, "BoRR again and again", "RFC 7313 4", lambda m: BEGIN * 200 + m.update(is_marked=False)
        + END, IGNORE),
    Row(72, "BoRR and EoRR with nothing between", "RFC 7313 4", BEGIN + END,
        Answer("treated as withdraw")),
    Row(72, "BoRR without EoRR", "RFC 7313 4", shown_by="tests/unit/server/input.c"),
    Row(72, "500 requests", "RFC 2918 4", message(REFRESH, IPV4) * 500, IGNORE),
    Row(72, "requests without end", "RFC 2918 4", shown_by=f"{PEERS}: requests for a refresh"),
    refresh("with ORF behind it", IPV4 + b"\1\x40\0\4\xff\xff\xff\xff", IGNORE, "RFC 5291 5", 73),
    refresh("with one octet behind it", IPV4 + b"\1", IGNORE, "RFC 5291 5", 73),
    unexpected("KEEPALIVE", KEEPALIVE, b"", FIRST, 1),
    unexpected("UPDATE", UPDATE, EMPTY, FIRST, 1),
    unexpected("ROUTE-REFRESH", REFRESH, IPV4, FIRST, 1),
    Row(74, "OPEN in OpenConfirm", "RFC 6608 4", lambda m: m.open(), reset(5, 2, bytes([OPEN])),
        CONFIRM),
    unexpected("UPDATE", UPDATE, EMPTY, CONFIRM, 2),
    unexpected("ROUTE-REFRESH", REFRESH, IPV4, CONFIRM, 2),
    Row(74, "OPEN when established", "RFC 6608 4", lambda m: m.open(), reset(5, 3, bytes([OPEN]))),
    Row(75, "an UPDATE of 900 prefixes where 10 are agreed to", "RFC 4486 4",
        lambda m: m.update(nlri=many(0x100000, 900)),
        reset(6, 1, b"\0\1\1" + struct.pack("!I", 10)),
        words=("--max-prefix4", "10", "--max-prefix-action", "shut")),
    Row(75, "a limit beyond 32 bits of prefixes and percent", "no RFC",
        shown_by="tests/unit/server/limits.c"),
    Row(76, "10,000 prefixes that flap", "no RFC",
        shown_by=f"{PEERS}: 50,000 prefixes that flap; tests/sim/sim"),
]
