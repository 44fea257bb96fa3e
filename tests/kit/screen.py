"""A program on a pretend terminal: what it writes, and what then stands on the screen.

The screen has no height: what scrolls off a real one stays above.  It knows the few orders that
Plenum's programs use; any other is kept and is for the test to complain of."""
import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

ORDER = re.compile(r"\x1b\[(\d*)([A-Za-z])")


class Screen:
    def __init__(self, columns):
        self.columns = columns
        self.lines = [""]
        self.row = self.column = 0
        self.moved_up = []   # by how many lines, each time
        self.strange = []    # orders not known
        self.wrapped = 0     # lines that reached the right edge

    def put(self, character):
        if self.column == self.columns:
            self.wrapped += 1
            self.line_feed()
            self.column = 0
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + character + line[self.column + 1:]
        self.column += 1

    def line_feed(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")

    def order(self, number, letter):
        if letter == "A":
            self.row = max(0, self.row - int(number or 1))
            self.moved_up.append(int(number or 1))
        elif letter == "K" and number in ("", "0"):
            self.lines[self.row] = self.lines[self.row][:self.column]
        elif letter == "J" and number in ("", "0"):
            self.lines[self.row] = self.lines[self.row][:self.column]
            del self.lines[self.row + 1:]
        elif letter != "m":
            self.strange.append(f"{number}{letter}")

    def feed(self, text):
        at = 0
        while at < len(text):
            order = ORDER.match(text, at)
            if order:
                self.order(*order.groups())
                at = order.end()
                continue
            if text[at] == "\r":
                self.column = 0
            elif text[at] == "\n":
                self.line_feed()
            else:
                self.put(text[at])
            at += 1

    def text(self):
        return "\n".join(line.rstrip() for line in self.lines)


class Terminal:
    """A program that has a terminal of its own for all its input and output."""

    def __init__(self, words, rows, columns, environment):
        self.written = ""
        self.screen = Screen(columns)
        self.process, self.master = pty.fork()
        if self.process == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execve(words[0], words, environment)
        self.exit_code = None

    def read(self, seconds):
        """False: the other side is closed."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            octets = os.read(self.master, 65536)
        except OSError:
            octets = b""
        text = octets.decode("utf-8", "replace")
        self.written += text
        self.screen.feed(text)
        return bool(octets)

    def await_text(self, wanted, seconds, times=1):
        end = time.monotonic() + seconds
        while self.written.count(wanted) < times and time.monotonic() < end:
            if not self.read(0.1):
                break
        return self.written.count(wanted) >= times

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self, seconds):
        """The exit code once the program has ended; None when it has not in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.read(0.1):
            continue
        while self.exit_code is None and time.monotonic() < end:
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process:
                self.exit_code = os.waitstatus_to_exitcode(status)
            else:
                time.sleep(0.01)
        if self.exit_code is None:
            os.kill(self.process, 9)
            os.waitpid(self.process, 0)
        os.close(self.master)
        return self.exit_code
