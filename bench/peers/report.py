"""The table and the plot, from lines of results."""
import math
import os
import pathlib
import platform
import statistics

import daemons

BEGIN = "<!-- made by make bench-peers: begin -->"
END = "<!-- made by make bench-peers: end -->"
SERVERS = ("floor", "plenum", *daemons.ALL)
NAMES = {"floor": "floor", "plenum": "Plenum", "bird": "BIRD", "openbgpd": "OpenBGPD", "frr": "FRR", "gobgp": "GoBGP"}
COLOURS = {"floor": "#888888", "plenum": "#0b6e4f", "bird": "#c8553d", "openbgpd": "#2a6fbb", "frr": "#8e44ad",
           "gobgp": "#b8860b"}


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


class Results:
    def __init__(self, lines):
        self.lines = lines
        self.keys = list(dict.fromkeys((line["load"], line["family"], line["phase"]) for line in lines))

    def runs(self, key, daemon):
        """Of a load without a phase of its own, those with a trickle behind it, where it was not run alone."""
        found = self._runs(key, daemon)
        return found or (self._runs((key[0], key[1], "trickle"), daemon) if key[2] == "" else [])

    def _runs(self, key, daemon):
        return [line["figures"] for line in self.lines
                if (line["load"], line["family"], line["phase"]) == key and line["daemon"] == daemon
                and line["figures"]]

    def of(self, key, daemon, figure):
        return [run[figure] for run in self.runs(key, daemon) if figure in run]

    def median(self, key, daemon, figure):
        values = self.of(key, daemon, figure)
        return statistics.median(values) if values else None

    def keys_of(self, phase, figure):
        return [key for key in self.keys if key[2] == phase
                and any(self.of(key, daemon, figure) for daemon in SERVERS)]


def name_of(key):
    return f"{key[0]} {key[1].replace('ipv', 'IPv')}"


def rows(results, keys, columns, daemons_of=SERVERS):
    """Markdown: a row a load and server, a column a figure."""
    text = ["| load | server | runs | " + " | ".join(title for title, *_ in columns) + " |",
            "| --- | --- | --- |" + " --- |" * len(columns)]
    for key in keys:
        for daemon in daemons_of:
            runs = results.runs(key, daemon)
            if not runs:
                continue
            cells = [of(results, key, daemon) for _, of in columns]
            if set(cells) == {"-"}:
                continue
            text.append(f"| {name_of(key)} | {NAMES[daemon]} | {len(runs)} | " + " | ".join(cells) + " |")
    return text if len(text) > 2 else []


def figure(name, unit=1):
    def cell(results, key, daemon):
        values = results.of(key, daemon, name)
        return spread(values, unit) if values else "-"
    return cell


def times_plenum(name):
    def cell(results, key, daemon):
        mine, theirs = results.median(key, "plenum", name), results.median(key, daemon, name)
        return number(theirs / mine) if mine and theirs is not None else "-"
    return cell


def routes_per_cpu_s(results, key, daemon):
    """Announced routes a second of CPU: what a load that is mostly input says."""
    members, _, routes = key[0].split(".")[0][1:].partition("x")
    cpu = results.median(key, daemon, "cpu_s")
    if key[0][0] != "u" or daemon == "floor" or not cpu:
        return "-"
    return number(int(members) * int(routes) / cpu)


def host():
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} x {model}, Linux {platform.release().split('-')[0]}"


def section(title, said, table):
    return [f"### {title}", "", said, "", *table, ""] if table else []


def table(lines, versions, left_out):
    results = Results(lines)
    text = ["## Side by side", "",
            "`make bench-peers`: each daemon on one core, the generator on another, the same octets from the same "
            "addresses to each; figures count when every member holds what a model says. Medians, least and most "
            "in brackets; CPU and peak memory are of all processes of the daemon; the kernel's socket memory is of "
            "both ends. *times* is against Plenum; the floor is a bare sender of the same octets.", "",
            f"Host: {host()}. Debian's " + ", ".join(f"{NAMES[name]} {version}" for name, version in versions.items())
            + "; each with length windows, bogons, bogon ASNs, path length, first AS, next hop per member, and control "
            "communities.", ""]
    text += [f"{NAMES[name]}: {daemon.note}." for name, daemon in daemons.ALL.items() if daemon.note] + [""]
    text += section("Converging", "![CPU against members](performance.svg)",
                    rows(results, results.keys_of("", "converge_s"), [
                        ("converged, s", figure("converge_s")), ("CPU, s", figure("cpu_s")),
                        ("times the time", times_plenum("converge_s")), ("times the CPU", times_plenum("cpu_s")),
                        ("peak, MiB", figure("peak_mib")), ("kernel, MiB", figure("kernel_mib")),
                        ("routes in a CPU s", routes_per_cpu_s)]))
    text += section("5 % churn", "So many routes withdrawn, then announced again; means of two rounds.",
                    rows(results, results.keys_of("", "withdraw_s"), [
                        ("withdrawn, s", figure("withdraw_s")), ("CPU, s", figure("withdraw_cpu_s")),
                        ("announced, s", figure("announce_s")), ("CPU, s", figure("announce_cpu_s")),
                        ("times the CPU", times_plenum("announce_cpu_s"))]))
    text += section("One reader in ten slow", "It reads 1.6 MB a second; *others* is until the nine hold all.",
                    rows(results, results.keys_of("slow", "converge_s"), [
                        ("others, s", figure("converge_s")), ("times without", times_without_slow),
                        ("CPU, s", figure("cpu_s")), ("all, s", figure("slow_s")),
                        ("peak, MiB", figure("peak_mib"))]))
    text += section("A trickle, and single changes",
                    "Each member changes a route a second for five seconds; then one changes a route at a time, idle "
                    "and while another member withdraws and announces all it has as fast as its socket takes it. "
                    "Milliseconds to the last member: median / 99th percentile.",
                    rows(results, results.keys_of("trickle", "trickle_cores"), [
                        ("cores in the trickle", figure("trickle_cores")), ("trickle, ms", pair("trickle")),
                        ("idle, ms", pair("idle")), ("flapping, ms", pair("flapping")),
                        ("did not arrive", unfinished)]))
    text += section("A change of rules under churn",
                    "A prefix is barred that holds up to a tenth of all, while each member changes a route a second.",
                    rows(results, results.keys_of("rules", "rules_complete_s"), [
                        ("complete, s", figure("rules_complete_s")), ("CPU, s", figure("rules_cpu_s")),
                        ("a change meanwhile, median ms", meanwhile("rules_during_median_s")),
                        ("most, ms", meanwhile("rules_during_most_s")),
                        ("sessions lost", figure("rules_sessions_lost")),
                        ("routes sent though unchanged", figure("rules_needless"))]))
    if left_out:
        text += ["Without a figure:", "", *(f"- {one}" for one in left_out), ""]
    return "\n".join(text)


