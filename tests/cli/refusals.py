"""Every refusal of a session and of a request for numbers names the clause that refused it, the version of the rule book and the
decision behind it: in the log, in what the commands say and show, and for programs.

    refusals.py PLENUM"""
import json
import pathlib
import socket
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop"), str(TESTS / "hostile")]
from attack import KEEPALIVE, NOTIFICATION, capability, many, messages, message, open_of, update  # noqa: E402
from kit.exchange import Exchange, awaited  # noqa: E402
from lab import Tap  # noqa: E402

DECISION = "Meeting 9, item 1: who carries IPv4 takes IPv6 next hops"
BY = "the members"
BEHIND = f"rule book version 1, decided by {BY}: {DECISION}"
IPV4 = capability(1, b"\0\1\0\1")
NEXT_HOPS = capability(5, b"\0\1\0\1\0\2")  # RFC 8950

# what, words of member add, the OPEN it comes with, clause, words of the log
OPENS = [
    ("another AS number", [], lambda asn: open_of(asn + 7, NEXT_HOPS), "1.5", "bad peer AS"),
    ("no role where one is asked for", ["--require-role", "yes"], lambda asn: open_of(asn, NEXT_HOPS), "1.5", "it says no role"),
    ("a provider's role", [], lambda asn: open_of(asn, NEXT_HOPS + capability(9, b"\0")), "1.5", "it says it is provider"),
    ("no four-octet AS numbers", [], lambda asn: open_of(asn, options=b"\x10\x02\x0e" + IPV4 + NEXT_HOPS), "1.5",
     "no four-octet AS numbers"),
    ("IPv4 without IPv6 next hops", [], open_of, "3.8", "it takes no IPv6 next hops for IPv4"),
]
LIMITED = 2100
FAR = 2101
BLOCKED = 2102


def address(asn):
    return f"127.1.0.{asn - 1999}"


def call(exchange, asn, ttl=255):
    stream = socket.socket()
    stream.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    stream.settimeout(20)
    stream.bind((address(asn), 0))
    stream.connect(("127.0.0.1", exchange.port))
    return stream


def hear(stream):
    """Reads until it is told why, or the stream ends; closing first is the member's part."""
    octets, kinds = b"", []
    while NOTIFICATION not in kinds:
        got = stream.recv(65536)
        if not got:
            return
        octets += got
        kinds = [kind for kind, _ in messages(octets)[0]]


def founded(exchange):
    exchange.init("--trial")
    for number, (what, words, _, _, _) in enumerate(OPENS):
        exchange.run("member", "add", "-C", "ix", f"AS{2000 + number}", what, "--ip", address(2000 + number), *words)
    exchange.run("member", "add", "-C", "ix", f"AS{LIMITED}", "Limited", "--ip", address(LIMITED), "--max-prefix4", "3")
    exchange.run("member", "add", "-C", "ix", f"AS{FAR}", "Far", "--ip", address(FAR), "--gtsm", "yes")
    exchange.run("member", "add", "-C", "ix", f"AS{BLOCKED}", "Blocked", "--ip", address(BLOCKED), "--max-prefix4", "3",
                 "--max-prefix-action", "block")
    book = exchange.run("rules", "show", "-C", "ix", "--yaml")[1]
    (exchange.folder / "rules.yaml").write_text(book.replace(
        "left as they come.\n    policy: off", "left as they come.\n    policy: require"))
    return exchange.run("rules", "adopt", "-C", "ix", "rules.yaml", "--decision", DECISION, "--by", BY)


def logged(exchange, words):
    """The line of the log that has them."""
    def line():
        return next((at for at in (exchange.folder / "serve.log").read_text().splitlines() if words in at), "")
    return awaited(line)


def session_tells(tap, exchange, asn, what, clause, words):
    """The log, the text and the JSON of the session's last end."""
    line = logged(exchange, words)
    tap.check(f"{what}: the log names clause, version and decision", f"clause {clause}, {BEHIND}" in line, line)
    text = exchange.run("show", "session", f"AS{asn}", "-C", "ix")[1]
    tap.check(f"{what}: so does show session", f"clause {clause}, {BEHIND}" in text, text)
    end = exchange.json("show", "session", f"AS{asn}")[0]["end_sent"]
    tap.check(f"{what}: so does its JSON",
              end["clause"] == clause and end["clause_text"] and end["rules"]["version"] == 1 and
              end["rules"]["decision"] == DECISION and end["rules"]["decided_by"] == BY, json.dumps(end))


