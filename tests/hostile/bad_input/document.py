"""docs/bad-input.md out of what was seen."""
import servers
import table
from judge import answer_of
from row import CLOSED, CRASHED, DROPPED, IGNORED, KEPT, NO_ANSWER, RESET, UP, WITHDRAWN, Member

HEX_MAX = 8  # octets of a NOTIFICATION's data that are shown
SHORT = {KEPT: "kept", DROPPED: "dropped", WITHDRAWN: "withdrawn", IGNORED: "ignored",
         CLOSED: "closed", UP: "up", NO_ANSWER: "no answer", CRASHED: "**ended**"}


class NoLab:
    """Rows say only who they are."""

    @staticmethod
    def ipv4(_):
        return "10.99.0.1"


def hexed(octets):
    return octets[:HEX_MAX].hex() + (f"… ({len(octets)})" if len(octets) > HEX_MAX else "")


def notification(one):
    return f"{one.code}/{one.subcode}" + (f" `{hexed(one.data)}`" if one.data else "")


def required(answer):
    return f"reset {notification(answer)}" if answer.verdict == RESET else SHORT[answer.verdict]


def cell(answer, seen):
    """What was seen, in bold where it is another verdict or another code than required."""
    text = (f"reset {notification(seen)}" if seen.verdict == RESET
            else SHORT.get(seen.verdict, seen.verdict))
    if getattr(seen, "ear", ""):
        text += f"; **the other member's session ended** ({seen.ear})"
    same = seen.verdict == answer.verdict and (seen.code, seen.subcode) == (
        answer.code, answer.subcode)
    if not same and "**" not in text:
        text = f"**{text}**"
    return text + received(seen)


def received(seen):
    """Codes of the attributes that another member received."""
    if not seen.attributes:
        return f"; others {len(seen.others)}" if seen.others else ""
    text = " ".join(str(code) + ("" if len(value) <= 255 else f"[{len(value)}]")
                    for code, (_, value) in sorted(seen.attributes.items()))
    return f" ({text})" + (f"; beside it {', '.join(seen.others[:3])}" if seen.others else "")


HEAD = """# Bad input

What becomes of each kind of bad input, in Plenum and in four route servers of Debian. `make bad-input` says every
row again and writes this file; `make check` says them to Plenum alone, where an answer that is not the required one
fails, to the last octet of a NOTIFICATION and of what another member receives.

A raw speaker announces a plain route, says the octets of the row with the same prefix, marked, and then two routes
that are good: once another member has these, it is seen what that one holds of the first. *kept*: the new route;
*dropped*: the new route without the attribute; *withdrawn*: neither; *ignored*: still the old one; *reset*: a
NOTIFICATION with code/subcode and data; *closed*: without one; *up*: the session is established. In brackets stand
the codes of the attributes that the other member received. **Bold** is what is not the required answer.

The four have no import filters here, only what their route-server mode does by itself ({settings}): where
the answer is a rule of the exchange (bogons, next hops of others, lengths of paths), bold says only that a filter
must do it. A difference is no defect where the RFC leaves room; some RFCs cited are newer than the version tested.

"""
SETTINGS = ("BIRD: `rs client`, `enforce first as`; OpenBGPD: `transparent-as`, `enforce neighbor-as`; FRR:"
            " `route-server-client`; GoBGP: `route-server-client`, `treat-as-withdraw`")


def written(rows, seen):
    versions = servers.versions()
    names = list(seen)
    by_row = {id(row): {name: seen[name][at] for name in names} for at, row in enumerate(rows)}
    members = {id(row): Member(number, NoLab, row) for number, row in enumerate(rows, 2)}
    out = [HEAD.format(settings=SETTINGS)]
    out.append("Versions: " + ", ".join(f"{name} {versions[name]}" for name in names
                                        if name in versions) + ".\n")
    out.append(counted(rows, names, by_row, members))
    for group, group_rows in table.grouped():
        out += [f"\n## {group}\n", "| case | input | required by | required | "
                + " | ".join(names) + " |", "| --- " * (4 + len(names)) + "|"]
        for row in group_rows:
            head = f"| {row.case} | {row.name} | {row.cites} | "
            if row.shown_by:
                out.append(head + f"shown by {row.shown_by} |" + " |" * len(names))
                continue
            answer = answer_of(members[id(row)])
            out.append(head + required(answer) + " | " + " | ".join(
                cell(answer, by_row[id(row)][name]) for name in names) + " |")
    return "\n".join(out) + "\n"


def counted(rows, names, by_row, members):
    """How many answers of each are not the required ones."""
    out = ["| | " + " | ".join(names) + " |", "| --- " * (1 + len(names)) + "|"]

    def line(title, is_counted):
        counts = [sum(bool(is_counted(answer_of(members[id(row)]), by_row[id(row)][name]))
                      for row in rows) for name in names]
        out.append(f"| {title} | " + " | ".join(map(str, counts)) + " |")
    line("rows", lambda answer, one: True)
    line("another verdict than required", lambda answer, one: one.verdict != answer.verdict)
    line("of these: reset where none is required",
         lambda answer, one: one.verdict == RESET != answer.verdict)
    line("the required reset with another code or subcode",
         lambda answer, one: one.verdict == RESET == answer.verdict
         and (one.code, one.subcode) != (answer.code, answer.subcode))
    line("the daemon ended", lambda answer, one: one.verdict == CRASHED)
    line("the other member's session ended", lambda answer, one: getattr(one, "ear", ""))
    return "\n".join(out)