def times_without_slow(results, key, daemon):
    without = results.median((key[0], key[1], ""), daemon, "converge_s")
    mine = results.median(key, daemon, "converge_s")
    return number(mine / without) if without and mine else "-"


def pair(name):
    def cell(results, key, daemon):
        values = [results.median(key, daemon, f"{name}_{which}_s") for which in ("median", "p99")]
        return " / ".join(number(value * 1000) for value in values) if None not in values else "-"
    return cell


def unfinished(results, key, daemon):
    values = [value for name in ("trickle", "idle", "flapping") for value in results.of(key, daemon, f"{name}_unfinished")]
    return str(int(sum(values))) if values else "-"


def meanwhile(name):
    """Milliseconds of changes during the change of rules, where there were any."""
    def cell(results, key, daemon):
        values = [run[name] for run in results.runs(key, daemon) if run.get("rules_during_count")]
        return spread(values, 1000) if values else "-"
    return cell


def write(folder, text, svg):
    """Between the marks of performance.md, or at its end."""
    path = folder / "performance.md"
    before = path.read_text()
    made = f"{BEGIN}\n{text}{END}"
    if BEGIN in before:
        head, _, rest = before.partition(BEGIN)
        path.write_text(head + made + rest.partition(END)[2])
    else:
        path.write_text(before.rstrip("\n") + f"\n\n{made}\n")
    (folder / "performance.svg").write_text(svg)


# --- the plot -------------------------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 460, 70, 110, 40, 50


def points_of(lines):
    """{server: [(members, CPU s)]} of the loads in which everybody announces routes of his own, about as many in all."""
    results = Results(lines)
    points = {}
    for key in results.keys_of("", "cpu_s"):
        name, family, _ = key
        members, _, routes = name[1:].partition("x")
        if name[0] != "u" or "." in name or family != "ipv4" or int(members) * int(routes) > 200000:
            continue
        for daemon in SERVERS:
            cpu = results.median(key, daemon, "cpu_s")
            if cpu:
                points.setdefault(daemon, []).append((int(members), cpu))
    return {daemon: sorted(found) for daemon, found in points.items()}


def plot(lines):
    points = points_of(lines)
    everything = [point for found in points.values() for point in found]
    if not everything:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>\n'
    x_low, x_high = (math.log10(of(x for x, _ in everything)) for of in (min, max))
    y_low, y_high = math.floor(math.log10(min(y for _, y in everything))), math.ceil(
        math.log10(max(y for _, y in everything)))
    x_high = max(x_high, x_low + 1)

    def at(members, cpu):
        x = LEFT + (math.log10(members) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - (math.log10(cpu) - y_low) / max(1, y_high - y_low) * (HEIGHT - TOP - BOTTOM)
        return x, y

    text = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
            'font-size="13">', '<rect width="100%" height="100%" fill="#ffffff"/>',
            f'<text x="{LEFT}" y="22" font-size="15">CPU seconds until all members hold all routes, IPv4, '
            '100,000 to 150,000 routes</text>']
    for power in range(y_low, y_high + 1):
        _, y = at(10 ** x_low, 10 ** power)
        text += [f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>',
                 f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0 ** power:g}</text>']
    for members in sorted({x for x, _ in everything}):
        x, _ = at(members, 10 ** y_low)
        text += [f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#eeeeee"/>',
                 f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{members:,}</text>']
    text.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">members</text>')
    labels = []
    for daemon, found in points.items():
        places = [at(*point) for point in found]
        text.append(f'<polyline fill="none" stroke="{COLOURS[daemon]}" stroke-width="2" points="'
                    + " ".join(f"{x:.1f},{y:.1f}" for x, y in places) + '"/>')
        text += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{COLOURS[daemon]}"/>' for x, y in places]
        labels.append([places[-1][1], places[-1][0], daemon])
    lowest = 0
    for y, x, daemon in sorted(labels):
        lowest = max(y, lowest + 16)
        text.append(f'<text x="{x + 8:.1f}" y="{lowest + 4:.1f}" fill="{COLOURS[daemon]}">{NAMES[daemon]}</text>')
    return "\n".join([*text, "</svg>"]) + "\n"
