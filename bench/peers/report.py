"""The tables, from lines of results."""
import os
import pathlib
import platform
import statistics

import daemons
import goals
from results import NAMES, SERVERS, Results, number, spread

BEGIN = "<!-- made by make bench-peers: begin -->"
END = "<!-- made by make bench-peers: end -->"


def name_of(key):
    return f"{key[0]} {key[1].replace('ipv', 'IPv')}"


def rows(results, keys, columns, daemons_of=SERVERS):
    """Markdown: a row a load and server, a column a figure."""
    text = ["| load | server | runs | " + " | ".join(title for title, *_ in columns) + " |",
            "| --- | --- | --- |" + " --- |" * len(columns)]
    for key in keys:
        for daemon in daemons_of:
            runs = results.lines_of(key, daemon)
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


def converged(results, key, daemon):
    """Or how long it had and how far it came."""
    broken_off = results.broken_off(key, daemon)
    if broken_off is None:
        return figure("converge_s")(results, key, daemon)
    return f"> {broken_off[0]} ({broken_off[1]:.1%} held)".replace("%", " %")


def times_plenum(name):
    def cell(results, key, daemon):
        mine, theirs = results.median(key, "plenum", name), results.median(key, daemon, name)
        broken_off = results.broken_off(key, daemon) if name == "converge_s" else None
        if mine and broken_off:
            return f"> {number(broken_off[0] / mine)}"
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


def table(lines, versions, left_out, team):
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
    text += ["### Goals", "", *goals.table(results, team), ""]
    text += section("Converging", "![CPU against members](performance.svg)\n\n*> 8 (3.0 % held)*: broken off after eight "
                    "seconds, for want of time; so much of all routes had then arrived.",
                    rows(results, results.keys_of("", "converge_s"), [
                        ("converged, s", converged), ("CPU, s", figure("cpu_s")),
                        ("times the time", times_plenum("converge_s")), ("times the CPU", times_plenum("cpu_s")),
                        ("peak, MiB", figure("peak_mib")), ("kernel, MiB", figure("kernel_mib")),
                        ("routes in a CPU s", routes_per_cpu_s)]))
    text += section("5 % churn", "So many routes withdrawn, then announced again; means of two rounds.",
                    rows(results, results.keys_of("", "withdraw_s"), [
                        ("withdrawn, s", figure("withdraw_s")), ("CPU, s", figure("withdraw_cpu_s")),
                        ("announced, s", figure("announce_s")), ("CPU, s", figure("announce_cpu_s")),
                        ("times the time", times_plenum("announce_s")),
                        ("times the CPU", times_plenum("announce_cpu_s"))]))
    text += section("One reader in ten slow", "It reads 1.6 MB a second; *others* is until the nine hold all.",
                    rows(results, results.keys_of("slow", "converge_s"), [
                        ("others, s", figure("converge_s")), ("times without", times_without_slow),
                        ("CPU, s", figure("cpu_s")), ("all, s", figure("slow_s")),
                        ("peak, MiB", figure("peak_mib"))]))
    text += section("A trickle, and single changes",
                    "Each member changes a route a second for four seconds; then one changes a route at a time, idle "
                    "and while another member withdraws and announces all it has as fast as its socket takes it. "
                    "Milliseconds to the last member: median / 99th percentile.",
                    rows(results, results.keys_of("changes", "trickle_cores"), [
                        ("cores in the trickle", figure("trickle_cores")), ("trickle, ms", pair("trickle")),
                        ("idle, ms", pair("idle")), ("flapping, ms", pair("flapping")),
                        ("did not arrive", unfinished)]))
    text += section("A change of rules under churn",
                    "A prefix is barred that holds up to a tenth of all, while each member changes a route a second.",
                    rows(results, results.keys_of("changes", "rules_complete_s"), [
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
