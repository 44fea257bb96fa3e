#!/usr/bin/env python3
"""BIRD 2 as members of one Plenum, over IPv4 and IPv6: routes, control communities, TCP MD5, a
refresh, a member that is killed and comes back, the end of the route server, and every octet that
Plenum sends read by tshark.

    bird_members.py PLENUM"""
import re
import signal
import subprocess
import sys

from lab import Lab, Tap, available, awaited, skip_all

RS_ASN = 64500
PASSWORD = {"m1": "sesame"}
ASN = {"m1": 201001, "m2": 201002, "m3": 201003}

BIRD = """
log "{name}.log" all;
router id {ipv4};
protocol device {{}}
protocol static static4 {{ ipv4;
    route 20.{n}.0.0/16 blackhole {{ bgp_community.add((65000,{n})); }};
    route 20.{n}.1.0/24 blackhole {{ bgp_large_community.add(({rs},0,{shunned})); }};
    route 20.{n}.2.0/24 blackhole {{ bgp_large_community.add(({rs},102,{shunned})); }};
    route 20.{n}.3.0/24 blackhole {{ bgp_community.add((0,{rs})); }};
    route 10.{n}.0.0/16 blackhole;
}}
protocol static static6 {{ ipv6; route 2a00:{n}::/32 blackhole; }}
protocol bgp rs4 {{ local {ipv4} as {asn}; neighbor {rs_ipv4} as {rs}; {password}
    local role rs_client; connect delay time 1; connect retry time 1; error wait time 1, 2;
    ipv4 {{ import all; export filter {{
        if source != RTS_STATIC then reject;
        bgp_med = 50;
        accept;
    }}; }}; }}
protocol bgp rs6 {{ local {ipv6} as {asn}; neighbor {rs_ipv6} as {rs}; {password}
    connect delay time 1; connect retry time 1; error wait time 1, 2;
    ipv6 {{ import all; export where source = RTS_STATIC; }}; }}
"""


class Member:
    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        n = int(name[1])
        shunned = ASN["m2"] if name != "m2" else ASN["m3"]
        password = f'password "{PASSWORD[name]}";' if name in PASSWORD else ""
        (lab.folder / f"{name}.conf").write_text(BIRD.format(
            name=name, n=n, rs=RS_ASN, shunned=shunned, asn=ASN[name], password=password,
            ipv4=lab.ipv4(name), ipv6=lab.ipv6(name), rs_ipv4=lab.ipv4("rs"),
            rs_ipv6=lab.ipv6("rs")))
        self.start()

    def start(self):
        self.process = self.lab.start(self.name, "bird", "-f", "-c", f"{self.name}.conf", "-s",
                                      f"{self.name}.ctl", log=f"{self.name}.out")

    def ask(self, *words):
        answer = subprocess.run(["birdc", "-s", str(self.lab.folder / f"{self.name}.ctl"), *words],
                                capture_output=True, text=True)
        return answer.stdout

    def holds(self):
        """What came from the route server: {prefix: its attributes as BIRD prints them}."""
        held = {}
        for protocol in ("rs4", "rs6"):
            prefix = None
            for line in self.ask("show", "route", "protocol", protocol, "all").splitlines():
                match = re.match(r"(\S+/\d+)\s", line)
                if match:
                    prefix = match[1]
                    held[prefix] = {}
                match = re.match(r"\s+BGP\.(\w+): (.*)", line)
                if match and prefix:
                    held[prefix][match[1]] = match[2].strip()
        return held


def expected_of(member):
    """The prefixes that this member is to hold, and no others."""
    wanted = set()
    for other in ASN:
        if other == member:
            continue
        n = other[1]
        shunned = "m2" if other != "m2" else "m3"
        wanted |= {f"20.{n}.0.0/16", f"20.{n}.2.0/24", f"2a00:{n}::/32"}
        if shunned != member:
            wanted.add(f"20.{n}.1.0/24")
    return wanted


