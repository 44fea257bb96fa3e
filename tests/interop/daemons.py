"""The BGP daemons of Debian as members: each writes its configuration, starts, and says what it holds
in one form for all, as its own command-line tool tells it.

A member has sessions: one over IPv4 for IPv4 routes and one over IPv6 for IPv6 routes, or only the
one over IPv6 for both families, with IPv6 next hops (RFC 8950).  What it announces is a list of
Announcement; what it holds from the route server is {prefix: [Route]}."""
import dataclasses
import ipaddress
import json
import os
import pwd
import re
import signal

from lab import RS, RS_ASN, awaited


@dataclasses.dataclass(frozen=True)
class Announcement:
    prefix: str
    med: int = 0
    communities: tuple = ()  # of (high, low)
    large: tuple = ()        # of (global, function, parameter)

    @property
    def is_ipv6(self):
        return ":" in self.prefix


@dataclasses.dataclass(frozen=True)
class Route:
    path: tuple
    next_hop: str
    med: int
    communities: frozenset = frozenset()
    large: frozenset = frozenset()


@dataclasses.dataclass
class Options:
    families: tuple = (4, 6)         # transports
    extended_next_hop: bool = False  # IPv4 routes too over IPv6
    password: str = ""
    gtsm: bool = False
    graceful_restart: bool = False
    add_path: bool = False
    role: bool = False
    passive: bool = False            # waits to be connected to
    verbatim: str = ""               # more for the configuration, in the daemon's own words


def pairs(text):
    """(1,2) (3,4) or 1:2 3:4, in whatever brackets, as tuples."""
    return frozenset(tuple(int(number) for number in re.split("[,:]", item))
                     for item in re.findall(r"\d+(?:[,:]\s*\d+)+", text.replace(", ", ",")))


def json_objects(text):
    """Of several JSON objects one behind the other, each."""
    decoder = json.JSONDecoder()
    at = 0
    while (at := text.find("{", at)) >= 0:
        try:
            one, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            return
        yield one


def colons(items):
    return [":".join(str(number) for number in item) for item in items]


class Daemon:
    programs = ()

    def __init__(self, lab, host, asn, announcements=(), options=None):
        self.lab = lab
        self.host = host
        self.asn = asn
        self.announcements = list(announcements)
        self.options = options or Options()
        self.process = None
        self.folder = lab.folder / host
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o777)

    # --- what a daemon says ---------------------------------------------------------------------

    def start(self):
        """Writes the configuration and runs the daemon."""
        raise NotImplementedError

    def states(self):
        """{4: established over IPv4, 6: established over IPv6}"""
        raise NotImplementedError

    def routes(self):
        """{prefix: [Route, ...]} from the route server."""
        raise NotImplementedError

    def refresh(self):
        """Asks the route server for its routes anew.  GoBGP never asks: it goes by what it has."""

    # --- what they have in common ---------------------------------------------------------------

    def kill(self):
        self.lab.end(self.process, signal.SIGKILL)

    def end(self):
        self.lab.end(self.process)

    def is_up(self):
        states = self.states()
        return all(states.get(family) for family in self.options.families)

    def address(self, family):
        return self.lab.ipv4(self.host) if family == 4 else self.lab.ipv6(self.host)

    def rs_address(self, family):
        return self.lab.ipv4(RS) if family == 4 else self.lab.ipv6(RS)

    def route_families(self, transport):
        """Families of the routes on the session over this transport."""
        if self.options.extended_next_hop and transport == 6:
            return (4, 6)
        return (transport,)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def log(self):
        return self.lab.read(f"{self.host}.out")

    def told(self):
        """Where the words of a NOTIFICATION from the route server are to be found."""
        return self.log()

    def run(self, *command, env=None):
        self.process = self.lab.start(self.host, *command, log=f"{self.host}.out", env=env)

    def ask(self, *command):
        return self.lab.ask(self.host, *command)

    def ask_json(self, *command):
        try:
            return json.loads(self.ask(*command) or "{}")
        except json.JSONDecodeError:
            return {}


