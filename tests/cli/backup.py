"""plenum backup and restore, from either store into either: backup.py PLENUM"""
import pathlib
import sqlite3
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange  # noqa: E402
from kit.postgres import Cluster  # noqa: E402

WRITTEN = 12  # members added while backups are made


def add(exchange, number):
    return exchange.run("member", "add", "-C", "ix", f"AS{201000 + number}", f"Net {number}", "--ip",
                        f"127.1.0.{number}", "--password", f"sesame{number}")[0]


def dump(path):
    """All rows of all tables but the files that go with them."""
    with sqlite3.connect(path) as database:
        return [line for line in database.iterdump() if "backup_file" not in line]


def members(exchange, directory="ix"):
    return exchange.run("member", "list", "-C", directory, "--json")[1]


def accept(exchange):
    """An older copy is refused until somebody says why it is the one to go on with."""
    return exchange.run("ledger", "verify", "-C", "ix", "--accept-rollback", "put back")[0] == 0


def refused(tap, name, done, *words):
    code, _, error = done
    tap.check(name, code == 2 and all(word in error for word in words), (code, error))


def strangers(tap, exchange):
    refused(tap, "a file that is there is not written over",
            exchange.run("backup", "-C", "ix", "one.db"), "one.db: there is a file already")
    refused(tap, "no folder for it", exchange.run("backup", "-C", "ix", "no/one.db"), "no/one.db",
            "No such file or directory")
    refused(tap, "no such backup", exchange.run("restore", "-C", "new", "none.db"), "none.db")
    (exchange.folder / "text").write_text("just some text")
    refused(tap, "not a backup", exchange.run("restore", "-C", "new", "text"),
            "text: not a database of Plenum's")
    whole = (exchange.folder / "one.db").read_bytes()
    (exchange.folder / "cut.db").write_bytes(whole[:len(whole) // 2])
    refused(tap, "half a backup", exchange.run("restore", "-C", "new", "cut.db"),
            "cut.db: the database is damaged")
    (exchange.folder / "newer.db").write_bytes(whole)
    with sqlite3.connect(exchange.folder / "newer.db") as database:
        database.execute("PRAGMA user_version = 1000")
    refused(tap, "a newer one", exchange.run("restore", "-C", "new", "newer.db"), "newer.db",
            "written by a newer Plenum")
    (exchange.folder / "forged.db").write_bytes(whole)
    with sqlite3.connect(exchange.folder / "forged.db") as database:
        database.execute("UPDATE member SET name = 'Forged' WHERE asn = 201007")
    refused(tap, "one whose tables are not what its log says",
            exchange.run("restore", "-C", "new", "forged.db"), "forged.db: ")
    tap.check("and nothing is left of it", not (exchange.folder / "new").exists())
    refused(tap, "where there is an exchange", exchange.run("restore", "-C", "ix", "one.db"),
            "there is an exchange already", "--force")


def while_written(tap, name, exchange):
    """Each backup is of one moment, though members come meanwhile."""
    exchange.serve()
    writer = threading.Thread(target=lambda: [add(exchange, 100 + n) for n in range(WRITTEN)])
    writer.start()
    bad, count = "", 0
    while writer.is_alive() or count == 0:
        code, _, error = exchange.run("backup", "-C", "ix", f"while{count}.db")
        code = code or exchange.run("restore", "-C", f"while{count}", f"while{count}.db")[0] \
            if name == "sqlite" else code
        bad += error if code != 0 else ""
        count += 1
    writer.join()
    tap.check(f"{name}: {count} backups while members are added", not bad, bad)
    if name == "sqlite":
        wrong = [n for n in range(count) if exchange.run("check", "-C", f"while{n}")[0] != 0
                 or exchange.run("ledger", "verify", "-C", f"while{n}")[0] not in (0, 2)]
        tap.check("each of them is sound", not wrong, wrong)
    refused(tap, "not in the place of what is served",
            exchange.run("restore", "-C", "ix", "one.db", "--force"), "another plenum is at work")
    exchange.stop()


def mode(path):
    return path.stat().st_mode & 0o777


def from_file(tap, exchange):
    exchange.init()
    for number in range(1, 30):
        add(exchange, number)
    before = members(exchange)
    code, out, error = exchange.run("backup", "-C", "ix", "one.db")
    tap.check("a backup", code == 0 and "one.db: the registry of Example-IX" in out, error)
    tap.check("for its owner alone, with nothing beside it",
              mode(exchange.folder / "one.db") == 0o600
              and sorted(path.name for path in exchange.folder.iterdir()) == ["ix", "one.db"])
    strangers(tap, exchange)
    exchange.run("member", "remove", "-C", "ix", "AS201001")
    code, out, error = exchange.run("restore", "-C", "ix", "one.db", "--force")
    refused(tap, "an older copy is refused", exchange.run("member", "list", "-C", "ix"),
            "it is an older copy")
    tap.check("put back by force", code == 0 and accept(exchange)
              and members(exchange) == before, error)
    tap.check("what was there is kept", (exchange.folder / "ix" / "exchange.db.replaced").exists())
    code, out, error = exchange.run("restore", "-C", "new", "one.db")
    tap.check("a new directory of it, with its exchange.yaml",
              code == 0 and members(exchange, "new") == before
              and mode(exchange.folder / "new" / "exchange.db") == 0o600, error)
    while_written(tap, "sqlite", exchange)


def from_database(tap, cluster, exchange, other):
    exchange.init("--database", cluster.url("ix"))
    source = str(other.folder / "one.db")
    code, _, error = exchange.run("restore", "-C", "ix", source)
    tap.check("into a new database", code == 0, error)
    exchange.run("backup", "-C", "ix", "one.db")
    # Steps of the tables may have been made since; the restored copy has made them, too.
    tap.check("and what comes out of it is what went in",
              dump(exchange.folder / "one.db") == dump(source))
    refused(tap, "where there is an exchange", exchange.run("restore", "-C", "ix", source),
            "there is an exchange already", "--force")
    tap.check("under the key of its own", accept(exchange))
    add(exchange, 99)
    code, _, error = exchange.run("restore", "-C", "ix", source, "--force")
    tap.check("by force", code == 0 and accept(exchange) and members(exchange) == members(other, "new"), error)
    while_written(tap, "postgresql", exchange)
    cluster.stop()
    refused(tap, "no database, no backup", exchange.run("backup", "-C", "ix", "late.db"),
            "the database cannot be reached")
    tap.check("nor half of one", not list(exchange.folder.glob("late*")))


def main():
    tap = Tap()
    with Exchange(sys.argv[1]) as one:
        from_file(tap, one)
        if not Cluster.is_there():
            tap.skip("backups of PostgreSQL", "it is not installed")
            return tap.finish()
        with Cluster() as cluster, Exchange(sys.argv[1]) as other:
            from_database(tap, cluster, other, one)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
