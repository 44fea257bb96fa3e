"""Octets to attack with, the process that is attacked, and honest members who watch.

Everything is on loopback; an attacker is a member whose address is 127.1.x.y."""
import os
import pathlib
import select
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kit.exchange import Exchange, awaited  # noqa: E402

OPEN, UPDATE, NOTIFICATION, KEEPALIVE, REFRESH = 1, 2, 3, 4, 5
PROBE = "5.5.5.0/24"
WAIT_S = 20
HOPELESS_MS = 1e9  # none came through


def message(kind, body=b"", length=None, marker=b"\xff" * 16):
    return marker + struct.pack("!HB", 19 + len(body) if length is None else length, kind) + body


def capability(code, value=b""):
    return bytes([code, len(value)]) + value


def four_octets(asn):
    return capability(65, struct.pack("!I", asn))


def parameters(*pairs):
    octets = b"".join(bytes([kind, len(value)]) + value for kind, value in pairs)
    return bytes([len(octets)]) + octets


def wide_parameters(octets):
    """RFC 9072: one capabilities parameter with wide lengths."""
    return (b"\xff\xff" + struct.pack("!H", 3 + len(octets)) + b"\2"
            + struct.pack("!H", len(octets)) + octets)


IPV4 = capability(1, b"\0\1\0\1")


def open_of(asn, more=b"", hold=90, identifier="10.0.0.1", version=4, short=None, options=None):
    if options is None:
        options = parameters((2, IPV4 + capability(2) + capability(70) + four_octets(asn) + more))
    return message(OPEN, struct.pack("!BHH", version, asn if short is None else short, hold)
                   + socket.inet_aton(identifier) + options)


def attribute(flags, code, value):
    if len(value) > 255:
        return struct.pack("!BBH", flags | 0x10, code, len(value)) + value
    return struct.pack("!BBB", flags, code, len(value)) + value


def prefix(text):
    address, bits = text.split("/")
    return bytes([int(bits)]) + socket.inet_aton(address)[:(int(bits) + 7) // 8]


def many(first, count):
    """So many /24s behind 20.0.0.0."""
    return b"".join(b"\x18" + struct.pack("!I", 0x14000000 + (i << 8))[:3]
                    for i in range(first, first + count))


def update(asn, next_hop, nlri, more=b""):
    attributes = (attribute(0x40, 1, b"\0") + attribute(0x40, 2, struct.pack("!BBI", 2, 1, asn))
                  + attribute(0x40, 3, socket.inet_aton(next_hop)) + more)
    return message(UPDATE, b"\0\0" + struct.pack("!H", len(attributes)) + attributes + nlri)


def withdrawal(nlri):
    return message(UPDATE, struct.pack("!H", len(nlri)) + nlri + b"\0\0")


def tagged(number):
    return attribute(0xc0, 8, struct.pack("!HH", 777, number & 0xffff))


def messages(octets):
    """The whole messages as (type, body), and the rest."""
    out = []
    while len(octets) >= 19:
        length = struct.unpack("!H", octets[16:18])[0]
        if len(octets) < length:
            break
        out.append((octets[18], octets[19:length]))
        octets = octets[length:]
    return out, octets


def hear(stream, seconds):
    """What comes until the end of the stream, or so long; and whether it ended."""
    octets, end = b"", time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        stream.settimeout(left)
        try:
            got = stream.recv(65536)
        except TimeoutError:
            break
        except OSError:
            return messages(octets)[0], True
        if not got:
            return messages(octets)[0], True
        octets += got
    return messages(octets)[0], False


class Attacked:
    """An exchange of members AS2001, AS2002 and so on at 127.1.0.1, 127.1.0.2 and so on."""

    def __init__(self, plenum, count, log=None, settings=()):
        self.exchange = Exchange(plenum)
        self.exchange.init()
        for number in range(1, count + 1):
            self.exchange.run("member", "add", "-C", "ix", f"AS{2000 + number}", f"Net {number}",
                              "--ip", self.address(number), *settings)
        self.exchange.serve("--workers", "2", log=log)
        self.pid = self.exchange.process.pid
        self.began_mib = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.exchange.__exit__()

    @staticmethod
    def address(number):
        return f"127.1.0.{number}"

    def call(self, number, room=None):
        """A connection from the member's address."""
        stream = socket.socket()
        if room:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        stream.settimeout(WAIT_S)
        stream.bind((self.address(number), 0))
        stream.connect(("127.0.0.1", self.exchange.port))
        return stream

    def up(self, number, more=b"", room=None):
        """An established session."""
        stream = self.call(number, room)
        stream.sendall(open_of(2000 + number, more, identifier=self.address(number))
                       + message(KEEPALIVE))
        octets = b""
        while not any(kind == KEEPALIVE for kind, _ in messages(octets)[0]):
            got = stream.recv(1)
            if not got:
                raise OSError("closed")
            octets += got
            if any(kind == NOTIFICATION for kind, _ in messages(octets)[0]):
                raise OSError("refused")
        return stream

    def is_alive(self):
        return self.exchange.process.poll() is None

    def log(self):
        return (self.exchange.folder / "serve.log").read_text(errors="replace")

    def log_octets(self):
        return os.path.getsize(self.exchange.folder / "serve.log")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def memory_mib(self):
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


class Watch(threading.Thread):
    """Two honest members: the first announces a route again and again, the second waits for it."""

    def __init__(self, attacked, first, second):
        super().__init__(daemon=True)
        self.number = first
        self.next_hop = attacked.address(first)
        self.says, self.hears = attacked.up(first), attacked.up(second)
        self.waits = []
        self.rest = b""
        self.failure = None
        self.must_end = False
        self.start()

    def run(self):
        try:
            for number in range(1 << 30):
                if self.must_end:
                    return
                self._round(number)
        except OSError as error:
            self.failure = str(error)

    def _round(self, number):
        tag, begin = tagged(number), time.monotonic()
        self.says.sendall(update(2000 + self.number, self.next_hop, prefix(PROBE), tag))
        if number % 500 == 0:
            self.hears.sendall(message(KEEPALIVE))
        while not self.must_end:
            ready = select.select([self.hears, self.says], [], [], 0.2)[0]
            if self.says in ready and not self.says.recv(1 << 20):
                raise OSError("the session of the member that announces ended")
            if self.hears not in ready:
                continue
            got = self.hears.recv(1 << 20)
            if not got:
                raise OSError("the honest member's session ended")
            came, self.rest = messages(self.rest + got)
            if any(kind == UPDATE and tag in body and body.endswith(prefix(PROBE))
                   for kind, body in came):
                break
        self.waits.append(time.monotonic() - begin)
        time.sleep(0.005)

    def worst(self):
        """Since last asked, of the rounds that came through: the longest and the median, in ms."""
        if not awaited(lambda: self.waits or self.failure):
            return HOPELESS_MS, HOPELESS_MS
        waits, self.waits = sorted(self.waits), []
        if self.failure or not waits:
            return HOPELESS_MS, HOPELESS_MS
        return waits[-1] * 1000, waits[len(waits) // 2] * 1000


def keep_on(seconds, act):
    """Does it again and again for so long; how often."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        try:
            act()
        except OSError:
            pass
        count += 1
    return count
