"""The rule book of a served exchange: versions, what a new one would change, and what it changes.

    rules.py PLENUM"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kit.exchange import Exchange, awaited  # noqa: E402
from kit.speaker import UPDATE, Speaker, nlri_of  # noqa: E402
from lab import Tap  # noqa: E402

MEMBERS = 200
DECIDED = ["--decision", "Meeting 7, item 3: no longer /24s", "--by", "the members"]


def address(number):
    return f"127.1.{number // 100}.{number % 100 + 1}"


def founded(exchange):
    """Members in one import; the rule book that Plenum ships."""
    listed = {"version": "1.0", "timestamp": "2026-01-05T10:00:00Z", "ixp_list": [{"ixp_id": 1, "ixf_id": 1, "shortname": "EX"}],
              "member_list": [{"asnum": 201000 + n, "name": f"Net {n}", "connection_list": [
                  {"ixp_id": 1, "vlan_list": [{"ipv4": {"address": address(n)}}]}]} for n in range(MEMBERS)]}
    exchange.init()
    (exchange.folder / "list.json").write_text(json.dumps(listed))
    return exchange.run("import", "-C", "ix", "list.json", "--yes")


def refusals(tap, exchange):
    """What cannot be adopted is refused with its place, and nothing is kept."""
    book = exchange.run("rules", "show", "-C", "ix", "--yaml")[1]
    for what, text, place in (
            ("no YAML", book + "  - {", "rules.yaml:"),
            ("a window that ends before it begins", book.replace("ipv4: 8-24", "ipv4: 24-8"), "rules.yaml:"),
            ("an unknown key", book.replace("key: prefix-length", "key: prefix-lenght"), "prefix-lenght"),
            ("a key twice", book.replace("key: peering-lan", "key: prefix-length"), "prefix-length"),
            ("a number twice", book.replace('number: "3.3"', 'number: "3.2"'), "3.2"),
            ("blackholing that leads nowhere", book.replace("offered: no", "offered: yes"), "next_hop")):
        assert text != book, what
        (exchange.folder / "rules.yaml").write_text(text)
        code, _, wrong = exchange.run("rules", "adopt", "-C", "ix", "rules.yaml", *DECIDED)
        tap.check(f"refused: {what}", code == 2 and place in wrong and "rules.yaml:" in wrong, (code, wrong))
    code, out, _ = exchange.run("rules", "list", "-C", "ix", "--json")
    tap.check("nothing of it was kept", code == 0 and [row["version"] for row in json.loads(out)] in ([], [0]), out)


GENERAL = """cfg:
  rs_as: 999
  router_id: "192.0.2.2"
  path_hiding: True
  filtering:
    next_hop:
      policy: "strict"
    ipv4_pref_len: {min: 9, max: 23}
    ipv6_pref_len:
      min: 12
      max: 47
    global_black_list_pref:
      - prefix: 203.0.113.0/24
        comment: mine
    max_as_path_len: 32
    reject_invalid_as_in_as_path: True
    transit_free:
      action: reject
      asns: "174, 701"
    never_via_route_servers:
      asns: [65001, 65002]
    irrdb:
      enforce_origin_in_as_set: True
      enforce_prefix_in_as_set: True
    rpki_bgp_origin_validation:
      enabled: True
      reject_invalid: True
    max_prefix:
      general_limit_ipv4: 170000
      general_limit_ipv6: 12000
      action: "restart"
      restart_after: 15
  blackhole_filtering:
    rewrite_next_hop_ipv4: "192.0.2.66"
"""


def proposed(tap, exchange):
    """ARouteServer's settings as a document that can be adopted."""
    (exchange.folder / "general.yml").write_text(GENERAL)
    code, book, told = exchange.run("rules", "propose", "general.yml")
    for line in ("ipv4: 9-23", "ipv6: 12-47", "max: 32", "accept: own", "networks: [174, 701]", "networks: [65001, 65002]",
                 'also: ["203.0.113.0/24"]', "offered: yes", 'next_hop: ["192.0.2.66"]', "ipv4: 170000", "ipv6: 12000",
                 "action: shut", "retry_s: 900"):
        tap.check(f"general.yml: {line}", code == 0 and line in book, (code, told, book))
    tap.check("what is left out is said", all(word in told for word in ("general.yml:2:3: cfg.rs_as belongs to exchange.yaml",
              "general.yml:4:3: cfg.path_hiding", "transit_free.action")), told)
    (exchange.folder / "rules.yaml").write_text(book)
    tap.check("it can be adopted", exchange.run("rules", "check", "rules.yaml")[0] == 0, "")
    for what, text, place in (("a number", GENERAL.replace("max_as_path_len: 32", "max_as_path_len: many"), "general.yml:15:22"),
                              ("a policy", GENERAL.replace('"strict"', '"loose"'), "general.yml:7:15"),
                              ("another file", "clients: []\n", "cfg:")):
        (exchange.folder / "general.yml").write_text(text)
        code, book, told = exchange.run("rules", "propose", "general.yml")
        tap.check(f"general.yml, wrong: {what}", code == 2 and place in told and book == "", (code, told))


