"""make bench-peers, at sizes that take no time: each route server takes each load as the model says, or as
it is known to differ, and the table and the plot have them all.

    side_by_side.py PLENUM"""
import contextlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import types

from lab import Tap, missing_for_lab

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench/peers"))
import jobs as todo  # noqa: E402
import plan  # noqa: E402
import run  # noqa: E402

PEERS = ("bird", "openbgpd", "frr", "gobgp")
LOADS = "u6x40,o8x80k4"
LIMIT_S = 60


class Pretended(run.Bench):
    """Its runs take as long as their size says, or a factor of that; nothing is really run."""

    def __init__(self, options, factor):
        self.clock = 0
        self.factor = factor
        super().__init__(options)
        self.folder.rmdir()

    def now(self):
        return self.clock

    def say(self, told):
        pass

    def run_plenum(self, job, patience_s):
        self.clock += self.factor * self.guesses.by_size("plenum", job)
        return {"converged": True}

    def run_daemon(self, job, name, patience_s):
        took_s = self.factor * self.guesses.by_size(name, job)
        self.clock += min(took_s, self.plan.short_s(name, job) - plan.SHORT_S[job.load.family] + patience_s)
        if took_s <= patience_s:
            return {"converged": True}
        return {"converged": False, "trouble": "converging: too slow", "paths_held": patience_s, "paths_wanted": took_s}


def check_time(tap, factor):
    """A quarter of an hour is kept to, whatever the machine, and everybody has his turn at each main load."""
    jobs = todo.jobs_of([], todo.FAMILIES, [], 5)
    options = types.SimpleNamespace(plenum=pathlib.Path("plenum"), minutes=15, runs=5, cap=240, jobs=jobs,
                                    names=list(todo.OTHERS))
    bench = Pretended(options, factor)
    with contextlib.redirect_stdout(io.StringIO()):
        bench.all()
    tap.check(f"15 minutes are kept, machine {factor} times as slow", 60 * 10 < bench.clock < 60 * 16, bench.clock)
    missing = [f"{name}: {job.name}" for job in jobs for name in todo.OTHERS
               if bench.plan.is_needed(name, job) and (name, job) not in bench.plan.done]
    few = [job.name for job in jobs if job.is_main and not job.phase and bench.plan.done.get(("plenum", job), 0) < 5]
    tap.check(f"everybody has a figure of each main load, machine {factor} times as slow", not missing,
              missing)
    tap.check(f"five runs of Plenum and the floor, machine {factor} times as slow", factor > 1 or not few, few)


def main():
    tap = Tap()
    for factor in (0.5, 1, 3):
        check_time(tap, factor)
    missing = missing_for_lab(("bird", "bgpd", "gobgpd", "unshare", "taskset"))
    if missing:
        print(f"1..1\nok 1 - all # SKIP {missing}")
        return 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="plenum-side-"))
    try:
        (folder / "performance.md").write_text("# Performance\n\nWritten by hand.\n")
        words = [sys.executable, "-B", str(ROOT / "bench/peers/run.py"), sys.argv[1], "--minutes", "1", "--runs", "1",
                 "--loads", LOADS, "--daemons", ",".join(PEERS), "--cap", "40", "--phases", "converge", "--results",
                 str(folder / "results.jsonl"), "--write", str(folder)]
        again = ["--daemons", "none", "--loads", LOADS.split(",")[0], "--families", "ipv4", "--keep"]
        for more in ([], again):
            done = subprocess.run([*words, *more], capture_output=True, text=True, timeout=2 * LIMIT_S)
            tap.check("it runs, and once more for one load", done.returncode == 0, done.stdout + done.stderr)
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
