#!/usr/bin/env python3
"""A database that somebody edited: edited.py PLENUM.

Every column of every table in turn gets a text that would steer a terminal, or the largest and the
smallest number: no command falls over it, none passes the text on, and the log tells of it."""
import contextlib
import pathlib
import shutil
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange  # noqa: E402

STEERING = "\x1b]0;title\x07\x9b2J%s%n"
NUMBERS = (2**63 - 1, -1)
SHOWN = (("member", "show", "AS2001"), ("contact", "list"), ("request", "show", "1"), ("pool", "list"), ("rules", "list"))
VERIFY = ("ledger", "verify")
MADE = (("organisation", "add", "-C", "ix", "Org", "--country", "FI"), ("switch", "add", "-C", "ix", "sw1", "--colo", "x"),
        *(("member", "add", "-C", "ix", f"AS200{i}", f"Net {i}", "--ip", f"127.1.0.{i}", "--as-macro", "AS-NET", "--organisation", "1")
          for i in (1, 2)),
        ("contact", "add", "-C", "ix", "AS2001", "--name", "Ann", "--email", "ann@net.example", "--phone", "+1 2"),
        ("contact", "add", "-C", "ix", "AS2001", "--name", "Bob", "--email", "bob@net.example"),
        ("contact", "add", "-C", "ix", "AS2002", "--name", "Eve"), ("contact", "edit", "-C", "ix", "2", "--name", "Rob"),
        ("contact", "erase", "-C", "ix", "2"),
        ("document", "add", "-C", "ix", "Contract", "--member", "AS2001", "--by", "Ann", "--date", "2026-01-01"),
        ("document", "add", "-C", "ix", "Other", "--member", "AS2001", "--by", "Bob"), ("document", "erase", "-C", "ix", "2"),
        ("member", "remove", "-C", "ix", "AS2002"),
        ("port", "add", "-C", "ix", "AS2001", "--switch", "1", "--speed", "10000", "--port-name", "Et1"),
        ("pool", "add", "-C", "ix", "blocks", "2001:db8::/32", "--type", "registry-v6"),
        ("request", "add", "-C", "ix", "blocks", "ORG-77", "--size", "/48", "--purpose", "houses", "--grant"),
        ("rules", "adopt", "-C", "ix", "book.yaml", "--decision", "first", "--by", "members"))


def steers(text):
    return any(ord(letter) < 32 and letter not in "\t\n" or 127 <= ord(letter) < 160 for letter in text)


def columns(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for column in database.execute(f"PRAGMA table_info({table})"):
                if not table.startswith("sqlite") and database.execute(f"SELECT 1 FROM {table}").fetchone():
                    yield table, column[1], column[2] == "TEXT"


def edit(path, table, column, value):
    """False when the store itself refuses it."""
    database = sqlite3.connect(path)
    try:
        database.execute("PRAGMA foreign_keys = off")
        database.execute("PRAGMA ignore_check_constraints = on")
        rows = [row[0] for row in database.execute(f"SELECT {column} FROM {table} ORDER BY rowid LIMIT 1")]
        database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = (SELECT min(rowid) FROM {table})", (value,))
        database.commit()
        return rows[0] != value
    except sqlite3.Error:
        return False
    finally:
        database.close()


def one(exchange, table, column, value):
    """What went wrong with one edit."""
    for words in (*SHOWN, VERIFY):
        code, out, error = exchange.run(*words, "-C", "ix")
        if code not in (0, 1, 2) or "runtime error" in error or "Sanitizer" in error:
            yield f"{table}.{column} = {value!r}: {' '.join(words)}: {code} {error[-300:]}"
        if steers(out + error):
            yield f"{table}.{column}: {' '.join(words)} steers: {(out + error)!r:.300}"
    if code == 0:
        yield f"{table}.{column} = {value!r}: verify finds nothing"


def main(plenum):
    tap = Tap()
    with Exchange(plenum) as exchange:
        exchange.init("--trial")
        shutil.copy(pathlib.Path(__file__).resolve().parents[2] / "src/rulebook/default.yaml", exchange.folder / "book.yaml")
        for words in MADE:
            code, _, error = exchange.run(*words)
            tap.check(" ".join(words[:2] + words[4:6]), code == 0, error)
        code, out, error = exchange.run(*VERIFY, "-C", "ix")
        tap.check("what was erased leaves tables and log in accord", code == 0, out + error)
        path = exchange.folder / "ix/exchange.db"
        good = path.read_bytes()
        wrong, count = [], 0
        for table, column, is_text in list(columns(path)):
            for value in (STEERING,) if is_text else NUMBERS:
                path.write_bytes(good)
                if edit(path, table, column, value):
                    wrong += one(exchange, table, column, value)
                    count += 1
        tap.check(f"{count} edits: none falls over, steers a terminal or stays unseen", count > 100 and not wrong, "\n".join(wrong))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
