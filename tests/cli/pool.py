"""Numbers as a registry's staff handles them, and members that get addresses of a LAN.

    pool.py PLENUM"""
import json
import pathlib
import shlex
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kit.exchange import Exchange  # noqa: E402
from lab import Tap  # noqa: E402

STATES = ["granted", "held", "returning", "quarantine", "free"]


class Staff:
    def __init__(self, exchange):
        self.exchange = exchange

    def __call__(self, *words):
        code, out, wrong = self.exchange.run(words[0], *words[1:], "-C", "ix")
        return code, out + wrong

    def json(self, *words):
        code, out, wrong = self.exchange.run(words[0], *words[1:], "--json", "-C", "ix")
        try:
            return json.loads(out)
        except ValueError:
            return {"code": code, "wrong": wrong}


def holder(staff, what):
    return [(at["prefix"], at["state"], at["holder"]) for at in staff.json("pool", "find", what)]


def lans(tap, staff):
    tap.check("a pool of no LAN is refused", staff("pool", "add", "x", "10.0.0.0/24", "--type", "peering-v4")[0] == 2)
    code, _ = staff("pool", "add", "lan4", "127.1.0.0/27", "--type", "peering-v4", "--keep", "127.1.0.30")
    tap.check("a pool of a LAN", code == 0)
    staff("pool", "add", "lan6", "fd00:1::/64", "--type", "peering-v6")
    tap.check("a member from before is in it", holder(staff, "AS201009") == [("127.1.0.5/32", "granted", "AS201009")])
    code, said = staff("member", "add", "AS201001", "One")
    tap.check("a member gets the next addresses", code == 0 and "fd00:1::3:1129:1" in said, said)
    got = holder(staff, "AS201001")
    tap.check("IPv4 of the tightest hole", got[0][0] == "127.1.0.1/32", str(got))
    code, said = staff("member", "add", "AS201002", "Two", "--ip", "127.1.0.30")
    tap.check("what the exchange keeps is refused with its clause", code == 2 and "kept-back" in said and "clause" in said, said)
    tap.check("and nothing was changed", staff("member", "show", "AS201002")[0] == 2)
    staff("member", "remove", "AS201001")
    tap.check("what comes back is in quarantine",
              {at[1] for at in holder(staff, "AS201001")} == {"quarantine"})
    code, said = staff("member", "add", "AS201002", "Two", "--ip", "127.1.0.1")
    tap.check("and refused until a day that is told", code == 2 and "in quarantine until 20" in said, said)
    code, said = staff("member", "add", "AS201001", "One")
    tap.check("but its last holder has it again", code == 0 and "127.1.0.1" in said, said)
    code, said = staff("request", "return", "127.1.0.1")
    tap.check("an address that a connection has is not returned behind its back",
              code == 2 and "--at 127.1.0.1 --remove-ip 127.1.0.1" in said, said)
    staff("member", "remove", "AS201001")
    code, said = staff("request", "release", "127.1.0.1")
    tap.check("who ends a quarantine says why", code == 2 and "--reason" in said, said)
    code, said = staff("request", "release", "127.1.0.1", "--reason", "never used")
    tap.check("and then it is free at once", code == 0 and holder(staff, "127.1.0.1") == [], said)
    code, said = staff("member", "add", "AS201002", "Two", "--ip", "127.1.0.1")
    tap.check("for others, too", code == 0, said)
    staff("member", "remove", "AS201002")
    staff("request", "release", "127.1.0.1", "--reason", "a trial")
    staff("member", "add", "AS201001", "One")


def adds_up(tap, staff):
    for pool in staff.json("pool", "list"):
        parts = [int(pool["addresses"][state]) for state in STATES]
        tap.check(f"{pool['name']} adds up", sum(parts) == int(pool["addresses"]["total"]), str(pool))
        shown = staff.json("pool", "show", pool["name"])["ranges"]
        tap.check(f"{pool['name']} is told from its first address to its last",
                  shown[0]["first"] == pool["prefix"].split("/")[0] and all("state" in at for at in shown))


def growth(tap, staff):
    code, said = staff("pool", "grow", "lan4")
    tap.check("a LAN without a reserve beside it does not grow", code == 2 and "pool renumber" in said, said)
    staff("pool", "add", "beside", "127.1.0.32/27", "--type", "reserve")
    code, said = staff("pool", "grow", "lan4")
    tap.check("with one it grows in place", code == 0 and "127.1.0.0/26" in said, said)
    tap.check("the old broadcast address is free, the new one kept",
              holder(staff, "127.1.0.31") in ([], {"code": 1}) and
              ("127.1.0.63/32", "held", None) in holder(staff, "127.1.0.63"), str(holder(staff, "127.1.0.63")))
    plan = staff.json("pool", "renumber", "lan4", "--to", "127.1.4.0/24", "--start", "2027-03-01", "--days", "60")
    moves = [(step["holder"], step["old"], step["new"]) for step in plan if step["step"] == "move"]
    tap.check("a plan moves everybody to the same place",
              moves == [("AS201001", "127.1.0.1", "127.1.4.1"), ("AS201009", "127.1.0.5", "127.1.4.5")], str(plan))
    tap.check("in order of days", [step["from_day"] for step in plan] == sorted(step["from_day"] for step in plan))


