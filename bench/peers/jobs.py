"""What is measured: loads, each with what happens after it has converged."""
import dataclasses

import loads

FAMILIES = ("ipv4", "ipv6")
PLENUM = "plenum"  # and the floor, one after the other, in one call
OTHERS = ("bird", "openbgpd", "frr", "gobgp")
CHURN = ("--churn", "5", "--rounds", "2")
SLOW = ("--slow", "10")
RULES = ("--rules",)
TRICKLE = ("--trickle", "4", "--probes", "40")
PHASES = {"converge": CHURN, "slow": SLOW, "changes": TRICKLE + RULES, "trickle": TRICKLE, "rules": RULES}
# GoBGP takes in what flaps without bound: what waits in it is not done before the run ends.
CALM = {"gobgp": {TRICKLE + RULES: ("--trickle", "4", *RULES)}}


@dataclasses.dataclass(frozen=True)
class Job:
    load: loads.Load
    phase: str            # "" = converging, and churn; else "slow", "changes"
    options: tuple
    names: tuple          # who runs it beside Plenum
    runs: int             # of Plenum's, at most
    is_main: bool = False  # everybody is to have a figure of it

    def options_of(self, name):
        return CALM.get(name, {}).get(self.options, self.options)

    @property
    def name(self):
        return " ".join(filter(None, (self.load.name, self.load.family, self.phase)))

    @property
    def has_floor(self):
        """A bare sender decides nothing: no control communities, no changes."""
        return not self.load.steered and self.phase in ("", "slow")


def jobs_of_family(family, runs):
    def job(name, options=(), phase="", names=OTHERS, runs=runs, is_main=False):
        return Job(loads.load_of(name, family), phase, tuple(options), names, runs, is_main)

    few = min(2, runs)  # of what takes long, for a stretch of time of its own
    is_first = family == FAMILIES[0]
    some = runs if is_first else few
    return [job("u10x10000", is_main=True), job("u100x1000", CHURN, is_main=True),
            job("o100x50000k4", CHURN, is_main=True), job("u300x500", is_main=True), job("u1000x100", is_main=True),
            job("o100x50000k4.x10", CHURN, runs=some), job("u100x1000", SLOW, "slow", runs=some),
            job("u50x200", TRICKLE + RULES, "changes", runs=few, is_main=is_first), job("u10x100000", runs=some),
            *([job("u500x300", names=()), job("u1000x100", TRICKLE, "changes", names=(), runs=few),
               job("u700x571", RULES, "changes", names=(), runs=few)] if is_first else [])]


def jobs_of(names, families, phases, runs):
    """All by default, those first that say most; of the loads named only those, with every phase they have."""
    known = {family: jobs_of_family(family, runs) for family in families}
    main = [job for family in families for job in known[family] if job.is_main]
    more = [job for family in families for job in known[family] if not job.is_main]
    for family in families:
        for name in names:
            if all(job.load.name != name for job in known[family]):
                more += [Job(loads.load_of(name, family), "" if phase == "converge" else phase, PHASES[phase], OTHERS,
                             runs) for phase in ("converge", "slow", "changes")]
    return [job for job in main + more if (not names or job.load.name in names)
            and (not phases or (job.phase or "converge") in phases)]
