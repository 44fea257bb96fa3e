"""The route servers under test: Plenum and four from Debian, each with every row's member as a
neighbour that connects by itself.  None of the four has import filters: what a row shows is the
protocol, not somebody's configuration."""
import os
import pathlib
import pwd
import signal

from lab import RS, Exchange, awaited
from row import RS_ASN

START_S = 60


class Plenum:
    name = "Plenum"

    def __init__(self, lab, plenum, members, more=()):
        self.exchange = Exchange(lab, plenum)
        self.lab = lab
        rows = ["asn,name,ipv4,ipv6"]
        rows += [f"{one.asn},Net {one.number},{one.ipv4},{one.ipv6}" for one in members]
        rows += more
        (lab.folder / "members.csv").write_text("\n".join(rows) + "\n")
        self.exchange.order("import", "members.csv", "--yes")
        for one in members:
            if one.row and one.row.words:
                self.exchange.order("member", "edit", f"AS{one.asn}", *one.row.words)

    def start(self):
        self.exchange.serve()

    def is_alive(self):
        return self.exchange.process.poll() is None

    def log(self):
        return self.exchange.log()

    def end(self):
        self.exchange.end()


class Daemon:
    programs = ()

    def __init__(self, lab, members):
        self.lab = lab
        self.members = members
        self.process = None
        self.folder = lab.folder / self.name
        self.folder.mkdir()
        self.folder.chmod(0o777)

    def write(self, name, lines):
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    def run(self, *command):
        self.process = self.lab.start(RS, *command, log=f"{self.name}.out")

    def start(self):
        self.begin()
        if not awaited(lambda: self.is_ready() or not self.is_alive(), START_S) or not self.is_alive():
            raise RuntimeError(f"{self.name} does not start: {self.log()[-2000:]}")

    def is_ready(self):
        return ":179 " in self.lab.ask(RS, "ss", "-Hltn") + " "

    def is_alive(self):
        return self.process.poll() is None

    def log(self):
        return self.lab.read(f"{self.name}.out")

    def end(self):
        self.lab.end(self.process, signal.SIGKILL)


class Bird(Daemon):
    name = "BIRD"
    programs = ("bird",)

    def begin(self):
        text = [f'log "{self.folder}/log" all; router id {self.lab.ipv4(RS)};',
                "protocol device {}",
                "template bgp plain_member {", f"  local {self.lab.ipv4(RS)} as {RS_ASN}; rs client;",
                "  passive on; enforce first as on; error wait time 1, 2;",
                "  ipv4 { import all; export all; }; ipv6 { import all; export all; };", "}"]
        for one in self.members:
            more = "enable extended messages on; " if "--extended-message" in words(one) else ""
            more += "local role rs_server; "
            text.append(f"protocol bgp m{one.number} from plain_member {{ neighbor {one.ipv4} as "
                        f"{one.asn}; {more}}}")
        path = self.write("bird.conf", text)
        self.run("bird", "-f", "-c", path, "-s", str(self.folder / "ctl"))

    def log(self):
        return super().log() + self.lab.read(f"{self.name}/log")


class OpenBgpd(Daemon):
    name = "OpenBGPD"
    programs = ("/usr/sbin/bgpd",)

    def begin(self):
        text = [f"AS {RS_ASN}", f"router-id {self.lab.ipv4(RS)}",
                f'socket "{self.folder}/ctl"', "fib-update no", f"listen on {self.lab.ipv4(RS)}",
                "transparent-as yes", "group members {", "  passive", "  enforce neighbor-as yes",
                "  announce IPv4 unicast", "  announce IPv6 unicast",
                "  announce enhanced refresh yes", "  announce policy rs"]
        text += [f"  neighbor {one.ipv4} {{ remote-as {one.asn} }}" for one in self.members]
        text += ["}", "allow from any", "allow to any"]
        path = self.write("bgpd.conf", text)
        os.chmod(path, 0o600)
        home = pwd.getpwnam("_openbgpd").pw_dir
        self.run("sh", "-c", 'mount -t tmpfs none /run && mkdir -p "$1" && '
                 'exec /usr/sbin/bgpd -d -f "$2"', "sh", home, path)


