"""Routing tables as a collector writes them (RFC 6396, TABLE_DUMP_V2), for tests."""
import ipaddress
import struct

TYPE = 13
PEER_INDEX, RIB_IPV4, RIB_IPV6 = 1, 2, 4


def record(subtype, body):
    return struct.pack("!IHHI", 1400000000, TYPE, subtype, len(body)) + body


def attribute(code, value):
    return struct.pack("!BBB", 0x40, code, len(value)) + value


def table(peers, routes):
    """`peers`: (AS, address); `routes`: (prefix, number of the peer, path)."""
    body = struct.pack("!IHH", 0x0a000001, 0, len(peers))
    for asn, text in peers:
        address = ipaddress.ip_address(text)
        body += struct.pack("!BI", 2 | (address.version == 6), 0x0a000001) + address.packed
        body += struct.pack("!I", asn)
    whole = record(PEER_INDEX, body)
    for sequence, (text, peer, path) in enumerate(routes):
        prefix = ipaddress.ip_network(text)
        next_hop = ipaddress.ip_address(peers[peer][1]).packed
        attributes = attribute(1, b"\0")
        attributes += attribute(2, struct.pack(f"!BB{len(path)}I", 2, len(path), *path))
        if prefix.version == 4:
            attributes += attribute(3, next_hop)
        else:
            attributes += struct.pack("!BBB", 0x80, 14, 1 + len(next_hop))
            attributes += bytes([len(next_hop)]) + next_hop
        body = struct.pack("!IB", sequence, prefix.prefixlen)
        body += prefix.network_address.packed[:(prefix.prefixlen + 7) // 8]
        body += struct.pack("!HHIH", 1, peer, 1400000000, len(attributes)) + attributes
        whole += record(RIB_IPV4 if prefix.version == 4 else RIB_IPV6, body)
    return whole
