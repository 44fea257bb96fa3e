"""One session that says a row, another member that hears what comes of it."""
import dataclasses
import ipaddress
import select
import socket
import struct
import threading
import time

from attack import KEEPALIVE, NOTIFICATION, OPEN, UPDATE, messages
from row import (CLOSED, COMMUNITIES, CONFIRM, CRASHED, DROPPED, ESTABLISHED, FIRST, IGNORED, KEEP,
                 KEPT, MARK_COMMUNITY, MARK_MED, MED, NEXT_HOP, NO_ANSWER, REACH, RESET, UP,
                 WITHDRAWN)

EXTENDED_LENGTH = 0x10
POLL_S = 0.005
BGP_PORT = 179


@dataclasses.dataclass
class Seen:
    """What came of a row."""
    verdict: str
    code: int = 0
    subcode: int = 0
    data: bytes = b""
    attributes: dict = dataclasses.field(default_factory=dict)
    others: tuple = ()
    note: str = ""
    took_s: float = 0.0


def nlri(octets, version):
    size = 4 if version == 4 else 16
    while octets:
        length = (octets[0] + 7) // 8
        address = ipaddress.ip_address(octets[1:1 + length].ljust(size, b"\0"))
        yield f"{address}/{octets[0]}"
        octets = octets[1 + length:]


class Ear(threading.Thread):
    """An honest member: what it holds is {prefix: {code: (flags, value)}}."""

    def __init__(self, member):
        super().__init__(daemon=True)
        self.member = member
        self.held = {}
        self.heard = 0
        self.is_up = False
        self.ended = ""
        self.stream = connection(member)
        self.stream.sendall(member.open())
        self.start()

    def run(self):
        octets, last = b"", time.monotonic()
        try:
            while True:
                if time.monotonic() - last > 20:
                    self.stream.sendall(KEEP)
                    last = time.monotonic()
                if not select.select([self.stream], [], [], 1)[0]:
                    continue
                got = self.stream.recv(1 << 20)
                if not got:
                    self.ended = "closed"
                    return
                came, octets = messages(octets + got)
                for kind, body in came:
                    self._take(kind, body)
        except (OSError, ValueError, IndexError, struct.error) as error:
            self.ended = f"{type(error).__name__}: {error}"

    def _take(self, kind, body):
        if kind == OPEN:
            self.stream.sendall(KEEP)
        elif kind == KEEPALIVE:
            self.is_up = True
        elif kind == NOTIFICATION:
            self.ended = f"NOTIFICATION {body[0]}/{body[1]} {body[2:].hex()}"
        elif kind == UPDATE:
            self._update(body)
            self.heard += 1

    def _update(self, body):
        split = 2 + struct.unpack("!H", body[:2])[0]
        end = split + 2 + struct.unpack("!H", body[split:split + 2])[0]
        attributes, at = {}, split + 2
        gone, come = list(nlri(body[2:split], 4)), list(nlri(body[end:], 4))
        while at < end:
            flags, code = body[at], body[at + 1]
            head = 4 if flags & EXTENDED_LENGTH else 3
            length = int.from_bytes(body[at + 2:at + head], "big")
            value = body[at + head:at + head + length]
            at += head + length
            if code == REACH:
                hop = 4 + value[3]
                come += nlri(value[hop + 1:], 4 if value[1] == 1 else 6)
                value = value[4:hop]
            elif code == 15:
                gone += nlri(value[3:], 4 if value[1] == 1 else 6)
            attributes[code] = (flags & ~EXTENDED_LENGTH, value)
        for prefix in gone:
            self.held.pop(prefix, None)
        for prefix in come:
            self.held[prefix] = attributes


def connection(member, seconds=10, port=BGP_PORT):
    stream = socket.socket()
    stream.settimeout(seconds)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream.bind((member.ipv4, 0))
    stream.connect((member.rs_ipv4, port))
    return stream


