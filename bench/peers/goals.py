"""What was aimed at, what was measured, and whether it was reached; all from the lines of results."""
from results import NAMES, number

FAMILY = "ipv4"
TIMES_FLOOR = 1.5
INPUT_PER_CPU_S = 3000000
TIMES_BIRD = 20
TRICKLE_CORES = 0.25
TRICKLE_P99_S = 0.1
SLOW_TIMES = 1.3
MEMORY_SHARE = 0.5
MEMORY_MIB = 250
RULES_S = 1.5
RULES_HELD_S = 0.25
IDLE_P99_S = 0.02
FLAPPING_P99_S = 0.05
FULL_TABLE_CPU_S = 2
TEAM_TIMES = 1.6
NOT_MEASURED = ("not measured", "-")


def goal(title, values, text, is_met):
    """A row; values that are not there: not measured."""
    if any(value is None for value in values):
        return (title, *NOT_MEASURED)
    return (title, text(*values), "yes" if is_met(*values) else "**no**")


class Figures:
    """Medians by load, of the family that goals are about."""

    def __init__(self, results):
        self.results = results

    def of(self, load, figure, daemon="plenum", phase=""):
        return self.results.median((load, FAMILY, phase), daemon, figure)

    def ratio(self, load, figure, above, below, phase=""):
        mine, theirs = self.of(load, figure, above, phase), self.of(load, figure, below, phase)
        return mine / theirs if mine is not None and theirs else None


def against_the_floor(figures):
    for load in ("u1000x100", "u500x300", "u300x500", "u100x1000"):
        yield goal(f"{load}: time and CPU within {TIMES_FLOOR} times the floor's",
                   [figures.ratio(load, which, "plenum", "floor") for which in ("converge_s", "cpu_s")],
                   lambda time, cpu: f"{time:.2f} and {cpu:.2f} times",
                   lambda time, cpu: max(time, cpu) <= TIMES_FLOOR)


def input_bound(figures):
    for load, routes in (("u10x10000", 100000), ("u10x100000", 1000000)):
        yield goal(f"{load}: {INPUT_PER_CPU_S:,} routes in per CPU second", [figures.of(load, "cpu_s")],
                   lambda cpu, routes=routes: f"{routes / cpu:,.0f}",
                   lambda cpu, routes=routes: routes / cpu >= INPUT_PER_CPU_S)
    yield goal(f"a full table of 1,000,000 routes in under {FULL_TABLE_CPU_S} s of CPU",
               [figures.of("u10x100000", "cpu_s")], lambda cpu: f"{number(cpu)} s", lambda cpu: cpu < FULL_TABLE_CPU_S)


def against_bird(figures):
    for load in ("o100x50000k4", "o100x50000k4.x10"):
        for title, name in (("converging", "converge"), ("5 % withdrawn", "withdraw"), ("announced again", "announce")):
            cpu = "cpu_s" if name == "converge" else f"{name}_cpu_s"
            yield goal(f"{load}, {title}: a twentieth of BIRD's time and CPU",
                       [figures.ratio(load, which, "bird", "plenum") for which in (f"{name}_s", cpu)],
                       lambda time, cpu: f"time 1/{time:.0f}, CPU 1/{cpu:.0f}",
                       lambda time, cpu: min(time, cpu) >= TIMES_BIRD)


def changes(figures):
    def of(figure, load="u1000x100"):
        return figures.of(load, figure, phase="changes")

    yield goal(f"1,000 members change a route a second each: under {TRICKLE_CORES} of a core, the last has it within "
               f"{TRICKLE_P99_S * 1000:.0f} ms at the 99th percentile", [of("trickle_cores"), of("trickle_p99_s")],
               lambda cores, p99: f"{number(cores)} of a core, {number(p99 * 1000)} ms",
               lambda cores, p99: cores < TRICKLE_CORES and p99 <= TRICKLE_P99_S)
    yield goal(f"one announcement to the last of 1,000 members: {IDLE_P99_S * 1000:.0f} ms at the 99th percentile idle, "
               f"{FLAPPING_P99_S * 1000:.0f} while another flaps its table", [of("idle_p99_s"), of("flapping_p99_s")],
               lambda idle, flapping: f"{number(idle * 1000)} and {number(flapping * 1000)} ms",
               lambda idle, flapping: idle <= IDLE_P99_S and flapping <= FLAPPING_P99_S)
    rules = [of(f"rules_{which}", "u700x571") for which in ("complete_s", "during_median_s", "sessions_lost", "needless")]
    yield goal(f"rules changed at 700 members and 400,000 routes under churn: in force in under {RULES_S} s, no UPDATE "
               f"held back longer than {RULES_HELD_S} s at the median, no session lost, nothing sent that did not change",
               rules, lambda s, held, lost, needless: f"{number(s)} s, {number(held)} s, {lost:.0f} lost, "
                                                      f"{needless:,.0f} needless",
               lambda s, held, lost, needless: s < RULES_S and held <= RULES_HELD_S and lost == 0 and needless == 0)


def slow_readers(figures):
    load = "u100x1000"
    slow, alone = figures.of(load, "converge_s", phase="slow"), figures.of(load, "converge_s")
    yield goal(f"one reader in ten slow ({load}): the others within {SLOW_TIMES} times the time without", [slow, alone],
               lambda slow, alone: f"{slow / alone:.2f} times", lambda slow, alone: slow / alone <= SLOW_TIMES)


def memory(figures):
    yield goal("memory at u10x10000: not above BIRD's", [figures.ratio("u10x10000", "peak_mib", "plenum", "bird")],
               lambda share: f"{share:.2f} times", lambda share: share <= 1)
    for load in ("u100x1000", "o100x50000k4", "u300x500", "u1000x100"):
        yield goal(f"memory at {load}: half of {NAMES['bird']}'s", [figures.ratio(load, "peak_mib", "plenum", "bird")],
                   lambda share: f"{share:.2f} times", lambda share: share <= MEMORY_SHARE)
    yield goal(f"memory at 700 members and 400,000 routes: under {MEMORY_MIB} MiB",
               [figures.of("u700x571", "peak_mib", phase="changes")], lambda mib: f"{number(mib)} MiB",
               lambda mib: mib < MEMORY_MIB)


def table(results, team):
    """Markdown; `team`: times as fast that two workers are, or None."""
    figures = Figures(results)
    rows = [row for part in (against_the_floor, input_bound, against_bird, changes, slow_readers, memory)
            for row in part(figures)]
    rows.append(goal(f"two workers take the load that is bound by input {TEAM_TIMES} times as fast as one (bench-team)",
                     [team], lambda times: f"{times:.2f} times", lambda times: times >= TEAM_TIMES))
    met = sum(row[2] == "yes" for row in rows)
    missing = sum(row[1] == NOT_MEASURED[0] for row in rows)
    said = f"One worker, the whole rule book in force, medians, IPv4. Met: {met} of {len(rows) - missing}"
    return [f"{said}; not measured: {missing}." if missing else f"{said}.", "", "| goal | measured | met |",
            "| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in rows)]
