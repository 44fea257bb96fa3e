"""Loads by name, as src/trial/load_name.c reads them, and what a change of rules bars of them."""
import dataclasses
import ipaddress
import re


@dataclasses.dataclass(frozen=True)
class Load:
    name: str
    family: str
    members: int
    routes: int
    overlap: int
    steered: bool

    @property
    def prefixes(self):
        return self.members * self.routes // self.overlap

    @property
    def deliveries(self):
        return self.prefixes * (self.members - 1 if self.overlap == 1 else self.members)

    @property
    def barred(self):
        """The first prefixes, at most a tenth: one aligned block."""
        bits = max(1, self.prefixes // 10).bit_length() - 1
        if self.family == "ipv4":
            return ipaddress.ip_network(f"20.0.0.0/{24 - bits}")
        return ipaddress.ip_network(f"2a00::/{48 - bits}")


def load_of(name, family):
    match = re.fullmatch(r"(?:u(\d+)x(\d+)|o(\d+)x(\d+)k(\d+))(\.x10)?", name)
    if match is None:
        raise ValueError(f'"{name}" is no load: u100x1000 or o100x50000k4, with .x10 behind it or without')
    unique, routes, members, prefixes, overlap, steered = match.groups()
    if unique:
        return Load(name, family, int(unique), int(routes), 1, bool(steered))
    return Load(name, family, int(members), int(prefixes) // int(members) * int(overlap), int(overlap), bool(steered))
