"""What route servers say of themselves in the log: the digest of the rule book that each has in
force, once for each book; and a key that took the place of another.

    enforced.py PLENUM"""
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kit.exchange import Exchange, awaited  # noqa: E402
from kit.postgres import Cluster  # noqa: E402
from lab import Tap  # noqa: E402

SOON_S = 3


def records(exchange, kind):
    """The cards of this kind, each as its fields."""
    code, out, wrong = exchange.run("ledger", "show", "-C", "ix", kind, "--json")
    if code != 0 and "no record of type" in wrong:
        return []
    return [{field["name"]: field["value"] for field in at["fields"]} for at in json.loads(out)["records"]]


def said(exchange):
    return [(at["server"], int(at["version"]), at["digest"], at["previous"]) for at in records(exchange, "enforcement")]


def versions(exchange):
    return {row["version"]: row["digest"] for row in exchange.json("rules", "list")}


def adopt(exchange, number, *more):
    """A book that differs from all before it."""
    book = exchange.run("rules", "show", "-C", "ix", "0", "--yaml")[1]
    (exchange.folder / "rules.yaml").write_text(book.replace("max: 64", f"max: {number}"))
    return exchange.run("rules", "adopt", "-C", "ix", "rules.yaml", "--decision", f"Meeting {number}", "--by", "members", *more)


def one_server(tap, exchange):
    tap.check("nobody enforces anything before it serves", said(exchange) == [], said(exchange))
    exchange.serve()
    first = said(exchange)
    tap.check("a server says what it has in force when it begins",
              [at[:2] + at[3:] for at in first] == [("192.0.2.1", 0, "")], first)
    exchange.stop()
    exchange.serve()
    exchange.run("member", "add", "-C", "ix", "AS201001", "One", "--ip", "127.1.0.1")
    tap.check("neither a restart nor a change of members is another book", said(exchange) == first, said(exchange))
    code, _, wrong = adopt(exchange, 65)
    digest = {number: text for number, text in versions(exchange).items()}
    tap.check("a version adopted is recorded when it is in force, with the one before it", code == 0 and
              said(exchange)[1:] == [("192.0.2.1", 1, digest[1], first[0][2])], (wrong, said(exchange), digest))
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + SOON_S))
    code, _, wrong = adopt(exchange, 66, "--from", at)
    tap.check("one for later is not recorded yet", code == 0 and len(said(exchange)) == 2, (wrong, said(exchange)))
    tap.check("but when its time comes", awaited(lambda: len(said(exchange)) == 3) and said(exchange)[2][1:] ==
              (2, versions(exchange)[2], digest[1]), said(exchange))
    exchange.stop()
    adopt(exchange, 67)
    tap.check("nobody has in force what is adopted while nobody serves", len(said(exchange)) == 3, said(exchange))
    exchange.serve()
    tap.check("but who begins to serve", [at[1] for at in said(exchange)] == [0, 1, 2, 3], said(exchange))
    exchange.stop()
    code, _, wrong = exchange.run("ledger", "verify", "-C", "ix")
    tap.check("the log replays", code == 0, wrong)


def key(tap, exchange):
    """Lost, it is not made anew in silence."""
    path = exchange.folder / "ix" / "ledger.key"
    old = path.read_text()
    path.unlink()
    exchange.serve()
    exchange.run("member", "add", "-C", "ix", "AS201002", "Two", "--ip", "127.1.0.2")
    log = (exchange.folder / "serve.log").read_text()
    tap.check("without its key it serves, does not sign, and says so", "ledger.key is not there" in log and not path.exists(), log)
    exchange.stop()
    tap.check("and nothing was replaced", records(exchange, "key-replaced") == [])
    exchange.serve("--accept-rollback", "the disk of the old server is lost")
    exchange.stop()
    replaced = records(exchange, "key-replaced")
    tap.check("another key is a record: why, which, and which before", len(replaced) == 1 and
              replaced[0]["reason"] == "the disk of the old server is lost" and
              replaced[0]["old-key"] != replaced[0]["new-key"], replaced)
    tap.check("the key file is new", path.exists() and path.read_text() != old)
    checkpoint = (exchange.folder / "ix" / "ledger" / "checkpoint").read_text()
    (exchange.folder / "proof").write_text(exchange.run("ledger", "prove", "-C", "ix", "1")[1])
    good = exchange.run("ledger", "check", "proof", "--key", replaced[0]["new-key"])
    bad = exchange.run("ledger", "check", "proof", "--key", replaced[0]["old-key"])
    tap.check("what is signed is signed with the new key alone", good[0] == 0 and bad[0] != 0, (good, bad, checkpoint))
    code, _, wrong = exchange.run("ledger", "verify", "-C", "ix")
    tap.check("the log replays over the change of key", code == 0, wrong)
    path.write_text(old)
    code, _, wrong = exchange.run("serve", "-C", "ix")
    tap.check("the old key is refused", code == 2 and "key" in wrong, (code, wrong))


def two_servers(tap, cluster, one, other):
    """Each says it for itself, whoever's command it was."""
    url = cluster.url("enforced")
    one.init("--database", url)
    other.run("init", "-C", "ix", "--name", "Example-IX", "--asn", "64500", "--router-id", "192.0.2.2", "--listen",
              f"127.0.0.1:{other.port}", "--lan", "127.1.0.0/16", "--lan", "fd00:1::/64", "--database", url)
    one.serve()
    other.serve()
    code, _, wrong = adopt(one, 65)

    def each():
        return sorted(at[:2] for at in said(one))
    want = [("192.0.2.1", 0), ("192.0.2.1", 1), ("192.0.2.2", 0), ("192.0.2.2", 1)]
    tap.check("two servers of one registry each say what they have in force",
              code == 0 and awaited(lambda: each() == want), (wrong, said(one)))
    for exchange in (one, other):
        exchange.stop()
    code, _, wrong = one.run("ledger", "verify", "-C", "ix")
    tap.check("their log replays", code == 0, wrong)


def main():
    tap = Tap()
    with Exchange(sys.argv[1]) as exchange:
        exchange.init()
        one_server(tap, exchange)
        key(tap, exchange)
    if not Cluster.is_there():
        tap.skip("two servers of one registry", "PostgreSQL is not installed")
        return tap.finish()
    with Cluster() as cluster, Exchange(sys.argv[1]) as one, Exchange(sys.argv[1]) as other:
        two_servers(tap, cluster, one, other)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