def renumbered(tap, staff):
    """The plan's own commands, typed one after the other."""
    code, said = staff("pool", "renumber", "lan4", "--to", "127.1.4.0/24", "--commands")
    typed = [shlex.split(line)[1:] for line in said.splitlines() if line.startswith("plenum ")]
    done = [staff.exchange.run(*words)[0] for words in typed[:-1]]
    tap.check("what the plan says to type can be typed", code == 0 and len(done) == 5 and set(done) == {0}, (said, done))
    tap.check("and everybody has moved", [holder(staff, f"127.1.4.{n}")[0][1:] for n in (1, 5)] ==
              [("granted", "AS201001"), ("granted", "AS201009")], said)
    code, said = staff.exchange.run(*typed[-1])[::2]
    tap.check("but the old pool is there while its quarantine lasts", code == 2 and "2 blocks are not free" in said, said)
    for n in (1, 5):
        staff("request", "release", f"127.1.0.{n}", "--reason", "the move is over")
    tap.check("and then it is closed", staff.exchange.run(*typed[-1])[0] == 0)


def requests(tap, staff):
    staff("pool", "add", "region", "10.0.0.0/25", "--type", "registry-v4")
    code, said = staff("request", "add", "region", "ORG-1", "--grant")
    tap.check("no IPv4 without IPv6", code == 2 and "must hold IPv6" in said and "must-hold-ipv6" in said, said)
    ipv6 = ["--ipv6", "2001:db8:1::/48"]
    code, said = staff("request", "add", "region", "ORG-1", *ipv6, "--grant")
    tap.check("a block is granted", code == 0 and "granted 10.0.0.0/26" in said, said)
    code, said = staff("request", "add", "region", "ORG-1", *ipv6)
    tap.check("once", code == 2 and "never-held" in said, said)
    tap.check("too large a block is refused", staff("request", "add", "region", "ORG-2", "--size", "/21", *ipv6)[0] == 2)
    staff("request", "add", "region", "ORG-2", *ipv6, "--grant")
    code, said = staff("request", "add", "region", "ORG-3", *ipv6, "--grant")
    tap.check("then one waits", code == 0 and "place 1" in said and "no waiting list" not in said, said)
    staff("request", "add", "region", "ORG-4", *ipv6, "--grant")
    queue = [(at["holder"], at["place"]) for at in staff.json("request", "queue", "region")]
    tap.check("in order of asking", queue == [("ORG-3", 1), ("ORG-4", 2)], str(queue))
    listed = staff.json("request", "list", "--state", "queued")
    code, said = staff("request", "grant", str(listed[1]["request"]))
    tap.check("nobody overtakes", code == 2 and "queue-order" in said, said)
    forecast = {at["pool"]: at["answer"] for at in staff.json("pool", "forecast")}
    tap.check("a pool that is waited for has run out now", forecast["region"] == "now", str(forecast))
    tap.check("a young one has too little history", forecast["lan4-new"] == "not_enough_history", str(forecast))
    code, said = staff("request", "transfer", "10.0.0.0/26", "ORG-5", *ipv6)
    tap.check("a transfer waits for its hold period", code == 2 and "hold-period" in said and "before 20" in said, said)
    code, said = staff("request", "review", "10.0.0.0/26", "--used", "3")
    tap.check("what is not used is shrunk", code == 0 and "10.0.0.0/27" in said, said)
    code, said = staff("request", "return", "10.0.0.64/27")
    tap.check("a part of a block does not take the whole along",
              code == 2 and "10.0.0.64/27 is a part of 10.0.0.64/26" in said, said)
    before = holder(staff, "10.0.0.64/26")
    staff("request", "return", "10.0.0.64/26")
    code, said = staff("request", "resume", "10.0.0.64/26", "--reason", "the wrong block")
    tap.check("a return is undone", code == 0 and holder(staff, "10.0.0.64/26") == before, said)
    code, said = staff("request", "return", "10.0.0.64/26", "--by", "2030-01-31")
    tap.check("a return has its day", code == 0 and "returning until 2030-01-31" in said, said)
    staff("request", "resume", "10.0.0.64/26", "--reason", "stays")
    tap.check("and is called off before it", holder(staff, "10.0.0.64/26") == before)
    staff("request", "return", "10.0.0.64/26", "--by", "2030-01-31")
    code, said = staff("request", "withdraw", str(listed[1]["request"]), "--reason", "no answer")
    tap.check("who waits may go", code == 0 and "lapsed: no answer" in said, said)
    code, said = staff("pool", "map", "region")
    tap.check("the map is drawn", code == 0 and "#" in said and "quarantine" in said, said)


def main():
    tap = Tap()
    with Exchange(sys.argv[1]) as exchange:
        exchange.init("--trial")
        staff = Staff(exchange)
        staff("member", "add", "AS201009", "Nine", "--ip", "127.1.0.5")
        lans(tap, staff)
        growth(tap, staff)
        renumbered(tap, staff)
        requests(tap, staff)
        adds_up(tap, staff)
        code, said = staff("ledger", "verify")
        tap.check("and the log says the same", code == 0, said)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