def opens(tap, exchange):
    for number, (what, _, octets, clause, words) in enumerate(OPENS):
        with call(exchange, 2000 + number) as stream:
            stream.sendall(octets(2000 + number) + message(KEEPALIVE))
            hear(stream)
        session_tells(tap, exchange, 2000 + number, what, clause, words)


def limit(tap, exchange):
    with call(exchange, LIMITED) as stream:
        stream.sendall(open_of(LIMITED, NEXT_HOPS) + message(KEEPALIVE)
                       + update(LIMITED, address(LIMITED), many(0, 4)))
        hear(stream)
    session_tells(tap, exchange, LIMITED, "too many prefixes", "3.7", "maximum")
    with call(exchange, LIMITED) as stream:
        hear(stream)
    line = logged(exchange, "connection rejected: shut for too many prefixes")
    tap.check("who comes back too early is told by which clause it was shut", f"clause 3.7, {BEHIND}" in line, line)


def blocked(tap, exchange):
    with call(exchange, BLOCKED) as stream:
        stream.sendall(open_of(BLOCKED, NEXT_HOPS) + message(KEEPALIVE)
                       + update(BLOCKED, address(BLOCKED), many(0, 4)))
        line = logged(exchange, "further ones are refused")
        tap.check("prefixes beyond a limit that blocks: so does the log", f"clause 3.7, {BEHIND}" in line, line)
        row = awaited(lambda: exchange.json("show", "rejected", f"AS{BLOCKED}"))[0]
        tap.check("and the refused route for programs", row["clause"] == "3.7" and
                  (row["rules_version"], row["decision"], row["decided_by"]) == (1, DECISION, BY), row)


def connections(tap, exchange):
    """What ends before an OPEN is read, of which a session shows nothing."""
    with call(exchange, FAR, ttl=64) as stream:
        hear(stream)
    line = logged(exchange, "its TTL is below 255")
    tap.check("a TTL below 255: the log names clause, version and decision", f"clause 1.5, {BEHIND}" in line, line)
    with call(exchange, 2050) as stream:
        hear(stream)
    line = logged(exchange, "no member has that address")
    tap.check("a stranger: the log names clause, version and decision", f"clause 1.5, {BEHIND}" in line, line)


def protocol(tap, exchange):
    """What the protocol refuses is no rule of the exchange's."""
    with call(exchange, 2000) as stream:
        stream.sendall(open_of(2000, NEXT_HOPS, hold=1))
        hear(stream)
    awaited(lambda: exchange.json("show", "session", "AS2000")[0]["end_sent"]["subcode"] == 6)
    end = exchange.json("show", "session", "AS2000")[0]["end_sent"]
    tap.check("an unacceptable hold time names no clause", end["subcode"] == 6 and end["clause"] is None and end["rules"] is None,
              json.dumps(end))


def later(tap, exchange):
    """A version adopted since does not change by what was refused before."""
    book = exchange.run("rules", "show", "-C", "ix", "--yaml")[1]
    (exchange.folder / "next.yaml").write_text(book.replace('number: "3.7"', 'number: "3.77"'))
    code, _, wrong = exchange.run("rules", "adopt", "-C", "ix", "next.yaml", "--decision", "Renumbered", "--by", BY)
    tap.check("another version is adopted", code == 0, wrong)
    awaited(lambda: exchange.json("show", "status")["rules"]["version"] == 2)
    end = exchange.json("show", "session", f"AS{LIMITED}")[0]["end_sent"]
    tap.check("what was refused before names the version of that time",
              end["clause"] == "3.7" and end["rules"]["version"] == 1, json.dumps(end))


# what, words of the command, clause; in order, each in what the others left
IPV6 = ["--ipv6", "2001:db8:9::/48"]
REQUESTS = [
    ("without IPv6", ["request", "add", "region", "ORG-1"], "4.3 must-hold-ipv6"),
    ("too large a block", ["request", "add", "region", "ORG-1", "--size", "/21", *IPV6], "4.3 maximum-size"),
    ("too small a block", ["request", "add", "region", "ORG-1", "--size", "/30", *IPV6], "4.3 minimum-size"),
    ("of a reserve", ["request", "add", "beside", "ORG-1"], "4.3 takes-requests"),
    ("a second one", ["request", "add", "region", "ORG-2", *IPV6], "4.3 one-place"),
    ("who had some before", ["request", "add", "region", "ORG-3", *IPV6], "4.3 never-held"),
    ("a holder without an AS number", ["request", "add", "lan6", "ORG-4"], "4.2 derived"),
    ("out of turn", ["request", "grant", "LAST"], "4.3 queue-order"),
    ("a transfer too early", ["request", "transfer", "10.0.0.0/26", "ORG-7", *IPV6], "4.3 hold-period"),
    ("a block that cannot grow", ["pool", "grow", "10.0.0.0/26"], "4.3 growth"),
    ("a LAN that cannot grow", ["pool", "grow", "lan4"], "4.1 growth"),
    ("an address that somebody has", ["member", "add", "AS2200", "Two", "--ip", "127.1.0.1"], "4.1 one-hand"),
    ("an address that is kept", ["member", "add", "AS2200", "Two", "--ip", "127.1.127.254"], "4.1 kept-back"),
    ("an address in quarantine", ["member", "add", "AS2200", "Two", "--ip", "127.1.9.9"], "4.1 quarantine"),
]


