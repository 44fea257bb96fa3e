"""A routing registry on loopback that speaks as much of IRRd's whois protocol as bgpq4 asks for.

Sets and routes are said by the test, and how it misbehaves: hanging, garbage, too much, nothing."""
import socketserver
import threading
import time

HANG_S = 120


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        registry = self.server.registry
        while True:
            line = self.rfile.readline()
            if not line:
                return
            command = line.decode("latin-1").strip()
            registry.asked.append(command)
            try:
                if not self.answer(registry, command):
                    return
            except OSError:
                return

    def say(self, words):
        if not words:
            self.wfile.write(b"D\n")
            return
        data = " ".join(words).encode()
        self.wfile.write(b"A%d\n" % (len(data) + 1) + data + b"\nC\n")

    def answer(self, registry, command):
        if command == "!!" or command == "":
            return True
        if command in ("!q", "q", "exit"):
            return False
        if command[:2] in ("!n", "!t") or (command[:2] == "!s" and command != "!s-lc"):
            self.wfile.write(b"C\n")
            return True
        if command == "!s-lc":
            self.say(["RIPE"])
            return True
        if registry.mood == "hang":
            registry.released.wait(HANG_S)
            return False
        if registry.mood == "garbage":
            self.wfile.write(b"\x00\xff<html>it works</html>\n" * 50)
            return False
        if registry.mood == "flood":
            # Prefixes without an end, as one answer of 200 MB.
            self.wfile.write(b"A200000000\n")
            for number in range(20_000_000):
                self.wfile.write(b"%d.%d.%d.0/24 " % (1 + number // 65536 % 200,
                                                      number // 256 % 256, number % 256))
            return False
        if command[:2] == "!i":
            name, _, deep = command[2:].partition(",")
            self.say(registry.members(name) if deep else registry.sets.get(name.upper(), []))
        elif command[:2] in ("!g", "!6"):
            self.say(registry.routes(command[2:], ":" if command[1] == "6" else "."))
        elif command[:2] == "!a":
            family = {"4": ".", "6": ":"}.get(command[2:3])
            name = command[3:] if family else command[2:]
            asns = registry.members(name) if "-" in name else [name]
            self.say([prefix for asn in asns for prefix in registry.routes(asn, family or ".")])
        else:
            self.wfile.write(b"F unknown command\n")
        return True


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Registry:
    """sets: {"AS-FOO": ["AS1", "AS-BAR"]}; routes: {"AS1": ["192.0.2.0/24"]}"""

    def __init__(self):
        self.sets = {}
        self.held = {}
        self.mood = ""
        self.asked = []
        self.released = threading.Event()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.registry = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def members(self, name):
        """All networks of a set, however deep."""
        found, waiting, seen = [], [name.upper()], set()
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            for item in self.sets.get(one, []):
                (waiting if "-" in item else found).append(item)
        return sorted(set(found))

    def routes(self, asn, mark):
        asn = asn.upper()
        asn = asn if asn.startswith("AS") else "AS" + asn
        return [prefix for prefix in self.held.get(asn, []) if mark in prefix]
