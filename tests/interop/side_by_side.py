"""make bench-peers, at sizes that take no time: each route server takes each load as the model says, or as
it is known to differ, and the table and the plot have them all.

    side_by_side.py PLENUM"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from lab import Tap, missing_for_lab

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PEERS = ("bird", "openbgpd", "gobgp")
LOADS = "u6x40,o8x80k4"
LIMIT_S = 60


def main():
    tap = Tap()
    missing = missing_for_lab(("bird", "bgpd", "gobgpd", "unshare", "taskset"))
    if missing:
        print(f"1..1\nok 1 - all # SKIP {missing}")
        return 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="plenum-side-"))
    try:
        (folder / "performance.md").write_text("# Performance\n\nWritten by hand.\n")
        words = [sys.executable, "-B", str(ROOT / "bench/peers/run.py"), sys.argv[1], "--minutes", "1", "--runs", "1",
                 "--loads", LOADS, "--daemons", ",".join(PEERS), "--cap", "10", "--phases", "converge", "--results",
                 str(folder / "results.jsonl"), "--write", str(folder)]
        for _ in range(2):
            done = subprocess.run(words, capture_output=True, text=True, timeout=2 * LIMIT_S)
        tap.check("it runs, twice", done.returncode == 0, done.stdout + done.stderr)
        lines = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
        for load in LOADS.split(","):
            for family in ("ipv4", "ipv6"):
                seen = {line["daemon"]: line for line in lines if (line["load"], line["family"]) == (load, family)}
                for name in ("plenum", "floor", *PEERS):
                    tap.check(f"{name} converges: {load} {family}", seen.get(name, {}).get("converged"),
                              seen.get(name))
        text = (folder / "performance.md").read_text()
        tap.check("what was written by hand stays, the table is there once",
                  "Written by hand." in text and text.count("## Side by side") == 1 and text.count("OpenBGPD |") >= 4,
                  text)
        tap.check("the plot has a line for each whose CPU the clock saw",
                  (folder / "performance.svg").read_text().count("<polyline") >= 1 + len(PEERS))
        done = subprocess.run([*words[:3], sys.argv[1], "--loads", "x5", "--daemons", "quagga"], capture_output=True,
                              text=True, timeout=LIMIT_S)
        tap.check("what is wrong is said at once", done.returncode == 2 and "quagga" in done.stderr
                  and "x5" in done.stderr, done)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
