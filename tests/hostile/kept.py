"""What an exchange keeps, for tests in which something happens to it: a fresh one as often as it is
needed, what it holds, and whether it is sound."""
import filecmp
import json
import re
import shutil

MEMBERS = json.dumps({"version": "1.0", "timestamp": "2026-01-01T00:00:00Z", "ixp_list": [
    {"ixp_id": 1, "ixf_id": 1, "shortname": "X", "vlan": [{"id": 1}]}], "member_list": [
    {"asnum": 201000 + number, "name": f"Import {number}", "connection_list": [
        {"ixp_id": 1, "state": "active", "vlan_list": [
            {"vlan_id": 1, "ipv4": {"address": f"127.1.0.{number}"}}]}]}
    for number in (1, 50, 51, 52)]})
LISTS = (["member", "list"], ["rules", "list"], ["pool", "list"], ["request", "list"])


class Files:
    """An exchange in a file; a fresh one is a copy of its directory."""
    name = "sqlite"

    def __init__(self, exchange):
        self.exchange = exchange
        self.now, self.base = exchange.folder / "ix", exchange.folder / "base"

    def init_options(self):
        return []

    def keep(self):
        shutil.copytree(self.now, self.base)

    def fresh(self):
        shutil.rmtree(self.now, ignore_errors=True)
        shutil.copytree(self.base, self.now)

    def is_untouched(self):
        """Whether no octet differs from a fresh one."""
        there, kept = ({path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
                       for folder in (self.now, self.base))
        return there == kept and all(filecmp.cmp(self.now / path, self.base / path, shallow=False)
                                     for path in kept)


class Database(Files):
    """An exchange in PostgreSQL; a fresh one is made from a template, when somebody wrote."""
    name = "postgresql"

    def __init__(self, exchange, cluster):
        super().__init__(exchange)
        self.cluster = cluster
        self.fresh_at = None

    def init_options(self):
        return ["--database", self.cluster.url("ix")]

    def keep(self):
        super().keep()
        self.cluster.sql("CREATE DATABASE base TEMPLATE ix")

    def written(self):
        """The number of the next transaction that writes, of the whole cluster."""
        return self.cluster.sql("SELECT pg_snapshot_xmax(pg_current_snapshot())")

    def fresh(self):
        super().fresh()
        if self.written() == self.fresh_at:
            return
        self.cluster.sql("DROP DATABASE ix WITH (FORCE)")
        self.cluster.sql("CREATE DATABASE ix TEMPLATE base")
        self.fresh_at = self.written()

    def is_untouched(self):
        return super().is_untouched() and self.written() == self.fresh_at


class Kept:
    """An exchange in `ix` to which something happens."""

    def __init__(self, tap, exchange, store):
        self.tap, self.exchange, self.store = tap, exchange, store
        self.is_rollback = False

    def found(self, members):
        """Makes it, with so many members, a pool, and what commands read from files."""
        exchange = self.exchange
        exchange.init(*self.store.init_options())
        for number in range(1, members + 1):
            exchange.run("member", "add", "-C", "ix", f"AS{201000 + number}", f"Net {number}", "--ip",
                         f"127.1.0.{number}")
        (exchange.folder / "members.json").write_text(MEMBERS)
        exchange.run("pool", "add", "-C", "ix", "region", "198.51.100.0/24", "--type", "registry-v4")
        book = exchange.run("rules", "show", "-C", "ix", "--yaml")[1]
        (exchange.folder / "book.yaml").write_text(book.replace("Own routes", "Its own routes"))
        exchange.run("backup", "-C", "ix", "backup.db")

    def run(self, *words):
        return self.exchange.run(*words)

    def state(self):
        """All that the commands change, but when."""
        text = "".join(self.run(*words, "-C", "ix", "--json")[1] for words in LISTS)
        return re.sub(r"\d{4}-\d\d-\d\dT[0-9:]*Z", "then", text)

    def settle(self):
        """A backup that is older than what was signed is to be accepted in so many words."""
        if self.is_rollback:
            self.run("ledger", "verify", "-C", "ix", "--accept-rollback", "a test")

    def wrong(self):
        """What check and verify find, "" when nothing."""
        found = ""
        for words in (["check"], ["ledger", "verify"]):
            code, out, error = self.run(*words, "-C", "ix")
            if code != 0:
                found += f"{words}: {code} {out}{error}"
        return found

    def works(self, words, after):
        """Why a command that failed works no more, "" when it does."""
        code, _, error = self.run(*words)
        self.settle()
        return "" if code == 0 and self.state() == after else f"and then it works no more: {code} {error}"