def changed(text):
    """/24s are refused from now on, and AS174 may stand behind a member."""
    return text.replace("ipv4: 8-24", "ipv4: 8-23").replace("[174, ", "[")


def announced(speakers):
    for n, speaker in enumerate(speakers):
        speaker.announce(f"11.{n}.0.0/20")
        speaker.announce(f"12.{n}.0.0/24")
        if n % 10 == 0:
            speaker.announce(f"13.{n}.0.0/20", path=[speaker.asn, 174, 3333])
    speakers[0].announce("14.0.0.0/20")
    speakers[1].announce("14.0.0.0/20")
    speakers[0].announce("15.0.0.0/20", path=[speakers[0].asn, 174])
    speakers[1].announce("15.0.0.0/20", path=[speakers[1].asn, 3333, 3334])
    speakers[2].announce("17.0.0.0/25")


def heard(speaker, since):
    """Announcements and withdrawals in order, each a prefix."""
    reached, withdrawn = [], []
    for kind, body in speaker.received[since:]:
        if kind == UPDATE:
            some, others = nlri_of(body)
            reached += [prefix for _, prefix in some]
            withdrawn += [prefix for _, prefix in others]
    return reached, withdrawn


def expected(n):
    """What a member must hear of the adoption, and nothing else."""
    reached = {f"13.{k}.0.0/20" for k in range(0, MEMBERS, 10) if k != n} | ({"15.0.0.0/20"} if n != 0 else set())
    return reached, {f"12.{k}.0.0/24" for k in range(MEMBERS) if k != n}


def judged(exchange):
    return {(row["asn"], row["reason"]): row["routes"] for row in json.loads(
        exchange.run("show", "rejected", "-C", "ix", "--json")[1])}


