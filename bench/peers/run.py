#!/usr/bin/env python3
"""Plenum beside the route servers that people run: the same load, from the same generator, to each.

    run.py PLENUM [--minutes N] [--runs N] [--loads NAME,...] [--daemons NAME,...] [--families ipv4,ipv6]
                  [--cap SECONDS] [--results FILE] [--write DOCS]

Each daemon runs on one core, the generator on another, in a network namespace of this program's own.
Every run is added to the results file as a line of JSON; from all of them the table and the plot are
made.  --write puts both into the folder of documents; without it the table is printed."""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import daemons  # noqa: E402
import jobs as todo  # noqa: E402
import lan  # noqa: E402
import report  # noqa: E402

PATIENCE_S = 30     # a phase may take this, or so many times what was guessed of the run
PATIENCE_TIMES = 2
MARGIN_S = 15       # of a run beyond its longest phase
RESERVE_S = 5  # for what is written at the end


def options_read():
    parser = argparse.ArgumentParser(prog="bench-peers", description=__doc__.split("\n")[0])
    parser.add_argument("plenum", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=15, help="for all runs; 15 if not said")
    parser.add_argument("--runs", type=int, default=5, help="of what is quick; 5 if not said")
    parser.add_argument("--loads", default="", help="only these: u10x10000,o100x50000k4")
    parser.add_argument("--phases", default="", help="only these: converge,slow,rules,trickle")
    parser.add_argument("--daemons", default="", help="only these beside Plenum: bird,openbgpd,frr,gobgp; none")
    parser.add_argument("--families", default="ipv4,ipv6")
    parser.add_argument("--cap", type=int, default=240, help="seconds that one run may take; 240 if not said")
    parser.add_argument("--results", type=pathlib.Path, default=pathlib.Path("build/bench-peers.jsonl"))
    parser.add_argument("--keep", action="store_true", help="add to the results of before")
    parser.add_argument("--write", type=pathlib.Path, help="the folder of performance.md")
    options = parser.parse_args()
    listed = {name: [word for word in getattr(options, name).replace(",", " ").split() if word]
              for name in ("loads", "phases", "daemons", "families")}
    wrong = [f'"{name}" is no route server here: {", ".join(daemons.ALL)}'
             for name in listed["daemons"] if name not in daemons.ALL and name != "none"]
    wrong += [f'"{name}" is neither ipv4 nor ipv6' for name in listed["families"] if name not in todo.FAMILIES]
    try:
        options.jobs = [job for job in todo.jobs_of(listed["loads"], listed["families"])
                        if not listed["phases"] or (job.phase or "converge") in listed["phases"]]
    except ValueError as error:
        wrong.append(str(error))
    if wrong:
        parser.error("; ".join(wrong))
    options.names = [todo.PLENUM] + [name for name in (listed["daemons"] or daemons.ALL) if name != "none"]
    return options