def run(plenum, tap, lab):
    def order(*words):
        return subprocess.run([plenum, *words, "-C", "ix"], cwd=lab.folder, check=True,
                              capture_output=True, text=True)

    order("init", "--name", "Lab", "--asn", str(RS_ASN), "--router-id", lab.ipv4("rs"), "--listen",
          lab.ipv4("rs"), "--listen", lab.ipv6("rs"), "--lan", "10.99.0.0/24", "--lan", "fd99::/64")
    for name, asn in ASN.items():
        secret = ["--password", PASSWORD[name]] if name in PASSWORD else []
        order("member", "add", f"AS{asn}", name, "--ip", lab.ipv4(name), "--ip", lab.ipv6(name),
              *secret)
    capture = lab.start("rs", "tshark", "-q", "-i", "eth0", "-w", "capture.pcap", "tcp port 179",
                        log="tshark.out")
    awaited(lambda: "Capturing on" in lab.read("tshark.out"))
    server = lab.start("rs", plenum, "serve", "-C", "ix", log="serve.log")
    awaited(lambda: "serving" in lab.read("serve.log"))
    members = {name: Member(lab, name) for name in ASN}

    for name, member in members.items():
        good = awaited(lambda m=member, n=name: set(m.holds()) == expected_of(n))
        tap.check(f"{name} holds just what it is to hold", good,
                  f"{sorted(member.holds())}\nwanted {sorted(expected_of(name))}\n"
                  + lab.read("serve.log"))
    held = members["m2"].holds()
    plain = held.get("20.1.0.0/16", {})
    tap.check("the path is untouched", plain.get("as_path") == "201001", plain)
    tap.check("the next hop is untouched", plain.get("next_hop") == lab.ipv4("m1"), plain)
    tap.check("MED is passed on", plain.get("med") == "50", plain)
    tap.check("a community that is not ours is passed on", plain.get("community") == "(65000,1)",
              plain)
    tap.check("OTC is the route server's number", plain.get("otc") == str(RS_ASN), plain)
    steered = held.get("20.1.2.0/24", {})
    tap.check("two prepends for the one they are for", steered.get("as_path") ==
              "201001 201001 201001", steered)
    tap.check("control communities are scrubbed", "large_community" not in steered, steered)
    others = members["m3"].holds().get("20.1.2.0/24", {})
    tap.check("no prepend for the others", others.get("as_path") == "201001", others)

    members["m2"].ask("reload", "in", "rs4")
    tap.check("a refresh leaves all in place",
              awaited(lambda: set(members["m2"].holds()) == expected_of("m2")))

    lab.end(members["m1"].process, signal.SIGKILL)
    gone = awaited(lambda: not any(p.startswith(("20.1.", "2a00:1:")) for p in members["m2"].holds()))
    tap.check("routes of a killed member go", gone, members["m2"].holds())
    members["m1"].start()
    back = awaited(lambda: set(members["m2"].holds()) == expected_of("m2") and
                   set(members["m1"].holds()) == expected_of("m1"))
    tap.check("and come back with it", back, sorted(members["m1"].holds()))

    lab.end(server)
    told = awaited(lambda: "Administrative shutdown" in lab.read("m3.log"))
    tap.check("the end is announced as administrative shutdown", told, lab.read("m3.log"))
    lab.end(capture, signal.SIGINT)
    sent = f"ip.src == {lab.ipv4('rs')} || ipv6.src == {lab.ipv6('rs')}"
    decoded = subprocess.run(["tshark", "-r", "capture.pcap", "-Y", f"bgp && ({sent})"],
                             cwd=lab.folder, capture_output=True, text=True).stdout
    tap.check("tshark saw Plenum speak", len(decoded.splitlines()) > 20, decoded)
    wrong = subprocess.run(
        ["tshark", "-r", "capture.pcap", "-Y",
         f"({sent}) && (_ws.malformed || (bgp && _ws.expert.severity == error "
         "&& !bgp.notify.major_error))"],
        cwd=lab.folder, capture_output=True, text=True).stdout
    tap.check("and found nothing malformed", wrong == "", wrong)


def main():
    missing = available("bird", "birdc", "tshark")
    if missing:
        skip_all(missing)
        return 0
    tap = Tap()
    with Lab(["rs", *ASN]) as lab:
        run(sys.argv[1], tap, lab)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
