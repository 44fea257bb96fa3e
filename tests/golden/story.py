"""The exchange that the golden outputs show: seven members, their routes, good and bad."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kit.exchange import awaited  # noqa: E402
from kit.speaker import Speaker  # noqa: E402

MEMBERS = [
    ("AS201001", "Example Net", "--ip", "127.1.0.1", "--ip", "fd00:1::1", "--as-macro",
     "AS-EXAMPLE"),
    ("AS201002", "Second Net", "--ip", "127.1.0.2", "--max-prefix4", "4", "--blackhole"),
    ("AS201003", "Third Caf\u00e9", "--ip", "127.1.0.3", "--blackhole"),
    ("AS201004", "Fourth Net", "--ip", "127.1.0.4"),
    ("AS201005", "Never There", "--ip", "127.1.0.5", "--active"),
    ("AS201006", "Old Router", "--ip", "127.1.0.6"),
    ("AS201010", "Limited Net", "--ip", "127.1.0.10", "--max-prefix4", "3",
     "--max-prefix-action", "block", "--extended-message"),
]
ROUTES_HELD = 17


def _first(server):
    speaker = Speaker(201001, "127.1.0.1", server).await_up()
    speaker.announce("11.1.0.0/24", med=10, communities=[(0, 201), (64500, 1)],
                     large=[(64500, 0, 201002)], extended=[bytes([0, 2, 0xfb, 0xf4, 0, 0, 0, 1])],
                     aggregator=(201001, "192.0.2.7"), atomic=True)
    speaker.announce("11.1.0.0/16", path=[201001, 201101])
    speaker.announce("11.1.0.128/25", "10.1.0.0/24", path=[201001, 201101])
    speaker.announce("2a00:1::/32", next_hop="fd00:1::1",
                     raw=bytes([0xc0, 99, 4, 1, 2, 3, 4]))
    return speaker


def _second(server):
    speaker = Speaker(201002, "127.1.0.2", server).await_up()
    speaker.announce("11.1.0.0/24", path=[201002, 201102])
    speaker.announce("11.2.0.0/16", communities=[(65535, 0)])
    speaker.announce("11.2.0.9/32", communities=[(65535, 666)])
    return speaker


def _third(server):
    speaker = Speaker(201003, "127.1.0.3", server).await_up()
    speaker.announce("11.1.0.0/24", path=[201003, 64512])
    speaker.announce("11.3.0.0/16", large=[(64500, 102, 201006), (64500, 0, 201001)])
    speaker.announce("11.2.0.0/16", path=[201003, 201103, 201104], origin=2)
    speaker.announce("11.4.0.0/16", path=[201003, 201103, [201104, 201105]])
    speaker.announce("11.5.0.0/16", next_hop="127.1.0.99", otc=201003)
    return speaker


def _limited(server):
    """Room for three: two good ones, a malformed one; none for a fourth."""
    speaker = Speaker(201010, "127.1.0.10", server, families=(4,)).await_up()
    speaker.announce("13.1.0.0/16", raw=bytes([0x40, 5, 4, 0, 0, 0, 100]))
    speaker.announce("13.2.0.0/16")
    speaker.announce("13.3.0.0/16", origin=7)
    speaker.announce("13.4.0.0/16")
    return speaker


def tell(exchange):
    """Serves, lets the members come and announce; the speakers that are up."""
    server = ("127.0.0.1", exchange.port)
    exchange.serve("--workers", "1")
    speakers = [_first(server), _second(server), _third(server)]
    fourth = Speaker(201004, "127.1.0.4", server).await_up()
    fourth.notify(6, 2, b"\x12maintenance till 6")
    fourth.lost.wait(10)
    fourth.end()
    speakers.append(Speaker(201006, "127.1.0.6", server, families=(4,)).await_up())
    speakers.append(_limited(server))
    for speaker in speakers:
        speaker.end_of_rib()
    if not awaited(lambda: is_settled(exchange, speakers)):
        raise RuntimeError(f"not settled: {exchange.run('show', 'routes', '-C', 'ix')}")
    return speakers


def is_settled(exchange, speakers):
    """Everything that was sent is taken in, judged, and passed on."""
    status = exchange.json("show", "status")
    sessions = exchange.json("show", "sessions")
    up = [session for session in sessions if session["established"]]
    taken = {session["asn"]: session["updates_received"] for session in up}
    held = sum(status[family]["received"] for family in ("ipv4", "ipv6"))
    down = {session["asn"] for session in sessions if session["end_received"]}
    tried = {session["asn"] for session in sessions if session["connect_failed"]}
    return (held == ROUTES_HELD and status["prefixes_undecided"] == 0 and len(up) == 5
            and down == {201004} and tried == {201005}
            and all(taken[speaker.asn] == speaker.updates_sent for speaker in speakers)
            and all(session["ipv4"]["sending"] == "live" for session in up))
