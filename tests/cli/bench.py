"""plenum bench: small runs that must converge, the shape of the JSON, and what it refuses.

    bench.py PLENUM COARSE_CLOCK_LIBRARY"""
import json
import os
import pathlib
import resource
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from lab import Tap  # noqa: E402

LIMIT_S = 100


def bench(plenum, *options):
    return subprocess.run([plenum, "bench", *options], capture_output=True, text=True, timeout=LIMIT_S)


def measured(plenum, *options):
    """The JSON of a run, with what is wrong about it as a text ("" when nothing is)."""
    done = bench(plenum, "--pin", "no", "--timeout", "60", "--json", *options)
    try:
        return json.loads(done.stdout), "" if done.returncode == 0 else done.stderr
    except json.JSONDecodeError:
        return {}, f"{done.returncode} {done.stdout} {done.stderr}"


def spread_fits(figure, spread):
    """CPU time may be nothing where the clock is coarser than the run; everything else is something."""
    least = spread["least"]
    return (0 <= least if "cpu" in figure else 0 < least) and least <= spread["median"] <= spread["most"]


def medians(seen, server="plenum"):
    return {name: value["median"] for name, value in seen.get(server, {}).items() if isinstance(value, dict)}


def phases(plenum, tap):
    """Loads by name, and what comes after the routes have converged."""
    seen, wrong = measured(plenum, "--load", "o9x180k3.x10", "--churn", "20", "--rounds", "1", "--trickle", "1",
                           "--probes", "10", "--rules")
    figures = medians(seen)
    tap.check("a load by name converges through all phases", seen.get("converged") is True, wrong)
    tap.check("the name says members, routes, overlap and steering",
              [seen.get(key) for key in ("members", "routes", "overlap", "steered_percent")] == [9, 60, 3, 10], seen)
    tap.check("a trickle is one change a second of each member, and all arrive",
              8 <= figures.get("trickle_changes", 0) <= 9 and figures.get("trickle_unfinished") == 0, figures)
    for phase in ("trickle", "idle", "flapping"):
        tap.check(f"latencies in order: {phase}", 0 < figures.get(f"{phase}_median_s", 0)
                  <= figures.get(f"{phase}_p99_s", 0) <= figures.get(f"{phase}_most_s", 0), figures)
    tap.check("a member flapped its whole table", figures.get("flapped_per_s", 0) > 60, figures)
    tap.check("rules change without a lost session or a needless route",
              figures.get("rules_complete_s", 0) > 0 and figures.get("rules_sessions_lost") == 0
              and figures.get("rules_needless") == 0 and figures.get("rules_unfinished") == 0, figures)

    seen, wrong = measured(plenum, "--load", "u10x2000", "--family", "ipv6", "--slow", "5", "--floor", "--rules",
                           "--workers", "2")
    tap.check("two slow members of ten: all end complete, with the floor, too", seen.get("converged") is True, wrong)
    tap.check("the slow ones take longer, 1.6 MB a second at most",
              all(medians(seen, server).get("slow_s", 0) >= medians(seen, server).get("converge_s", 1)
                  for server in ("plenum", "floor")), seen)
    tap.check("deliveries count before rules bar a part", seen.get("deliveries") == 10 * 9 * 2000, seen)

    for name in ("x10x10", "u1x10", "u10", "u010x10", "u10x10k2", "o10x15k2", "o10x10k11", "u10x10.x20", "u2001x1",
                 "u2000x2001", "u10x10.x10 "):
        done = bench(plenum, "--load", name)
        tap.check(f"no load: {name!r}", done.returncode == 2 and "is no load" in done.stderr, done)
    done = bench(plenum, "--load", "u10x10", "--members", "5", "--against", "12,x", "--rules")
    tap.check("what contradicts a load, and what is no process, is said at once", done.returncode == 2
              and all(f"--{name}" in done.stderr for name in ("members", "against", "reload")), done)


