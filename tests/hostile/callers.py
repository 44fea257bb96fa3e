#!/usr/bin/env python3
"""Callers at the control socket that mean ill, and files by people who do: callers.py PLENUM.

Whatever they send, it is refused in a sentence, steers no terminal, and costs the members nothing."""
import json
import os
import random
import resource
import socket
import struct
import sys
import time

from attack import Attacked, Watch, awaited, many, tagged, update
from interop.lab import Tap

HONEST_MS = 5000
END_S_MAX = 15  # half of what a caller that does not read could take for each piece
DEEP = 100000


def request(*words, attached=b"", version=1, columns=80, count=None, length=None):
    body = struct.pack("!BBHHI", version, 0, columns, len(words) if count is None else count,
                       len(attached))
    for word in words:
        body += struct.pack("!I", len(word) + 1) + word + b"\0"
    body += attached
    return struct.pack("!I", len(body) if length is None else length) + body


class Callers:
    def __init__(self, attacked):
        self.path = str(attacked.exchange.folder / "ix" / "control")

    def call(self):
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(self.path)
        caller.settimeout(10)
        return caller

    def ask(self, octets):
        """All that is answered; b"" when the connection just went."""
        caller, answer = self.call(), b""
        try:
            caller.sendall(octets)
            caller.shutdown(socket.SHUT_WR)
            while got := caller.recv(65536):
                answer += got
        except ConnectionError:
            pass
        finally:
            caller.close()
        return answer


def steers(octets):
    return any(octet < 32 and octet not in (9, 10) or octet == 127 for octet in octets)


def requests(tap, callers):
    for name, octets, expected in (
            ("another version", request(b"show", version=9), b"not understood"),
            ("fewer words than it says", request(b"show", count=512), b"not understood"),
            ("no words", request(), b"does not know"),
            ("an empty request", request(length=0), b""),
            ("64 MiB and one octet", request(length=(64 << 20) + 1), b""),
            ("4 GiB", request(length=0xffffffff), b""),
            ("a word with a NUL", request(b"sh\0ow"), b"not understood"),
            ("a word of a million", request(b"show", b"routes", b"9" * 1000000), b"plenum: \"999"),
            ("serve", request(b"serve"), b"does not know"),
            ("demo", request(b"demo", b"--for", b"1"), b"does not know"),
            ("bench", request(b"bench"), b"does not know"),
            ("init", request(b"init", b"-C", b"elsewhere"), b"does not know"),
            ("a list for a member export", request(b"import", b"-", attached=b"[" * DEEP),
             b"inside each other")):
        answer = callers.ask(octets)
        tap.check(f"a request with {name}", expected in answer if expected else not answer,
                  answer[:300])
    answer = callers.ask(request(b"show", b"routes", b"\x1b]0;title\x07"))
    # Frames: kind and length in five octets, then text.
    texts = answer.replace(answer[:5], b"")
    tap.check("a word that steers terminals is shown without", b"is no prefix" in answer
              and b"\x1b" not in texts and b"\x07" not in texts, answer)
    chance = random.Random(1)
    for _ in range(200):
        octets = bytearray(request(*(chance.choice([b"show", b"explain", b"member", b"import", b"check"])
                                     for _ in range(chance.randrange(4))),
                                   attached=chance.randbytes(chance.randrange(40))))
        for _ in range(chance.randrange(4)):
            octets[chance.randrange(4, len(octets))] = chance.randrange(256)
        callers.ask(bytes(octets[:chance.randrange(len(octets)) + 1]))


def many_callers(tap, attacked, callers):
    held = []
    for _ in range(40):
        held.append(callers.call())
        try:
            held[-1].sendall(b"\0\0")
        except OSError:
            pass
    code, _, error = attacked.exchange.run("show", "status", "-C", "ix")
    tap.check("while all places are taken, that is said", code == 2 and "too many" in error, error)
    for caller in held:
        caller.close()
    tap.check("and when they are free, it answers",
              awaited(lambda: attacked.exchange.run("show", "status", "-C", "ix")[0] == 0))


def without_descriptors(tap, attacked, callers):
    """Whoever looks into an exchange that has no descriptor left is let in, one at a time."""
    awaited(lambda: attacked.exchange.run("show", "status", "-C", "ix")[0] == 0)
    _, most = resource.prlimit(attacked.pid, resource.RLIMIT_NOFILE)
    taken = {int(name) for name in os.listdir(f"/proc/{attacked.pid}/fd")}
    free = next(number for number in range(most) if number not in taken)
    resource.prlimit(attacked.pid, resource.RLIMIT_NOFILE, (free, most))
    for _ in range(3):
        begin = time.monotonic()
        code, _, error = attacked.exchange.run("show", "status", "-C", "ix")
        tap.check("without a descriptor left a command is answered", code == 0
                  and time.monotonic() - begin < HONEST_MS / 1000, error)
    held = callers.call()
    held.sendall(b"\0")
    second = callers.call()
    awaited(lambda: "commands wait" in attacked.log())
    second.close()
    tap.check("while another has the last, it is told that commands wait",
              "commands wait: Too many open files" in attacked.log(), attacked.log()[-1000:])
    resource.prlimit(attacked.pid, resource.RLIMIT_NOFILE, (most, most))
    held.close()
    tap.check("and that they are taken again", awaited(
        lambda: attacked.exchange.run("show", "status", "-C", "ix")[0] == 0
        and "commands are taken again" in attacked.log()), attacked.log()[-1000:])


