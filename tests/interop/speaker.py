"""A member that says what octets it is told to: raw BGP over a socket in a host's namespace."""
import ctypes
import ipaddress
import os
import socket
import struct
import threading

from lab import RS, awaited

OPEN, UPDATE, NOTIFICATION, KEEPALIVE, REFRESH = 1, 2, 3, 4, 5
CLONE_NEWNET = 0x40000000
MARKER = b"\xff" * 16
END_OF_RIB = b"\x00\x00\x00\x00"


def message(kind, body=b""):
    return MARKER + struct.pack("!HB", 19 + len(body), kind) + body


def capability(code, value=b""):
    return bytes([code, len(value)]) + value


def attribute(flags, code, value):
    if len(value) > 255:
        return struct.pack("!BBH", flags | 0x10, code, len(value)) + value
    return bytes([flags, code, len(value)]) + value


def nlri(prefix, path_id=None):
    network = ipaddress.ip_network(prefix)
    octets = network.network_address.packed[:(network.prefixlen + 7) // 8]
    head = struct.pack("!I", path_id) if path_id is not None else b""
    return head + bytes([network.prefixlen]) + octets


def as_path(*asns):
    return b"\x02" + bytes([len(asns)]) + b"".join(struct.pack("!I", asn) for asn in asns)


class Speaker:
    """One IPv4 session.  held: {(path id, prefix): {attribute code: (flags, value)}}."""

    def __init__(self, lab, host, asn, capabilities=(), add_path=False, extended_parameters=False,
                 say_first=b""):
        self.lab = lab
        self.host = host
        self.asn = asn
        self.capabilities = [capability(1, b"\x00\x01\x00\x01"),
                             capability(65, struct.pack("!I", asn)), *capabilities]
        if add_path:
            self.capabilities.append(capability(69, b"\x00\x01\x01\x01"))
        self.add_path = add_path
        self.extended_parameters = extended_parameters
        self.say_first = say_first  # behind the OPEN, unasked
        self.held = {}
        self.notifications = []
        self.is_up = False
        self.is_closed = False
        self.was_reset = False
        self.updates = 0
        self.socket = None

    def start(self):
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()

    def _run(self):
        # The namespace is the thread's alone, and sockets stay where they were made.
        with open(self.lab.netns_path(self.host)) as netns:
            if ctypes.CDLL(None, use_errno=True).setns(netns.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self.socket = socket.create_connection((self.lab.ipv4(RS), 179), 10,
                                               (self.lab.ipv4(self.host), 0))
        self.socket.settimeout(None)
        self.socket.sendall(message(OPEN, self._open()) + self.say_first)
        kept = b""
        while True:
            try:
                got = self.socket.recv(65536)
            except OSError:
                got = b""
                self.was_reset = True
            if not got:
                self.is_up, self.is_closed = False, True
                return
            kept += got
            while len(kept) >= 19 and len(kept) >= int.from_bytes(kept[16:18], "big"):
                length = int.from_bytes(kept[16:18], "big")
                try:
                    self._take(kept[18], kept[19:length])
                except OSError:
                    pass  # the other side has closed: what it said is still to be read
                kept = kept[length:]

    def _open(self):
        head = struct.pack("!BHH4s", 4, self.asn if self.asn < 65536 else 23456, 90,
                           socket.inet_aton(self.lab.ipv4(self.host)))
        if self.extended_parameters:
            every = b"".join(b"\x02" + struct.pack("!H", len(one)) + one
                             for one in self.capabilities)
            return head + b"\xff\xff" + struct.pack("!H", len(every)) + every
        every = b"".join(self.capabilities)
        return head + bytes([len(every) + 2, 2, len(every)]) + every

    def _take(self, kind, body):
        if kind == OPEN:
            self.socket.sendall(message(KEEPALIVE))
        elif kind == KEEPALIVE:
            self.is_up = True
        elif kind == NOTIFICATION:
            self.notifications.append(tuple(body[:2]))
        elif kind == UPDATE:
            self._update(body)
            self.updates += 1

    def _prefixes(self, octets):
        while octets:
            path_id = 0
            if self.add_path:
                path_id, octets = struct.unpack("!I", octets[:4])[0], octets[4:]
            size = (octets[0] + 7) // 8
            network = octets[1:1 + size].ljust(4, b"\0")
            yield path_id, f"{socket.inet_ntoa(network)}/{octets[0]}"
            octets = octets[1 + size:]

    def _update(self, body):
        withdrawn = int.from_bytes(body[:2], "big")
        for one in self._prefixes(body[2:2 + withdrawn]):
            self.held.pop(one, None)
        at = 2 + withdrawn
        end = at + 2 + int.from_bytes(body[at:at + 2], "big")
        at += 2
        attributes = {}
        while at < end:
            flags, code = body[at], body[at + 1]
            wide = 2 if flags & 0x10 else 1
            length = int.from_bytes(body[at + 2:at + 2 + wide], "big")
            at += 2 + wide
            attributes[code] = (flags & ~0x10, body[at:at + length])
            at += length
        for one in self._prefixes(body[end:]):
            self.held[one] = attributes

    # --- what the tests say ---------------------------------------------------------------------

    def say(self, octets):
        self.socket.sendall(octets)

    def announce(self, *prefixes, more=b"", path=None, drop=()):
        """An UPDATE with the usual attributes but those in `drop`, and `more`."""
        usual = {1: attribute(0x40, 1, b"\x00"),
                 2: attribute(0x40, 2, as_path(*(path or (self.asn,)))),
                 3: attribute(0x40, 3, socket.inet_aton(self.lab.ipv4(self.host)))}
        octets = b"".join(one for code, one in usual.items() if code not in drop) + more
        self.say(message(UPDATE, b"\x00\x00" + struct.pack("!H", len(octets)) + octets
                         + b"".join(nlri(prefix) for prefix in prefixes)))

    def prefixes(self):
        return {prefix for _, prefix in self.held}

    def attributes(self, prefix):
        return self.held.get((0, prefix), {})

    def await_up(self):
        return awaited(lambda: self.is_up or self.is_closed) and self.is_up

    def end(self):
        if self.socket:
            self.socket.close()
