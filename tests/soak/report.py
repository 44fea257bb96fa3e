"""What the soak says: a line a round, and at the end a table and what was not as it must be."""
import json
import re
import shutil

import gauge as measure

MIB = 1024
HONEST_P99_MS = 5000.0  # machines that test are slow
LOG_OCTETS_A_MINUTE_MAX = 256 * 1024
FOREIGN_ATTRIBUTES = "{11..13, 19..31, 33, 34, 36..255}"
# What daemons say when they are sent what they do not understand.
COMPLAINT = re.compile(r"malformed|invalid|corrupt|bad attribute|attribute.*(?:error|flag)|"
                       r"NOTIFICATION.*(?:Message Header|UPDATE Message) Error", re.I)


def line(number, calm, gauge, told, happened, host):
    waits = [ms for one in gauge.samples[-12:] + [calm] for ms in one["ms"]]
    status = calm["status"] or {}
    return (f"{calm['minute']:5.1f} min  round {number}: {calm['pss_kib'] / MIB:.1f} MiB "
            f"({calm['rss_kib'] / MIB:.1f} resident), {calm['descriptors']} descriptors, "
            f"{status.get('sessions_established', '?')} sessions, log {calm['log_octets'] // 1024} KiB, "
            f"database {calm['database_octets'] // 1024} KiB, honest route "
            f"{measure.percentile(waits, 0.5):.2f} ms, 99 % {measure.percentile(waits, 0.99):.1f} ms; "
            f"{told['members']} members and {host} "
            f"{'do NOT hold' if told['wrong'] else 'hold'} what they should ({told['routes']:,} routes, "
            f"{told['seconds']:.1f} s); {', '.join(happened)}")


def difference(host, daemon, want):
    """What a daemon holds of the model's prefixes that it should not, or should and does not."""
    held = daemon.routes()
    lines = []
    for prefix in sorted(set(held) | set(want)):
        if prefix.split(".")[0].isdigit() and int(prefix.split(".")[0]) < 50:
            continue  # a foe's or the probe's
        has, should = held.get(prefix), want.get(prefix)
        if should and has and len(has) == 1:
            path, next_hop, med, communities = should
            if (list(has[0].path), has[0].next_hop, has[0].med, sorted(has[0].communities)) == (
                    path, next_hop, med, sorted(map(tuple, communities))):
                continue
        lines.append(f"{host}: {prefix} is {has}, not {should}")
    return lines


def judge(world, gauge, lost):
    """Tells what the time has shown; faults where it must not be so."""
    for text in lost:
        world.fault(f"a steady member lost its session: {text}")
    if gauge.failure:
        world.fault(f"the honest pair lost a session: {gauge.failure}")
    log = world.exchange.log()[world.mark:]
    for address in sorted(set(re.findall(r"(\S+): lost", log)) & world.steady_addresses()):
        world.fault(f"the server's log says that it lost {address}, which is steady")
    if "internal error" in log:
        world.fault("the server's log speaks of an internal error")
    for host, daemon in world.daemons.items():
        said = [text for text in daemon.log().splitlines() if COMPLAINT.search(text)]
        for text in said[:3]:
            world.fault(f"{host} complains: {text}")
    was, now, is_flat = gauge.memory_is_flat()
    if not is_flat:
        world.fault(f"memory is not flat: {was:.0f} KiB in the middle third, {now:.0f} in the last")
    few, many, is_even = gauge.descriptors_are_flat()
    if not is_even:
        world.fault(f"descriptors: {few:.0f} in the middle third, {many:.0f} in the last")
    waits = [ms for one in gauge.samples + gauge.calm for ms in one["ms"]]
    if not waits or measure.percentile(waits, 0.99) > HONEST_P99_MS:
        world.fault(f"honest routes take {measure.percentile(waits, 0.99):.0f} ms at the 99th percentile")
    last = gauge.samples[-1]
    if last["log_octets"] > LOG_OCTETS_A_MINUTE_MAX * max(1, last["minute"]):
        world.fault(f"the log has {last['log_octets']} octets after {last['minute']:.1f} minutes")
    table(world, gauge, was, now)


