#!/usr/bin/env python3
"""Graceful restart both ways: members that restart and keep their routes at the others, and a Plenum
that restarts while BIRD and FRR keep theirs.  That nothing went meanwhile is read off the log of every
change that BIRD's table saw, so that no gap is too short to be seen.

    restart.py PLENUM"""
import daemons
from daemons import Announcement, Options
from lab import Exchange, awaited, run

ASN = {"bird": 2001, "frr": 2002, "watch": 2003}
UPDATE = 2
END_OF_RIB_OCTETS = {23, 29, 30}  # IPv4; IPv6 with a short and a long attribute length
GRACEFUL = {"bird", "frr"}


def announcements(number):
    made = []
    for place in range(1, 40):
        made.append(Announcement(f"20.{number}.{place}.0/24", med=place % 5))
        made.append(Announcement(f"2a00:{number}:{place}::/48", med=place % 5))
    return made


def body(lab, tap, plenum):
    exchange = Exchange(lab, plenum)
    for host, asn in ASN.items():
        exchange.add(asn, host)
    exchange.serve()
    kinds = {"bird": daemons.Bird, "frr": daemons.Frr, "watch": daemons.Bird}
    members = {host: kinds[host](lab, host, asn, announcements(number),
                                 Options(graceful_restart=True))
               for number, (host, asn) in enumerate(ASN.items(), 1)}
    for member in members.values():
        member.start()

    def holds_all(host):
        want = {item.prefix for other, member in members.items() if other != host
                for item in member.announcements}
        return set(members[host].routes()) == want

    def check_all(text):
        for host, member in members.items():
            tap.await_check(f"{host} {text}", lambda h=host, m=member: m.is_up() and holds_all(h),
                            lambda m=member: f"{m.states()} {len(m.routes())} routes\n{m.log()}\n"
                            + exchange.log())

    check_all("holds what the others announce")
    watch = members["watch"]
    restarts = [("is killed", exchange.kill),
                ("is stopped for a restart", lambda: exchange.order("stop", "--for-restart"))]
    for how, end in restarts:
        # What is up is noted for the next start once a second.
        awaited(lambda: len(exchange.up_list()) == 2 * len(ASN))
        restart_plenum(tap, exchange, members, how, end)
        check_all(f"holds everything after a Plenum that {how} is back")
    for host in sorted(GRACEFUL):
        mark, log_mark = len(watch.log()), len(exchange.log())
        members[host].kill()
        tap.await_check(f"Plenum knows that {host} is away, and keeps its routes",
                        lambda m=log_mark: exchange.log()[m:].count("are kept for its restart") == 2,
                        lambda m=log_mark: exchange.log()[m:])
        members[host].start()
        tap.await_check(f"{host} is back from its restart with all routes",
                        lambda h=host: members[h].is_up() and holds_all(h),
                        lambda h=host: members[h].log())
        tap.check(f"no route of {host} left the others meanwhile", not watch.removed(mark),
                  watch.removed(mark))
    # The log of changes does tell of routes that go: here they must.
    mark = len(watch.log())
    members["bird"].end()
    tap.await_check("a member that says goodbye takes its routes with it",
                    lambda: len(set(watch.removed(mark))) == len(members["bird"].announcements),
                    lambda: watch.log()[mark:])
    return look_at_restarts


def restart_plenum(tap, exchange, members, how, end):
    birds = [members["bird"], members["watch"]]
    marks = [len(bird.log()) for bird in birds]
    start = exchange.starts
    end()
    exchange.ended()
    for bird in birds:
        tap.await_check(f"{bird.host} sees that Plenum {how}",
                        lambda b=bird: not any(b.states().values()), bird.log)
    exchange.serve()
    for member in members.values():
        tap.await_check(f"{member.host} is up again", member.is_up, member.log)
    ends = 2 * len(birds)
    tap.await_check("BIRD got End-of-RIB on all its sessions",
                    lambda: sum(bird.log()[mark:].count("Neighbor graceful restart done")
                                for bird, mark in zip(birds, marks)) >= ends,
                    lambda: birds[0].log()[marks[0]:] + exchange.log(), seconds=90)
    # In its first two minutes FRR says in every OPEN that it restarts itself, and RFC 4724 4.1 has
    # nobody wait for such a neighbour: its routes may go.
    unawaited = {item.prefix for item in members["frr"].announcements}
    gone = [prefix for bird, mark in zip(birds, marks) for prefix in bird.removed(mark)
            if prefix not in unawaited]
    tap.check(f"no route left BIRD while Plenum {how}", not gone, gone)
    assert exchange.starts == start + 1


def look_at_restarts(lab, tap):
    """RFC 4724 4.1: the restarted speaker says so, learns first, and ends with End-of-RIB."""
    server = {lab.ipv4("rs"), lab.ipv6("rs")}
    opens = lab.decoded("bgp.type == 1 && bgp.cap.gr.timers.restart_flag == 1 && "
                        f"(ip.src == {lab.ipv4('rs')} || ipv6.src == {lab.ipv6('rs')})",
                        "tcp.stream", "bgp.cap.gr.flag.pfs")
    streams = [int(line.split("\t")[0]) for line in opens]
    tap.check("the restart bit is set in the OPENs after both restarts",
              len(streams) >= 2 * 2 * len(ASN), f"{len(streams)} OPENs have it")
    tap.check("and the forwarding bits with it",
              all("0" not in line.split("\t")[1] for line in opens), "\n".join(opens))
    restarting = lab.decoded("bgp.type == 1 && bgp.cap.gr.timers.restart_flag == 1 && "
                             f"(ip.src == {lab.ipv4('frr')} || ipv6.src == {lab.ipv6('frr')})",
                             "tcp.stream")
    updates = {stream: [] for stream in set(streams) - set(map(int, restarting))}
    for when, stream, source, kind, length in lab.messages("bgp.type == 2"):
        if stream in updates and kind == UPDATE:
            updates[stream].append((when, source in server, length in END_OF_RIB_OCTETS))
    early = []
    for seen in updates.values():
        learnt = [when for when, is_ours, is_end in seen if not is_ours and is_end]
        sent = [when for when, is_ours, _ in seen if is_ours]
        if sent and (not learnt or min(learnt) > min(sent)):
            early.append(seen[:4])
    tap.check("nothing is sent to anybody before his own End-of-RIB came", not early, early)
    first_rounds = [seen for seen in updates.values() if seen]
    unended = []
    for seen in first_rounds:
        ours = [is_end for _, is_ours, is_end in seen if is_ours]
        if True not in ours or ours.index(True) == 0:
            unended.append(seen[:4])
    tap.check("End-of-RIB comes behind the routes", not unended, unended)


if __name__ == "__main__":
    run(body, list(ASN), daemons.Bird.programs + daemons.Frr.programs)
