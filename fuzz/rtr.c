/* fuzz/rtr.c — an RTR cache that may say anything, at any time: the tape's octets are its stream,
 * cut in pieces, with ticks between.  What we say is well formed, and the snapshot changes only
 * with a word about it.
 * Reaches rtr_pdu_read rtr_session_octets rtr_session_tick rtr_session_closed rtr_session_connected
 *         rpki_data_make */
#include "target.h"

#include "base/rd.h"
#include "rpki/session.h"

struct world {
	struct heap heap;
	struct rtr_session session;
	struct instant now;
	uint8_t said[2 * RTR_OUT_OCTETS_MIN];
};

/* All that was said is whole PDUs that a cache can read. */
static void said_is_good(const struct wr *out)
{
	struct octets left = wr_octets_of(out);

	MUST(wr_ok(out));
	while (left.len_octets != 0) {
		struct rtr_pdu pdu;
		MUST(!failed(rtr_pdu_read(left, &pdu)));
		MUST(pdu.type == RTR_RESET_QUERY || pdu.type == RTR_SERIAL_QUERY ||
		     pdu.type == RTR_ERROR_REPORT);
		left = octets_of(left.at + pdu.whole.len_octets,
				 left.len_octets - pdu.whole.len_octets);
	}
}

static void step(struct world *world, struct rd *tape)
{
	struct rtr_session *session = &world->session;
	struct wr out = wr_of(world->said, sizeof world->said);
	const struct rpki_data *before = session->data;
	uint8_t what = rd_u8(tape);
	uint32_t orders = 0;

	if (session->state == RTR_STATE_CONNECTING)
		orders = rtr_session_connected(session, world->now, &out);
	else if (what == 0)
		orders = rtr_session_closed(session, world->now, "closed");
	else if (what < 8 || !rtr_session_is_connected(session)) {
		world->now = instant_add(world->now, span_s(1 << (what % 8) * 2));
		orders = rtr_session_tick(session, world->now, &out);
	} else {
		uint32_t len = what < rd_left(tape) ? what : rd_left(tape);
		struct octets piece = rd_take(tape, len);
		orders = rtr_session_octets(session, piece, world->now, &out);
	}
	said_is_good(&out);
	MUST(session->data == before || (orders & RTR_ORDER_CHANGED) != 0);
	MUST((session->data != NULL) == instant_is_set(session->expires_at));
	MUST(session->data == NULL || session->expires_at.ns > world->now.ns || what >= 8 ||
	     orders == 0 || (orders & RTR_ORDER_CHANGED) == 0);
	MUST((orders & RTR_ORDER_CLOSE) == 0 || session->state == RTR_STATE_APART);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;

	if (size > 8192)
		return 0;
	struct rd tape = rd_of(data, (uint32_t)size);
	world = (struct world){ .heap = heap_libc(), .now = { NS_PER_S } };
	rtr_session_init(&world.session, &world.heap, world.now);
	while (rd_more(&tape))
		step(&world, &tape);
	rtr_session_fini(&world.session);
	MUST(world.heap.used_octets == 0);
	return 0;
}
