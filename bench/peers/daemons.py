"""The route servers that people run, each configured as an exchange would: checks of every member's
routes, control communities on the way out, nothing hidden where the daemon can do that."""
import os
import pwd
import subprocess
import sys

import lan
import policy
import vty
from lan import SERVER, SERVER_ASN as RS, member_address

START_S = 90
RELOAD_S = 30


class Daemon:
    name = ""
    package = ""
    hides = ""  # which next best routes it withholds: plenum bench --hides
    note = ""

    def __init__(self, folder, load):
        self.folder = folder
        self.load = load
        self.family = load.family
        self.bits = 4 if load.family == "ipv4" else 6
        self.processes = []
        self.log = folder / f"{self.name}.log"
        self.log.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)

    # --- what a daemon says ---------------------------------------------------------------------

    def config(self, bogons):
        """The text of its configuration, with these prefixes refused."""
        raise NotImplementedError

    def begin(self, path):
        """Starts its processes with this configuration."""
        raise NotImplementedError

    def reload(self, path):
        """Lines of a shell script that make it take up the configuration, changed in its place."""
        return [f"kill -HUP {self.processes[0].pid}"]

    # --- what they have in common ---------------------------------------------------------------

    def start(self):
        path = self.write(f"{self.name}.conf", self.config(policy.BOGONS[self.family]))
        self.begin(path)
        if not lan.awaited(lambda: lan.is_listening() or self.has_ended(), START_S) or self.has_ended():
            raise RuntimeError(f"{self.name} does not listen: {self.said()}")
        if not lan.awaited(self.is_ready, START_S):
            raise RuntimeError(f"{self.name} does not get ready: {self.said()}")

    def is_ready(self):
        """Once it listens: has it taken up all that it was configured with?"""
        return True

    def reload_program(self):
        """A program that bars what a change of rules bars (loads.py)."""
        path = self.folder / f"{self.name}.conf"
        changed = self.write(f"{self.name}.changed",
                             self.config((*policy.BOGONS[self.family], str(self.load.barred))))
        script = self.folder / "reload"
        script.write_text("\n".join(["#!/bin/sh", "exec >>" + str(self.log) + " 2>&1", f"cp -p {changed} {path}",
                                     *self.reload(path)]) + "\n")
        script.chmod(0o755)
        return script

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600 if self.name == "openbgpd" else 0o644)
        return path

    def has_ended(self):
        return any(process.poll() is not None for process in self.processes)

    def said(self):
        return self.log.read_text(errors="replace")[-500:] if self.log.exists() else ""

    def pids(self):
        return [pid for process in self.processes for pid in lan.family_of(process.pid)]

    def end(self):
        lan.end(self.processes)
        self.processes = []

    @classmethod
    def version(cls):
        answer = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", cls.package], capture_output=True, text=True)
        return answer.stdout.strip()

    def for_each(self, lines_of):
        """What the function says of each member: of his AS and the address of his session."""
        return [line for i in range(self.load.members)
                for line in lines_of(lan.MEMBER_ASN + i, member_address(self.family, i))]


