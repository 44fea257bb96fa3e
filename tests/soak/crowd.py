#!/usr/bin/env python3
"""Many members in one process: crowd.py, in a host's namespace, told what to do in lines of JSON.

Each has a session, announces what it is told, changes it at random, and holds what it is sent.  Some
are steady; others are killed, read slowly or not at all, or come and go with the registry.  A member
that lost its session connects again; of the steady ones each loss is counted and told.  Prefixes that
strangers to the model announce (FOREIGN) are not held."""
import ipaddress
import json
import pathlib
import random
import select
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import model  # noqa: E402
from hostile.attack import (KEEPALIVE, NOTIFICATION, OPEN, REFRESH, UPDATE, attribute,  # noqa: E402
                            capability, four_octets, message, open_of, parameters, withdrawal)
from kit.speaker import update  # noqa: E402

KEEPALIVE_S = 20
HOLD_S = 240  # this process is one thread for all
AGAIN_S = 1.0
READ_OCTETS = 1 << 18
SLOW_OCTETS = 4096  # and so many at each tick, when slow
TICK_S = 0.1
CACHE_MAX = 50000
FOREIGN = tuple(range(5, 50))  # first octets of IPv4 prefixes that are not in the model
FOES = {(asn,) for asn in range(21001, 21100)}  # who announce what nobody knows, and prefixes by chance
MULTIPROTOCOL = {4: b"\0\1\0\1", 6: b"\0\2\0\1"}
DIFFERENCES_SHOWN = 6


class Reader:
    """UPDATEs as (withdrawn, announced), each kind of octets read once, for all members."""

    def __init__(self):
        self.bodies, self.known, self.names = {}, {}, {}

    def read(self, body):
        if (found := self.bodies.get(body)) is None:
            if len(self.bodies) > CACHE_MAX:
                self.bodies.clear()
            found = self.bodies[body] = self._read(body)
        return found

    def same(self, value):
        """Equal values become one, so that they compare at once."""
        return self.known.setdefault(value, value)

    def _prefixes(self, octets, family):
        out, at = [], 0
        while at < len(octets):
            size = 1 + (octets[at] + 7) // 8
            if len(octets) < at + size:
                raise ValueError("a prefix beyond its end")
            wire = octets[at:at + size]
            at += size
            if family == 4 and size > 1 and wire[1] in FOREIGN:
                continue
            if (name := self.names.get((family, wire))) is None:
                packed = wire[1:].ljust(4 if family == 4 else 16, b"\0")
                name = f"{ipaddress.ip_address(packed)}/{wire[0]}"
                self.names[family, wire] = name
            out.append(name)
        return out

    def _read(self, body):
        end = 2 + int.from_bytes(body[:2], "big")
        withdrawn = self._prefixes(body[2:end], 4)
        at, end = end + 2, end + 2 + int.from_bytes(body[end:end + 2], "big")
        plain, reached = self._prefixes(body[end:], 4), []
        path, next_hop, med, communities, unknown = (), None, 0, frozenset(), []
        while at < end:
            code, head = body[at + 1], 4 if body[at] & 0x10 else 3
            length = int.from_bytes(body[at + 2:at + head], "big")
            value = body[at + head:at + head + length]
            at += head + length
            if code == 2 and value:
                path = struct.unpack(f"!{value[1]}I", value[2:])
            elif code == 3:
                next_hop = socket.inet_ntoa(value)
            elif code == 4:
                med = int.from_bytes(value, "big")
            elif code == 8:
                communities = frozenset(struct.iter_unpack("!HH", value))
            elif code == 14:
                next_hop = str(ipaddress.ip_address(value[4:20]))
                reached = self._prefixes(value[5 + value[3]:], 6)
            elif code == 15:
                withdrawn += self._prefixes(value[3:], 6)
            elif code not in (1, 35):
                unknown.append(code)
        if unknown and plain + reached and path[:1] not in FOES:
            raise ValueError(f"attributes {unknown} that nobody announced")
        route = self.same((path, next_hop, med, communities))
        return withdrawn, dict.fromkeys(plain + reached, route)


