#!/usr/bin/env python3
"""How long an honest route takes: probe.py SERVER ASN ADDRESS ASN ADDRESS, in a host's namespace.

The first member changes a route ten times a second, the second waits for it among all that it is
sent.  Each line on standard input is answered with a line of JSON: milliseconds of the rounds since
the last, how long the present round lasts, and whether both sessions still are the first ones."""
import json
import pathlib
import select
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from hostile.attack import (KEEPALIVE, NOTIFICATION, UPDATE, message, messages, open_of,  # noqa: E402
                            prefix, tagged, update)

PROBE = "5.5.5.0/24"
EVERY_S = 0.1
KEEPALIVE_S = 15
CONNECT_S = 60
AGAIN_S = 0.5


class Session:
    def __init__(self, server, asn, address):
        self.server, self.asn, self.address = server, int(asn), address
        self.rest, self.said_at = b"", time.monotonic()
        until = time.monotonic() + CONNECT_S
        while not self._connected():
            if time.monotonic() > until:
                raise OSError(f"AS{asn} does not come up")
            time.sleep(AGAIN_S)

    def _connected(self):
        self.stream = socket.socket()
        self.stream.settimeout(CONNECT_S)
        try:
            self.stream.bind((self.address, 0))
            self.stream.connect((self.server, 179))
            self.stream.sendall(open_of(self.asn, identifier=self.address, hold=180)
                                + message(KEEPALIVE))
            octets = b""
            while not any(kind == KEEPALIVE for kind, _ in messages(octets)[0]):
                got = self.stream.recv(1)
                if not got:
                    return False
                octets += got
            return True
        except OSError:
            return False

    def heard(self):
        """UPDATEs that came; OSError when the session is over."""
        got = self.stream.recv(1 << 20)
        if not got:
            raise OSError(f"the session of AS{self.asn} ended")
        came, self.rest = messages(self.rest + got)
        for kind, body in came:
            if kind == NOTIFICATION:
                raise OSError(f"AS{self.asn} was sent NOTIFICATION {body[0]}/{body[1]}")
        return [body for kind, body in came if kind == UPDATE]

    def keep(self):
        if time.monotonic() - self.said_at > KEEPALIVE_S:
            self.said_at = time.monotonic()
            self.stream.sendall(message(KEEPALIVE))


class Probe:
    def __init__(self, says, hears):
        self.says, self.hears = says, hears
        self.waits, self.began, self.tag, self.number = [], None, b"", 0

    def round(self):
        self.number += 1
        self.tag, self.began = tagged(self.number), time.monotonic()
        self.says.stream.sendall(update(self.says.asn, self.says.address, prefix(PROBE), self.tag))

    def step(self):
        """False when nobody asks any more."""
        due = time.monotonic() + EVERY_S
        if self.began is None:
            self.round()
        while time.monotonic() < due:
            ready = select.select([self.says.stream, self.hears.stream, sys.stdin], [], [],
                                  max(0.0, due - time.monotonic()))[0]
            if self.hears.stream in ready:
                for body in self.hears.heard():
                    if self.began and self.tag in body and body.endswith(prefix(PROBE)):
                        self.waits.append((time.monotonic() - self.began) * 1000)
                        self.began = None
            if self.says.stream in ready:
                self.says.heard()
            if sys.stdin in ready:
                if not sys.stdin.readline():
                    return False
                self.tell()
            self.says.keep()
            self.hears.keep()
        return True

    def tell(self, failure=None):
        waiting = (time.monotonic() - self.began) * 1000 if self.began else 0
        print(json.dumps({"ms": [round(ms, 3) for ms in self.waits], "waiting_ms": round(waiting, 3),
                          "failure": failure}), flush=True)
        self.waits = []


def main():
    server, *members = sys.argv[1:]
    probe = Probe(Session(server, *members[:2]), Session(server, *members[2:]))
    probe.tell()
    try:
        while probe.step():
            pass
    except OSError as error:
        while sys.stdin.readline():
            probe.tell(str(error))


if __name__ == "__main__":
    main()
