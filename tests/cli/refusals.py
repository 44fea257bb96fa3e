"""Every refusal of a session names the clause that refused it, the version of the rule book and the
decision behind it: in the log, in `show session`, and for programs.

    refusals.py PLENUM"""
import json
import pathlib
import socket
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop"), str(TESTS / "hostile")]
from attack import KEEPALIVE, capability, hear, many, message, open_of, update  # noqa: E402
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


def address(asn):
    return f"127.1.0.{asn - 1999}"


def call(exchange, asn, ttl=255):
    stream = socket.socket()
    stream.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    stream.settimeout(20)
    stream.bind((address(asn), 0))
    stream.connect(("127.0.0.1", exchange.port))
    return stream


def founded(exchange):
    exchange.init("--trial")
    for number, (what, words, _, _, _) in enumerate(OPENS):
        exchange.run("member", "add", "-C", "ix", f"AS{2000 + number}", what, "--ip", address(2000 + number), *words)
    exchange.run("member", "add", "-C", "ix", f"AS{LIMITED}", "Limited", "--ip", address(LIMITED), "--max-prefix4", "3")
    exchange.run("member", "add", "-C", "ix", f"AS{FAR}", "Far", "--ip", address(FAR), "--gtsm", "yes")
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
            hear(stream, 20)
        session_tells(tap, exchange, 2000 + number, what, clause, words)


def limit(tap, exchange):
    with call(exchange, LIMITED) as stream:
        stream.sendall(open_of(LIMITED, NEXT_HOPS) + message(KEEPALIVE)
                       + update(LIMITED, address(LIMITED), many(0, 4)))
        hear(stream, 20)
    session_tells(tap, exchange, LIMITED, "too many prefixes", "3.7", "maximum")
    with call(exchange, LIMITED) as stream:
        hear(stream, 20)
    line = logged(exchange, "connection rejected: shut for too many prefixes")
    tap.check("who comes back too early is told by which clause it was shut", f"clause 3.7, {BEHIND}" in line, line)


def connections(tap, exchange):
    """What ends before an OPEN is read, of which a session shows nothing."""
    with call(exchange, FAR, ttl=64) as stream:
        hear(stream, 20)
    line = logged(exchange, "its TTL is below 255")
    tap.check("a TTL below 255: the log names clause, version and decision", f"clause 1.5, {BEHIND}" in line, line)
    with call(exchange, 2050) as stream:
        hear(stream, 20)
    line = logged(exchange, "no member has that address")
    tap.check("a stranger: the log names clause, version and decision", f"clause 1.5, {BEHIND}" in line, line)


def protocol(tap, exchange):
    """What the protocol refuses is no rule of the exchange's."""
    with call(exchange, 2000) as stream:
        stream.sendall(open_of(2000, NEXT_HOPS, hold=1))
        hear(stream, 20)
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


def main():
    tap = Tap()
    with Exchange(sys.argv[1]) as exchange:
        code, _, wrong = founded(exchange)
        tap.check("the exchange is founded, its rule book adopted", code == 0, wrong)
        exchange.serve()
        for part in (opens, limit, connections, protocol, later):
            part(tap, exchange)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