class Frr(Daemon):
    name = "FRR"
    programs = ("/usr/lib/frr/bgpd", "/usr/lib/frr/zebra", "vtysh")

    def begin(self):
        where = ["--vty_socket", str(self.folder), "-P", "0", "-z", str(self.folder / "zserv.api")]
        zebra = self.write("zebra.conf", ["log stdout"])
        text = ["log stdout", f"router bgp {RS_ASN}", f" bgp router-id {self.lab.ipv4(RS)}",
                " no bgp ebgp-requires-policy", " no bgp network import-check", " coalesce-time 0",
                " neighbor members peer-group", " neighbor members passive",
                " neighbor members advertisement-interval 0",
                " neighbor members local-role rs-server"]
        text += [f" neighbor {one.ipv4} remote-as {one.asn}\n neighbor {one.ipv4} peer-group members"
                 for one in self.members]
        for family in (4, 6):
            text += [f" address-family ipv{family} unicast", "  neighbor members activate",
                     "  neighbor members route-server-client", " exit-address-family"]
        bgpd = self.write("bgpd.conf", text)
        if self.process is None:
            self.zebra = self.lab.start(RS, "/usr/lib/frr/zebra", "-f", zebra, "-i",
                                        str(self.folder / "zebra.pid"), *where,
                                        log=f"{self.name}-zebra.out")
            awaited(lambda: (self.folder / "zserv.api").exists())
            awaited(lambda: "eth0" in self.lab.ask(RS, "vtysh", "--vty_socket", str(self.folder),
                                                   "-d", "zebra", "-c", "show interface brief"))
        self.run("/usr/lib/frr/bgpd", "-f", bgpd, "-i", str(self.folder / "bgpd.pid"), "-S", *where)

    def end(self):
        super().end()
        self.lab.end(self.zebra, signal.SIGKILL)


class GoBgp(Daemon):
    name = "GoBGP"
    programs = ("gobgpd",)

    def begin(self):
        text = ["[global.config]", f"as = {RS_ASN}", f'router-id = "{self.lab.ipv4(RS)}"',
                f'local-address-list = ["{self.lab.ipv4(RS)}"]']
        for one in self.members:
            text += ["[[neighbors]]", "[neighbors.config]", f'neighbor-address = "{one.ipv4}"',
                     f"peer-as = {one.asn}", "[neighbors.transport.config]", "passive-mode = true",
                     "[neighbors.route-server.config]", "route-server-client = true",
                     "[neighbors.error-handling.config]", "treat-as-withdraw = true"]
            for family in ("ipv4", "ipv6"):
                text += ["[[neighbors.afi-safis]]", "[neighbors.afi-safis.config]",
                         f'afi-safi-name = "{family}-unicast"']
        path = self.write("gobgpd.toml", text)
        self.run("gobgpd", "-f", path, "--api-hosts", "127.0.0.1:50051", "--pprof-disable",
                 "--log-plain")


def words(member):
    return member.row.words if member.row else ()


OTHERS = (Bird, OpenBgpd, Frr, GoBgp)


def versions():
    """What stands in the package list of this machine."""
    out = {}
    for server, package in ((Bird, "bird2"), (OpenBgpd, "openbgpd"), (Frr, "frr"),
                            (GoBgp, "gobgpd")):
        status = pathlib.Path("/var/lib/dpkg/status").read_text()
        entry = status.split(f"\nPackage: {package}\n", 1)[-1].split("\n\n", 1)[0]
        out[server.name] = next((line.split()[1] for line in entry.splitlines()
                                 if line.startswith("Version:")), "unknown")
    return out