class Mouth:
    """A connection that says what it is told to, and keeps what it hears."""

    def __init__(self, member, seconds):
        self.member = member
        self.seconds = seconds
        self.came = []
        self.rest = b""
        self.is_closed = False
        self.stream = connection(member, seconds)

    def say(self, octets):
        """Octets, or a list of them that are segments of their own."""
        try:
            for part in octets if isinstance(octets, list) else [octets]:
                self.stream.sendall(part)
        except OSError:
            pass  # the other side has closed: what it said is still to be read

    def hear(self, seconds=POLL_S):
        if self.is_closed or not select.select([self.stream], [], [], seconds)[0]:
            return
        try:
            got = self.stream.recv(1 << 20)
        except OSError:
            got = b""
        self.is_closed = not got
        came, self.rest = messages(self.rest + got)
        self.came += came

    def await_(self, condition):
        end = time.monotonic() + self.seconds
        while not condition() and time.monotonic() < end:
            self.hear()
        return condition()

    def count(self, kind):
        return sum(one == kind for one, _ in self.came)

    def notification(self):
        return next((body for kind, body in self.came if kind == NOTIFICATION), None)

    def is_over(self):
        return self.is_closed or self.notification() is not None

    def establish(self, to_confirm=False):
        self.say(self.member.open())
        self.await_(lambda: self.count(KEEPALIVE) or self.is_over())
        if not to_confirm:
            self.say(KEEP)
        return not self.is_over() and self.count(KEEPALIVE) > 0

    def ended(self):
        """How it ended, once it has said why or is closed."""
        begin = time.monotonic()
        self.await_(self.is_over)
        took_s = time.monotonic() - begin
        body = self.notification()
        if body is not None:
            return Seen(RESET, body[0], body[1], body[2:], took_s=took_s)
        return Seen(CLOSED if self.is_closed else NO_ANSWER, took_s=took_s)

    def finish(self):
        """No more is said; the other side has read it all when it closes, too."""
        try:
            self.stream.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        self.await_(lambda: self.is_closed)

    def close(self):
        self.stream.close()


class Stage:
    """A server under test, with an ear on it."""

    def __init__(self, server, ears, seconds):
        self.server = server
        self.ear = ears
        self.seconds = seconds

    def mouth(self, member):
        return Mouth(member, self.seconds)

    def held(self, prefix):
        return self.ear.held.get(prefix)

    def perform(self, row, member):
        """Says the row; what was seen."""
        mouth = None
        try:
            if row.play:
                return row.play(self, member)
            mouth = self.mouth(member)
            octets = row.say(member) if callable(row.say) else row.say
            return {FIRST: self._first, CONFIRM: self._confirm,
                    ESTABLISHED: self._established}[row.stage](mouth, member, octets)
        except OSError as error:
            return Seen(CRASHED if not self.server.is_alive() else CLOSED, note=str(error))
        finally:
            if mouth:
                mouth.close()
            self._clean(member)

    def _clean(self, member):
        """The next row begins when nothing of this one is held any more."""
        end = time.monotonic() + self.seconds
        while self.ear.held and not self.ear.ended and time.monotonic() < end:
            time.sleep(POLL_S)

    def _first(self, mouth, member, octets):
        mouth.say(octets)
        mouth.await_(lambda: mouth.is_over() or mouth.count(KEEPALIVE))
        if mouth.is_over() or not mouth.count(KEEPALIVE):
            return self._over(mouth)
        return self._after(mouth, member, is_up=True)

    def _confirm(self, mouth, member, octets):
        mouth.establish(to_confirm=True)
        mouth.say(octets)
        return self._over(mouth)

    def _established(self, mouth, member, octets):
        if not mouth.establish():
            return self._over(mouth, "not established")
        mouth.say(member.plain(0))
        if not mouth.await_(lambda: self.held(member.prefix()) or mouth.is_over()):
            return Seen(NO_ANSWER, note="the route before it did not come")
        mouth.say(octets)
        return self._after(mouth, member)

    def _over(self, mouth, note=""):
        seen = mouth.ended()
        seen.note = note
        if seen.verdict != RESET and not self.server.is_alive():
            seen.verdict = CRASHED
        return seen

    def _after(self, mouth, member, is_up=False):
        """Two routes follow, one when the other has come: what was said before them has been done
        by then, in whatever order changes of one moment go out."""
        for which in (1, 2):
            mouth.say(member.plain(which))
            came = mouth.await_(lambda: self.held(member.prefix(which)) or mouth.is_over())
            if mouth.is_over() or not came:
                return self._over(mouth)
        return self.judged(member, is_up)

    def judged(self, member, is_up=False):
        attributes = self.held(member.prefix())
        others = tuple(sorted(set(self.ear.held) - {member.prefix(i) for i in range(3)}))
        seen = Seen(UP if is_up else WITHDRAWN, attributes=attributes or {}, others=others)
        if is_up or attributes is None:
            return seen
        is_new = (attributes.get(MED, (0, b""))[1] == struct.pack("!I", MARK_MED) or
                  struct.pack("!HH", *MARK_COMMUNITY) in attributes.get(COMMUNITIES, (0, b""))[1])
        attr = member.row.attr
        if attr == NEXT_HOP and member.is_ipv6:
            attr = REACH
        seen.verdict = (IGNORED if not is_new else
                        DROPPED if attr and attr not in attributes else KEPT)
        return seen
