/* net/port.h — the door to the world: streams, time and chance, as functions that a test can
 * replace.
 *
 * sys/port.h gives one on Linux; the simulator gives another.  A port belongs to one worker; only
 * wake may be called from elsewhere.  Numbers of streams are the process's: a stream accepted
 * through one port may be watched by another.
 * Faults  AGAIN: nothing now, an event will come · ABSENT: the other side closed · SYSTEM: errno
 * Thread  the worker, but for wake */
#ifndef NET_PORT_H
#define NET_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/instant.h"
#include "base/octets.h"
#include "net/address.h"

#define PORT_STREAMS_MAX 16384u /* streams at once; numbers are below it */
#define PORT_EVENTS_MAX 256u
#define PORT_PASSWORD_MAX 80u

struct port_stream {
	int32_t number; /* -1 = none */
};

struct port_event {
	struct port_stream stream;
	bool readable; /* or ended: read says which */
	bool writable; /* also: the connection that was begun stands, or failed */
};

struct port_endpoint {
	struct address address;
	uint16_t port;
};

struct port_secret {
	struct address peer;
	uint8_t len_octets; /* 0 = none */
	uint8_t octet[PORT_PASSWORD_MAX];
};

struct port {
	struct instant (*now)(struct port *port);
	struct wall (*wall)(struct port *port);
	uint64_t (*random)(struct port *port);
	struct fault (*listen)(struct port *port, const struct port_endpoint *at,
			       struct port_stream *out);
	/* RFC 2385 keys stand on the listener before the member calls. */
	struct fault (*secret)(struct port *port, struct port_stream listener,
			       const struct port_secret *secret);
	/* The stream is nobody's until a port watches it: its own or another worker's.  A listener
	 * is reported readable once: it is asked until AGAIN, or asked again later. */
	struct fault (*accept)(struct port *port, struct port_stream listener,
			       struct port_stream *out, struct address *peer);
	struct fault (*watch)(struct port *port, struct port_stream stream);
	/* Begins; a writable event tells the end, connected says how it went. */
	struct fault (*connect)(struct port *port, const struct address *from,
				const struct port_endpoint *to, const struct port_secret *secret,
				struct port_stream *out);
	struct fault (*connected)(struct port *port, struct port_stream stream);
	/* RFC 5082: only packets from the same link.  CONFLICT when the stream began elsewhere. */
	struct fault (*same_link)(struct port *port, struct port_stream stream);
	struct fault (*read)(struct port *port, struct port_stream stream, uint8_t *out,
			     uint32_t room_octets, uint32_t *len_octets);
	struct fault (*write)(struct port *port, struct port_stream stream,
			      const struct octets *parts, uint32_t part_count,
			      uint32_t *len_octets);
	void (*close)(struct port *port, struct port_stream stream);
	/* Waits until something happens or `until`; edge-triggered. */
	uint32_t (*wait)(struct port *port, struct port_event *out, uint32_t events_max,
			 struct instant until);
	void (*wake)(struct port *port);
};

#endif
