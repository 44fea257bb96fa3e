"""What a row requires, against what was seen."""
import socket
import struct

from row import (COMMUNITIES, DROPPED, IGNORED, KEPT, MARK_COMMUNITY, MARK_MED, MED, NEXT_HOP,
                 OPTIONAL, OTC, REACH, RESET, TRANSITIVE, WELL_KNOWN, path)

CLOSED_S_MAX = 4.0  # what ends is ended now, not when a timer says so


def answer_of(member):
    answer = member.row.answer
    return answer(member) if callable(answer) else answer


def usual(member, is_marked):
    """The attributes that another member receives with a route: those said, and OTC (RFC 9234 5)."""
    out = {1: (WELL_KNOWN, b"\0"), 2: (WELL_KNOWN, path((2, member.asn))),
           OTC: (TRANSITIVE, struct.pack("!I", member.rs_asn))}
    if member.is_ipv6:
        out[REACH] = (OPTIONAL, socket.inet_pton(socket.AF_INET6, member.ipv6))
    else:
        out[NEXT_HOP] = (WELL_KNOWN, socket.inet_aton(member.ipv4))
    if is_marked:
        out[MED] = (OPTIONAL, struct.pack("!I", MARK_MED))
        out[COMMUNITIES] = (TRANSITIVE, struct.pack("!HH", *MARK_COMMUNITY))
    return out


def wanted_attributes(member, answer):
    if answer.verdict not in (KEPT, DROPPED, IGNORED):
        return {}
    wanted = usual(member, answer.verdict != IGNORED)
    wanted.update(answer.changes)
    return {code: value for code, value in wanted.items() if value is not None}


def shown(attributes):
    return {code: f"{flags:02x} {value[:40].hex()}" for code, (flags, value)
            in sorted(attributes.items())}


def difference(member, seen):
    """What is not as it must be, in words; nothing when all is."""
    answer = answer_of(member)
    if seen.verdict != answer.verdict:
        return f"required: {answer.verdict}; seen: {seen.verdict} {seen.code}/{seen.subcode}"
    if answer.verdict == RESET and (seen.code, seen.subcode, seen.data) != (
            answer.code, answer.subcode, answer.data):
        return (f"required: NOTIFICATION {answer.code}/{answer.subcode} {answer.data.hex()}; "
                f"seen: {seen.code}/{seen.subcode} {seen.data.hex()}")
    if seen.took_s > CLOSED_S_MAX:
        return f"it took {seen.took_s:.1f} s"
    wanted = wanted_attributes(member, answer)
    if seen.attributes != wanted:
        return f"required: {shown(wanted)}; seen: {shown(seen.attributes)}"
    others = tuple(sorted(answer.others))
    if seen.others != others:
        return f"required beside it: {others}; seen: {seen.others}"
    return ""
