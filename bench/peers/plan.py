"""How a budget of time is divided.

Everybody is to have a figure of every main load, in both families.  What a route server cannot bring to
an end in its part of the time it runs for SHORT_S; then the table says how far it came.  What is left is
spent on runs to the end, the cheapest first: BIRD's count for a fourth, since it is what Plenum is held
against, main loads and changes for half, IPv6 for more.  Plans are made anew before every run, with what
the runs before have taken."""
import statistics

from jobs import OTHERS, PLENUM

SHORT_S = {"ipv4": 8, "ipv6": 5}  # of a run that will not come to its end
PATIENCE = 2        # times what is guessed a run may take before it is broken off,
PATIENCE_S = 15     # or so long
SAFETY = 1.3        # so many times what is guessed is set aside
BIRDS_SHARE = 0.25
MAIN_SHARE = 0.5
IPV6_SHARE = 2.5
PLENUMS_SHARE = 0.45
PLENUM_S = 30       # Plenum and the floor may take so long to converge
REPEATED_S = 12     # what is quicker is repeated when time is left
# Seconds a delivery, and in all before and behind; to begin with, of a machine of two slow cores.
DELIVERY_S = {PLENUM: 1.5e-8, "bird": 8e-7, "openbgpd": 1.6e-6, "frr": 2e-6, "gobgp": 4e-5}
OVERLAP = {"bird": 1.6, "openbgpd": 1.6, "frr": 1.5}  # times so much where prefixes have several routes
START_S = {PLENUM: 0.4, "bird": 0.5, "openbgpd": 0.7, "frr": 3, "gobgp": 1}
MEMBER_S = {PLENUM: 0.002, "bird": 0.003, "openbgpd": 0.004, "frr": 0.004, "gobgp": 0.008}  # read, stand, end
PAIR_S = {"frr": 5e-5}  # reading a configuration takes it the square of the members
NEEDED_S = 45       # whose start takes longer waits till all others have a figure
OPTION_S = {"--slow": 0.5, "--trickle": 4.5, "--probes": 2, "--rules": 5}


def start_s(name, members):
    """Until all sessions stand, and to end them."""
    return START_S[name] + members * MEMBER_S[name] + members ** 2 * PAIR_S.get(name, 0)


class Guesses:
    """How long a run will take: as long as before, or as in the other family, or as its size says."""

    def __init__(self):
        self.seen = {}    # (name, job): seconds of each run
        self.factor = {}  # name: seconds of each run by what its size said

    def learn(self, name, job, seconds):
        self.seen.setdefault((name, job), []).append(seconds)
        self.factor.setdefault(name, []).append(seconds / self.by_size(name, job))

    def of(self, name, job):
        for (other, like), seconds in self.seen.items():
            if other == name and like == job:
                return statistics.median(seconds)
        for (other, like), seconds in self.seen.items():
            if other == name and like.load.name == job.load.name and like.phase == job.phase:
                return statistics.median(seconds)
        factors = self.factor.get(name)
        return self.by_size(name, job) * (statistics.median(factors) if factors else 1)

    @staticmethod
    def by_size(name, job):
        load = job.load
        seconds = load.deliveries * DELIVERY_S[name] * (OVERLAP.get(name, 1) if load.overlap > 1 else 1)
        return (start_s(name, load.members) + seconds
                + sum(OPTION_S.get(option, 0) for option in job.options)
                + (0.2 * seconds if "--churn" in job.options else 0)) * (2 if job.has_floor and name == PLENUM else 1)