class Bird(Daemon):
    programs = ("bird", "birdc")

    def start(self):
        options = self.options
        text = [f'log "{self.folder}/bird.log" all; router id {self.address(4)};',
                "protocol device {}"]
        if options.graceful_restart:
            text.append("graceful restart wait 20;")
        for family, table in ((4, "ipv4"), (6, "ipv6")):
            text.append(f"protocol static static{family} {{ {table};")
            text += [self._static(item) for item in self.announcements
                     if item.is_ipv6 == (family == 6)]
            text.append("}")
        text.append("filter mine { if source != RTS_STATIC then reject;"
                    " if defined(bgp_med) then bgp_med = bgp_med; accept; }")
        text += [self._session(family) for family in options.families]
        path = self.write("bird.conf", "\n".join(text) + "\n" + options.verbatim + "\n")
        words = ["-R"] if options.graceful_restart and self.process else []
        self.run("bird", "-f", "-c", path, "-s", str(self.folder / "ctl"), *words)

    @staticmethod
    def _static(item):
        sets = [f"bgp_med = {item.med};"] if item.med else []
        sets += [f"bgp_community.add(({high},{low}));" for high, low in item.communities]
        sets += [f"bgp_large_community.add(({','.join(map(str, large))}));" for large in item.large]
        return f"  route {item.prefix} blackhole {{ {' '.join(sets)} }};"

    def _session(self, transport):
        options = self.options
        words = [f"local {self.address(transport)} as {self.asn};",
                 f"neighbor {self.rs_address(transport)} as {RS_ASN};",
                 "connect delay time 1; connect retry time 1; error wait time 1, 2;",
                 "debug { states, events, routes };"]
        if options.password:
            words.append(f'password "{options.password}";')
        if options.gtsm:
            words.append("ttl security on;")
        if options.passive:
            words.append("passive on;")
        if options.role:
            words.append("local role rs_client;")
        if options.graceful_restart:
            words.append("graceful restart on;")
        for family in self.route_families(transport):
            extra = "add paths rx; " if options.add_path else ""
            if options.extended_next_hop and family == 4:
                extra += "extended next hop on; "
            words.append(f"ipv{family} {{ import all; export filter mine; {extra}}};")
        return f"protocol bgp rs{transport} {{ {' '.join(words)} }}"

    def birdc(self, *words):
        return self.ask("birdc", "-s", str(self.folder / "ctl"), *words)

    def states(self):
        shown = self.birdc("show", "protocols")
        return {family: re.search(rf"^rs{family} .*Established", shown, re.M) is not None
                for family in self.options.families}

    def routes(self):
        held = {}
        for transport in self.options.families:
            shown = self.birdc("show", "route", "protocol", f"rs{transport}", "all")
            prefix, found = None, None
            for line in shown.splitlines():
                match = re.match(r"(\S+/\d+)?\s+unicast \[", line)
                if match:
                    prefix = match[1] or prefix
                    found = {}
                    held.setdefault(prefix, []).append(found)
                match = re.match(r"\s+BGP\.(\w+): ?(.*)", line)
                if match and found is not None:
                    found[match[1]] = match[2].strip()
        return {prefix: [Route(path=tuple(map(int, found.get("as_path", "").split())),
                               next_hop=found.get("next_hop", "").split()[0],
                               med=int(found.get("med", 0)),
                               communities=pairs(found.get("community", "")),
                               large=pairs(found.get("large_community", "")))
                         for found in all_found]
                for prefix, all_found in held.items()}

    def down(self, family, text):
        self.birdc("disable", f"rs{family}", f'"{text}"')

    def up(self, family):
        self.birdc("enable", f"rs{family}")

    def removed(self, since=0):
        """Prefixes that left the table since the log was `since` characters long, as they went:
        what a poll might miss, the log of each change does not."""
        return re.findall(r"rs\d\.ipv\d > removed (?:\[\w+\] )?(\S+/\d+)", self.log()[since:])

    def attributes(self, prefix):
        """All that BIRD prints of a prefix."""
        return self.birdc("show", "route", "for", prefix, "all")

    def refresh(self):
        for family in self.options.families:
            self.birdc("reload", "in", f"rs{family}")

    def log(self):
        return self.lab.read(f"{self.host}/bird.log")


