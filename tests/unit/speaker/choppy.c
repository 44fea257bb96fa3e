/* unit/speaker/choppy.c — the system's port in small pieces. */
#include "unit/speaker/choppy.h"

#include "kit/tap.h"

static struct choppy *choppy_of(struct port *port)
{
	return (struct choppy *)(void *)port;
}

static struct instant choppy_now(struct port *port)
{
	struct port *real = &choppy_of(port)->sys.port;

	return real->now(real);
}

static uint64_t choppy_random(struct port *port)
{
	struct port *real = &choppy_of(port)->sys.port;

	return real->random(real);
}

static struct fault choppy_connect(struct port *port, const struct address *from,
				   const struct port_endpoint *to, const struct port_secret *secret,
				   struct port_stream *out)
{
	struct choppy *choppy = choppy_of(port);
	struct port *real = &choppy->sys.port;

	TRY(real->connect(real, from, to, secret, out));
	if (choppy->count < PORT_EVENTS_MAX)
		choppy->connected[choppy->count++] = *out;
	return fault_none();
}

static struct fault choppy_connected(struct port *port, struct port_stream stream)
{
	struct port *real = &choppy_of(port)->sys.port;

	return real->connected(real, stream);
}

static struct fault choppy_read(struct port *port, struct port_stream stream, uint8_t *out,
				uint32_t room_octets, uint32_t *len_octets)
{
	struct choppy *choppy = choppy_of(port);
	struct port *real = &choppy->sys.port;

	if (choppy->is_on && room_octets > CHOPPY_OCTETS)
		room_octets = CHOPPY_OCTETS;
	return real->read(real, stream, out, room_octets, len_octets);
}

static struct fault choppy_write(struct port *port, struct port_stream stream,
				 const struct octets *parts, uint32_t part_count,
				 uint32_t *len_octets)
{
	struct choppy *choppy = choppy_of(port);
	struct port *real = &choppy->sys.port;
	struct octets part = parts[0];

	if (!choppy->is_on)
		return real->write(real, stream, parts, part_count, len_octets);
	bool refuses = choppy->refuses;
	choppy->refuses = !refuses;
	if (refuses)
		return fault_of(FAULT_AGAIN, 0);
	if (part.len_octets > CHOPPY_OCTETS)
		part.len_octets = CHOPPY_OCTETS;
	return real->write(real, stream, &part, 1, len_octets);
}

static void choppy_close(struct port *port, struct port_stream stream)
{
	struct choppy *choppy = choppy_of(port);
	struct port *real = &choppy->sys.port;

	for (uint32_t i = 0; i < choppy->count; i++) {
		if (choppy->connected[i].number == stream.number)
			choppy->connected[i--] = choppy->connected[--choppy->count];
	}
	real->close(real, stream);
}

/* What was refused may be tried again at once. */
static uint32_t choppy_wait(struct port *port, struct port_event *out, uint32_t events_max,
			    struct instant until)
{
	struct choppy *choppy = choppy_of(port);
	struct port *real = &choppy->sys.port;

	uint32_t count = real->wait(real, out, events_max, until);
	for (uint32_t i = 0; i < choppy->count && choppy->is_on && count < events_max; i++)
		out[count++] = (struct port_event){ .stream = choppy->connected[i],
						    .writable = true };
	return count;
}

void choppy_init(struct choppy *choppy)
{
	*choppy = (struct choppy){ .port = { .now = choppy_now,
					     .random = choppy_random,
					     .connect = choppy_connect,
					     .connected = choppy_connected,
					     .read = choppy_read,
					     .write = choppy_write,
					     .close = choppy_close,
					     .wait = choppy_wait } };
	expect_true(!failed(sys_port_init(&choppy->sys)));
}
