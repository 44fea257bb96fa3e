#!/usr/bin/env python3
"""What `plenum export` writes, against golden texts, and that brackets close and lines are whole.

    exports.py PLENUM [--update]"""
import difflib
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kit"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from exchange import Exchange  # noqa: E402
from lab import Tap  # noqa: E402

EXPECTED = pathlib.Path(__file__).resolve().parent / "exported"
VENDORS = ("bird", "frr", "openbgpd", "junos", "ios-xr", "eos", "routeros")
OPEN = {")": "(", "]": "[", "}": "{"}


def bare(text, vendor):
    """Without comments and what stands in quotes."""
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"/\*.*?\*/", "", text)
    return re.sub(r"(?m)^\s*!.*$" if vendor in ("frr", "ios-xr", "eos") else r"#.*", "", text)


def unclosed(text):
    """The first bracket that does not fit, or that is left open."""
    stack = []
    for letter in text:
        if letter in "([{":
            stack.append(letter)
        elif letter in OPEN and (not stack or stack.pop() != OPEN[letter]):
            return letter
    return stack[-1] if stack else ""


def wrong_lines(text, vendor):
    """Lines of the bare text that are none of the vendor's."""
    shapes = {
        "junos": r"\s*(\}|[^;{}]+ \{|[^{}]+;)",
        "bird": r"[^\"]*(\"\"[^\"]*)*",
        "openbgpd": r"[^;]*",
        "frr": r"(bgp|ip|ipv6) \S.*|route-map .*|router bgp \d+| .*",
        "ios-xr": r"prefix-set \S+|route-policy \S+|end-(set|policy)|router bgp \d+| .*",
        "eos": r"(ip|ipv6) \S.*|route-map .*|router bgp \d+| .*",
        "routeros": r"/routing (filter rule|bgp connection)|add( [a-z0-9.-]+=\S+)+",
    }
    return [line for line in map(str.rstrip, text.splitlines())
            if line and not re.fullmatch(shapes[vendor], line)]


def pairs_close(text, vendor):
    """XR: what opens a block in words is closed in words."""
    count = lambda word: len(re.findall(rf"(?m)^\s*{word}\b", text))
    return vendor != "ios-xr" or (
        count("prefix-set") == count("end-set") and count("route-policy rs\\d+_\\w+$") ==
        count("end-policy") and count("if") == count("endif"))


class Golden:
    def __init__(self, tap, update):
        self.tap = tap
        self.update = update

    def compare(self, name, text):
        path = EXPECTED / name
        if self.update:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        expected = path.read_text() if path.exists() else ""
        self.tap.check(name, expected == text, "\n".join(difflib.unified_diff(
            expected.splitlines(), text.splitlines(), "expected", "printed", lineterm="")))


def routers(golden, exchange):
    exchange.run("member", "add", "-C", "ix", "AS201001", 'First "}; Net', "--ip", "127.1.0.1",
                 "--ip", "fd00:1::1", "--password", "sesame", "--gtsm", "--blackhole")
    exchange.run("member", "add", "-C", "ix", "AS201002", "Second Net", "--ip", "127.1.0.2",
                 "--ip", "fd00:1::2", "--add-path", "--require-role", "--max-prefix4", "500")
    for vendor in VENDORS:
        for name, words in (("", ["AS201001", "--own", "20.1.0.0/16", "--own", "2a01::/32"]),
                            ("-extended", ["AS201002", "--extended-next-hop"])):
            code, out, error = exchange.run("export", "router", "-C", "ix", *words, "--vendor",
                                            vendor, "--server", "127.1.0.254", "--server",
                                            "[fd00:1::fe]:1179")
            golden.compare(f"router-{vendor}{name}.txt", out)
            text = bare(out, vendor)
            golden.tap.check(f"{vendor}{name}: exit code 0, nothing to say", code == 0 and not error,
                             error)
            golden.tap.check(f"{vendor}{name}: brackets close", not unclosed(text), unclosed(text))
            golden.tap.check(f"{vendor}{name}: every line is one of the vendor's",
                             not wrong_lines(text, vendor) and pairs_close(text, vendor),
                             wrong_lines(text, vendor))


def files(golden, exchange):
    """--to: the whole of it or nothing; with a password for its owner alone."""
    path = exchange.folder / "router.conf"
    words = ["export", "router", "-C", "ix", "AS201001", "--vendor", "bird", "--to", "router.conf"]
    code, out, error = exchange.run(*words, "--with-password")
    golden.tap.check("--to: nothing on standard output", (code, out) == (0, "") and
                     "warning: fd00:1::1: exchange.yaml names no address" in error, error)
    golden.tap.check("--to: all of it in the file", 'password "sesame"' in path.read_text())
    golden.tap.check("--to: a password is for its owner alone", path.stat().st_mode & 0o077 == 0)
    before = path.read_text()
    code, out, error = exchange.run(*words[:-1], "router.conf", "--at", "127.1.0.9")
    golden.tap.check("--to: what fails leaves the file as it was",
                     code == 2 and path.read_text() == before, error)
    code, _, error = exchange.run(*words[:-1], "nowhere/router.conf")
    golden.tap.check("--to: a folder that is not there is told",
                     code == 2 and "nowhere/router.conf: No such file" in error, error)


def main():
    tap = Tap()
    golden = Golden(tap, "--update" in sys.argv)
    with Exchange(sys.argv[1]) as exchange:
        exchange.init()
        routers(golden, exchange)
        files(golden, exchange)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
