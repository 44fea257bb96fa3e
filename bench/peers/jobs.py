"""What is to be measured, in which order, and how long each may take.

A job is a load with what happens after it has converged.  All of a round are run one daemon after the
other, so that what else the machine does falls on all.  What takes long is run once, when the quick
rounds have had their share of the time; what there is no time for is left out, and said."""
import dataclasses
import statistics

import loads

FAMILIES = ("ipv4", "ipv6")
CHURN = ("--churn", "5", "--rounds", "2")
TRICKLE = ("--trickle", "5", "--probes", "50")
FLAPPING_MEMBERS_MAX = 200
SLOW = ("--slow", "10")
RULES = ("--rules",)
PLENUM = "plenum"  # and the floor, one after the other, in one call
QUICK_S = 30       # what is repeated
START_S = 3        # a daemon's start and end
# Of what is slow, the first: what the others are held against.
FIRST_OF_SLOW = {("bird", 300), ("bird", 500), ("bird", 1000)}
# Seconds a delivery, to begin with: docs/performance.md of a machine of this kind.
FIRST_GUESS_S = {PLENUM: 2e-8, "bird": 1.3e-6, "openbgpd": 2.5e-6, "frr": 2e-6, "gobgp": 4e-5}


@dataclasses.dataclass(frozen=True)
class Job:
    load: loads.Load
    phase: str   # "", "slow", "rules", "trickle": what is told of it
    options: tuple
    is_plenums: bool = False  # others have the same figures from another job

    def options_of_others(self):
        """Whole tables that flap before many members keep them busy for many minutes."""
        if self.options == TRICKLE and self.load.members > FLAPPING_MEMBERS_MAX:
            return TRICKLE[:2]
        return self.options

    def is_for(self, name):
        return name == PLENUM or not self.is_plenums

    @property
    def name(self):
        return " ".join(filter(None, (self.load.name, self.load.family, self.phase)))


def default_jobs(family):
    """The loads of one family, those first that say most."""
    def job(name, options=(), phase="", is_plenums=False):
        return Job(loads.load_of(name, family), phase, tuple(options), is_plenums)

    return [job("u10x10000"), job("u100x1000", CHURN), job("o100x50000k4", CHURN), job("o100x50000k4.x10", CHURN),
            job("u100x1000", SLOW, "slow"), job("u100x1000", RULES, "rules"),
            job("u100x1000", TRICKLE, "trickle"), job("u1000x100", is_plenums=True),
            job("u300x500"), job("u500x300"), job("u1000x100", TRICKLE, "trickle"), job("u10x100000")]


def jobs_of(names, families):
    """All by default; of names only those loads, with every phase they have."""
    every = [job for family in families for job in default_jobs(family)]
    if not names:
        return every
    known = {job.load.name for job in every}
    more = [Job(loads.load_of(name, family), phase, options) for family in families for name in names
            if name not in known
            for phase, options in (("", CHURN), ("slow", SLOW), ("rules", RULES), ("trickle", TRICKLE))]
    return [job for job in every if job.load.name in names] + more


class Guesses:
    """How long a run will take, after what runs before took."""

    def __init__(self):
        self.seen = {}

    def learn(self, daemon, job, seconds):
        self.seen.setdefault((daemon, job.name), []).append(seconds)

    def of(self, daemon, job):
        same = self.seen.get((daemon, job.name))
        if same:
            return statistics.median_high(same)
        extra = {"slow": 1, "rules": 6, "trickle": 10}.get(job.phase, 0) + (2 if job.options == CHURN else 0)
        if daemon == "frr":  # it reads its configuration for so long
            extra += 6e-5 * job.load.members ** 3
        guess = (1 if daemon == PLENUM else START_S) + extra + job.load.deliveries * FIRST_GUESS_S[daemon]
        return guess * (1.5 if job.phase == "rules" else 1)