def numbers(exchange):
    """ORG-3 has a block, ORG-2 an open request, two wait behind a third, an address is in quarantine."""
    def run(*words):
        return exchange.run(words[0], *words[1:], "-C", "ix")
    run("pool", "add", "lan4", "127.1.0.0/17", "--type", "peering-v4", "--keep", "127.1.127.254")
    run("pool", "add", "lan6", "fd00:1::/64", "--type", "peering-v6")
    run("pool", "add", "region", "10.0.0.0/26", "--type", "registry-v4")
    run("pool", "add", "beside", "10.9.0.0/24", "--type", "reserve")
    run("member", "add", "AS2201", "Gone", "--ip", "127.1.9.9")
    run("member", "remove", "AS2201")
    run("request", "add", "region", "ORG-3", *IPV6, "--grant")
    for holder in ("ORG-2", "ORG-5", "ORG-6"):
        run("request", "add", "region", holder, *IPV6, "--grant")
    return run("request", "list", "--state", "queued", "--json")


def requests(tap, exchange, behind, where):
    last = str(exchange.json("request", "list", "--state", "queued")[-1]["request"])
    for what, words, clause in REQUESTS:
        words = [last if word == "LAST" else word for word in words]
        code, out, wrong = exchange.run(words[0], *words[1:], "-C", "ix")
        tap.check(f"{where}, {what}: clause, version and decision are named", code == 2 and
                  f"clause {clause}, {behind}" in wrong, out + wrong)
    number = str(exchange.json("request", "add", "region", "ORG-8", *IPV6)["request"])
    code, out, wrong = exchange.run("request", "refuse", number, "--reason", "no papers", "-C", "ix")
    tap.check(f"{where}, by a person: clause, version and decision are named",
              code == 0 and f"no papers (clause 4.3 evaluation, {behind})" in out, out + wrong)


def requests_shown(tap, exchange):
    """What was refused under a version names its decision for ever."""
    listed = exchange.json("request", "list", "--state", "refused")
    decided = {1: (DECISION, BY), 2: ("Renumbered", BY)}
    tap.check("requests were refused under both versions", {at["rules_version"] for at in listed} == set(decided), str(listed))
    tap.check("JSON names clause, version and decision of each",
              all(at["clause"] and (at["decision"], at["decided_by"]) == decided[at["rules_version"]] for at in listed), str(listed))
    text = exchange.run("request", "list", "-C", "ix")[1]
    tap.check("the table names clause and version, and below it the decisions",
              all(f"version {number}: decided by {by}: {said}" in text for number, (said, by) in decided.items())
              and "(clause 4.3 must-hold-ipv6, version 1)" in text, text)
    for number, (said, by) in decided.items():
        first = next(at for at in listed if at["rules_version"] == number)
        text = exchange.run("request", "show", str(first["request"]), "-C", "ix")[1]
        tap.check(f"a request refused under version {number} shows it in full",
                  f"clause {first['clause']}, rule book version {number}, decided by {by}: {said}" in text, text)
    added = exchange.run("request", "add", "region", "ORG-9", "--json", "-C", "ix")
    shown = json.loads(added[1])
    tap.check("a refusal is told to programs, too",
              added[0] == 2 and shown["state"] == "refused" and shown["clause"] == "4.3 must-hold-ipv6" and
              (shown["rules_version"], shown["decision"], shown["decided_by"]) == (2, *decided[2]), added)


def main():
    tap = Tap()
    with Exchange(sys.argv[1]) as exchange:
        code, _, wrong = founded(exchange)
        tap.check("the exchange is founded, its rule book adopted", code == 0, wrong)
        tap.check("two wait, and one before them", len(json.loads(numbers(exchange)[1])) == 3)
        requests(tap, exchange, BEHIND, "offline")
        exchange.serve()
        for part in (opens, limit, blocked, connections, protocol, later):
            part(tap, exchange)
        requests(tap, exchange, f"rule book version 2, decided by {BY}: Renumbered", "served")
        requests_shown(tap, exchange)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