def main():
    plenum, tap = sys.argv[1], Tap()

    seen, wrong = measured(plenum, "--members", "5", "--routes", "50", "--floor", "--runs", "2")
    tap.check("5 members with 50 routes converge", seen.get("converged") is True, wrong)
    tap.check("each is delivered the routes of the four others", seen.get("deliveries") == 5 * 4 * 50, seen)
    fits = [spread_fits(figure, seen.get(server, {}).get(figure, {"least": -1})) for server in ("plenum", "floor")
            for figure in ("converge_s", "cpu_s", "generator_cpu_s", "peak_mib", "sent_mib")]
    tap.check("every figure is there, least <= median <= most", all(fits), seen)
    tap.check("the floor sends as many octets as Plenum",
              seen.get("plenum", {}).get("sent_mib") == seen.get("floor", {}).get("sent_mib"), seen)
    medians = [seen.get(server, {}).get("cpu_s", {}).get("median", -1) for server in ("plenum", "floor")]
    ratio = seen.get("times_the_floor", {}).get("cpu", -1)
    tap.check("the ratio to the floor is there when the clock saw both",
              ratio > 0 if min(medians) > 0 else ratio is None, seen)

    seen, wrong = measured(plenum, "--members", "9", "--routes", "60", "--overlap", "3", "--steered", "50",
                           "--churn", "20", "--rounds", "2", "--workers", "2")
    tap.check("overlapping, steered and churned routes converge with two workers",
              seen.get("converged") is True, wrong)
    tap.check("churn is measured", seen.get("plenum", {}).get("withdraw_s", {}).get("median", 0) > 0, seen)

    seen, wrong = measured(plenum, "--members", "6", "--routes", "42", "--overlap", "2", "--steered", "50",
                           "--churn", "20", "--rounds", "1", "--family", "ipv6")
    tap.check("IPv6 routes converge over IPv4 sessions", seen.get("converged") is True, wrong)

    seen, wrong = measured(plenum, "--members", "6", "--routes", "50", "--overlap", "5", "--floor")
    tap.check("the floor knows who is sent the next best", seen.get("converged") is True, wrong)

    phases(plenum, tap)

    done = bench(plenum, "--members", "4", "--routes", "20")
    tap.check("a table without --json", done.returncode == 0 and "CONVERGED S" in done.stdout, done)
    coarse = {**os.environ, "LD_PRELOAD": sys.argv[2], "ASAN_OPTIONS": "verify_asan_link_order=0"}
    done = subprocess.run([plenum, "bench", "--members", "3", "--routes", "3", "--floor"], capture_output=True,
                          text=True, timeout=LIMIT_S, env=coarse)
    tap.check("where the clock sees no CPU there is no ratio either",
              done.returncode == 0 and "and - times its CPU." in done.stdout, done)
    done = subprocess.run([plenum, "bench", "--members", "3", "--routes", "3", "--floor", "--json"],
                          capture_output=True, text=True, timeout=LIMIT_S, env=coarse)
    tap.check("nor in JSON", json.loads(done.stdout)["times_the_floor"]["cpu"] is None, done)

    done = bench(plenum, "--members", "1", "--routes", "x", "--family", "ipv5")
    tap.check("everything that is wrong is said at once, exit code 2",
              done.returncode == 2 and all(f"--{name}" in done.stderr for name in
                                           ("members", "routes", "family")), done)
    done = subprocess.run([plenum, "bench", "--members", "1000"], capture_output=True, text=True, timeout=LIMIT_S,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
    tap.check("too few descriptors are told with the number needed",
              done.returncode == 2 and "1064 open files" in done.stderr and "100" in done.stderr, done)
    done = bench(plenum, "--members", "10", "--routes", "7", "--overlap", "2")
    tap.check("routes that do not divide are refused", done.returncode == 2 and "multiple" in done.stderr, done)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
