#!/usr/bin/env python3
"""tshark reads every octet that the server of a demo sends: a made-up exchange, and real ones.

    demo_decoded.py PLENUM

The demo runs in a network namespace of the test's own, in which it may make no further one, so that the
capture is there before its first connection.  Real tables are left out, saying so, where they are absent."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from lab import Tap

LIMIT_S = 240
SCRIPT = """
echo 0 > /proc/sys/user/max_net_namespaces || exit 77
ip link set lo up || exit 77
dumpcap -q -i lo -f tcp -B 64 -w capture.pcapng > dumpcap.out 2>&1 &
capture=$!
for i in $(seq 200); do grep -q "File: " dumpcap.out 2>/dev/null && break; sleep 0.05; done
"$@" --for 2 --json --keep ix > demo.json
status=$?
kill -INT $capture
wait $capture
exit $status
"""
CASES = [
    ("made-up members", ["--members", "30"], None),
    ("NAMEX as it was", ["--table", "mrt/rib.namex-rs.20200929.inet.mrt.gz"],
     "mrt/rib.namex-rs.20200929.inet.mrt.gz"),
]


def data():
    here = pathlib.Path(__file__).resolve().parents[2]
    return pathlib.Path(os.environ.get("PLENUM_DATA", here.parent / "shared" / "data"))


def decoded(folder, port, what, field=None):
    """The filtered packets from the server: lines of the summary, or the sum of a field.  All members of a
    demo agree on four-octet AS numbers; left to itself tshark guesses, and cannot always."""
    words = ["-T", "fields", "-e", field] if field else []
    answer = subprocess.run(["tshark", "-r", "capture.pcapng", "-d", f"tcp.port=={port},bgp", "-o",
                             "bgp.asn_len:4 octet", "-Y",
                             f"tcp.srcport == {port} && ({what})", *words], cwd=folder,
                            capture_output=True, text=True, errors="replace", check=True)
    lines = answer.stdout.splitlines()
    return sum(int(one) for line in lines for one in line.split(",") if one) if field else lines


def one_demo(tap, plenum, name, words):
    with tempfile.TemporaryDirectory(prefix="plenum-decoded-") as folder:
        words = [str(data() / word) if word.startswith("mrt/") else word for word in words]
        done = subprocess.run(["unshare", "-U", "-r", "-n", "sh", "-c", SCRIPT, "sh", plenum, "demo",
                               *words], cwd=folder, capture_output=True, text=True, timeout=LIMIT_S)
        if done.returncode == 77 or "unshare" in done.stderr:
            tap.skip(name, "user and network namespaces are not allowed here")
            return
        told = json.loads(pathlib.Path(folder, "demo.json").read_text() or "{}")
        if not tap.check(f"{name}: the demo converges", done.returncode == 0 and told.get("converged"),
                         done.stderr):
            return
        config = pathlib.Path(folder, "ix", "exchange.yaml").read_text()
        port = re.search(r":(\d+)\"", config)[1]
        wrong = decoded(folder, port, "_ws.malformed || (bgp && _ws.expert.severity == error"
                                      " && !bgp.notify.major_error)")
        tap.check(f"{name}: tshark finds nothing malformed", not wrong, "\n".join(line[:200] for line in wrong[:5]))
        once = "!tcp.analysis.retransmission && !tcp.analysis.spurious_retransmission"
        sent = decoded(folder, port, f"tcp.len > 0 && {once}", "tcp.len")
        read = decoded(folder, port, f"bgp && {once}", "bgp.length")
        tap.check(f"{name}: and reads all {sent:,} octets as BGP", sent == read and sent > 100000,
                  f"{sent} octets of TCP, {read} of BGP messages")


def main():
    if len(sys.argv) != 2:
        print(f"usage: {sys.argv[0]} PLENUM", file=sys.stderr)
        return 2
    tap = Tap()
    plenum = os.path.abspath(sys.argv[1])
    for program in ("unshare", "dumpcap", "tshark"):
        if shutil.which(program) is None:
            tap.skip("all", f"{program} is not installed")
            return tap.finish()
    for name, words, table in CASES:
        if table and not (data() / table).exists():
            tap.skip(name, "no folder of real data: PLENUM_DATA or ../shared/data")
        else:
            one_demo(tap, plenum, name, words)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
