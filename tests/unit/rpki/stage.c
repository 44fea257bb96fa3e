/* unit/rpki/stage.c — what a cache says, written, and what we say to it, read. */
#include "stage.h"

void stage_init(struct stage *stage)
{
	*stage = (struct stage){ .heap = heap_libc(), .now = { NS_PER_S } };
	stage->cache = wr_of(stage->octets, sizeof stage->octets);
	stage->out = wr_of(stage->said, sizeof stage->said);
	rtr_session_init(&stage->session, &stage->heap, stage->now);
}

void stage_fini(struct stage *stage)
{
	rtr_session_fini(&stage->session);
	expect_u64(stage->heap.used_octets, 0);
}

void stage_tick(struct stage *stage, int64_t seconds)
{
	stage->now = instant_add(stage->now, span_s(seconds));
	stage->out = wr_of(stage->said, sizeof stage->said);
	stage->orders = rtr_session_tick(&stage->session, stage->now, &stage->out);
}

void stage_connect_now(struct stage *stage)
{
	for (uint32_t i = 0; i < 100 && (stage->orders & RTR_ORDER_CONNECT) == 0; i++)
		stage_tick(stage, 1);
	expect_true((stage->orders & RTR_ORDER_CONNECT) != 0);
	stage->out = wr_of(stage->said, sizeof stage->said);
	stage->orders = rtr_session_connected(&stage->session, stage->now, &stage->out);
}

/* What the cache wrote goes out. */
void stage_hear(struct stage *stage)
{
	stage->out = wr_of(stage->said, sizeof stage->said);
	stage->orders = rtr_session_octets(&stage->session, wr_octets_of(&stage->cache), stage->now,
					   &stage->out);
	expect_true(wr_ok(&stage->cache) && wr_ok(&stage->out));
	stage->cache = wr_of(stage->octets, sizeof stage->octets);
}

/* The PDU that we said last, all of it. */
void expect_said(const struct stage *stage, enum rtr_type type, uint8_t version)
{
	struct rtr_pdu pdu;
	struct fault fault = rtr_pdu_read(wr_octets_of(&stage->out), &pdu);

	expect_true(!failed(fault) && pdu.whole.len_octets == stage->out.pos);
	expect_u64(pdu.type, type);
	expect_u64(pdu.version, version);
}

void expect_error(const struct stage *stage, enum rtr_error error)
{
	struct rtr_pdu pdu;

	expect_true((stage->orders & RTR_ORDER_CLOSE) != 0);
	expect_true(!failed(rtr_pdu_read(wr_octets_of(&stage->out), &pdu)));
	expect_u64(pdu.type, RTR_ERROR_REPORT);
	expect_u64(pdu.session, error);
	expect_u64(stage->session.state, RTR_STATE_APART);
}

/* --- what a cache says ------------------------------------------------------------------------ */

void cache_head(struct stage *stage, uint8_t version, uint8_t type, uint16_t session, uint32_t len)
{
	wr_u8(&stage->cache, version);
	wr_u8(&stage->cache, type);
	wr_u16(&stage->cache, session);
	wr_u32(&stage->cache, len);
}

void cache_response(struct stage *stage, uint8_t version)
{
	cache_head(stage, version, RTR_CACHE_RESPONSE, ID, 8);
}

void cache_ipv4(struct stage *stage, uint8_t version, uint8_t third, uint32_t asn, bool announces)
{
	cache_head(stage, version, RTR_IPV4_PREFIX, 0, 20);
	wr_u32(&stage->cache, (announces ? 1u << 24 : 0) | 24u << 16 | 24u << 8);
	wr_u32(&stage->cache, 0x0a000000u | (uint32_t)third << 8);
	wr_u32(&stage->cache, asn);
}

void cache_aspa(struct stage *stage, uint32_t customer, uint32_t first, uint32_t second,
		bool announces)
{
	uint32_t count = (first != UINT32_MAX ? 1u : 0) + (second != UINT32_MAX ? 1u : 0);

	cache_head(stage, 2, RTR_ASPA, announces ? 0x100 : 0, 12 + 4 * count);
	wr_u32(&stage->cache, customer);
	if (count > 0)
		wr_u32(&stage->cache, first);
	if (count > 1)
		wr_u32(&stage->cache, second);
}

void cache_end_with(struct stage *stage, uint8_t version, uint32_t serial, uint32_t refresh_s,
		    uint32_t retry_s, uint32_t expire_s)
{
	cache_head(stage, version, RTR_END_OF_DATA, ID, version == 0 ? 12 : 24);
	wr_u32(&stage->cache, serial);
	if (version == 0)
		return;
	wr_u32(&stage->cache, refresh_s);
	wr_u32(&stage->cache, retry_s);
	wr_u32(&stage->cache, expire_s);
}

void cache_end(struct stage *stage, uint8_t version, uint32_t serial)
{
	cache_end_with(stage, version, serial, 100, 50, 1000);
}

void cache_notify(struct stage *stage, uint8_t version, uint16_t session, uint32_t serial)
{
	cache_head(stage, version, RTR_SERIAL_NOTIFY, session, 12);
	wr_u32(&stage->cache, serial);
}

void cache_error(struct stage *stage, uint8_t version, uint16_t code)
{
	rtr_write_error(&stage->cache, version, (enum rtr_error)code, octets_of(NULL, 0), "no");
}

/* A cache of this version, followed: two records, serial 1. */
void stage_follow(struct stage *stage, uint8_t version)
{
	stage_connect_now(stage);
	expect_said(stage, RTR_RESET_QUERY, RTR_VERSION_MAX);
	while (stage->session.version > version) {
		cache_error(stage, (uint8_t)(stage->session.version - 1), RTR_UNSUPPORTED_VERSION);
		stage_hear(stage);
		expect_said(stage, RTR_RESET_QUERY, stage->session.version);
	}
	cache_response(stage, version);
	cache_ipv4(stage, version, 1, 64496, true);
	cache_ipv4(stage, version, 2, 64496, true);
	stage_hear(stage);
	expect_u64(stage->orders, 0);
	expect_true(stage->session.data == NULL); /* not before the end */
	cache_end(stage, version, 1);
	stage_hear(stage);
	expect_u64(stage->orders, RTR_ORDER_CHANGED);
	expect_u64(rpki_vrp_count(stage->session.data), 2);
	expect_true(rtr_session_is_current(&stage->session));
}
