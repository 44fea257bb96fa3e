/* server/tell.c — what happens to a session, in words for its log.
 *
 * A neighbour can make the same thing happen as often as it likes; so what it can cause is told
 * only so many times in so many seconds, and then how many were not told. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "net/prefix.h"
#include "server/inside.h"
#include "server/story.h"

struct tell_bound {
	uint32_t window_s;
	uint32_t burst;
};
#define TELL_TEXT_MAX 2048u
#define TELL_PREFIXES_MAX 16u
#define CLOCK_ROUND_S 1 /* between looks at the machine's clock */

__attribute__((format(printf, 3, 4))) static void tell(struct worker *worker,
						       struct session_id session,
						       const char *format, ...)
{
	char text[TELL_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	peer_tell(worker, session, text);
}

static const struct tell_bound bounds[TELL_COUNT] = {
	[TELL_NOTIFICATION] = { 60, 10 }, [TELL_CONNECTION] = { 60, 3 },
	[TELL_MALFORMED] = { 10, 10 },    [TELL_IGNORED] = { 10, 10 },
	[TELL_STRANGER] = { 60, 5 },
};

/* What of many cannot be told for each of them is told of no session. */
static const struct session_id nobody = { UINT16_MAX };

static bool may_tell(struct worker *worker, struct session_id session, enum tell kind)
{
	struct tell_count *count = kind == TELL_STRANGER ? &worker->strangers :
							   &worker->peer[session.index].told[kind];
	const struct tell_bound *bound = &bounds[kind];

	if (!instant_is_set(count->until) || instant_due(count->until, worker->now)) {
		if (count->told > bound->burst)
			tell(worker, session, "%u more like that were not told",
			     count->told - bound->burst);
		*count = (struct tell_count){ instant_add(worker->now, span_s(bound->window_s)),
					      0 };
	}
	return ++count->told <= bound->burst;
}

/* "; clause 3.7, rule book version 2, ..." */
static const char *ruling_text(const struct view_ruling *ruling, char out[TELL_RULING_MAX])
{
	char text[VIEW_RULING_TEXT_MAX];

	view_ruling_print(ruling, text);
	(void)snprintf(out, TELL_RULING_MAX, "%s%s", text[0] != '\0' ? "; " : "", text);
	return out;
}

const char *tell_behind(const struct worker *worker, enum bgp_ground ground,
			char out[TELL_RULING_MAX])
{
	struct view_ruling ruling;

	ruling_view(worker->plan, ground, &ruling);
	return ruling_text(&ruling, out);
}

void tell_clock(struct worker *worker)
{
	bool is_first = !instant_is_set(worker->wall_seen_at);
	struct span passed = instant_since(worker->now, worker->wall_seen_at);
	char text[UTC_TEXT_MAX];

	if (!is_first && passed.ns < span_s(CLOCK_ROUND_S).ns)
		return;
	struct wall wall = worker->port->wall(worker->port);
	int64_t set_s = wall.s - worker->wall_seen.s - passed.ns / NS_PER_S;
	worker->wall_seen = wall;
	worker->wall_seen_at = worker->now;
	if (is_first || (set_s <= CLOCK_SET_S && set_s >= -CLOCK_SET_S))
		return;
	utc_print(wall, text);
	tell(worker, nobody,
	     "the machine's clock was set %s by %lld s, to %s: no session or timer goes by it, but "
	     "what is recorded from now on has its time; if that is wrong, set it right",
	     set_s > 0 ? "forward" : "back", (long long)(set_s > 0 ? set_s : -set_s), text);
}

void tell_stranger(struct worker *worker, const struct address *from)
{
	char text[ADDRESS_TEXT_MAX];
	char ruling[TELL_RULING_MAX];

	if (!may_tell(worker, nobody, TELL_STRANGER))
		return;
	address_print(from, text);
	tell(worker, nobody, "connection from %s closed: no member has that address%s", text,
	     tell_behind(worker, BGP_GROUND_REGISTERED, ruling));
}

void tell_established(struct worker *worker, struct link *link)
{
	const struct bgp_negotiated *agreed =
		&worker->peer[link->session.index].fsm.connection[link->place].negotiated;
	struct address router_id = address_ipv4(agreed->peer.router_id);
	char text[ADDRESS_TEXT_MAX];
	char ruling[TELL_RULING_MAX];

	address_print(&router_id, text);
	tell(worker, link->session,
	     "established:%s%s%s, BGP identifier %s, hold time %u s, %s ASNs%s%s%s%s%s%s",
	     agreed->families[0] ? " ipv4" : "", agreed->families[1] ? " ipv6" : "",
	     !agreed->families[0] && !agreed->families[1] ? " no address family in common" : "",
	     text, agreed->hold_s, agreed->as4 ? "four-octet" : "two-octet",
	     agreed->extended_next_hop ? ", IPv4 over IPv6" : "",
	     agreed->add_path_send[0] || agreed->add_path_send[1] ? ", ADD-PATH" : "",
	     agreed->extended_send ? ", extended messages" : "",
	     agreed->graceful_restart ? ", graceful restart" : "",
	     agreed->enhanced_refresh ? ", enhanced refresh" :
	     agreed->refresh          ? ", route refresh" :
					"",
	     agreed->peer.role == BGP_ROLE_NONE ? "" : ", roles");
	if (plan_translates(worker->plan) && agreed->families[FAMILY_IPV4] &&
	    !agreed->extended_next_hop &&
	    !session_set_has(&worker->plan->takes_ipv4, link->session))
		tell(worker, link->session,
		     "gets no IPv4 route: it takes IPv4 next hops only and its port has no IPv4 "
		     "address (RFC 8950; plenum show slat)%s",
		     tell_behind(worker, BGP_GROUND_NEXT_HOP, ruling));
}

void tell_lost(struct worker *worker, struct session_id session, bool keep_routes)
{
	const struct peer *peer = &worker->peer[session.index];
	uint32_t held = peer->counts.held[0] + peer->counts.held[1];

	if (keep_routes && held != 0)
		tell(worker, session, "lost: its %u route%s kept for its restart", held,
		     held == 1 ? " is" : "s are");
	else
		tell(worker, session, "lost: its %u route%s", held, held == 1 ? " goes" : "s go");
}

void tell_notifications(struct worker *worker, struct session_id session, uint32_t orders)
{
	const struct peer *peer = &worker->peer[session.index];
	const struct bgp_session *fsm = &peer->fsm;
	char words[BGP_NOTIFICATION_TEXT_MAX];
	char ruling[TELL_RULING_MAX];

	if ((orders & (BGP_ORDER_SENT | BGP_ORDER_RECEIVED | BGP_ORDER_AT_ONCE)) == 0 ||
	    !may_tell(worker, session, TELL_NOTIFICATION))
		return;
	if ((orders & BGP_ORDER_AT_ONCE) != 0)
		tell(worker, session,
		     "send hold timer expired: the neighbour reads nothing; closed");
	if ((orders & BGP_ORDER_SENT) != 0) {
		bgp_notification_print(&fsm->last_sent.refusal, words);
		tell(worker, session, "sent NOTIFICATION: %s%s", words,
		     ruling_text(&peer->ruled, ruling));
	}
	if ((orders & BGP_ORDER_RECEIVED) != 0) {
		bgp_notification_print(&fsm->last_received.refusal, words);
		tell(worker, session, "received NOTIFICATION: %s", words);
	}
}

void tell_closed(struct worker *worker, struct session_id session, bool was_connecting,
		 struct fault fault)
{
	const char *what = was_connecting ? "cannot connect" : "connection lost";

	if (!may_tell(worker, session, TELL_CONNECTION))
		return;
	if (fault.kind == FAULT_SYSTEM)
		tell(worker, session, "%s: %s", what, strerror(fault.code));
	else if (fault.kind == FAULT_ABSENT)
		tell(worker, session, "connection closed by the neighbour");
	else
		tell(worker, session, "%s", what);
}

static int seconds_till(const struct worker *worker, struct instant at)
{
	return (int)((instant_since(at, worker->now).ns + NS_PER_S - 1) / NS_PER_S);
}

bool tell_rejected(struct worker *worker, struct session_id session)
{
	const struct peer *peer = &worker->peer[session.index];
	const struct bgp_damping *damping = &peer->fsm.damping;
	char ruling[TELL_RULING_MAX];

	if (!may_tell(worker, session, TELL_CONNECTION))
		return false;
	if (instant_is_set(peer->blocked_until))
		tell(worker, session, "connection rejected: shut for %s, for another %d s%s",
		     peer_block_words(peer), seconds_till(worker, peer->blocked_until),
		     ruling_text(&peer->ruled, ruling));
	else if (bgp_damping_holds(damping, worker->now))
		tell(worker, session,
		     "connection rejected: %u failures in a row, held off for another %d s",
		     damping->failures, seconds_till(worker, damping->until));
	else if (peer->fsm.state == BGP_STATE_IDLE)
		tell(worker, session, "connection rejected: the session is shut");
	else
		tell(worker, session, "connection rejected: it has two already");
	return true;
}

/* RFC 7313 5 */
void tell_ignored_refresh(struct worker *worker, struct session_id session, uint8_t subtype)
{
	if (may_tell(worker, session, TELL_IGNORED))
		tell(worker, session,
		     "ignored a ROUTE-REFRESH of subtype %u: unknown, with octets too many, or of "
		     "a "
		     "family or capability that was not agreed",
		     subtype);
}

/* RFC 4760 7 */
void tell_ignored_families(struct worker *worker, struct session_id session, uint32_t count)
{
	if (may_tell(worker, session, TELL_IGNORED))
		tell(worker, session,
		     "ignored %u attributes of address families that were not agreed", count);
}

void tell_far(struct worker *worker, struct session_id session)
{
	char ruling[TELL_RULING_MAX];

	if (may_tell(worker, session, TELL_CONNECTION))
		tell(worker, session,
		     "connection rejected: its TTL is below 255; the member's router needs TTL "
		     "security (GTSM) switched on, too%s",
		     tell_behind(worker, BGP_GROUND_REGISTERED, ruling));
}

/* --- malformed UPDATEs ----------------------------------------------------------------------- */

/* A text as long as it must be; without memory for it, what fits stays. */
struct telling {
	struct heap *heap;
	char *at;
	size_t room;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void telling_add(struct telling *telling,
							      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(telling->at + telling->len, telling->room - telling->len, format,
			    arguments);
	va_end(arguments);
	if (len > 0)
		telling->len += (size_t)len < telling->room - telling->len ?
					(size_t)len :
					telling->room - telling->len - 1;
}

static void telling_prefixes(struct telling *telling, const char *what, struct bgp_nlri nlri)
{
	char text[PREFIX_TEXT_MAX];
	struct prefix prefix;
	uint32_t count = 0;

	for (; nlri.present && rd_more(&nlri.rd); count++) {
		if (failed(prefix_read_nlri(&nlri.rd, nlri.family, &prefix)))
			return;
		if (count >= TELL_PREFIXES_MAX)
			continue;
		prefix_print(&prefix, text);
		telling_add(telling, "%s%s", count == 0 ? what : " ", text);
	}
	if (count > TELL_PREFIXES_MAX)
		telling_add(telling, " and %u more", count - TELL_PREFIXES_MAX);
}

static void telling_attribute(struct telling *telling, uint8_t code)
{
	const char *name = bgp_attr_name(code);

	if (code != 0)
		telling_add(telling, " (attribute %u%s%s)", code, name != NULL ? " " : "",
			    name != NULL ? name : "");
}

/* RFC 7606 6: the prefixes and the whole message. */
void tell_malformed(struct worker *worker, struct session_id session,
		    const struct bgp_update *update, struct octets whole)
{
	static const char *const verdicts[] = { "kept", "attribute discarded",
						"treated as withdrawn", "session reset" };
	struct telling telling = { .heap = worker->heap,
				   .room = TELL_TEXT_MAX + 2 * (size_t)whole.len_octets };

	if (!may_tell(worker, session, TELL_MALFORMED))
		return;
	telling.at = heap_take(worker->heap, telling.room);
	if (telling.at == NULL) {
		tell(worker, session, "malformed UPDATE, %s: %s; no memory to tell more",
		     verdicts[update->verdict], update->fault_text);
		return;
	}
	telling_add(&telling, "malformed UPDATE, %s: %s", verdicts[update->verdict],
		    update->fault_text);
	telling_attribute(&telling, update->fault_attr);
	if (update->verdict != BGP_RESET) {
		telling_prefixes(&telling, "; announced ", update->reach);
		telling_prefixes(&telling, "; announced ", update->mp_reach);
		telling_prefixes(&telling, "; withdrawn ", update->withdrawn);
		telling_prefixes(&telling, "; withdrawn ", update->mp_unreach);
	}
	telling_add(&telling, "; %u octets: ", whole.len_octets);
	for (uint32_t i = 0; i < whole.len_octets; i++)
		telling_add(&telling, "%02x", whole.at[i]);
	peer_tell(worker, session, telling.at);
	heap_free(worker->heap, telling.at, telling.room);
}