class OpenBgpd(Daemon):
    programs = ("/usr/sbin/bgpd", "bgpctl")

    def start(self):
        socket = self.folder / "ctl"
        text = [f"AS {self.asn}", f"router-id {self.address(4)}", f'socket "{socket}"',
                "fib-update no"]
        text += [f"listen on {self.address(family)}" for family in self.options.families]
        text += [self._network(item) for item in self.announcements]
        for family in self.options.families:
            text.append(f"neighbor {self.rs_address(family)} {{\n  remote-as {RS_ASN}\n"
                        f"  local-address {self.address(family)}\n  enforce neighbor-as no\n"
                        f"  announce enhanced refresh yes\n  announce restart yes\n"
                        f'  descr "rs{family}"\n}}')
        text += ["allow from any", "allow to any", self.options.verbatim]
        self.begin("\n".join(text) + "\n")

    def begin(self, text):
        """Runs it with this configuration."""
        path = self.write("bgpd.conf", text)
        os.chmod(path, 0o600)
        # Its children want to be shut up in a folder that is there only while Debian's own service
        # runs; a mount namespace of its own has one.
        home = pwd.getpwnam("_openbgpd").pw_dir
        self.run("sh", "-c", 'mount -t tmpfs none /run && mkdir -p "$1" && '
                 'exec /usr/sbin/bgpd -d -f "$2"', "sh", home, path)

    @staticmethod
    def _network(item):
        sets = [f"metric {item.med}"] if item.med else []
        sets += [f"community {text}" for text in colons(item.communities)]
        sets += [f"large-community {text}" for text in colons(item.large)]
        return f"network {item.prefix}" + (f" set {{ {' '.join(sets)} }}" if sets else "")

    def bgpctl(self, *words):
        return self.ask_json("bgpctl", "-s", str(self.folder / "ctl"), "-j", *words)

    def states(self):
        up = {one.get("remote_addr") for one in self.bgpctl("show").get("neighbors", [])
              if one.get("state") == "Established"}
        return {family: self.rs_address(family) in up for family in self.options.families}

    def routes(self):
        held = {}
        for family in self.options.families:
            shown = self.bgpctl("show", "rib", "in", "detail", "neighbor", self.rs_address(family))
            for one in shown.get("rib", []):
                held.setdefault(one["prefix"], []).append(Route(
                    path=tuple(map(int, one["aspath"].split())),
                    next_hop=one["exit_nexthop"], med=int(one.get("metric", 0)),
                    communities=frozenset(map(self._community, one.get("communities", []))),
                    large=pairs(" ".join(one.get("large_communities", [])))))
        return held

    @staticmethod
    def _community(text):
        names = {"NO_EXPORT": (65535, 65281), "BLACKHOLE": (65535, 666),
                 "NO_ADVERTISE": (65535, 65282), "GRACEFUL_SHUTDOWN": (65535, 0)}
        return names.get(text) or tuple(map(int, text.split(":")))

    def refresh(self):
        for family in self.options.families:
            self.bgpctl("neighbor", self.rs_address(family), "refresh")

    def down(self, family, text):
        self.bgpctl("neighbor", self.rs_address(family), "down", text)

    def up(self, family):
        self.bgpctl("neighbor", self.rs_address(family), "up")

    def kick(self):
        """OpenBGPD waits half a minute after a failure before it tries again, unless told."""
        for family, is_up in self.states().items():
            if not is_up:
                self.bgpctl("neighbor", self.rs_address(family), "clear")