def table(world, gauge, was, now):
    columns = ("third", "calm MiB", "busy MiB", "most MiB", "resident", "of it table", "sets", "fds",
               "most fds", "log KiB", "database KiB", "route ms", "99 %", "worst")
    rows = [columns]
    for row in gauge.rows():
        rows.append((row["third"], f"{row['calm'] / MIB:.2f}", f"{row['busy'] / MIB:.1f}",
                     f"{row['most'] / MIB:.1f}", f"{row['rss'] / MIB:.1f}",
                     f"{row['table'] / MIB:.1f}", f"{row['sets']:.0f}", f"{row['descriptors']:.0f}",
                     str(row["descriptors_most"]), str(row["log"] // 1024), str(row["database"] // 1024),
                     f"{row['median_ms']:.2f}", f"{row['p99_ms']:.1f}", f"{row['worst_ms']:.0f}"))
    widths = [max(len(row[at]) for row in rows) for at in range(len(columns))]
    print()
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
    used = gauge.samples[-1]["cpu_s"] - gauge.samples[0]["cpu_s"]
    minutes = gauge.samples[-1]["minute"]
    print("calm = each minute, all members hold what they should; busy = any time; medians")
    print(f"\nmemory in calm: {was / MIB:.2f} MiB in the middle third, {now / MIB:.2f} in the last, "
          f"{gauge.memory_slope():+.1f} KiB a minute; at most "
          f"{max(measure.MEMORY_TOLERANCE_KIB, measure.MEMORY_TOLERANCE * was):.0f} KiB more is flat")
    print(f"{minutes:.1f} minutes, {used / max(minutes, 0.01) / 60:.2f} processors used, "
          f"{sum(len(one['ms']) for one in gauge.samples + gauge.calm)} honest routes timed, "
          f"{sum(one['status'] is None for one in gauge.samples)} of {len(gauge.samples)} times "
          "show status could not be asked")
    counts = {}
    for _, name, told in world.told:
        counts.setdefault(name, []).append(told)
    print()
    for name, told in sorted(counts.items()):
        print(f"{name:16} {len(told):3} times, at last: {told[-1]}")
    print(flush=True)


def read_capture(world):
    """All that one daemon was told must decode.  What nobody here knows is passed on as it came: what
    tshark makes of the inside of such an attribute says nothing of the server."""
    lab = world.lab
    lab.end(lab.capture, 2)
    sent = f"(ip.src == {lab.ipv4('rs')} || ipv6.src == {lab.ipv6('rs')})"
    known = f"!(bgp.update.path_attribute.type_code in {FOREIGN_ATTRIBUTES})"
    wrong = lab.decoded(f"{sent} && {known} && (_ws.malformed || (bgp && _ws.expert.severity == error "
                        "&& !bgp.notify.major_error))")
    for text in wrong[:5]:
        world.fault(f"tshark finds malformed: {text}")
    print(f"tshark read what {len(lab.decoded('bgp.type == 2 && ' + sent)):,} packets with UPDATEs told "
          f"BIRD: {len(wrong)} malformed", flush=True)


def keep(world, options):
    if options.keep:
        shutil.copytree(world.lab.folder, options.keep, dirs_exist_ok=True,
                        ignore=lambda folder, names: [name for name in names if name in
                                                      ("control", "ctl", "zserv.api", "capture.pcapng")
                                                      or name.endswith((".api", ".vty", ".sock"))])
    if options.json and getattr(world, "gauge", None):
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"samples": world.gauge.samples, "calm": world.gauge.calm, "faults": world.faults,
                       "events": world.told}, file)


def verdict(world):
    for text in world.faults:
        print(f"# {text}")
    print(f"{'not ok' if world.faults else 'ok'} 1 - {world.options.minutes:g} minutes of soak from seed "
          f"{world.options.seed}: {len(world.faults)} faults\n1..1")
    return 1 if world.faults else 0
