#!/usr/bin/env python3
"""tshark reads what the server sends in the simulation, where it is bent in every way that a seed knows.

    decoded.py SIM          SEEDS=n: so many of them

Left out are sessions of two-octet AS numbers and of ADD-PATH, which a decoder of one side can only guess;
and where it guesses ADD-PATH all the same, for a default route among other prefixes, that is not counted."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from lab import Tap  # noqa: E402

WRONG = ("(_ws.malformed || (bgp && _ws.expert.severity == error && !bgp.notify.major_error))"
         " && !bgp.nlri_path_id")


def decoded(capture, what, *fields):
    words = [word for field in fields for word in ("-e", field)]
    answer = subprocess.run(["tshark", "-r", capture, "-o", "bgp.asn_len:4 octet", "-Y", what,
                             *(["-T", "fields", *words] if fields else [])],
                            capture_output=True, text=True, errors="replace", check=True)
    return answer.stdout.splitlines()


def main():
    if len(sys.argv) != 2:
        print(f"usage: {sys.argv[0]} SIM", file=sys.stderr)
        return 2
    tap = Tap()
    if shutil.which("tshark") is None:
        tap.skip("all", "tshark is not installed")
        return tap.finish()
    with tempfile.TemporaryDirectory(prefix="plenum-sim-") as folder:
        capture = os.path.join(folder, "sim.pcap")
        done = subprocess.run([sys.argv[1]], capture_output=True, text=True, timeout=600,
                              env={"SEEDS": "30", **os.environ, "SIM_CAPTURE": capture})
        tap.check("the simulation runs while it is captured", done.returncode == 0,
                  done.stdout[-2000:])
        types = [int(one) for line in decoded(capture, "bgp", "bgp.type")
                 for one in line.split(",") if one]
        tap.check(f"tshark reads {len(types):,} messages of every type",
                  len(types) > 10000 and set(types) == {1, 2, 3, 4, 5}, sorted(set(types)))
        wrong = decoded(capture, WRONG)
        tap.check("and finds nothing malformed", not wrong,
                  "\n".join(line[:200] for line in wrong[:5]))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
