"""A tiny BGP speaker: one session, a few routes, said in a description.

It knows OPEN, KEEPALIVE, UPDATE and NOTIFICATION, and nothing that a member's router would do with
what it receives: it is there to make a route server say something.  It connects from an address of
its own, so that several stand on one machine."""
import ipaddress
import select
import socket
import struct
import threading
import time

OPEN, UPDATE, NOTIFICATION, KEEPALIVE, REFRESH = 1, 2, 3, 4, 5
AWAIT_S = 20


def _message(kind, body=b""):
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body


def _attribute(flags, code, value):
    if len(value) > 255:
        return struct.pack("!BBH", flags | 0x10, code, len(value)) + value
    return struct.pack("!BBB", flags, code, len(value)) + value


def _nlri(prefix):
    network = ipaddress.ip_network(prefix)
    octets = (network.prefixlen + 7) // 8
    return bytes([network.prefixlen]) + network.network_address.packed[:octets]


def _path(path):
    """Numbers in order; a list inside is an AS_SET."""
    out, sequence = b"", []
    for item in list(path) + [None]:
        if isinstance(item, int):
            sequence.append(item)
            continue
        if sequence:
            out += struct.pack("!BB", 2, len(sequence))
            out += b"".join(struct.pack("!I", asn) for asn in sequence)
            sequence = []
        if item is not None:
            out += struct.pack("!BB", 1, len(item))
            out += b"".join(struct.pack("!I", asn) for asn in item)
    return out


def update(prefixes, path, next_hop, origin=0, med=None, communities=(), large=(), extended=(),
           otc=None, aggregator=None, atomic=False, raw=b""):
    """One UPDATE announcing prefixes of one family; communities are tuples of numbers, extended ones
    eight octets each; `raw` is put behind the attributes as it is."""
    attributes = _attribute(0x40, 1, bytes([origin])) + _attribute(0x40, 2, _path(path))
    families = {ipaddress.ip_network(prefix).version for prefix in prefixes}
    assert len(families) == 1, "one family an UPDATE"
    nlri = b"".join(_nlri(prefix) for prefix in prefixes)
    if families == {4}:
        attributes += _attribute(0x40, 3, ipaddress.ip_address(next_hop).packed)
    if med is not None:
        attributes += _attribute(0x80, 4, struct.pack("!I", med))
    if atomic:
        attributes += _attribute(0x40, 6, b"")
    if aggregator:
        attributes += _attribute(0xc0, 7, struct.pack("!I", aggregator[0])
                                 + ipaddress.ip_address(aggregator[1]).packed)
    if communities:
        attributes += _attribute(0xc0, 8, b"".join(struct.pack("!HH", *c) for c in communities))
    if families == {6}:
        hop = ipaddress.ip_address(next_hop).packed
        attributes += _attribute(0x80, 14, struct.pack("!HBB", 2, 1, len(hop)) + hop + b"\0" + nlri)
        nlri = b""
    if extended:
        attributes += _attribute(0xc0, 16, b"".join(extended))
    if large:
        attributes += _attribute(0xc0, 32, b"".join(struct.pack("!III", *c) for c in large))
    if otc is not None:
        attributes += _attribute(0xc0, 35, struct.pack("!I", otc))
    attributes += raw
    body = struct.pack("!H", 0) + struct.pack("!H", len(attributes)) + attributes + nlri
    return _message(UPDATE, body)


def _prefixes(octets, version):
    """(4 or 6, "11.0.0.0/8") of a stretch of NLRI."""
    out, at = set(), 0
    while at < len(octets):
        bits = octets[at]
        length = (bits + 7) // 8
        packed = octets[at + 1:at + 1 + length].ljust(4 if version == 4 else 16, b"\0")
        out.add((version, f"{ipaddress.ip_address(packed)}/{bits}"))
        at += 1 + length
    return out


