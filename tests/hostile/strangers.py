#!/usr/bin/env python3
"""Callers at the public doors who mean ill: strangers.py PLENUM.

Octets that trickle, answers that nobody reads, all places taken from one address: nobody holds a
place longer than is said, and others are answered meanwhile."""
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange, free_port  # noqa: E402

PATIENCE_S = 10
SLACK_S = 4
OF_ONE_MAX = 16
HELD = 300
GET = b"GET / HTTP/1.1\r\nHost: ix\r\n"


class Doors:
    def __init__(self, exchange):
        self.web, self.whois = free_port(), free_port()
        exchange.init("--trial")
        with open(exchange.folder / "ix/exchange.yaml", "a", encoding="utf-8") as file:
            file.write(f"web:\n  - \"127.0.0.1:{self.web}\"\nwhois:\n  - \"127.0.0.1:{self.whois}\"\n")
        exchange.run("member", "add", "-C", "ix", "AS2001", "Net", "--ip", "127.1.0.1")
        exchange.serve()

    @staticmethod
    def call(port, begin=b"", source="127.0.0.1"):
        stream = socket.create_connection(("127.0.0.1", port), 10, (source, 0))
        stream.sendall(begin)
        stream.setblocking(False)
        return stream

    def is_answered(self, source):
        stream = self.call(self.web, GET + b"\r\n", source)
        stream.settimeout(10)
        try:
            return stream.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
        finally:
            stream.close()


def goes_on(stream):
    """One octet more; False when the other side has ended."""
    try:
        stream.send(b"a")
        return stream.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def one_address(tap, doors):
    """A body that is promised and trickles keeps the library waiting."""
    held = []
    for _ in range(HELD):
        try:
            held.append(doors.call(doors.web, GET + b"Content-Length: 1000000\r\n\r\n"))
        except OSError:
            break
    time_over = time.monotonic() + 5
    while (alive := sum(goes_on(stream) for stream in held)) > OF_ONE_MAX and time.monotonic() < time_over:
        pass
    tap.check("one address holds 16 places and no more, with what it asked, too", 0 < alive <= OF_ONE_MAX, alive)
    tap.check("others are answered meanwhile", doors.is_answered("127.0.0.2"), "")
    for stream in held:
        stream.close()


def tricklers(tap, doors):
    begin = time.monotonic()
    streams = {"a WHOIS question": doors.call(doors.whois, source="127.0.0.3"),
               "an HTTP head": doors.call(doors.web, GET + b"X: ", "127.0.0.3")}
    lasted = {}
    while len(lasted) < len(streams) and time.monotonic() - begin < PATIENCE_S + 2 * SLACK_S:
        for name, stream in streams.items():
            if name not in lasted and not goes_on(stream):
                lasted[name] = time.monotonic() - begin
        time.sleep(0.1)  # the trickle
    for name, stream in streams.items():
        tap.check(f"{name} that trickles ends after {PATIENCE_S} s",
                  PATIENCE_S - 2 < lasted.get(name, 1e9) < PATIENCE_S + SLACK_S, lasted)
        stream.close()


def main(plenum):
    tap = Tap()
    with Exchange(plenum) as exchange:
        doors = Doors(exchange)
        one_address(tap, doors)
        tricklers(tap, doors)
        tap.check("it still stands", exchange.process.poll() is None and doors.is_answered("127.0.0.1"),
                  (exchange.folder / "serve.log").read_text()[-2000:])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