class Frr(Daemon):
    programs = ("/usr/lib/frr/bgpd", "/usr/lib/frr/zebra", "vtysh")

    def start(self):
        where = ["--vty_socket", str(self.folder), "-P", "0", "-z",
                 str(self.folder / "zserv.api")]
        zebra = self.write("zebra.conf", "log stdout\n")
        bgpd = self.write("bgpd.conf", "\n".join(self._config()) + "\n")
        self.zebra = self.lab.start(self.host, "/usr/lib/frr/zebra", "-f", zebra, "-i",
                                    str(self.folder / "zebra.pid"), *where,
                                    log=f"{self.host}-zebra.out")
        awaited(lambda: (self.folder / "zserv.api").exists())
        self.run("/usr/lib/frr/bgpd", "-f", bgpd, "-i", str(self.folder / "bgpd.pid"), "-S",
                 *where)

    def kill(self):
        super().kill()
        self.lab.end(self.zebra, signal.SIGKILL)
        (self.folder / "zserv.api").unlink(missing_ok=True)

    def _config(self):
        options = self.options
        text = ["log stdout", f"router bgp {self.asn}", f" bgp router-id {self.address(4)}",
                " no bgp ebgp-requires-policy", " no bgp default ipv4-unicast",
                " no bgp network import-check"]
        if options.graceful_restart:
            text += [" bgp graceful-restart", " bgp graceful-restart preserve-fw-state"]
        for transport in options.families:
            peer = self.rs_address(transport)
            text += [f" neighbor {peer} remote-as {RS_ASN}", f" neighbor {peer} timers connect 1",
                     f" no neighbor {peer} enforce-first-as",
                     f" neighbor {peer} advertisement-interval 0"]
            if options.extended_next_hop:
                text.append(f" neighbor {peer} capability extended-nexthop")
        for family in (4, 6):
            text.append(f" address-family ipv{family} unicast")
            text += [f"  network {item.prefix} route-map m{number}"
                     for number, item in enumerate(self.announcements)
                     if item.is_ipv6 == (family == 6)]
            for transport in options.families:
                if family in self.route_families(transport):
                    text.append(f"  neighbor {self.rs_address(transport)} activate")
            text.append(" exit-address-family")
        for number, item in enumerate(self.announcements):
            text.append(f"route-map m{number} permit 1")
            if item.med:
                text.append(f" set metric {item.med}")
            if item.communities:
                text.append(" set community " + " ".join(colons(item.communities)))
            if item.large:
                text.append(" set large-community " + " ".join(colons(item.large)))
        return text + [options.verbatim]

    def vtysh(self, *commands):
        words = [word for command in commands for word in ("-c", command)]
        return self.ask("vtysh", "--vty_socket", str(self.folder), "-d", "bgpd", *words)

    def vtysh_json(self, command):
        try:
            return json.loads(self.vtysh(command) or "{}")
        except json.JSONDecodeError:
            return {}

    def states(self):
        peers = self.vtysh_json("show bgp neighbors json")
        return {family: peers.get(self.rs_address(family), {}).get("bgpState") == "Established"
                for family in self.options.families}

    def routes(self):
        held = {}
        peers = {self.rs_address(family) for family in self.options.families}
        for family in (4, 6):
            table = self.vtysh_json(f"show bgp ipv{family} unicast json").get("routes", {})
            commands = [f"show bgp ipv{family} unicast {prefix} json" for prefix in table]
            for one in json_objects(self.vtysh(*commands)) if commands else ():
                paths = [path for path in one.get("paths", ())
                         if path.get("peer", {}).get("peerId") in peers]
                if paths:
                    held[one["prefix"]] = [self._route(path) for path in paths]
        return held

    def _route(self, path):
        hops = [hop["ip"] for hop in path["nexthops"] if hop.get("scope") != "link-local"]
        return Route(path=tuple(map(int, path["aspath"]["string"].split())),
                     next_hop=hops[0] if hops else "", med=path.get("metric", path.get("med", 0)),
                     communities=frozenset(map(self._community,
                                               path.get("community", {}).get("list", []))),
                     large=pairs(path.get("largeCommunity", {}).get("string", "")))

    @staticmethod
    def _community(text):
        names = {"noExport": (65535, 65281), "blackhole": (65535, 666),
                 "no-export": (65535, 65281), "noAdvertise": (65535, 65282)}
        return names.get(text) or tuple(map(int, text.split(":")))

    def refresh(self):
        for family in self.options.families:
            for routes in self.route_families(family):
                self.vtysh(f"clear bgp ipv{routes} unicast {self.rs_address(family)} soft in")

    def told(self):
        return self.vtysh("show bgp neighbors json")

    def down(self, family, text):
        self.vtysh("configure terminal", f"router bgp {self.asn}",
                   f"neighbor {self.rs_address(family)} shutdown message {text}")

    def up(self, family):
        self.vtysh("configure terminal", f"router bgp {self.asn}",
                   f"no neighbor {self.rs_address(family)} shutdown")


