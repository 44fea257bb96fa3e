"""Lines of results, by load and route server."""
import re
import statistics

import daemons

SERVERS = ("floor", "plenum", *daemons.ALL)
NAMES = {"floor": "floor", "plenum": "Plenum", "bird": "BIRD", "openbgpd": "OpenBGPD", "frr": "FRR", "gobgp": "GoBGP"}


def number(value):
    """Three digits that mean something."""
    if value == 0:
        return "0"
    if value >= 100:
        return f"{value:,.0f}"
    digits = 1 if value >= 10 else 2 if value >= 1 else 3 if value >= 0.1 else 4 if value >= 0.01 else 5
    return f"{value:.{digits}f}"


def spread(values, unit=1):
    """Median, and from-to where there are several."""
    values = [value * unit for value in values]
    text = number(statistics.median(values))
    return text if len(values) == 1 else f"{text} ({number(min(values))}-{number(max(values))})"


def place_of(key):
    load, family, _ = key
    members = int("".join(re.findall(r"^[uo](\d+)", load)) or 0)
    return family, load[0] != "u", members, len(load), load


class Results:
    def __init__(self, lines):
        self.lines = lines
        self.keys = list(dict.fromkeys((line["load"], line["family"], line["phase"]) for line in lines))

    def lines_of(self, key, daemon):
        return [line for line in self.lines
                if (line["load"], line["family"], line["phase"]) == key and line["daemon"] == daemon]

    def runs(self, key, daemon):
        return [line["figures"] for line in self.lines_of(key, daemon) if line["figures"]]

    def broken_off(self, key, daemon):
        """How long it had, and which share of the routes its members then held; None when it converged."""
        lines = [line for line in self.lines_of(key, daemon) if line["trouble"].startswith("converging") and not line["figures"]]
        if self.runs(key, daemon) or not lines:
            return None
        line = max(lines, key=lambda line: line["patience_s"])
        return line["patience_s"], line["held"] / max(1, line["wanted"])

    def of(self, key, daemon, figure):
        return [run[figure] for run in self.runs(key, daemon) if figure in run]

    def median(self, key, daemon, figure):
        values = self.of(key, daemon, figure)
        return statistics.median(values) if values else None

    def keys_of(self, phase, figure):
        """In order: the first family first, small loads first."""
        return [key for key in sorted(self.keys, key=place_of) if key[2] == phase
                and any(self.of(key, daemon, figure) for daemon in SERVERS)]
