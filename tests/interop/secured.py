#!/usr/bin/env python3
"""TCP MD5 keys (RFC 2385) and the TTL check (RFC 5082) with BIRD, right and wrong, over IPv4 and IPv6.

    secured.py PLENUM"""
import daemons
from daemons import Announcement, Options
from lab import Exchange, run

KEY = "sesame open"
# host: (ASN, words of member add, the member's options, comes up)
MEMBERS = {
    "key": (2001, ["--password", KEY], Options(password=KEY), True),
    "wrongkey": (2002, ["--password", KEY], Options(password="sesame shut"), False),
    "nokey": (2003, ["--password", KEY], Options(), False),
    "unasked": (2004, [], Options(password=KEY), False),
    "ttl": (2005, ["--gtsm", "yes"], Options(gtsm=True), True),
    "far": (2006, ["--gtsm", "yes"], Options(), False),
    "both": (2007, ["--gtsm", "yes", "--password", KEY], Options(gtsm=True, password=KEY), True),
    "active": (2008, ["--active", "yes", "--gtsm", "yes", "--password", KEY],
               Options(gtsm=True, password=KEY, passive=True), True),
    "plain": (2009, [], Options(), True),
}


def body(lab, tap, plenum):
    exchange = Exchange(lab, plenum)
    members = {}
    for number, (host, (asn, words, options, _)) in enumerate(MEMBERS.items(), 1):
        exchange.add(asn, host, *words)
        members[host] = daemons.Bird(lab, host, asn, [Announcement(f"20.{number}.0.0/16")], options)
    exchange.serve()
    for member in members.values():
        member.start()
    up = {host for host, (_, _, _, comes_up) in MEMBERS.items() if comes_up}
    for host in MEMBERS:
        if host in up:
            tap.await_check(f"{host} comes up", members[host].is_up,
                            lambda h=host: members[h].log() + exchange.log())
    want = {f"20.{number}.0.0/16" for number, host in enumerate(MEMBERS, 1)
            if host in up and host != "plain"}
    tap.await_check("and its routes arrive", lambda: set(members["plain"].routes()) == want,
                    lambda: f"{members['plain'].routes()}\n{want}")
    # By now the others have tried at least twice: BIRD tries again each second.
    for host in sorted(set(MEMBERS) - up):
        tap.await_check(f"{host} has tried", lambda h=host: members[h].log().count("Connecting") > 2,
                        members[host].log)
        if host == "far":
            tap.await_check("the log says that the TTL is wrong",
                            lambda: "its TTL is below 255" in exchange.log(), exchange.log)
        tap.check(f"{host} stays down", not any(members[host].states().values()),
                  members[host].log() + exchange.log())
    change_key(tap, exchange, members)
    change_keys_standing(tap, exchange, members)


def change_key(tap, exchange, members):
    """A new key on both sides: the member that had the wrong one comes up, nobody else goes."""
    mark = len(exchange.log())
    exchange.order("member", "edit", f"AS{MEMBERS['wrongkey'][0]}", "--password", "sesame shut")
    tap.await_check("a member comes up once its key is mended, with plenum serve running",
                    members["wrongkey"].is_up,
                    lambda: members["wrongkey"].log() + exchange.log())
    tap.check("and nobody was lost for it", "lost" not in exchange.log()[mark:], exchange.log())


def change_keys_standing(tap, exchange, members):
    """A key changed here alone: what stands stays, and the new key holds for the next connection."""
    words = {"key": "another one", "plain": "a first one", "active": ""}
    for host, key in words.items():
        exchange.order("member", "edit", f"AS{MEMBERS[host][0]}", "--password", key)
    mark = len(exchange.log())
    members["ttl"].birdc("disable", "static4")
    gone = "20.5.0.0/16"
    for host in words:
        tap.await_check(f"{host}: the session goes on when only we have a new key",
                        lambda h=host: gone not in members[h].routes(),
                        lambda h=host: members[h].log() + exchange.log())
    members["key"].birdc("restart", "rs4")
    tap.await_check("key: its old key does not open a new session",
                    lambda: "lost" in exchange.log()[mark:]
                    and members["key"].log().count("Connecting") > 3
                    and not members["key"].states()[4],
                    lambda: members["key"].log() + exchange.log())
    exchange.order("member", "edit", f"AS{MEMBERS['key'][0]}", "--password", KEY)
    tap.await_check("key: with the same key on both ends it comes up again", members["key"].is_up,
                    lambda: members["key"].log() + exchange.log())


if __name__ == "__main__":
    run(body, list(MEMBERS), daemons.Bird.programs)
