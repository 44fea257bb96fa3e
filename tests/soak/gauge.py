"""What the server takes and how it serves, looked at every few seconds; and whether that stays so."""
import json
import os
import pathlib
import statistics
import threading
import time

EVERY_S = 5
MEMORY_TOLERANCE = 0.03   # of the middle third's median, or
MEMORY_TOLERANCE_KIB = 3072  # the server gives holes back when there are 4 MiB of them
DESCRIPTORS_TOLERANCE = 2
PROBE_S = 30              # how long the probe may take to answer


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


def slope(points):
    """Of the straight line through (x, y) by least squares."""
    if len(points) < 2:
        return 0.0
    mean_x = statistics.fmean(x for x, _ in points)
    mean_y = statistics.fmean(y for _, y in points)
    below = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / below if below else 0.0


def processes(pid):
    """It and those it began."""
    out = [pid]
    for parent in out:
        try:
            for task in pathlib.Path(f"/proc/{parent}/task").iterdir():
                out += [int(child) for child in (task / "children").read_text().split()
                        if int(child) not in out]
        except OSError:
            pass
    return out


def memory_kib(pid):
    """(resident, proportional) of all its processes."""
    rss = pss = 0
    for one in processes(pid):
        try:
            for line in pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                rss += int(line.split()[1]) if line.startswith("Rss:") else 0
                pss += int(line.split()[1]) if line.startswith("Pss:") else 0
        except OSError:
            pass
    return rss, pss


def descriptors(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def cpu_s(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Gauge(threading.Thread):
    """Samples in a thread until end(); rest() takes one more, of a moment of calm."""

    def __init__(self, exchange, probe):
        super().__init__(daemon=True)
        self.exchange, self.probe = exchange, probe
        self.began = time.monotonic()
        self.samples, self.calm = [], []
        self.lock = threading.Lock()
        self.must_end = threading.Event()
        self.failure = None

    def run(self):
        while not self.must_end.wait(EVERY_S):
            self.sample(self.samples)

    def sample(self, to):
        with self.lock:
            pid = self.exchange.process.pid
            rss, pss = memory_kib(pid)
            folder = self.exchange.lab.folder
            database = sum(path.stat().st_size for path in folder.glob("ix/exchange.db*"))
            one = {"minute": (time.monotonic() - self.began) / 60, "rss_kib": rss, "pss_kib": pss,
                   "descriptors": descriptors(pid), "cpu_s": cpu_s(pid),
                   "log_octets": (folder / "serve.log").stat().st_size, "database_octets": database,
                   **self._ask_probe(), "status": self._status()}
            to.append(one)
            return one

    def rest(self):
        return self.sample(self.calm)

    def end(self):
        self.must_end.set()
        self.join()

    def _ask_probe(self):
        answer = self.probe.ask()
        if answer["failure"] and not self.failure:
            self.failure = answer["failure"]
        return {"ms": answer["ms"], "waiting_ms": answer["waiting_ms"]}

    def _status(self):
        """What show status says, or None when it could not be asked."""
        try:
            return self.exchange.json("show", "status")
        except (RuntimeError, json.JSONDecodeError):
            return None

    # --- the verdict ----------------------------------------------------------------------------

    def thirds(self, key, samples):
        """Values of the first, the middle and the last third of the time."""
        last = samples[-1]["minute"] if samples else 0
        out = ([], [], [])
        for one in samples:
            out[min(2, int(3 * one["minute"] / last)) if last else 0].append(one[key])
        return out

    def flat(self, key, tolerance):
        """(median of the middle third, of the last, whether they differ by no more than the
        tolerance), in moments of calm."""
        _, middle, last = self.thirds(key, self.calm)
        if not middle or not last:
            return float("nan"), float("nan"), True
        was, now = statistics.median(middle), statistics.median(last)
        return was, now, now - was <= tolerance(was)

    def memory_is_flat(self):
        return self.flat("pss_kib", lambda was: max(MEMORY_TOLERANCE_KIB, MEMORY_TOLERANCE * was))

    def descriptors_are_flat(self):
        return self.flat("descriptors", lambda _: DESCRIPTORS_TOLERANCE)

    def memory_slope(self):
        """KiB a minute, over the moments of calm after the first third."""
        last = self.calm[-1]["minute"] if self.calm else 0
        return slope([(one["minute"], one["pss_kib"]) for one in self.calm
                      if one["minute"] > last / 3])

    def _told(self, key, third):
        """What show status said in calm."""
        return [status[key] for status in self.thirds("status", self.calm)[third] if status] or [0]

    def rows(self):
        """For each third: its samples in medians and extremes."""
        for third, name in enumerate(("first", "middle", "last")):
            def of(key, samples):
                return self.thirds(key, samples)[third]
            waits = [ms for some in of("ms", self.samples + self.calm) for ms in some]
            calm, busy = of("pss_kib", self.calm), of("pss_kib", self.samples)
            if not calm or not busy:
                continue
            yield {"third": name, "calm": statistics.median(calm), "busy": statistics.median(busy),
                   "most": max(busy + calm), "rss": statistics.median(of("rss_kib", self.calm)),
                   "descriptors": statistics.median(of("descriptors", self.calm)),
                   "descriptors_most": max(of("descriptors", self.samples)),
                   "sets": statistics.median(self._told("attribute_sets", third)),
                   "table": statistics.median(self._told("table_octets", third)) / 1024,
                   "log": max(of("log_octets", self.samples)),
                   "database": max(of("database_octets", self.samples)),
                   "median_ms": percentile(waits, 0.5), "p99_ms": percentile(waits, 0.99),
                   "worst_ms": max(waits, default=float("nan")), "waits": len(waits)}
