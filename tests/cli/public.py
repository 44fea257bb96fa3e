"""What the public asks: RDAP, statistics and WHOIS of a served exchange, and what is refused.

    public.py PLENUM"""
import json
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kit.exchange import Exchange, awaited, free_port  # noqa: E402
from lab import Tap  # noqa: E402

WAIT_S = 15


def octets_of(port, sent, ends=False):
    """What comes back until the other side closes; None when it cut the connection."""
    with socket.create_connection(("127.0.0.1", port), WAIT_S) as stream:
        stream.settimeout(WAIT_S)
        got = b""
        try:
            for piece in sent if isinstance(sent, list) else [sent]:
                stream.sendall(piece)
            if ends:
                stream.shutdown(socket.SHUT_WR)
            while piece := stream.recv(65536):
                got += piece
        except (ConnectionResetError, BrokenPipeError):
            return got or None
        return got


def asked(port, path, method="GET", more=""):
    """Status, headers and body."""
    answer = octets_of(port, f"{method} {path} HTTP/1.1\r\nHost: ix\r\n{more}\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def rdap(port, path):
    status, headers, body = asked(port, "/rdap/" + path)
    return status, json.loads(body) if headers["content-type"] == "application/rdap+json" else None


def objects(tap, port):
    status, network = rdap(port, "ip/127.1.0.1")
    tap.check("an address is in its member's hand", status == 200 and network["objectClassName"] == "ip network"
              and network["startAddress"] == network["endAddress"] == "127.1.0.1" and network["type"] == "ASSIGNED"
              and network["parentHandle"] == "127.1.0.0/16" and network["ipVersion"] == "v4"
              and network["cidr0_cidrs"] == [{"v4prefix": "127.1.0.1", "length": 32}], network)
    tap.check("its entity has a name and a role", network["entities"][0]["roles"] == ["registrant"]
              and ["fn", {}, "text", "Example Net"] in network["entities"][0]["vcardArray"][1], network)
    tap.check("conformance is announced", {"rdap_level_0", "cidr0"} <= set(network["rdapConformance"]), network)
    status, network = rdap(port, "ip/127.1.0.0/24")
    tap.check("a prefix that nobody has is the LAN's", status == 200 and network["handle"] == "127.1.0.0/16", network)
    status, network = rdap(port, "ip/fd00:1::1")
    tap.check("IPv6, too", status == 200 and network["cidr0_cidrs"][0]["v6prefix"] == "fd00:1::1", network)
    for name in ("autnum/201001", "autnum/AS201001"):
        status, autnum = rdap(port, name)
        tap.check(name, status == 200 and autnum["startAutnum"] == 201001 and autnum["name"] == "Example Net", autnum)
    status, entity = rdap(port, "entity/" + network["entities"][0]["handle"])
    tap.check("an entity lists what it holds", status == 200 and len(entity["networks"]) == 2
              and entity["autnums"][0]["handle"] == "AS201001", entity)
    status, domain = rdap(port, "domain/1.0.1.127.in-addr.arpa")
    tap.check("a reverse name leads to its network", status == 200 and domain["ldhName"] == "1.0.1.127.in-addr.arpa"
              and domain["network"]["startAddress"] == "127.1.0.1", domain)
    status, domain = rdap(port, "domain/1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.0.0.d.f.IP6.ARPA.")
    tap.check("in ip6.arpa, too", status == 200 and domain["network"]["startAddress"] == "fd00:1::1", domain)
    tap.check("help", rdap(port, "help")[0] == 200, "")
    for path, wanted in (("ip/192.0.2.1", 404), ("ip/127.1.0.256", 400), ("ip/", 400), ("autnum/1", 404),
                         ("autnum/x", 400), ("autnum/4294967296", 400), ("entity/nobody", 404), ("domain/ix.example", 400),
                         ("domain/2.0.192.in-addr.arpa", 404), ("nameserver/x", 501), ("x/y", 400), ("help/x", 400)):
        status, error = rdap(port, path)
        tap.check(f"{path} is {wanted}", status == wanted and error["errorCode"] == wanted and error["description"], error)


def protocol(tap, port):
    status, headers, body = asked(port, "/rdap/autnum/201001")
    tap.check("anybody's page may ask", headers["access-control-allow-origin"] == "*", headers)
    again, _, nothing = asked(port, "/rdap/autnum/201001", more=f"If-None-Match: {headers['etag']}\r\n")
    tap.check("what is known is not sent again", status == 200 and again == 304 and nothing == b"", again)
    status, head, nothing = asked(port, "/rdap/autnum/201001", "HEAD")
    tap.check("HEAD has the head alone", status == 200 and nothing == b"" and head["content-length"] == str(len(body)), head)
    tap.check("a path with percent signs", asked(port, "/rdap/autnum/%32%30%31001")[0] == 200, "")
    tap.check("another method", asked(port, "/", "DELETE")[0] == 405, "")
    tap.check("no page", asked(port, "/etc/passwd")[0] == 404 and asked(port, "/")[0] == 200, "")
    twice = octets_of(port, b"GET / HTTP/1.1\r\nHost: ix\r\n\r\n" * 2)
    tap.check("one request a connection", twice.count(b"HTTP/1.1 ") == 1, twice)
    for what, head in (("two lengths", "Content-Length: 0\r\nContent-Length: 5\r\n"),
                       ("a length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
                       ("two hosts", "Host: other\r\n"), ("a folded line", "X: a\r\n b\r\n"),
                       ("a bare line feed", "X: a\n"), ("a NUL", "X: a\0b\r\n")):
        tap.check(f"refused: {what}", asked(port, "/", more=head)[0] == 400, "")
    slowly = octets_of(port, [bytes([octet]) for octet in b"GET / HTTP/1.1\r\nHost: ix\r\n\r\n"])
    tap.check("octet by octet it is the same", slowly.startswith(b"HTTP/1.1 200"), slowly)
    tap.check("too long a head", b" 431 " in (octets_of(port, b"GET / HTTP/1.1\r\nX: " + b"a" * 9000) or b""), "")
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    tap.check("who is silent has 16 places at most and is closed",
              awaited(lambda: sum(gone(stream) for stream in idle) >= 24), "")
    for stream in idle:
        stream.close()
    tap.check("and then others are answered", awaited(lambda: octets_of(port, b"GET / HTTP/1.1\r\nHost: i\r\n\r\n")), "")


def gone(stream):
    stream.setblocking(False)
    try:
        return stream.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def whois(tap, port):
    answer = octets_of(port, b"AS201001\r\n").decode()
    tap.check("WHOIS knows a number", "aut-num:        AS201001\n" in answer and "org-name:       Example Net\n" in answer, answer)
    tap.check("an address", b"inetnum:        127.1.0.1 - 127.1.0.1\n" in octets_of(port, b"127.1.0.1\n"), "")
    tap.check("nothing for nobody", b"%ERROR:101" in octets_of(port, b"x\r\n"), "")
    tap.check("no question without its end", octets_of(port, b"AS201001", ends=True) in (b"", None), "")
    tap.check("a question too long", b"%ERROR:107" in (octets_of(port, b"a" * 300) or b""), "")


def changes(tap, exchange, web):
    code, _, wrong = exchange.run("member", "add", "-C", "ix", "AS201002", "Other", "--ip", "127.1.0.2")
    tap.check("a member added is there at once", code == 0 and rdap(web, "ip/127.1.0.2")[1]["type"] == "ASSIGNED", wrong)
    exchange.run("member", "remove", "-C", "ix", "AS201002")
    tap.check("and gone when it is removed", rdap(web, "autnum/201002")[0] == 404, "")
    status, _, body = asked(web, "/delegated-example-ix-extended-latest")
    rows = [row.split("|") for row in body.decode().splitlines()]
    free = sum(int(row[4]) for row in rows if row[2] == "ipv4" and len(row) > 6)
    tap.check("the statistics add up to the whole LAN", status == 200 and free == 65536, body)
    tap.check("header and rows agree", int(rows[0][3]) == len(rows) - 4, body)


def facts(tap, exchange, web):
    """Of people only what they made public."""
    listed = {"version": "1.0", "timestamp": "2026-01-05T10:00:00Z", "ixp_list": [{"ixp_id": 1, "ixf_id": 1, "shortname": "EX", "country": "FI"}],
              "member_list": [{"asnum": 201001, "name": "Example Net", "url": "https://net.example/", "member_since": "2020-01-02T03:04:05Z",
                               "contact_email": ["noc@net.example"],
                               "connection_list": [{"ixp_id": 1, "vlan_list": [{"ipv4": {"address": "127.1.0.1"}, "ipv6": {"address": "fd00:1::1"}}]}]}]}
    (exchange.folder / "list.json").write_text(json.dumps(listed))
    code, _, wrong = exchange.run("import", "-C", "ix", "list.json", "--yes")
    _, autnum = rdap(web, "autnum/201001")
    tap.check("when a member joined", code == 0 and {"eventAction": "registration", "eventDate": "2020-01-02T03:04:05Z"} in autnum.get("events", []),
              (wrong, autnum))
    tap.check("no contact that is not public", "noc@net.example" not in json.dumps(autnum), autnum)
    tap.check("the country of the exchange", rdap(web, "ip/127.1.0.1")[1].get("country") == "FI", "")


def pools(tap, exchange, web, port43):
    """What the registry gave out, and that a pool adds up."""
    for words in (["pool", "add", "-C", "ix", "lan4", "127.1.0.0/16", "--type", "peering-v4"],
                  ["pool", "add", "-C", "ix", "blocks", "2001:db8::/32", "--type", "registry-v6"],
                  ["request", "add", "-C", "ix", "blocks", "ORG-77", "--size", "/48", "--grant"]):
        code, _, wrong = exchange.run(*words)
        tap.check(" ".join(words[:2]), code == 0, wrong)
    status, network = rdap(web, "ip/127.1.0.1")
    tap.check("an address of a pool stays its member's", status == 200 and network["parentHandle"] == "127.1.0.0/16"
              and network["entities"][0]["handle"] == "AS201001-ORG" and network["events"], network)
    _, network = rdap(web, "ip/127.1.0.0")
    tap.check("what the exchange keeps is reserved", network["status"] == ["reserved"], network)
    _, body = asked(web, "/delegated-example-ix-extended-latest")[::2]
    rows = [row.split("|") for row in body.decode().splitlines()]
    block = next(row for row in rows if row[2] == "ipv6" and row[6:] == ["assigned", "ORG-77"])
    status, entity = rdap(web, "entity/org-77")
    tap.check("a holder has its block", status == 200 and entity["networks"][0]["startAddress"] == block[3], (entity, block))
    tap.check("over WHOIS, too", f"inet6num:       {block[3]}/48" in octets_of(port43, block[3].encode() + b"\n").decode(), block)
    tap.check("IPv4 adds up to the whole LAN", sum(int(row[4]) for row in rows if row[2] == "ipv4" and len(row) > 6) == 65536, "")
    tap.check("IPv6 to the whole block", sum(2 ** (128 - int(row[4])) for row in rows if row[2] == "ipv6" and len(row) > 6
              and row[3].startswith("2001:db8:")) == 2 ** 96, "")


def main():
    tap = Tap()
    with Exchange(sys.argv[1]) as exchange:
        web, port43 = free_port(), free_port()
        exchange.init("--trial")
        with open(exchange.folder / "ix/exchange.yaml", "a", encoding="utf-8") as file:
            file.write(f"web:\n  - \"127.0.0.1:{web}\"\nwhois:\n  - \"127.0.0.1:{port43}\"\nweb_url: https://rdap.ix.example\n")
        exchange.run("member", "add", "-C", "ix", "AS201001", "Example Net", "--ip", "127.1.0.1", "--ip", "fd00:1::1")
        exchange.serve()
        objects(tap, web)
        protocol(tap, web)
        whois(tap, port43)
        changes(tap, exchange, web)
        facts(tap, exchange, web)
        pools(tap, exchange, web, port43)
        exchange.stop()
        held = socket.create_server(("127.0.0.1", web))
        try:
            code, _, wrong = exchange.run("serve", "-C", "ix")
            tap.check("a port in use is said", code == 2 and f"port {web} for HTTP" in wrong, wrong)
        finally:
            held.close()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