class Plan:
    def __init__(self, jobs, names, guesses, cap_s):
        self.jobs = jobs
        self.names = [name for name in OTHERS if name in names]
        self.guesses = guesses
        self.cap_s = cap_s
        self.runs_max = max((job.runs for job in jobs), default=1)  # of Plenum
        self.done = {}        # (name, job): runs
        self.unfinished = {}  # (name, job): why it did not come to its end

    def pairs(self):
        """What others have still to run once."""
        return [(name, job) for job in self.jobs for name in self.names
                if name in job.names and (name, job) not in self.done]

    def share(self, left_s):
        """Plenum runs less often where it would take from the others what they cannot do without."""
        needed_s = sum(self.least_s(*pair) for pair in self.pairs() if self.is_needed(*pair))
        most_s = max(PLENUMS_SHARE * left_s, left_s - needed_s)
        while self.names and self.runs_max > 1 and self.plenum_s() > most_s:
            self.runs_max -= 1

    def runs_of(self, job):
        """How often Plenum, and the floor, are still to be run."""
        return max(0, min(job.runs, self.runs_max) - self.done.get((PLENUM, job), 0))

    def plenum_s(self, only_main=False):
        return sum(self.runs_of(job) * self.guesses.of(PLENUM, job) for job in self.jobs
                   if job.is_main or not only_main)

    def least_s(self, name, job):
        """What comes behind converging wants the whole of it."""
        guess = self.guesses.of(name, job)
        return guess if job.phase else min(guess, self.short_s(name, job))

    def short_s(self, name, job):
        """A run of SHORT_S, with what comes before and behind."""
        return SHORT_S[job.load.family] + start_s(name, job.load.members)

    def is_needed(self, name, job):
        return job.is_main and self.least_s(name, job) <= NEEDED_S

    def is_hopeless(self, name, job):
        """What comes behind a load that did not converge."""
        return any(other == name and like.load == job.load for other, like in self.unfinished)

    def allotted(self, left_s):
        """{(name, job): whether it is run to its end}; what is not in it is left out."""
        self.share(left_s)
        left_s -= self.plenum_s(only_main=True)
        pairs = {pair: self.guesses.of(*pair) for pair in self.pairs()}
        plan = {}
        for pair, guess in pairs.items():
            least = self.least_s(*pair)
            if self.is_needed(*pair) and least <= left_s:
                plan[pair] = guess <= least
                left_s -= least
        left_s -= self.plenum_s() - self.plenum_s(only_main=True)
        for pair, guess in sorted(pairs.items(), key=lambda item: self._price(*item)):
            more = guess * SAFETY - (self.least_s(*pair) if pair in plan else 0)
            if guess <= self.cap_s and more <= left_s and not self.is_hopeless(*pair):
                plan[pair] = True
                left_s -= more
        for pair in pairs:
            if pair[1].is_main and pair not in plan and self.least_s(*pair) <= left_s:
                plan[pair] = False
                left_s -= self.least_s(*pair)
        return plan

    def patience_s(self, name, job, to_end):
        """How long it may take to converge."""
        if name == PLENUM:
            return PLENUM_S
        if not to_end:
            return SHORT_S[job.load.family]
        return int(min(self.cap_s, max(PATIENCE_S, PATIENCE * self.guesses.of(name, job))))

    @staticmethod
    def _price(pair, guess):
        name, job = pair
        return (guess * (BIRDS_SHARE if name == "bird" else 1)
                * (MAIN_SHARE if job.is_main or job.phase == "changes" else 1)
                * (IPV6_SHARE if job.load.family == "ipv6" else 1))

    def retriable(self, left_s):
        """What was broken off, and would come to its end in the time that is left."""
        found = [(self._price(pair, guess), pair) for pair in self.unfinished
                 if self.done[pair] == 1 and not pair[1].phase
                 and (guess := self.guesses.of(*pair)) * SAFETY <= left_s and guess <= self.cap_s]
        return min(found, key=lambda one: one[0])[1] if found else None

    def repeatable(self, left_s, runs):
        """What was quick and is to be run again, what was run least first."""
        found = [(count, self.guesses.of(name, job), name, job) for (name, job), count in self.done.items()
                 if name != PLENUM and count < runs and (name, job) not in self.unfinished]
        found = [one for one in found if one[1] <= REPEATED_S and one[1] * SAFETY <= left_s]
        return min(found, key=lambda one: one[:2])[2:] if found else None

    def text(self, left_s, minutes):
        """What will be run, for people."""
        plan = self.allotted(left_s)
        columns = [PLENUM, *self.names]
        lines = [f"In {minutes:g} minutes, seconds of each run as they are guessed; \">\" runs so long and tells how far it "
                 "came:", "", f"{'':26}" + "".join(f"{name:>14}" for name in columns)]
        total = self.plenum_s()
        for job in self.jobs:
            cells = [f"{self.runs_of(job)} x {self.guesses.of(PLENUM, job):.1f}"]
            for name in self.names:
                if (name, job) not in plan:
                    cells.append("-")
                    continue
                guess = self.guesses.of(name, job)
                cells.append(f"{guess:.0f}" if plan[name, job] else f"> {SHORT_S[job.load.family]}")
                total += guess if plan[name, job] else self.short_s(name, job)
            lines.append(f"{job.name:26}" + "".join(f"{cell:>14}" for cell in cells))
        return "\n".join([*lines, "", f"about {total / 60:.0f} minutes; what is left goes to more runs of what is quick"])