class Bird(Daemon):
    name = "bird"
    package = "bird2"

    def config(self, bogons):
        low, high = policy.LENGTHS[self.family]
        all_bits = policy.ALL_BITS[self.family]
        asns = ", ".join(f"{first}..{last}" for first, last in policy.BOGON_ASNS)
        text = [f"router id {SERVER['ipv4']};", "protocol device {}",
                f"ipv{self.bits} table master{self.bits} sorted;",
                f"define BOGONS = [ {', '.join(f'{one}{{{one.split(chr(47))[1]},{all_bits}}}' for one in bogons)} ];",
                f"define BOGON_ASNS = [ {asns} ];",
                "function import_check(int peer; ip via_address) {",
                f"  if net.len < {low} || net.len > {high} then return false;",
                "  if net ~ BOGONS then return false;",
                f"  if bgp_path.len < 1 || bgp_path.len > {policy.PATH_MAX} then return false;",
                "  if bgp_path.first != peer then return false;",
                "  if bgp_path ~ BOGON_ASNS then return false;",
                "  if bgp_next_hop != via_address then return false;",
                "  return true;", "}",
                "function export_check(int peer) {",
                f"  if (0, peer) ~ bgp_community || ({RS}, 0, peer) ~ bgp_large_community then return false;",
                f"  if !(({RS}, peer) ~ bgp_community || ({RS}, 1, peer) ~ bgp_large_community) then",
                f"    if (0, {RS}) ~ bgp_community || ({RS}, 0, 0) ~ bgp_large_community then return false;"]
        for count in policy.PREPENDS:
            text.append(f"  if ({RS}, {100 + count}, peer) ~ bgp_large_community then {{ "
                        + "bgp_path.prepend(bgp_path.first); " * count + "}")
        text += [f"  bgp_community.delete([(0, *), ({RS}, *)]);", f"  bgp_large_community.delete([({RS}, *, *)]);",
                 "  return true;", "}",
                 "template bgp rs_member {",
                 f"  local {SERVER[self.family]} as {RS};", "  rs client; passive on;", "}"]
        text += self.for_each(lambda asn, address: [
            f"protocol bgp m{asn} from rs_member {{ neighbor {address} as {asn}; ipv{self.bits} {{ "
            f"table master{self.bits}; secondary on; "
            f"import filter {{ if import_check({asn}, {address}) then accept; reject; }}; "
            f"export filter {{ if export_check({asn}) then accept; reject; }}; }}; }}"])
        return "\n".join(text) + "\n"

    def begin(self, path):
        self.processes = [lan.start(["bird", "-f", "-c", str(path), "-s", str(self.folder / "bird.ctl")], self.log)]


class OpenBgpd(Daemon):
    name = "openbgpd"
    package = "openbgpd"
    hides = "own"
    note = "sends nothing to whoever's own route is the best"

    def config(self, bogons):
        low, high = policy.LENGTHS[self.family]
        everything = "0.0.0.0/0" if self.family == "ipv4" else "::/0"
        on, off = ("IPv4", "IPv6") if self.family == "ipv4" else ("IPv6", "IPv4")
        text = [f"AS {RS}", f"router-id {SERVER['ipv4']}", f'socket "{self.folder}/bgpd.sock"', "fib-update no",
                f"listen on {SERVER[self.family]}", "rde evaluate all", "transparent-as yes",
                f"prefix-set bogons {{ {', '.join(f'{one} or-longer' for one in bogons)} }}",
                'group "members" {', f"  announce {on} unicast", f"  announce {off} none",
                "  enforce neighbor-as yes", "  rde evaluate all", "  passive"]
        text += self.for_each(lambda asn, address: [f"  neighbor {address} {{ remote-as {asn} }}"])
        text += ["}", f"allow from any nexthop neighbor prefix {everything} prefixlen {low} - {high}",
                 "deny quick from any prefix-set bogons", f"deny quick from any max-as-len {policy.PATH_MAX}"]
        text += [f"deny quick from any AS {first}" + (f" - {last}" if last != first else "")
                 for first, last in policy.BOGON_ASNS if first != 0]
        text += ["allow to any", f"deny to any community 0:{RS}", f"deny to any large-community {RS}:0:0",
                 f"allow to any community {RS}:neighbor-as", f"allow to any large-community {RS}:1:neighbor-as",
                 "deny to any community 0:neighbor-as", f"deny to any large-community {RS}:0:neighbor-as"]
        text += [f"match to any large-community {RS}:{100 + count}:neighbor-as set prepend-neighbor {count}"
                 for count in policy.PREPENDS]
        text += [f"match to any set community delete {which}" for which in ("0:*", f"{RS}:*")]
        text += [f"match to any set large-community delete {RS}:*:*"]
        return "\n".join(text) + "\n"

    def begin(self, path):
        # Its children want to be shut up in a folder that is there only while Debian's service runs.
        home = pwd.getpwnam("_openbgpd").pw_dir
        os.makedirs(home, exist_ok=True)
        self.processes = [lan.start(["/usr/sbin/bgpd", "-d", "-f", str(path)], self.log)]


