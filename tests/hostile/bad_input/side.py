"""Cases 77 to 83: what comes by other ways than BGP.  Each has a test of its own."""
from row import Row

RTR = "RFC 8210 10, 12"
BAD_RTR, CALLERS = "tests/unit/rpki/session_bad.c", "tests/hostile/callers.py"
UNFILLED = "no test: VRPS_MAX in src/rpki/vrp.h holds it"
NOT_BUILT = "not built: there is nothing that listens"


def refers(case, name, cites, test):
    return Row(case, name, cites, shown_by=test)


ROWS = [
    *[refers(77, f"RTR: {name}", RTR, BAD_RTR) for name in (
        "a PDU below 8 octets or above its bound", "a maximum below the length, or above 32 or 128",
        "a type that there is not", "another session's identifier", "a withdrawal of the unknown",
        "a record twice", "intervals of 0 and of 2^32-1", "an error report that lies about its lengths",
        "providers out of order")],
    refers(77, "RTR: what a cache did wrong does not end what it said before", "RFC 8210 10",
           "tests/interop/rpki.py"),
    refers(78, "RTR: more records than there can be", "no RFC", UNFILLED),
    refers(78, "RTR: a cache that starts over and over", "RFC 8210 8.4", "tests/unit/rpki/session.c"),
    refers(78, "RTR: a change judges only what it touches", "RFC 9324 4", "tests/interop/rpki.py"),
    refers(79, "control socket: a caller that never reads", "no RFC", f"{CALLERS}: never_reading"),
    refers(79, "control socket: callers without number", "no RFC", f"{CALLERS}: many_callers"),
    refers(79, "control socket: a request of 100 MB, and lengths that lie", "no RFC",
           f"{CALLERS}: requests"),
    refers(80, "BMP: a station that is slow or dead", "RFC 7854", NOT_BUILT),
    refers(81, "the log's disk is full", "no RFC", "tests/hostile/failing.py"),
    refers(81, "a log that nobody reads", "no RFC", "tests/hostile/peers.py: log_that_nobody_reads"),
    refers(82, "BFD: a bad version, a bad length, no discriminators", "RFC 5880 6.8.6", NOT_BUILT),
    refers(83, "configuration: an unknown word, a huge file, half a file", "no RFC",
           f"{CALLERS}: configurations"),
]