class GoBgp(Daemon):
    programs = ("gobgpd", "gobgp")

    def start(self):
        text = ["[global.config]", f"as = {self.asn}", f'router-id = "{self.address(4)}"',
                "local-address-list = [" + ", ".join(f'"{self.address(family)}"'
                                                     for family in self.options.families) + "]"]
        for transport in self.options.families:
            text += ["[[neighbors]]", "[neighbors.config]",
                     f'neighbor-address = "{self.rs_address(transport)}"', f"peer-as = {RS_ASN}",
                     "[neighbors.timers.config]", "connect-retry = 1",
                     "idle-hold-time-after-reset = 1",
                     "[neighbors.transport.config]",
                     f'local-address = "{self.address(transport)}"']
            for family in self.route_families(transport):
                text += ["[[neighbors.afi-safis]]", "[neighbors.afi-safis.config]",
                         f'afi-safi-name = "ipv{family}-unicast"']
                if self.options.add_path:
                    text += ["[neighbors.afi-safis.add-paths.config]", "receive = true"]
        path = self.write("gobgpd.toml", "\n".join(text) + "\n")
        self.run("gobgpd", "-f", path, "--api-hosts", "127.0.0.1:50051", "--pprof-disable",
                 "--log-plain")
        awaited(lambda: f'"{self.address(4)}"' in self.ask("gobgp", "-j", "global"))
        for item in self.announcements:
            self._announce(item)

    def _announce(self, item):
        family = 6 if item.is_ipv6 else 4
        over = family if family in self.options.families else 6
        words = ["gobgp", "global", "rib", "add", "-a", f"ipv{family}", item.prefix, "origin",
                 "igp", "nexthop", self.address(over)]
        if item.med:
            words += ["med", str(item.med)]
        if item.communities:
            words += ["community", ",".join(colons(item.communities))]
        if item.large:
            words += ["large-community", ",".join(colons(item.large))]
        self.ask(*words)

    def states(self):
        shown = self.ask_json("gobgp", "-j", "neighbor")
        up = {one["state"]["neighbor_address"] for one in shown or []
              if one["state"].get("session_state") == 6}
        return {family: self.rs_address(family) in up for family in self.options.families}

    def routes(self):
        held = {}
        for transport in self.options.families:
            for family in self.route_families(transport):
                shown = self.ask_json("gobgp", "-j", "neighbor", self.rs_address(transport),
                                      "adj-in", "-a", f"ipv{family}")
                # A withdrawn prefix stays there for a while, with no path.  Under ADD-PATH the
                # name of a path stands with its identifier before the prefix.
                for name, paths in (shown or {}).items():
                    for path in self._paths_in(paths):
                        held.setdefault(name.split(":", 1)[-1] if family == 4 else name,
                                        []).append(self._route(path))
        return held

    @classmethod
    def _paths_in(cls, value):
        """Every object with attributes, however deep it stands."""
        if isinstance(value, dict):
            if "attrs" in value:
                return [value]
            return [path for inner in value.values() for path in cls._paths_in(inner)]
        if isinstance(value, list):
            return [path for inner in value for path in cls._paths_in(inner)]
        return []

    @staticmethod
    def _route(path):
        by_type = {attribute["type"]: attribute for attribute in path["attrs"]}
        reach = by_type.get(14, {})
        return Route(
            path=tuple(asn for segment in by_type[2].get("as_paths", [])
                       for asn in segment["asns"]),
            next_hop=by_type.get(3, reach).get("nexthop"),
            med=by_type.get(4, {}).get("metric", 0),
            communities=frozenset((value >> 16, value & 0xffff)
                                  for value in by_type.get(8, {}).get("communities", [])),
            large=frozenset((one["ASN"], one["LocalData1"], one["LocalData2"])
                            for one in by_type.get(32, {}).get("value", [])))


RELAY = """
import sys, threading
def orders():
    while True:
        with open({fifo!r}) as fifo:
            for line in fifo:
                sys.stdout.write(line)
                sys.stdout.flush()
threading.Thread(target=orders, daemon=True).start()
with open({told!r}, "a") as told:
    for line in sys.stdin:
        told.write(line)
        told.flush()
"""


