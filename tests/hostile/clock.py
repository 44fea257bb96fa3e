#!/usr/bin/env python3
"""The machine's clock is set by a year and set right again, under an exchange that serves:
clock.py PLENUM LIBRARY, the library being kit/set_clock.c.

Sessions stand, ages are right, changes are recorded, the log says it; what was too old by the wrong
clock counts again by the right one, with nobody's help."""
import datetime
import json
import os
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange, awaited  # noqa: E402
from kit.speaker import Speaker  # noqa: E402

YEAR_S = 365 * 86400
AGE_S_MAX = 60
PREFIX = "20.1.1.0/24"


class Stage(Exchange):
    def __init__(self, plenum, library):
        super().__init__(plenum)
        self.by = self.folder / "clock"
        self.set(0)
        self.vrps = self.folder / "vrps.json"
        self.vrps.write_text(json.dumps({"metadata": {}, "roas": [
            {"asn": 201001, "prefix": PREFIX, "maxLength": 24, "ta": "test"}]}))
        os.environ.update(LD_PRELOAD=str(pathlib.Path(library).resolve()), SET_CLOCK=str(self.by),
                          ASAN_OPTIONS="verify_asan_link_order=0")
        self.init("--trial")
        with open(self.folder / "ix/exchange.yaml", "a", encoding="utf-8") as file:
            file.write(f"rpki_file: \"{self.vrps}\"\n")
        self.run("member", "add", "-C", "ix", "AS201001", "Net", "--ip", "127.1.0.1")
        self.serve()

    def set(self, by_s):
        """In place: the page that is mapped is the file's."""
        with open(self.by, "r+b" if self.by.exists() else "wb") as file:
            file.write(struct.pack("=q", by_s))

    def logged(self, text):
        return awaited(lambda: text in (self.folder / "serve.log").read_text())

    def ages_s(self):
        """Of the session and of its route, by the clock as it is."""
        now = self.json("show", "status")["now"]
        then = [self.json("show", "sessions", "AS201001")[0]["established_at"],
                self.json("show", "routes", PREFIX)[0]["since"]]
        stamps = [datetime.datetime.fromisoformat(one.replace("Z", "+00:00"))
                  for one in [now, *then]]
        return [(stamps[0] - one).total_seconds() for one in stamps[1:]]

    def has_vrps(self):
        return '"valid"' in self.run("show", "routes", PREFIX, "-C", "ix", "--json")[1]


def set_by(tap, stage, by_s, words, asn):
    stage.set(by_s)
    tap.check(f"set {words}: the log says it", stage.logged(f"clock was set {words} by"),
              (stage.folder / "serve.log").read_text())
    ages = stage.ages_s()
    tap.check(f"set {words}: session and route are as old as they are",
              all(-2 <= age <= AGE_S_MAX for age in ages), ages)
    code, said, error = stage.run("member", "add", "-C", "ix", f"AS{asn}", "Other", "--ip",
                                  f"127.1.0.{asn % 100}")
    tap.check(f"set {words}: a change is recorded", code == 0, said + error)
    tap.check(f"set {words}: the session stands", not stage.speaker.lost.is_set())


def main():
    tap = Tap()
    with Stage(sys.argv[1], sys.argv[2]) as stage:
        stage.speaker = Speaker(201001, "127.1.0.1", ("127.0.0.1", stage.port), hold_s=9)
        tap.check("a session stands", awaited(stage.speaker.up.is_set))
        stage.speaker.announce(PREFIX)
        tap.check("its route is valid", awaited(stage.has_vrps))
        set_by(tap, stage, YEAR_S, "forward", 201012)
        stage.vrps.write_text(stage.vrps.read_text() + "\n")
        tap.check("a file that is too old by the clock is not used", stage.logged("not used"))
        tap.check("and nothing is valid by it", awaited(lambda: not stage.has_vrps()))
        set_by(tap, stage, 0, "back", 201013)
        tap.check("the file counts again, as it lies there", awaited(stage.has_vrps))
        code, said, error = stage.run("ledger", "verify", "-C", "ix")
        tap.check("the log proves what was recorded", code == 0, said + error)
        stage.speaker.end()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