class Frr(Daemon):
    name = "frr"
    package = "frr"
    hides = "both"
    note = ("decides once for all: nothing for whoever's own route is the best, or whom the best does not address; with "
            "`coalesce-time 100`, in its favour; reading 29 lines a member takes it the square of the members, so that it "
            "is there with 1,000 only where there is time")

    def config(self, bogons):
        ip = "ip" if self.family == "ipv4" else "ipv6"
        low, high = policy.LENGTHS[self.family]
        everything = "0.0.0.0/0" if self.family == "ipv4" else "::/0"
        text = ["log stdout warnings", "bgp route-map delay-timer 1"]
        text += [f"{ip} prefix-list BOGONS seq {5 * i + 5} permit {one} le {policy.ALL_BITS[self.family]}"
                 for i, one in enumerate(bogons)]
        text += [f"{ip} prefix-list LENGTHS seq 5 permit {everything} ge {low} le {high}"]
        text += [f"bgp as-path access-list BOGON_ASNS permit {pattern}" for pattern in
                 ("_23456_", "_6449[6-9]_", "_64[5-9][0-9][0-9]_", "_6[5-9][0-9][0-9][0-9]_",
                  "_[7-9][0-9][0-9][0-9][0-9]_", "_1[0-2][0-9][0-9][0-9][0-9]_", "_130[0-9][0-9][0-9]_",
                  "_4[2-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]_")]
        text += [f"bgp community-list standard ALL_NOT permit 0:{RS}",
                 f"bgp large-community-list standard ALL_NOT permit {RS}:0:0",
                 f"bgp community-list expanded CONTROL permit (^| )(0|{RS}):[0-9]+",
                 f"bgp large-community-list expanded CONTROL permit (^| ){RS}:[0-9]+:[0-9]+"]
        text += self.for_each(lambda asn, address: self._member_lists(asn))
        text += self._common_maps(ip)
        text += self.for_each(lambda asn, address: self._member_maps(ip, asn, address))
        text += [f"router bgp {RS}", f" bgp router-id {SERVER['ipv4']}", " no bgp default ipv4-unicast",
                 " coalesce-time 100", " neighbor M peer-group", " neighbor M passive", " neighbor M advertisement-interval 0",
                 " neighbor M enforce-first-as"]
        text += self.for_each(lambda asn, address: [f" neighbor {address} remote-as {asn}",
                                                    f" neighbor {address} peer-group M"])
        text += [f" address-family {self.family} unicast", "  neighbor M activate", "  neighbor M route-server-client"]
        text += self.for_each(lambda asn, address: [f"  neighbor {address} activate",
                                                    f"  neighbor {address} route-map IN-{asn} in",
                                                    f"  neighbor {address} route-map OUT-{asn} out"])
        text += [" exit-address-family"]
        return "\n".join(text) + "\n"

    @staticmethod
    def _member_lists(asn):
        return [f"bgp community-list standard NOT-{asn} permit 0:{asn}",
                f"bgp large-community-list standard NOT-{asn} permit {RS}:0:{asn}",
                f"bgp community-list standard TO-{asn} permit {RS}:{asn}",
                f"bgp large-community-list standard TO-{asn} permit {RS}:1:{asn}",
                f"bgp large-community-list standard TWICE-{asn} permit {RS}:102:{asn}"]

    @staticmethod
    def _common_maps(ip):
        scrub = [" set comm-list CONTROL delete", " set large-comm-list CONTROL delete"]
        return ["route-map IN deny 10", f" match {ip} address prefix-list BOGONS",
                "route-map IN deny 20", " match as-path BOGON_ASNS",
                "route-map IN permit 30", f" match {ip} address prefix-list LENGTHS",
                "route-map SCRUB permit 10", *scrub,
                "route-map REST deny 10", " match community ALL_NOT",
                "route-map REST deny 20", " match large-community ALL_NOT", "route-map REST permit 30", *scrub]

    @staticmethod
    def _member_maps(ip, asn, address):
        return [f"route-map IN-{asn} permit 10", f" match {ip} next-hop address {address}", " call IN",
                f"route-map OUT-{asn} deny 10", f" match community NOT-{asn}",
                f"route-map OUT-{asn} deny 20", f" match large-community NOT-{asn}",
                f"route-map OUT-{asn} permit 30", f" match large-community TWICE-{asn}",
                " set as-path prepend last-as 2", " call SCRUB",
                f"route-map OUT-{asn} permit 40", f" match community TO-{asn}", " call SCRUB",
                f"route-map OUT-{asn} permit 50", f" match large-community TO-{asn}", " call SCRUB",
                f"route-map OUT-{asn} permit 60", " call REST"]

    def begin(self, path):
        where = ["--vty_socket", str(self.folder), "-P", "0", "-z", str(self.folder / "zserv.api")]
        (self.folder / "zserv.api").unlink(missing_ok=True)
        self.folder.chmod(0o777)
        zebra = self.write("zebra.conf", "log stdout warnings\n")
        self.processes = [lan.start(["/usr/lib/frr/zebra", "-f", str(zebra), "-i", str(self.folder / "zebra.pid"),
                                     *where], self.log)]
        if not lan.awaited((self.folder / "zserv.api").exists, START_S):
            raise RuntimeError(f"zebra does not start: {self.said()}")
        # As one transaction: line by line it would take the cube of their number.
        self.processes.append(lan.start(["/usr/lib/frr/bgpd", "--tcli", "-n", "-f", str(path), "-i",
                                         str(self.folder / "bgpd.pid"), "-S", "-l", SERVER[self.family], *where],
                                        self.log))

    def is_ready(self):
        """Route maps that it read behind the neighbours that name them are bound to those a second later."""
        last = lan.MEMBER_ASN + self.load.members - 1
        try:
            told = vty.said(self.folder / "bgpd.vty", ["enable", f"show route-map OUT-{last}"])
        except OSError as error:
            raise RuntimeError(f"frr does not read its configuration to the end: {error}") from error
        return "Processed Change: false" in told

    def reload(self, path):
        words = f"{'ip' if self.family == 'ipv4' else 'ipv6'} prefix-list BOGONS seq 1000 permit {self.load.barred}"
        return [f"exec {sys.executable} -B {vty.__file__} {self.folder}/bgpd.vty enable 'configure terminal' "
                f"'{words} le {policy.ALL_BITS[self.family]}' commit"]