class ExaBgp(Daemon):
    """ExaBGP keeps no table: what it holds is read off the events that its API tells."""
    programs = ("exabgp", "/usr/bin/python3")

    def start(self):
        fifo, told = self.folder / "orders", self.folder / "told.json"
        told.unlink(missing_ok=True)
        if not fifo.exists():
            os.mkfifo(fifo)
        relay = self.write("relay.py", RELAY.format(fifo=str(fifo), told=str(told)))
        text = [f"process watch {{ run /usr/bin/python3 {relay}; encoder json; }}"]
        for transport in self.options.families:
            families = " ".join(f"ipv{family} unicast;" for family in self.route_families(transport))
            text += [f"neighbor {self.rs_address(transport)} {{ router-id {self.address(4)};",
                     f"  local-address {self.address(transport)}; local-as {self.asn};",
                     f"  peer-as {RS_ASN}; family {{ {families} }}",
                     "  capability { route-refresh enable; }",
                     "  api { processes [ watch ]; neighbor-changes;"
                     " receive { parsed; update; notification; refresh; } }", "  static {"]
            text += [self._static(item) for item in self.announcements
                     if (6 if item.is_ipv6 else 4) in self.route_families(transport)]
            text += [self.options.verbatim if transport == 4 else "", "  }", "}"]
        path = self.write("exabgp.conf", "\n".join(text) + "\n")
        self.run("exabgp", path, env={
            "exabgp_daemon_user": "root", "exabgp_daemon_drop": "false", "exabgp_api_cli": "false",
            "exabgp_api_ack": "false", "exabgp_log_all": "false", "exabgp_tcp_bind": "",
            "exabgp_log_destination": "stdout"})

    @staticmethod
    def _static(item):
        words = [f"    route {item.prefix} next-hop self"]
        if item.med:
            words.append(f"med {item.med}")
        if item.communities:
            words.append(f"community [ {' '.join(colons(item.communities))} ]")
        if item.large:
            words.append(f"large-community [ {' '.join(colons(item.large))} ]")
        return " ".join(words) + ";"

    def order(self, *lines):
        with open(self.folder / "orders", "w") as fifo:
            fifo.writelines(line + "\n" for line in lines)

    def _events(self):
        for line in self.lab.read(f"{self.host}/told.json").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue  # the last line is still being written

    def states(self):
        states = {family: False for family in self.options.families}
        for event in self._events():
            if event.get("type") == "state":
                peer = event["neighbor"]
                family = ipaddress.ip_address(peer["address"]["peer"]).version
                states[family] = peer["state"] == "up"
        return states

    def routes(self):
        held = {}
        for event in self._events():
            peer = event.get("neighbor", {})
            family = ipaddress.ip_address(peer["address"]["peer"]).version
            if event.get("type") == "state" and peer["state"] == "down":
                held = {prefix: value for prefix, value in held.items() if value[0] != family}
            update = peer.get("message", {}).get("update", {})
            for prefixes in update.get("withdraw", {}).values():
                for one in prefixes:
                    held.pop(one["nlri"], None)
            for by_next_hop in update.get("announce", {}).values():
                for next_hop, prefixes in by_next_hop.items():
                    # A link-local address beside the global one is told as a next hop of its own.
                    skip = next_hop == "null" or next_hop.startswith("fe80:")
                    for one in [] if skip else prefixes:
                        if "nlri" in one:
                            held[one["nlri"]] = (family, self._route(update, next_hop))
        return {prefix: [route] for prefix, (_, route) in held.items()}

    @staticmethod
    def _route(update, next_hop):
        attribute = update.get("attribute", {})
        return Route(path=tuple(attribute.get("as-path", ())), next_hop=next_hop,
                     med=attribute.get("med", 0),
                     communities=frozenset(map(tuple, attribute.get("community", []))),
                     large=frozenset(map(tuple, attribute.get("large-community", []))))

    def refresh(self):
        for family in self.options.families:
            for routes in self.route_families(family):
                self.order(f"neighbor {self.rs_address(family)} announce route-refresh ipv{routes}"
                           " unicast")


ALL = {"bird": Bird, "openbgpd": OpenBgpd, "frr": Frr, "gobgp": GoBgp, "exabgp": ExaBgp}
PROGRAMS = tuple(program for daemon in ALL.values() for program in daemon.programs)
