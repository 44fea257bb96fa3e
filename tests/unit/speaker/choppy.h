/* unit/speaker/choppy.h — a port that can be made to take and give few octets at a time, and to
 * refuse every other write. */
#ifndef UNIT_SPEAKER_CHOPPY_H
#define UNIT_SPEAKER_CHOPPY_H

#include "net/port.h"
#include "sys/port.h"

#define CHOPPY_OCTETS 7u

struct choppy {
	struct port port; /* first */
	struct sys_port sys;
	bool is_on;
	bool refuses;
	struct port_stream connected[PORT_EVENTS_MAX];
	uint32_t count;
};

/* As the system's port until is_on; sys is to be ended by the caller. */
void choppy_init(struct choppy *choppy);

#endif