class Bench:
    def __init__(self, options):
        self.options = options
        self.plenum = str(options.plenum.resolve())
        self.begin = time.monotonic()
        self.guesses = todo.Guesses()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plenum-peers-"))
        self.folder.chmod(0o755)
        self.given_up = {}  # (daemon, job): why
        self.done = {}      # (daemon, job): runs

    def left_s(self):
        return self.options.minutes * 60 - (time.monotonic() - self.begin) - RESERVE_S

    # --- one run --------------------------------------------------------------------------------

    def measure(self, job, patience_s, *more):
        """What plenum bench says of a run: its JSON, or why there is none."""
        timeout_s = max(MARGIN_S + 1, min(self.options.cap, self.left_s()))
        phase_s = max(1, min(int(patience_s), int(timeout_s) - MARGIN_S))
        words = [self.plenum, "bench", "--load", job.load.name, "--family", job.load.family, "--lan", "--json",
                 "--timeout", str(phase_s), *more]
        try:
            answer = subprocess.run(words, capture_output=True, text=True, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return {"converged": False, "trouble": f"not done after {timeout_s:.0f} s"}
        try:
            return json.loads(answer.stdout)
        except json.JSONDecodeError:
            return {"converged": False, "trouble": (answer.stderr or "nothing was said").strip()[-300:]}

    def run_plenum(self, job, patience_s):
        has_floor = not job.load.steered and job.phase in ("", "slow")
        floor = ("--floor",) if has_floor else ()
        seen = self.measure(job, patience_s, *job.options, *floor)
        for name in ("plenum", *(["floor"] if floor else [])):
            self.note(job, name, seen, seen.get(name))

    def run_daemon(self, job, name, patience_s):
        daemon = daemons.ALL[name](self.folder / name, job.load)
        try:
            daemon.start()
            more = ["--against", ",".join(map(str, daemon.pids()))]
            if job.phase == "rules":
                more += ["--reload", str(daemon.reload_program())]
            if daemon.hides:
                more += ["--hides", daemon.hides]
            seen = self.measure(job, patience_s, *job.options_of_others(), *more)
        except RuntimeError as error:
            seen = {"converged": False, "trouble": str(error)[-300:]}
        finally:
            daemon.end()
        self.note(job, name, seen, seen.get("other"))

    def note(self, job, name, seen, figures):
        medians = {key: value["median"] for key, value in (figures or {}).items() if isinstance(value, dict)}
        if not seen.get("converged"):  # what was measured before it broke off
            medians = {key: value for key, value in medians.items() if value > 0}
            medians = medians if "converge_s" in medians else {}
        line = {"load": job.load.name, "family": job.load.family, "phase": job.phase, "daemon": name,
                "converged": bool(seen.get("converged")), "trouble": seen.get("trouble", ""),
                "deliveries": seen.get("deliveries", 0), "figures": medians}
        with open(self.options.results, "a") as results:
            results.write(json.dumps(line) + "\n")
        told = (f"{medians['converge_s']:.3f} s, CPU {medians['cpu_s']:.4f} s, {medians['peak_mib']:.0f} MiB"
                if medians else "nothing") + (f"; {line['trouble']}" if line["trouble"] else "")
        print(f"{time.monotonic() - self.begin:5.0f} s  {job.name:30} {name:9} {told}", flush=True)

    def run(self, job, name):
        started = time.monotonic()
        patience = max(PATIENCE_S, PATIENCE_TIMES * self.guesses.of(name, job))
        if name == todo.PLENUM:
            self.run_plenum(job, patience)
        else:
            self.run_daemon(job, name, patience)
        self.guesses.learn(name, job, time.monotonic() - started)
        self.done[name, job] = self.done.get((name, job), 0) + 1
        last = json.loads(self.options.results.read_text().splitlines()[-1])
        if not last["converged"]:
            self.given_up[name, job] = last["trouble"]

    # --- all of them ----------------------------------------------------------------------------

    def is_wanted(self, name, job):
        return (job.is_for(name) and (name, job) not in self.given_up
                and self.guesses.of(name, job) < min(self.left_s(), self.options.cap))

    def rounds(self, jobs, names, count):
        """Rounds of what is quick; what takes longer is repeated less."""
        for number in range(count):
            for job in jobs:
                for name in names:
                    guess = self.guesses.of(name, job)
                    is_quick = guess <= todo.QUICK_S and number * guess < 2 * todo.QUICK_S
                    if is_quick and self.done.get((name, job), 0) < self.options.runs and self.is_wanted(name, job):
                        self.run(job, name)

    def once(self, pairs):
        """What is slow, the quickest first."""
        for name, job in sorted(pairs, key=lambda pair: self.guesses.of(*pair)):
            if (name, job) not in self.done and self.is_wanted(name, job):
                self.run(job, name)

    def all(self):
        names, jobs = self.options.names, self.options.jobs
        ipv4 = [job for job in jobs if job.load.family == "ipv4"]
        ipv6 = [job for job in jobs if job.load.family == "ipv6"]
        self.rounds(ipv4, names, 1)
        self.once([(name, job) for job in ipv4 for name in names if (name, job.load.members) in todo.FIRST_OF_SLOW])
        self.rounds([job for job in ipv6 if job.phase == ""], names, 1)
        self.rounds([job for job in jobs if job.phase in ("", "slow")], [todo.PLENUM], self.options.runs)
        self.once([(name, job) for job in ipv4 for name in names])
        self.rounds(jobs, names, self.options.runs)
        self.once([(name, job) for job in ipv6 for name in names])

    def left_out(self):
        """What was not run, or broke off, and why."""
        out = [f"{job.name}, {report.NAMES[name]}: {why.strip()}" for (name, job), why in self.given_up.items()]
        for name in self.options.names:
            missing = [job.name for job in self.options.jobs if (name, job) not in self.done and job.is_for(name)]
            if missing:
                out.append(f"{report.NAMES[name]}, not run for want of time: {', '.join(missing)}")
        return out


def main():
    options = options_read()
    lan.enter()
    options.results.parent.mkdir(parents=True, exist_ok=True)
    if not options.keep:
        options.results.unlink(missing_ok=True)
    options.results.touch()
    bench = Bench(options)
    try:
        bench.all()
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
    lines = [json.loads(line) for line in options.results.read_text().splitlines()]
    versions = {name: daemon.version() for name, daemon in daemons.ALL.items()}
    text = report.table(lines, versions, bench.left_out())
    if options.write is None:
        print(text)
        return 0
    report.write(options.write, text, report.plot(lines))
    print(f"written: {options.write / 'performance.md'}, {options.write / 'performance.svg'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
