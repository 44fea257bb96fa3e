#!/usr/bin/env python3
"""Plenum beside the route servers that people run: the same load, from the same generator, to each.

    run.py PLENUM [--minutes N] [--runs N] [--loads NAME,...] [--daemons NAME,...] [--families ipv4,ipv6]
                  [--phases converge,slow,changes] [--plan] [--results FILE] [--write DOCS]

Each daemon runs on one core, the generator on another, in a network namespace of this program's own.
Plenum and the floor run before each of the others and behind the last.  Every run is added to the
results file as a line of JSON; from all of them the tables and the plot are made.  --write puts them
into the folder of documents; without it they are printed.  --plan only says what would be run."""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import daemons  # noqa: E402
import jobs as todo  # noqa: E402
import lan  # noqa: E402
import plan as planning  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402

CONNECTING_S = 30   # for all sessions to stand
BEHIND_S = {"slow": 20, "changes": 60, "": 20}  # for what comes behind converging
GRACE_S = 20        # a run that was begun in time may end so much later
UNFINISHED_TIMES = 2  # as long as it took till then, at least, takes what was broken off
RESERVE_S = 5       # for what is written at the end
TEAM_S = 60


def options_read():
    parser = argparse.ArgumentParser(prog="bench-peers", description=__doc__.split("\n")[0])
    parser.add_argument("plenum", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=15, help="for all runs; 15 if not said")
    parser.add_argument("--runs", type=int, default=5, help="of Plenum, the floor and what is quick; 5 if not said")
    parser.add_argument("--loads", default="", help="only these: u10x10000,o100x50000k4")
    parser.add_argument("--phases", default="", help="only these: converge,slow,changes")
    parser.add_argument("--daemons", default="", help="only these beside Plenum: bird,openbgpd,frr,gobgp; none")
    parser.add_argument("--families", default="ipv4,ipv6")
    parser.add_argument("--cap", type=int, default=240, help="seconds that one run may take; 240 if not said")
    parser.add_argument("--plan", action="store_true", help="say what would be run, and how long it takes")
    parser.add_argument("--results", type=pathlib.Path, default=pathlib.Path("build/bench-peers.jsonl"))
    parser.add_argument("--keep", action="store_true", help="add to the results of before")
    parser.add_argument("--write", type=pathlib.Path, help="the folder of performance.md")
    options = parser.parse_args()
    listed = {name: [word for word in getattr(options, name).replace(",", " ").split() if word]
              for name in ("loads", "phases", "daemons", "families")}
    wrong = [f'"{name}" is no route server here: {", ".join(daemons.ALL)}'
             for name in listed["daemons"] if name not in daemons.ALL and name != "none"]
    wrong += [f'"{name}" is neither ipv4 nor ipv6' for name in listed["families"] if name not in todo.FAMILIES]
    wrong += [f'"{name}" is none of converge, slow, changes' for name in listed["phases"]
              if name not in ("converge", "slow", "changes")]
    options.jobs = []
    try:
        options.jobs = todo.jobs_of(listed["loads"], listed["families"], listed["phases"], options.runs)
    except ValueError as error:
        wrong.append(str(error))
    if wrong:
        parser.error("; ".join(wrong))
    options.is_whole = not listed["loads"] and not listed["phases"]
    options.names = [name for name in (listed["daemons"] or daemons.ALL) if name != "none"]
    return options


