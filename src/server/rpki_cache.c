/* server/rpki_cache.c — an RTR cache: the session's octets to and from a stream, its orders. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "server/keeper.h"

#define TURN_READS 64u /* of one cache, before others have theirs */

static struct wr writer_of(struct cache *cache)
{
	return wr_of(cache->out + cache->out_len, KEEPER_OUTPUT_OCTETS - cache->out_len);
}

static void cache_close(struct rpki_keeper *keeper, struct cache *cache)
{
	if (cache->stream.number >= 0)
		keeper->port->close(keeper->port, cache->stream);
	cache->stream.number = -1;
	cache->out_len = 0;
	cache->is_unread = false;
}

static void cache_flush(struct rpki_keeper *keeper, struct cache *cache)
{
	struct octets part = octets_of(cache->out, cache->out_len);
	uint32_t sent = 0;

	if (cache->out_len == 0 || cache->stream.number < 0 ||
	    cache->session.state == RTR_STATE_CONNECTING)
		return;
	if (failed(keeper->port->write(keeper->port, cache->stream, &part, 1, &sent)))
		return;
	cache->out_len -= sent;
	mem_move(cache->out, cache->out + sent, cache->out_len);
}

/* The same trouble is told once. */
static void cache_tell(const struct rpki_keeper *keeper, struct cache *cache)
{
	if (strcmp(cache->told, cache->session.last_error) == 0)
		return;
	(void)snprintf(cache->told, sizeof cache->told, "%s", cache->session.last_error);
	keeper_tell(keeper, "RPKI cache %s: %s", cache->name, cache->told);
}

static void obey(struct rpki_keeper *keeper, struct cache *cache, uint32_t orders);

static void cache_lost(struct rpki_keeper *keeper, struct cache *cache, struct fault fault)
{
	char text[RTR_ERROR_TEXT_MAX];
	bool was_connecting = cache->session.state == RTR_STATE_CONNECTING;

	if (fault.kind == FAULT_SYSTEM)
		(void)snprintf(text, sizeof text, "%s: %s",
			       was_connecting ? "cannot connect" : "the connection is lost",
			       strerror(fault.code));
	else
		(void)snprintf(text, sizeof text, "it closed the connection");
	cache_close(keeper, cache);
	obey(keeper, cache, rtr_session_closed(&cache->session, keeper->now, text));
}

static void cache_connect(struct rpki_keeper *keeper, struct cache *cache)
{
	struct address any = { .family = cache->at.address.family };
	struct port_secret secret = { .peer = cache->at.address };
	struct fault fault = keeper->port->connect(keeper->port, &any, &cache->at, &secret,
						   &cache->stream);

	if (!failed(fault))
		return;
	cache->stream.number = -1;
	cache_lost(keeper, cache, fault);
}

static void obey(struct rpki_keeper *keeper, struct cache *cache, uint32_t orders)
{
	if ((orders & RTR_ORDER_TELL) != 0)
		cache_tell(keeper, cache);
	cache_flush(keeper, cache);
	if ((orders & RTR_ORDER_CLOSE) != 0)
		cache_close(keeper, cache);
	if ((orders & RTR_ORDER_CONNECT) != 0)
		cache_connect(keeper, cache);
	if (rtr_session_is_current(&cache->session) && cache->session.state == RTR_STATE_CURRENT)
		cache->told[0] = '\0';
}

static void cache_read(struct rpki_keeper *keeper, struct cache *cache)
{
	cache->is_unread = false;
	for (uint32_t i = 0; i < TURN_READS && cache->stream.number >= 0; i++) {
		uint32_t len = 0;
		struct fault fault = keeper->port->read(keeper->port, cache->stream, keeper->input,
							sizeof keeper->input, &len);
		if (fault.kind == FAULT_AGAIN)
			return;
		if (failed(fault)) {
			cache_lost(keeper, cache, fault);
			return;
		}
		struct wr out = writer_of(cache);
		uint32_t orders = rtr_session_octets(&cache->session, octets_of(keeper->input, len),
						     keeper->now, &out);
		cache->out_len += out.pos;
		obey(keeper, cache, orders);
	}
	cache->is_unread = cache->stream.number >= 0;
}

static void cache_event(struct rpki_keeper *keeper, struct cache *cache,
			const struct port_event *event)
{
	if (cache->session.state == RTR_STATE_CONNECTING) {
		struct fault fault = keeper->port->connected(keeper->port, cache->stream);
		if (fault.kind == FAULT_AGAIN)
			return;
		if (failed(fault)) {
			cache_lost(keeper, cache, fault);
			return;
		}
		struct wr out = writer_of(cache);
		uint32_t orders = rtr_session_connected(&cache->session, keeper->now, &out);
		cache->out_len += out.pos;
		obey(keeper, cache, orders);
	}
	cache_flush(keeper, cache);
	if (event->readable)
		cache_read(keeper, cache);
}

/* --- beginning and end ------------------------------------------------------------------------ */

void keeper_cache_begin(struct rpki_keeper *keeper, const struct port_endpoint *at)
{
	struct cache *cache = &keeper->cache[keeper->cache_count++];
	bool is_ipv6 = at->address.family == FAMILY_IPV6;
	char text[ADDRESS_TEXT_MAX];

	address_print(&at->address, text);
	(void)snprintf(cache->name, sizeof cache->name, "%s%s%s:%u", is_ipv6 ? "[" : "", text,
		       is_ipv6 ? "]" : "", at->port);
	cache->at = *at;
	cache->stream.number = -1;
	rtr_session_init(&cache->session, &keeper->heap, keeper->now);
}

void keeper_cache_end(struct rpki_keeper *keeper, struct cache *cache)
{
	cache_close(keeper, cache);
	rtr_session_fini(&cache->session);
}

void keeper_caches_step(struct rpki_keeper *keeper, const struct port_event *events,
			uint32_t event_count)
{
	for (uint32_t i = 0; i < keeper->cache_count; i++) {
		struct cache *cache = &keeper->cache[i];
		if (cache->is_unread)
			cache_read(keeper, cache);
		for (uint32_t j = 0; j < event_count; j++) {
			if (cache->stream.number >= 0 &&
			    events[j].stream.number == cache->stream.number)
				cache_event(keeper, cache, &events[j]);
		}
		struct wr out = writer_of(cache);
		uint32_t orders = rtr_session_tick(&cache->session, keeper->now, &out);
		cache->out_len += out.pos;
		obey(keeper, cache, orders);
	}
}
