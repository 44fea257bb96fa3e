"""CPU against members, as an SVG that is read on light and dark grounds: no ground of its own, and colours
that stand out from both."""
import math

from results import NAMES, SERVERS, Results

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 480, 74, 112, 56, 54
ROUTES_MAX = 200000  # loads with so many routes in all, about the same
LABEL_GAP = 17
# Middle tones: at least three to one against white and against GitHub's dark ground.
COLOURS = {"floor": "#808890", "plenum": "#1a9850", "bird": "#d95f3b", "openbgpd": "#3b82d0", "frr": "#a05cc0",
           "gobgp": "#b58900"}
SHAPES = {"floor": "square", "plenum": "disc", "bird": "diamond", "openbgpd": "square", "frr": "triangle",
          "gobgp": "disc"}
INK = "#808890"
GRID = 'stroke="#808890" stroke-opacity="0.3"'


def points_of(lines):
    """{server: [(members, CPU s)]} of the loads in which everybody announces routes of his own, about as many in all."""
    results = Results(lines)
    points = {}
    for key in results.keys_of("", "cpu_s"):
        name, family, _ = key
        members, _, routes = name[1:].partition("x")
        if name[0] != "u" or "." in name or family != "ipv4" or int(members) * int(routes) > ROUTES_MAX:
            continue
        for server in SERVERS:
            cpu = results.median(key, server, "cpu_s")
            if cpu:
                points.setdefault(server, []).append((int(members), cpu))
    return {server: sorted(found) for server, found in points.items()}


class Axes:
    """Both logarithmic."""

    def __init__(self, points):
        everything = [point for found in points.values() for point in found]
        self.members = sorted({x for x, _ in everything})
        self.x = [math.log10(self.members[0]), math.log10(self.members[-1])]
        if self.x[0] == self.x[1]:
            self.x[1] += 1
        self.y = [math.floor(math.log10(min(y for _, y in everything))),
                  math.ceil(math.log10(max(y for _, y in everything)))]
        if self.y[0] == self.y[1]:
            self.y[1] += 1

    def at(self, members, cpu):
        x = (math.log10(members) - self.x[0]) / (self.x[1] - self.x[0])
        y = (math.log10(cpu) - self.y[0]) / (self.y[1] - self.y[0])
        return LEFT + x * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM)

    def svg(self):
        text = []
        for power in range(self.y[0], self.y[1] + 1):
            _, y = self.at(self.members[0], 10.0 ** power)
            text += [f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" {GRID}/>',
                     f'<text x="{LEFT - 8}" y="{y + 4.5:.1f}" text-anchor="end">{10.0 ** power:g} s</text>']
        for members in self.members:
            x, y = self.at(members, 10.0 ** self.y[0])
            text += [f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{y:.1f}" {GRID}/>',
                     f'<text x="{x:.1f}" y="{y + 20:.1f}" text-anchor="middle">{members:,}</text>']
        middle = (LEFT + WIDTH - RIGHT) / 2
        return [*text, f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">members</text>']


def mark(shape, x, y, colour):
    if shape == "disc":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>'
    corners = {"square": [(-4, -4), (4, -4), (4, 4), (-4, 4)], "diamond": [(0, -6), (6, 0), (0, 6), (-6, 0)],
               "triangle": [(0, -6), (5.5, 4.5), (-5.5, 4.5)]}[shape]
    path = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{path}" fill="{colour}"/>'


def line_of(server, places):
    colour = COLOURS[server]
    dashes = ' stroke-dasharray="6 4"' if server == "floor" else ""
    width = 3.2 if server == "plenum" else 2
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return [f'<polyline fill="none" stroke="{colour}" stroke-width="{width}"{dashes} points="{path}"/>',
            *(mark(SHAPES[server], x, y, colour) for x, y in places)]


def legend(ends):
    """Beside the plot, each at the height where its line ends, and none over another."""
    text = []
    lowest = 0
    for y, server in sorted(ends):
        lowest = max(y, lowest + LABEL_GAP)
        x = WIDTH - RIGHT + 16
        text += [mark(SHAPES[server], x, lowest, COLOURS[server]),
                 f'<text x="{x + 10}" y="{lowest + 4.5:.1f}" fill="{COLOURS[server]}">{NAMES[server]}'
                 '</text>']
    return text


def plot(lines):
    points = points_of(lines)
    if not points:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>\n'
    axes = Axes(points)
    text = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
            f'font-size="13" fill="{INK}">', '<title>CPU against members</title>',
            f'<text x="{LEFT}" y="22" font-size="16">CPU of the server until all members hold all routes</text>',
            f'<text x="{LEFT}" y="42">IPv4, 100,000 to 150,000 routes in all; both axes logarithmic</text>', *axes.svg()]
    ends = []
    for server, found in points.items():
        places = [axes.at(*point) for point in found]
        text += line_of(server, places)
        ends.append((places[-1][1], server))
    return "\n".join([*text, *legend(ends), "</svg>"]) + "\n"