SCRUB = ["[policy-definitions.statements.actions.bgp-actions.set-community]", 'options = "remove"',
         "[policy-definitions.statements.actions.bgp-actions.set-community.set-community-method]",
         f'communities-list = ["^(0|{RS}):[0-9]+$"]',
         "[policy-definitions.statements.actions.bgp-actions.set-large-community]", 'options = "remove"',
         "[policy-definitions.statements.actions.bgp-actions.set-large-community.set-large-community-method]",
         f'communities-list = ["^{RS}:[0-9]+:[0-9]+$"]']


class Gobgp(Daemon):
    name = "gobgp"
    package = "gobgpd"
    hides = "filtered"
    note = "nothing for whom the best route does not address; first AS and next hop unchecked"

    def config(self, bogons):
        low, high = policy.LENGTHS[self.family]
        everything = "0.0.0.0/0" if self.family == "ipv4" else "::/0"
        family = f"{self.family}-unicast"
        text = ["[global.config]", f"as = {RS}", f'router-id = "{SERVER["ipv4"]}"', "port = 179",
                f'local-address-list = ["{SERVER[self.family]}"]']
        text += self.for_each(lambda asn, address: self._neighbor(asn, address, family))
        text += self._sets(bogons, low, high, everything)
        text += self._checks()
        text += self.for_each(lambda asn, address: self._export(asn))
        return "\n".join(text) + "\n"

    @staticmethod
    def _neighbor(asn, address, family):
        return ["[[neighbors]]", "[neighbors.config]", f'neighbor-address = "{address}"', f"peer-as = {asn}",
                "[neighbors.transport.config]", "passive-mode = true",
                "[neighbors.route-server.config]", "route-server-client = true",
                "[[neighbors.afi-safis]]", "[neighbors.afi-safis.config]", f'afi-safi-name = "{family}"',
                "[neighbors.apply-policy.config]", 'import-policy-list = ["checks"]',
                'default-import-policy = "accept-route"',
                f'export-policy-list = ["to-{asn}"]', 'default-export-policy = "accept-route"']

    @staticmethod
    def _set(kind, name, values):
        listed = ", ".join(f'"{value}"' for value in values)
        return [f"[[defined-sets.bgp-defined-sets.{kind}-sets]]", f'{kind}-set-name = "{name}"',
                f"{kind}-list = [{listed}]"]

    def _sets(self, bogons, low, high, everything):
        text = ["[[defined-sets.prefix-sets]]", 'prefix-set-name = "bogons"']
        for one in bogons:
            first = one.split("/")[1]
            text += ["[[defined-sets.prefix-sets.prefix-list]]", f'ip-prefix = "{one}"',
                     f'masklength-range = "{first}..{policy.ALL_BITS[self.family]}"']
        text += ["[[defined-sets.prefix-sets]]", 'prefix-set-name = "lengths"',
                 "[[defined-sets.prefix-sets.prefix-list]]", f'ip-prefix = "{everything}"',
                 f'masklength-range = "{low}..{high}"']
        text += self._set("as-path", "bogon-asns", [f"_{first}-{last}_" if first != last else f"_{first}_"
                                                    for first, last in policy.BOGON_ASNS if first != 0])
        text += self._set("community", "all-not", [f"^0:{RS}$"])
        text += self._set("large-community", "all-not", [f"^{RS}:0:0$"])
        return text + self.for_each(lambda asn, address: self._member_sets(asn))

    def _member_sets(self, asn):
        names = {"community": {f"not-{asn}": f"0:{asn}", f"to-{asn}": f"{RS}:{asn}"},
                 "large-community": {f"not-{asn}": f"{RS}:0:{asn}", f"to-{asn}": f"{RS}:1:{asn}",
                                     **{f"prepend-{count}-{asn}": f"{RS}:{100 + count}:{asn}"
                                        for count in policy.PREPENDS}}}
        return [line for kind, sets in names.items() for name, value in sets.items()
                for line in self._set(kind, name, [f"^{value}$"])]

    @staticmethod
    def _statement(policy_name, name, conditions, disposition, actions=()):
        return ["[[policy-definitions.statements]]", f'name = "{policy_name}-{name}"', *conditions, *actions,
                "[policy-definitions.statements.actions]", f'route-disposition = "{disposition}"']

    def _checks(self):
        """First AS and next hop are checked by GoBGP itself or not at all: a statement for each member would be
        walked for every route."""
        prefix = "[policy-definitions.statements.conditions.match-prefix-set]"
        bgp = "[policy-definitions.statements.conditions.bgp-conditions"
        text = ["[[policy-definitions]]", 'name = "checks"']
        text += self._statement("checks", "bogons", [prefix, 'prefix-set = "bogons"'], "reject-route")
        text += self._statement("checks", "lengths", [prefix, 'prefix-set = "lengths"', 'match-set-options = "invert"'],
                                "reject-route")
        text += self._statement("checks", "asns", [f"{bgp}.match-as-path-set]", 'as-path-set = "bogon-asns"'],
                                "reject-route")
        text += self._statement("checks", "path", [f"{bgp}.as-path-length]", 'operator = "ge"',
                                                   f"value = {policy.PATH_MAX + 1}"], "reject-route")
        return text

    def _export(self, asn):
        bgp = "[policy-definitions.statements.conditions.bgp-conditions"
        name = f"to-{asn}"

        def of(kind, which):
            return [f"{bgp}.match-{kind}-set]", f'{kind}-set = "{which}"']

        text = ["[[policy-definitions]]", f'name = "{name}"']
        for kind in ("community", "large-community"):
            text += self._statement(name, f"not-{kind}", of(kind, f"not-{asn}"), "reject-route")
        for count in policy.PREPENDS:
            text += self._statement(name, f"prepend-{count}", of("large-community", f"prepend-{count}-{asn}"), "none", [
                "[policy-definitions.statements.actions.bgp-actions.set-as-path-prepend]", 'as = "last-as"',
                f"repeat-n = {count}"])
        for kind in ("community", "large-community"):
            text += self._statement(name, f"to-{kind}", of(kind, f"to-{asn}"), "accept-route", SCRUB)
        for kind in ("community", "large-community"):
            text += self._statement(name, f"all-{kind}", of(kind, "all-not"), "reject-route")
        return text + self._statement(name, "rest", [], "accept-route", SCRUB)

    def begin(self, path):
        self.processes = [lan.start(["gobgpd", "-t", "toml", "-f", str(path), "--log-level", "error", "--api-hosts",
                                     "127.0.0.1:50051"], self.log, env={**os.environ, "GOMAXPROCS": "1"})]


ALL = {daemon.name: daemon for daemon in (Bird, OpenBgpd, Frr, Gobgp)}