class Bench:
    def __init__(self, options):
        self.options = options
        self.plenum = str(options.plenum.resolve())
        self.guesses = planning.Guesses()
        self.begin = self.now()
        self.plan = planning.Plan(options.jobs, options.names, self.guesses, options.cap)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plenum-peers-"))
        self.folder.chmod(0o755)

    def now(self):
        return time.monotonic()

    def left_s(self):
        return self.options.minutes * 60 - (self.now() - self.begin) - RESERVE_S

    # --- one run --------------------------------------------------------------------------------

    def measure(self, job, patience_s, *more):
        """What plenum bench says of a run: its JSON, or why there is none."""
        words = [self.plenum, "bench", "--load", job.load.name, "--family", job.load.family, "--lan", "--json",
                 "--timeout", str(patience_s), "--connecting", str(CONNECTING_S), *more]
        timeout_s = min(CONNECTING_S + patience_s + BEHIND_S[job.phase], max(0, self.left_s()) + GRACE_S)
        try:
            answer = subprocess.run(words, capture_output=True, text=True, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return {"converged": False, "trouble": f"not done after {timeout_s:.0f} s"}
        try:
            return json.loads(answer.stdout)
        except json.JSONDecodeError:
            return {"converged": False, "trouble": (answer.stderr or "nothing was said").strip()[-300:]}

    def run_plenum(self, job, patience_s):
        floor = ("--floor",) if job.has_floor else ()
        seen = self.measure(job, patience_s, *job.options, *floor)
        for name in ("plenum", *(["floor"] if floor else [])):
            self.note(job, name, seen, seen.get(name), patience_s)
        return seen

    def run_daemon(self, job, name, patience_s):
        daemon = daemons.ALL[name](self.folder / name, job.load)
        try:
            daemon.start()
            options = job.options_of(name)
            more = ["--against", ",".join(map(str, daemon.pids()))]
            if todo.RULES[0] in options:
                more += ["--reload", str(daemon.reload_program())]
            if daemon.hides:
                more += ["--hides", daemon.hides]
            seen = self.measure(job, patience_s, *options, *more)
        except RuntimeError as error:
            seen = {"converged": False, "trouble": str(error)[-300:]}
        finally:
            daemon.end()
        self.note(job, name, seen, seen.get("other"), patience_s)
        return seen

    def note(self, job, name, seen, figures, patience_s):
        medians = {key: value["median"] for key, value in (figures or {}).items() if isinstance(value, dict)}
        if not seen.get("converged"):  # what was measured before it broke off
            medians = {key: value for key, value in medians.items() if value > 0}
            medians = medians if "converge_s" in medians else {}
        line = {"load": job.load.name, "family": job.load.family, "phase": job.phase, "daemon": name,
                "converged": bool(seen.get("converged")), "trouble": seen.get("trouble", "").strip(),
                "patience_s": patience_s, "held": seen.get("paths_held", 0), "wanted": seen.get("paths_wanted", 0),
                "deliveries": seen.get("deliveries", 0), "figures": medians}
        with open(self.options.results, "a") as results:
            results.write(json.dumps(line) + "\n")
        told = (f"{medians['converge_s']:.3f} s, CPU {medians['cpu_s']:.4f} s, {medians['peak_mib']:.0f} MiB"
                if medians else f"after {patience_s} s {line['held']:,} of {line['wanted']:,} routes")
        if line["trouble"] and (medians or not line["trouble"].startswith("converging")):
            told += f"; {line['trouble']}"
        self.say(f"{job.name:26} {name:9} {told}")

    def say(self, told):
        minutes, seconds = divmod(int(self.now() - self.begin), 60)
        print(f"{minutes:3}:{seconds:02}  {told}", flush=True)

    def run(self, name, job, to_end=True):
        started = self.now()
        patience_s = self.plan.patience_s(name, job, to_end)
        patience_s = max(1, min(patience_s, int(self.left_s())))
        seen = self.run_plenum(job, patience_s) if name == todo.PLENUM else self.run_daemon(job, name, patience_s)
        self.plan.done[name, job] = self.plan.done.get((name, job), 0) + 1
        took_s = self.now() - started
        if seen.get("converged"):
            self.guesses.learn(name, job, took_s)
            self.plan.unfinished.pop((name, job), None)
            return
        self.plan.unfinished[name, job] = seen.get("trouble", "")
        # How far it came says nothing: OpenBGPD takes in everything before it sends.
        self.guesses.learn(name, job, max(self.guesses.of(name, job), UNFINISHED_TIMES * took_s))

    # --- all of them ----------------------------------------------------------------------------

    def run_plenum_once(self, job):
        """Whether it was wanted, and there was time."""
        if self.plan.runs_of(job) == 0 or self.guesses.of(todo.PLENUM, job) > self.left_s():
            return False
        self.run(todo.PLENUM, job)
        return True

    def run_job(self, job):
        """Plenum before each of the others and behind the last, then as often as is still wanted."""
        self.run_plenum_once(job)
        for name in self.plan.names:
            planned = self.plan.allotted(self.left_s())
            if (name, job) in planned:
                self.run(name, job, planned[name, job])
                self.run_plenum_once(job)
        while self.run_plenum_once(job):
            continue

    def all(self):
        self.plan.share(self.left_s())
        print(self.plan.text(self.left_s(), self.options.minutes) + "\n", flush=True)
        for job in self.options.jobs:
            self.run_job(job)
        for name, job in self.plan.allotted(self.left_s()):  # for which there is time after all
            planned = self.plan.allotted(self.left_s())
            if (name, job) in planned:
                self.run(name, job, planned[name, job])
        while (pair := self.plan.retriable(self.left_s())) is not None:
            self.run(*pair)
        while (pair := self.plan.repeatable(self.left_s(), self.options.runs)) is not None:
            self.run(*pair)

    def left_out(self):
        """What was not run, or broke off, and why."""
        out = [f"{job.name}, {report.NAMES[name]}: {why.strip()}" for (name, job), why in self.plan.unfinished.items()
               if job.phase or not why.startswith("converging")]
        for name in self.plan.names:
            missing = [job.name for other, job in self.plan.pairs() if other == name]
            if missing:
                out.append(f"{report.NAMES[name]}, not run for want of time: {', '.join(missing)}")
        return out


def team_of(plenum):
    """Times as fast that two workers are, of bench-team beside the program."""
    program = plenum.resolve().parent / "bench" / "bench-team"
    if not program.exists():
        return None
    try:
        told = subprocess.run([str(program)], capture_output=True, text=True, timeout=TEAM_S).stdout
    except subprocess.TimeoutExpired:
        return None
    found = re.search(r"^2 workers:.*, ([0-9.]+) times", told, re.M)
    return float(found.group(1)) if found else None


def main():
    options = options_read()
    if options.plan:
        plan = planning.Plan(options.jobs, options.names, planning.Guesses(), options.cap)
        plan.share(options.minutes * 60 - RESERVE_S)
        print(plan.text(options.minutes * 60 - RESERVE_S, options.minutes))
        return 0
    lan.enter()
    options.results.parent.mkdir(parents=True, exist_ok=True)
    if not options.keep:
        options.results.unlink(missing_ok=True)
    options.results.touch()
    bench = Bench(options)
    team = team_of(options.plenum) if options.is_whole else None
    try:
        bench.all()
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
    lines = [json.loads(line) for line in options.results.read_text().splitlines()]
    versions = {name: daemon.version() for name, daemon in daemons.ALL.items()}
    text = report.table(lines, versions, bench.left_out(), team)
    if options.write is None:
        print(text)
        return 0
    report.write(options.write, text, plot.plot(lines))
    print(f"written: {options.write / 'performance.md'}, {options.write / 'performance.svg'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
