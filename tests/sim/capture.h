/* sim/capture.h — what the server sends, as a capture file for an independent decoder.
 *
 * Each connection is a TCP stream of its own from 192.0.2.1 port 179; only the server's side is
 * there, and only of connections that agree on four-octet AS numbers and on no ADD-PATH: nobody who
 * sees one side alone can know of these.
 * Owns    the file
 * Thread  one
 * Source  pcap-savefile(5), link type RAW */
#ifndef SIM_CAPTURE_H
#define SIM_CAPTURE_H

#include <stdint.h>
#include <stdio.h>

#include "base/instant.h"
#include "base/octets.h"

struct capture {
	FILE *file; /* NULL: nothing is kept */
	uint32_t stream_count;
};

/* Ends the test program when the file cannot be made. */
void capture_begin(struct capture *capture, const char *path);

/* Octets of a stream, that many of it having been sent before. */
void capture_put(struct capture *capture, uint32_t stream, uint64_t sent_before,
		 struct octets octets, struct instant now);

#endif