def foreseen(tap, exchange):
    """The dry run of the change: what it says, and that it changes nothing."""
    (exchange.folder / "rules.yaml").write_text(changed(exchange.run("rules", "show", "-C", "ix", "--yaml")[1]))
    before = judged(exchange)
    code, out, wrong = exchange.run("rules", "dry-run", "-C", "ix", "rules.yaml", "--json")
    seen = json.loads(out)
    tap.check("the dry run counts", code == 1 and (seen["refused"], seen["accepted"], seen["other_clause"]) == (MEMBERS, MEMBERS // 10 + 1, 0),
              (code, seen if len(out) < 2000 else out[:2000], wrong))
    of_zero = {(row["now"]["reason"], row["then"]["reason"], row["now"]["clause"], row["then"]["clause"]): (row["routes"], row["samples"])
               for row in seen["changes"] if row["asn"] == 201000}
    tap.check("by member and clause, with samples", of_zero == {
        (None, "prefix-length", None, "3.2"): (1, ["12.0.0.0/24"]),
        ("transit-free", None, "2.8", None): (2, of_zero.get(("transit-free", None, "2.8", None), (0, []))[1])}, of_zero)
    tap.check("and changes nothing", judged(exchange) == before, "")
    code, out, _ = exchange.run("rules", "dry-run", "-C", "ix", "rules.yaml")
    tap.check("for people, too", code == 1 and "prefix-length (3.2)" in out and "200 would be refused" in out, out[:1500])
    tap.check("limits that nobody feels are not told of", seen["limits"] == [], seen["limits"])
    low = exchange.run("rules", "show", "-C", "ix", "--yaml")[1].replace("ipv4: 250000", "ipv4: 4")
    (exchange.folder / "low.yaml").write_text(low)
    code, out, _ = exchange.run("rules", "dry-run", "-C", "ix", "low.yaml", "--json")
    limits = [(row["asn"], row["counted"], row["limit_now"], row["limit_then"], row["action_then"])
              for row in json.loads(out)["limits"]]
    tap.check("a lower limit names who is above it", code == 1 and limits == [(201000, 5, 250000, 4, "shut")], limits)
    code, out, _ = exchange.run("rules", "dry-run", "-C", "ix", "low.yaml")
    tap.check("and what it would do", code == 1 and "the next new prefix ends the session" in out, out)
    after = dict(before)
    for row in seen["changes"]:
        for side, sign in (("now", -1), ("then", 1)):
            key = (row["asn"], row[side]["reason"])
            if key[1] is not None:
                after[key] = after.get(key, 0) + sign * row["routes"]
    return {key: count for key, count in after.items() if count}


def adoption(tap, exchange, speakers):
    count = sum(1 for _ in speakers) - 1
    announced(speakers)
    tap.check("all is heard", awaited(lambda: all(
        {f"12.{k}.0.0/24" for k in range(MEMBERS) if k != n} <= set(heard(speaker, 0)[0])
        and "15.0.0.0/20" in set(heard(speaker, 0)[0]) for n, speaker in enumerate(speakers) if n != 1)), "")
    told = foreseen(tap, exchange)
    since = [len(speaker.received) for speaker in speakers]
    code, out, wrong = exchange.run("rules", "adopt", "-C", "ix", "rules.yaml", *DECIDED)
    tap.check("a version is adopted", code == 0 and "version 1 is adopted" in out, (out, wrong))
    speakers[count].announce("16.0.0.0/20")
    tap.check("the marker behind it is heard", awaited(lambda: all(
        "16.0.0.0/20" in heard(speaker, since[n])[0] for n, speaker in enumerate(speakers[:count]))), "")
    wrong = []
    for n, speaker in enumerate(speakers[:count]):
        reached, withdrawn = heard(speaker, since[n])
        reached.remove("16.0.0.0/20")
        want_reached, want_withdrawn = expected(n)
        if sorted(reached) != sorted(want_reached) or sorted(withdrawn) != sorted(want_withdrawn):
            wrong.append((n, sorted(set(reached) ^ want_reached), sorted(set(withdrawn) ^ want_withdrawn), len(reached), len(withdrawn)))
    tap.check("each member hears what changed, once, and nothing else", not wrong, wrong[:5])
    tap.check("no session was lost", not any(speaker.lost.is_set() for speaker in speakers), "")
    tap.check("the dry run's counts are what came", judged(exchange) == told, (judged(exchange), told))


def explained(tap, exchange):
    code, out, _ = exchange.run("explain", "-C", "ix", "12.0.0.0/24")
    tap.check("a refusal names clause, version, decision and who decided", code == 0 and "clause 3.2: " in out
              and "version 1" in out and "Meeting 7, item 3" in out and "the members" in out, out)
    status = exchange.json("show", "status")["rules"]
    _, shown, _ = exchange.run("rules", "list", "-C", "ix", "--json")
    tap.check("the digest in force is that of the version", status["version"] == 1 and status["sha256"] in shown, (status, shown))
    routes = exchange.json("show", "routes", "12.0.0.0/24")
    tap.check("in JSON, too", routes[0]["clause"] == "3.2", routes[:1])
    (exchange.folder / "rules.yaml").write_text(exchange.run("rules", "show", "-C", "ix", "0", "--yaml")[1])
    code, out, _ = exchange.run("rules", "adopt", "-C", "ix", "rules.yaml", *DECIDED, "--from", "2999-01-01T00:00:00Z")
    tap.check("what is to come waits", code == 0 and exchange.json("show", "status")["rules"]["version"] == 1, out)


def main():
    tap = Tap()
    with Exchange(sys.argv[1]) as exchange:
        code, _, wrong = founded(exchange)
        tap.check("200 members", code == 0, wrong)
        refusals(tap, exchange)
        proposed(tap, exchange)
        exchange.serve("--workers", "2")
        speakers = [Speaker(201000 + n, address(n), ("127.0.0.1", exchange.port), families=(4,),
                            router_id=f"10.0.{n // 100}.{n % 100 + 1}") for n in range(MEMBERS)]
        for speaker in speakers:
            speaker.await_up()
        adoption(tap, exchange, speakers)
        explained(tap, exchange)
        for speaker in speakers:
            speaker.lost.set()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
