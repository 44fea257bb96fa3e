"""A tiny RTR cache: it answers queries with the records it was given, of one version, and says what
it is told to.  It listens on loopback, in threads of its own."""
import ipaddress
import socket
import struct
import threading

NOTIFY, SERIAL_QUERY, RESET_QUERY, RESPONSE, IPV4, IPV6, END, RESET, KEY, ERROR, ASPA = (
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11)
SESSION = 4711


def pdu(version, kind, session=0, body=b""):
    return struct.pack("!BBHI", version, kind, session, 8 + len(body)) + body


def vrp(version, prefix, most, asn, announces=True):
    network = ipaddress.ip_network(prefix)
    body = struct.pack("!BBBB", 1 if announces else 0, network.prefixlen, most, 0)
    body += network.network_address.packed + struct.pack("!I", asn)
    return pdu(version, IPV4 if network.version == 4 else IPV6, body=body)


def aspa(customer, providers, announces=True):
    body = struct.pack("!I", customer) + b"".join(struct.pack("!I", asn) for asn in providers)
    return pdu(2, ASPA, 0x100 if announces else 0, body)


class Cache:
    """`records` are whole PDUs; each change makes a new serial, and those who listen are told."""

    def __init__(self, version=2, records=(), port=0):
        self.version = version
        self.serial = 1
        self.records = list(records)
        self.queries = []
        self.errors = []
        self.streams = []
        self.lock = threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                stream, _ = self.socket.accept()
                self.streams.append(stream)
                threading.Thread(target=self._serve, args=(stream,), daemon=True).start()
        except OSError:
            return

    def _serve(self, stream):
        octets = b""
        try:
            while True:
                part = stream.recv(65536)
                if not part:
                    return
                octets += part
                while len(octets) >= 8:
                    version, kind, code, length = struct.unpack("!BBHI", octets[:8])
                    if len(octets) < length:
                        break
                    self._take(stream, version, kind, code)
                    octets = octets[length:]
        except OSError:
            return

    def _take(self, stream, version, kind, code):
        if kind == ERROR:
            self.errors.append(code)
            return
        self.queries.append((version, kind))
        if version > self.version:
            stream.sendall(pdu(self.version, ERROR, 4, struct.pack("!II", 0, 0)))
        elif kind == SERIAL_QUERY:
            stream.sendall(pdu(self.version, RESET))
        else:
            with self.lock:
                stream.sendall(self.answer())

    def answer(self):
        timers = struct.pack("!III", 3600, 600, 7200) if self.version else b""
        return (pdu(self.version, RESPONSE, SESSION) + b"".join(self.records)
                + pdu(self.version, END, SESSION, struct.pack("!I", self.serial) + timers))

    def change(self, records):
        with self.lock:
            self.records = list(records)
            self.serial += 1
        for stream in self.streams:
            try:
                stream.sendall(pdu(self.version, NOTIFY, SESSION, struct.pack("!I", self.serial)))
            except OSError:
                pass

    def end(self):
        # A thread waits in each: closing alone would not end them.
        for each in [self.socket, *self.streams]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()