def never_reading(tap, attacked, callers, watch):
    stream = attacked.up(3)
    for first in range(0, 70000, 700):
        stream.sendall(update(2003, attacked.address(3), many(first, 700), tagged(first)))
    awaited(lambda: attacked.exchange.json("show", "status")["ipv4"]["received"] >= 70000)
    held = [callers.call() for _ in range(6)]
    for caller in held:
        caller.sendall(request(b"show", b"routes"))
    watch.worst()
    code, _, error = attacked.exchange.run("member", "add", "-C", "ix", "AS2099", "Late", "--ip",
                                           "127.1.0.99")
    tap.check("who does not read an answer keeps nobody from changing members", code == 0, error)
    worst, _ = watch.worst()
    tap.check("nor the honest from their routes", worst < HONEST_MS,
              f"{worst} {watch.failure}")
    watch.must_end = True
    begin = time.monotonic()
    attacked.exchange.process.terminate()
    code = attacked.exchange.process.wait(120)
    tap.check("nor the exchange from ending", code == 0 and time.monotonic() - begin < END_S_MAX,
              f"{code} after {time.monotonic() - begin:.1f} s\n{attacked.log()[-2000:]}")
    for caller in held:
        caller.close()
    stream.close()


def refused(tap, name, exchange, words):
    code, out, error = exchange.run(*words)
    tap.check(f"{name}: refused in sentences", code == 2 and error.startswith("plenum: ")
              and not steers((out + error).encode()), f"{code}\n{out}{error}"[:800])


def configurations(tap, exchange):
    path = exchange.folder / "ix" / "exchange.yaml"
    good = path.read_bytes()
    bomb = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9))
    for name, text in (("nothing", b""), ("aliases of aliases", bomb), ("a list of itself", b"a: &a [*a]"),
                       ("deep lists", b"name: " + b"[" * 20000), ("20 MB", b"#" * 20000000),
                       ("NUL", good + b"\0"), ("no UTF-8", good + b"\xff"), ("twice", good + good),
                       ("a name that steers terminals", good.replace(b"Example-IX", b"\\e[31mX")),
                       ("a key that does", good + b'"\\x1b]0;title\\x07": 1\n'),
                       ("a thousand addresses", good.split(b"listen:")[0] + b"listen:\n"
                        + b"".join(b"  - 127.0.0.1:%d\n" % port for port in range(1000, 2000)))):
        path.write_bytes(text)
        refused(tap, f"exchange.yaml with {name}", exchange, ["check", "-C", "ix"])
    path.write_bytes(good)


def export(*members):
    return json.dumps({"version": "1.0", "ixp_list": [{"ixp_id": 1, "vlan": [{"id": 0}]}],
                       "member_list": [
                           {"asnum": asn, "name": "n", "connection_list": [
                               {"ixp_id": 1, "state": "active", "vlan_list": [
                                   {"vlan_id": 0, "ipv4": {"address": address}}]}]}
                           for asn, address in members]}).encode()


def exports(tap, exchange):
    path = exchange.folder / "members.json"
    for name, text in (("deep lists", b"[" * DEEP), ("deep objects", b'{"a":' * DEEP),
                       ("NUL in a name", export((2001, "127.1.0.1")).replace(b'"n"', b'"\\u0000"')),
                       ("keys twice", b'{"version":"1.0","version":"1.0","member_list":[]}'),
                       ("addresses that steer terminals", export((2001, "\x1b[31m\x07"))),
                       ("5,000 members", export(*((2001 + i, f"127.1.{i // 250}.{i % 250 + 1}")
                                                  for i in range(5000)))),
                       ("33 MB", b'{"version":"' + b"x" * 34000000 + b'"}'), ("nothing", b""),
                       ("no UTF-8", b'{"version":"\xff"}'), ("junk behind", export() + b"x"),
                       ("a member list that is none", b'{"version":"1.0","member_list":{"a":1}}')):
        path.write_bytes(text)
        refused(tap, f"an export with {name}", exchange, ["import", "-C", "ix", "members.json", "--yes"])


def main(plenum):
    tap = Tap()
    with Attacked(plenum, 5) as attacked:
        watch = Watch(attacked, 1, 2)
        callers = Callers(attacked)
        requests(tap, callers)
        many_callers(tap, attacked, callers)
        without_descriptors(tap, attacked, callers)
        tap.check("it still stands", attacked.is_alive(), attacked.log()[-3000:])
        never_reading(tap, attacked, callers, watch)
        configurations(tap, attacked.exchange)
        exports(tap, attacked.exchange)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