def nlri_of(body):
    """What an UPDATE announces and what it withdraws."""
    split = 2 + int.from_bytes(body[:2], "big")
    end = split + 2 + int.from_bytes(body[split:split + 2], "big")
    reached, withdrawn = _prefixes(body[end:], 4), _prefixes(body[2:split], 4)
    at = split + 2
    while at < end:
        code, head = body[at + 1], 4 if body[at] & 0x10 else 3
        length = int.from_bytes(body[at + 2:at + head], "big")
        value = body[at + head:at + head + length]
        version = {1: 4, 2: 6}.get(int.from_bytes(value[:2], "big"))
        if code == 14:
            reached |= _prefixes(value[5 + value[3]:], version)
        elif code == 15:
            withdrawn |= _prefixes(value[3:], version)
        at += head + length
    return reached, withdrawn


END_OF_RIB = {4: _message(UPDATE, b"\0\0\0\0"),
              6: _message(UPDATE, b"\0\0\0\x06\x80\x0f\x03\0\x02\x01")}


class Speaker:
    """A session in a thread of its own, until end()."""

    def __init__(self, asn, address, server, families=(4, 6), hold_s=90, router_id=None):
        self.asn = asn
        self.families = families
        self.hold_s = hold_s
        self.router_id = router_id or "10.0.0.%d" % (asn % 250 + 1)
        self.received = []
        self.updates_sent = 0
        self.lost = threading.Event()
        self.up = threading.Event()
        self._lock = threading.Lock()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(AWAIT_S)
        self.socket.bind((address, 0))
        self.socket.connect(server)
        self._send(self._open())
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _open(self):
        capabilities = b"".join(struct.pack("!BBHBB", 1, 4, 1 if f == 4 else 2, 0, 1)
                                for f in self.families)
        capabilities += struct.pack("!BB", 2, 0) + struct.pack("!BBI", 65, 4, self.asn)
        options = struct.pack("!BB", 2, len(capabilities)) + capabilities
        asn = self.asn if self.asn < 65536 else 23456
        return _message(OPEN, struct.pack("!BHH", 4, asn, self.hold_s)
                        + ipaddress.ip_address(self.router_id).packed
                        + bytes([len(options)]) + options)

    def _send(self, octets):
        with self._lock:
            self.socket.sendall(octets)

    def _run(self):
        said = time.monotonic()
        try:
            while not self.lost.is_set():
                if select.select([self.socket], [], [], 0.2)[0]:
                    self._take()
                if self.hold_s and time.monotonic() - said > self.hold_s / 3:
                    self._send(_message(KEEPALIVE))
                    said = time.monotonic()
        except (OSError, ValueError):
            self.lost.set()

    def _take(self):
        head = self._exactly(19)
        length, kind = struct.unpack("!HB", head[16:])
        body = self._exactly(length - 19)
        self.received.append((kind, body))
        if kind == OPEN:
            self._send(_message(KEEPALIVE))
        elif kind == KEEPALIVE:
            self.up.set()
        elif kind == NOTIFICATION:
            self.lost.set()

    def _exactly(self, count):
        octets = b""
        while len(octets) < count:
            part = self.socket.recv(count - len(octets))
            if not part:
                raise OSError("the connection ended")
            octets += part
        return octets

    def await_up(self):
        if not self.up.wait(AWAIT_S):
            raise TimeoutError(f"AS{self.asn} is not up")
        return self

    def announce(self, *prefixes, path=None, next_hop=None, **attributes):
        """Routes of one family with the same attributes; the path without a word is the speaker's."""
        self.updates_sent += 1
        self._send(update(prefixes, [self.asn] if path is None else path,
                          next_hop or self.socket.getsockname()[0], **attributes))

    def end_of_rib(self):
        for family in self.families:
            self.updates_sent += 1
            self._send(END_OF_RIB[family])

    def notify(self, code, subcode, data=b""):
        self._send(_message(NOTIFICATION, bytes([code, subcode]) + data))

    def end(self):
        self.lost.set()
        self.thread.join(AWAIT_S)
        self.socket.close()