class Member:
    """One session of a member, its announcements, and what it holds."""

    def __init__(self, crowd, told):
        self.crowd = crowd
        self.name, self.asn, self.kind = told["name"], told["asn"], told["kind"]
        self.address, self.server = told["address"], told["server"]
        self.family = 6 if ":" in self.address else 4
        self.routes = {prefix: model.Route(tuple(path), med, tuple(map(tuple, communities)))
                       for prefix, path, med, communities in told["routes"]}
        self.usual = dict(self.routes)
        self.held = {}
        self.socket, self.is_up = None, False
        self.wanted, self.again_at = False, 0.0
        self.manner = "reads"
        self.kept, self.out = b"", bytearray()
        self.said_at, self.lost, self.ups = 0.0, 0, 0

    # --- the session ----------------------------------------------------------------------------

    def connect(self):
        self.socket = socket.socket(socket.AF_INET6 if self.family == 6 else socket.AF_INET)
        self.socket.setblocking(False)
        self.socket.bind((self.address, 0))
        self.kept, self.out, self.is_up, self.held = b"", bytearray(), False, {}
        self.again_at = time.monotonic() + 10
        if self.socket.connect_ex((self.server, 179)) not in (0, 115):
            self.lose("cannot connect")
            return
        self.crowd.by_fd[self.socket.fileno()] = self
        self.crowd.poll.register(self.socket, select.EPOLLIN | select.EPOLLOUT)
        options = parameters((2, capability(1, MULTIPROTOCOL[self.family]) + capability(2)
                              + capability(70) + four_octets(self.asn)))
        identifier = f"10.98.{self.asn >> 8 & 255}.{self.asn & 255}"
        self.out += open_of(self.asn, hold=HOLD_S, identifier=identifier, options=options)

    def lose(self, why):
        if self.socket is None:
            return
        self.crowd.by_fd.pop(self.socket.fileno(), None)
        self.socket.close()
        self.socket = None
        self.crowd.model.forget((self.asn, self.address))
        if self.is_up and self.kind == "steady" and not self.crowd.is_forgiving:
            self.lost += 1
            self.crowd.losses.append(f"{self.name}: {why}")
        self.is_up, self.held = False, {}
        self.again_at = time.monotonic() + AGAIN_S

    def kill(self):
        if self.socket:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.lose("killed")

    def say(self, octets):
        self.out += octets
        self.flush()

    def flush(self):
        try:
            while self.out:
                del self.out[:self.socket.send(self.out)]
        except BlockingIOError:
            pass
        except OSError as error:
            self.lose(str(error))
            return
        self.watch()

    def watch(self):
        if self.socket:
            self.crowd.poll.modify(self.socket, (select.EPOLLIN if self.manner == "reads" else 0)
                                   | (select.EPOLLOUT if self.out else 0))

    def hear(self, octets=READ_OCTETS):
        try:
            got = self.socket.recv(octets)
        except BlockingIOError:
            return
        except OSError as error:
            self.lose(str(error))
            return
        if not got:
            self.lose("ended by the route server without a word")
            return
        whole, at = self.kept + got, 0
        while len(whole) - at >= 19 and self.socket:
            length = whole[at + 16] << 8 | whole[at + 17]
            if len(whole) - at < length:
                break
            self.take(whole[at + 18], whole[at + 19:at + length])
            at += length
        self.kept = whole[at:]

    def take(self, kind, body):
        if kind == UPDATE:
            try:
                withdrawn, announced = self.crowd.reader.read(body)
            except (ValueError, IndexError, struct.error) as error:
                self.crowd.malformed.append(f"{self.name}: {error}: {body.hex()[:200]}")
                return
            self.crowd.updates += 1
            for prefix in withdrawn:
                self.held.pop(prefix, None)
            self.held.update(announced)
        elif kind == OPEN:
            self.say(message(KEEPALIVE))
        elif kind == KEEPALIVE and not self.is_up:
            self.is_up, self.ups = True, self.ups + 1
            self.said_at = time.monotonic()
            for prefix, route in self.routes.items():
                self.announce(prefix, route)
        elif kind == NOTIFICATION:
            self.lose(f"NOTIFICATION {body[0]}/{body[1]} {body[2:].decode(errors='replace')}")

    # --- what it announces ----------------------------------------------------------------------

    def announce(self, prefix, route):
        self.routes[prefix] = route
        if self.is_up:
            self.crowd.model.announce((self.asn, self.address), prefix, route)
            self.say(update([prefix], route.path, self.address, med=route.med or None,
                            communities=route.communities))

    def withdraw(self, prefix):
        self.routes.pop(prefix, None)
        if self.is_up:
            self.crowd.model.withdraw((self.asn, self.address), prefix)
            octets = bytes([ipaddress.ip_network(prefix).prefixlen])
            packed = ipaddress.ip_network(prefix).network_address.packed
            octets += packed[:(octets[0] + 7) // 8]
            if self.family == 4:
                self.say(withdrawal(octets))
            else:
                gone = attribute(0x80, 15, b"\0\2\1" + octets)
                self.say(message(UPDATE, b"\0\0" + struct.pack("!H", len(gone)) + gone))

    def change(self, chance):
        """One prefix: gone, back, with another MED, for fewer members, or as it was."""
        prefix = chance.choice(list(self.usual))
        usual, way = self.usual[prefix], chance.randrange(5)
        if way == 0 and prefix in self.routes:
            self.withdraw(prefix)
            return
        communities = usual.communities
        if way == 1:
            communities += ((0, chance.choice(self.crowd.asns)),)
        elif way == 2:
            communities += ((0, model.RS_ASN),) + tuple(
                (model.RS_ASN, asn) for asn in chance.sample(self.crowd.asns, 3))
        med = chance.randrange(1, 1000) if way != 4 else usual.med
        self.announce(prefix, model.Route(usual.path, med, communities))


class Crowd:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.poll = select.epoll()
        self.by_fd, self.members, self.asns = {}, {}, []
        self.reader, self.model = Reader(), model.Model()
        self.losses, self.malformed, self.updates = [], [], 0
        self.is_forgiving = True
        self.changes_a_second, self.owed, self.ticked_at = 0, 0.0, time.monotonic()
        self.commands, self.settling = b"", None
        self.poll.register(0, select.EPOLLIN)

    def run(self):
        while True:
            for fd, what in self.poll.poll(TICK_S):
                if fd == 0:
                    if not self._hear_commands():
                        return
                elif member := self.by_fd.get(fd):
                    if what & select.EPOLLOUT:
                        member.flush()
                    if what & ~select.EPOLLOUT and member.socket:
                        member.hear()
            if time.monotonic() - self.ticked_at >= TICK_S:
                self._tick(time.monotonic())

    def _tick(self, now):
        self.owed += self.changes_a_second * min(now - self.ticked_at, 1.0)
        self.ticked_at = now
        for member in self.members.values():
            if member.wanted and member.again_at < now and not member.is_up:
                member.kill()
                member.connect()
            if member.socket and member.manner == "slow":
                member.hear(SLOW_OCTETS)
            if member.is_up and now - member.said_at > KEEPALIVE_S:
                member.said_at = now
                member.say(message(KEEPALIVE))
        up = [member for member in self.members.values() if member.is_up]
        while self.owed >= 1 and up:
            self.owed -= 1
            member = self.chance.choice(up)
            if member.is_up:
                member.change(self.chance)
        if self.settling:
            self._settle(now)

    # --- commands -------------------------------------------------------------------------------

    def _hear_commands(self):
        got = sys.stdin.buffer.raw.read(1 << 20)
        if not got:
            return False
        self.commands += got
        while b"\n" in self.commands:
            line, self.commands = self.commands.split(b"\n", 1)
            told = json.loads(line)
            answer = getattr(self, "do_" + told.pop("do"))(**told)
            if answer is not None:
                self.answer(answer)
        return True

    @staticmethod
    def answer(value):
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()

    def do_members(self, members):
        for told in members:
            self.members[told["name"]] = Member(self, told)
        self.asns = sorted({member.asn for member in self.members.values()})
        return {}

    def do_connect(self, names):
        for name in names:
            self.members[name].wanted = True
        return {}

    def do_leave(self, names):
        """Does not come back once its session is over."""
        for name in names:
            self.members[name].wanted = False
        return {}

    def do_kill(self, names):
        for name in names:
            self.members[name].kill()
        return {}

    def do_manner(self, names, manner):
        for name in names:
            self.members[name].manner = manner
            self.members[name].watch()
        return {}

    def do_refresh(self, names):
        for name in names:
            member = self.members[name]
            if member.is_up:
                family = MULTIPROTOCOL[member.family]
                member.say(message(REFRESH, family))
        return {}

    def do_churn(self, a_second):
        self.changes_a_second, self.owed = a_second, 0.0
        return {}

    def do_forgive(self, whether):
        self.is_forgiving = whether
        return {}

    def do_status(self):
        answer = {"up": sum(member.is_up for member in self.members.values()),
                  "wanted": sum(member.wanted for member in self.members.values()),
                  "updates": self.updates, "losses": self.losses, "malformed": self.malformed}
        return answer

    def do_foreign(self, routes):
        """What members outside this process announce: [asn, address, prefix, path, MED]."""
        for asn, address, prefix, path, med in routes:
            self.model.announce((asn, address), prefix, model.Route(tuple(path), med))
        return {}

    def do_forget(self, senders):
        for asn, address in senders:
            self.model.forget((asn, address))
        return {}

    def do_expected(self, asn, family, barred, path_max):
        rules = model.Rules(tuple(barred), path_max)
        return {prefix: [path, hop, med, sorted(communities)]
                for prefix, (path, hop, med, communities) in
                model.Model.held_by(asn, self.model.ranked(family, rules)).items()}

    def do_settle(self, barred, path_max, seconds):
        """Answered when all are up and hold what they should, or when the time is over."""
        self.changes_a_second = 0
        now = time.monotonic()
        self.settling = {"since": now, "until": now + seconds, "looked": 0.0, "want": {}, "stamp": -1,
                         "rules": model.Rules(tuple(barred), path_max)}

    def _settle(self, now):
        settling = self.settling
        if now - settling["looked"] < 0.3:
            return
        wanted = [member for member in self.members.values() if member.wanted]
        down = [member.name for member in wanted if not member.is_up]
        wrong = [f"{name} is not up" for name in down]
        if not down:
            stamp = sum(member.ups for member in self.members.values())
            if stamp != settling["stamp"]:
                ranked = {family: self.model.ranked(family, settling["rules"]) for family in (4, 6)}
                settling["want"] = {
                    member.name: {prefix: self.reader.same(value) for prefix, value in
                                  model.Model.held_by(member.asn, ranked[member.family]).items()}
                    for member in wanted}
                settling["stamp"] = stamp
            for member in wanted:
                if member.held != settling["want"][member.name]:
                    wrong += self.difference(member, settling["want"][member.name])
                    break
        settling["looked"] = time.monotonic()
        if not wrong or now > settling["until"]:
            self.settling = None
            held = sum(len(member.held) for member in wanted)
            self.answer({"seconds": round(now - settling["since"], 3), "wrong": wrong[:30],
                         "members": len(wanted), "routes": held})

    @staticmethod
    def difference(member, want):
        lines = []
        for prefix in sorted(set(member.held) | set(want)):
            has, should = member.held.get(prefix), want.get(prefix)
            if has != should:
                lines.append(f"{member.name}: {prefix} is {has}, not {should}")
        more = [f"{member.name}: and {len(lines) - DIFFERENCES_SHOWN} more"]
        return lines[:DIFFERENCES_SHOWN] + (more if len(lines) > DIFFERENCES_SHOWN else [])


if __name__ == "__main__":
    Crowd(int(sys.argv[1])).run()
