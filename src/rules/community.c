/* rules/community.c — control communities to audiences. */
#include "rules/community.h"

#include "base/rd.h"

#define BLACKHOLE ((uint32_t)65535 << 16 | 666)
#define GRACEFUL_SHUTDOWN ((uint32_t)65535 << 16)
#define STANDARD_PREPEND_FIRST 65511u
#define LARGE_PREPEND_FIRST 101u
#define LARGE_DENY 0u
#define LARGE_ALLOW 1u

enum steer {
	STEER_NONE = 0,
	STEER_DENY,
	STEER_ALLOW,
	STEER_PREPEND_1,
	STEER_PREPEND_2,
	STEER_PREPEND_3,
	STEER_SCRUB, /* in the exchange's space, but no order */
};

/* What one community says. */
struct order {
	enum steer steer;
	uint32_t peer; /* its ASN; 0 = everybody */
};

static struct order standard_order(const struct plan *plan, uint32_t value)
{
	uint32_t high = value >> 16;
	uint32_t low = value & 0xffff;
	bool rs_is_short = plan->asn <= UINT16_MAX;
	uint32_t peer = rs_is_short && low == plan->asn ? 0 : low;

	if (high == 0)
		return (struct order){ STEER_DENY, peer };
	if (rs_is_short && high == plan->asn)
		return (struct order){ STEER_ALLOW, peer };
	if (high >= STANDARD_PREPEND_FIRST && high < STANDARD_PREPEND_FIRST + RULES_PREPEND_MAX)
		return (struct order){
			(enum steer)(STEER_PREPEND_1 + high - STANDARD_PREPEND_FIRST), peer
		};
	return (struct order){ STEER_NONE, 0 };
}

static struct order large_order(const struct plan *plan, struct octets item)
{
	struct rd rd = rd_of_octets(item);
	uint32_t global = rd_u32(&rd);
	uint32_t function = rd_u32(&rd);
	uint32_t peer = rd_u32(&rd);

	if (global != plan->asn)
		return (struct order){ STEER_NONE, 0 };
	if (function == LARGE_DENY)
		return (struct order){ STEER_DENY, peer };
	if (function == LARGE_ALLOW)
		return (struct order){ STEER_ALLOW, peer };
	if (function >= LARGE_PREPEND_FIRST && function < LARGE_PREPEND_FIRST + RULES_PREPEND_MAX)
		return (struct order){
			(enum steer)(STEER_PREPEND_1 + function - LARGE_PREPEND_FIRST), peer
		};
	return (struct order){ STEER_SCRUB, peer };
}

/* Walks all orders of a route, standard first. */
struct order_walk {
	const struct plan *plan;
	struct rd standard;
	struct rd large;
};

static bool order_next(struct order_walk *walk, struct order *out)
{
	while (rd_more(&walk->standard)) {
		*out = standard_order(walk->plan, rd_u32(&walk->standard));
		if (out->steer != STEER_NONE)
			return true;
	}
	while (rd_more(&walk->large)) {
		*out = large_order(walk->plan, rd_take(&walk->large, BGP_LARGE_OCTETS));
		if (out->steer != STEER_NONE)
			return true;
	}
	return false;
}

static struct order_walk order_walk_of(const struct plan *plan, const struct bgp_attrs *attrs)
{
	return (struct order_walk){ .plan = plan,
				    .standard = rd_of_octets(attrs->communities),
				    .large = rd_of_octets(attrs->large) };
}

static bool has_standard(const struct bgp_attrs *attrs, uint32_t wanted)
{
	struct rd rd = rd_of_octets(attrs->communities);

	while (rd_more(&rd)) {
		if (rd_u32(&rd) == wanted)
			return true;
	}
	return false;
}

bool rules_is_blackhole(const struct bgp_attrs *attrs)
{
	return has_standard(attrs, BLACKHOLE);
}

bool rules_is_graceful_shutdown(const struct bgp_attrs *attrs)
{
	return has_standard(attrs, GRACEFUL_SHUTDOWN);
}

bool rules_is_steered(const struct plan *plan, const struct bgp_attrs *attrs)
{
	struct order_walk walk = order_walk_of(plan, attrs);
	struct order order;

	if (attrs->communities.len_octets == 0 && attrs->large.len_octets == 0)
		return false;
	return order_next(&walk, &order) || rules_is_blackhole(attrs);
}

static bool is_prepend(enum steer steer)
{
	return steer >= STEER_PREPEND_1 && steer <= STEER_PREPEND_3;
}

/* The orders that name everybody. */
static void general_orders(const struct plan *plan, const struct bgp_attrs *attrs, bool *denied,
			   uint32_t *prepend_count)
{
	struct order_walk walk = order_walk_of(plan, attrs);
	struct order order;
	bool is_denied = false;

	*prepend_count = 0;
	while (order_next(&walk, &order)) {
		if (order.peer != 0)
			continue;
		is_denied |= order.steer == STEER_DENY;
		if (is_prepend(order.steer) && order.steer - STEER_PREPEND_1 + 1u > *prepend_count)
			*prepend_count = order.steer - STEER_PREPEND_1 + 1u;
	}
	*denied = is_denied;
}

static void prepend_to(struct rules_audience *out, const struct session_set *sessions,
		       uint32_t count)
{
	for (uint32_t i = 1; i <= RULES_PREPEND_MAX; i++) {
		if (i != count)
			session_set_and_not(&out->prepended[i], sessions);
	}
	session_set_or(&out->prepended[count], sessions);
}

static void peer_order(const struct plan *plan, struct order order, bool denials,
		       struct rules_audience *out)
{
	const struct plan_member *member = plan_member_of(plan, order.peer);

	if (member == NULL)
		return;
	if (denials && order.steer == STEER_DENY)
		session_set_and_not(&out->allowed, &member->sessions);
	else if (!denials && order.steer == STEER_ALLOW)
		session_set_or(&out->allowed, &member->sessions);
}

/* Of several prepends that name a peer, the largest; a smaller general one gives way to any. */
static void peer_prepends(const struct plan *plan, const struct bgp_attrs *attrs,
			  struct rules_audience *out)
{
	for (uint32_t count = 1; count <= RULES_PREPEND_MAX; count++) {
		struct order_walk walk = order_walk_of(plan, attrs);
		struct order order;
		while (order_next(&walk, &order)) {
			if (order.peer == 0 ||
			    order.steer != (enum steer)(STEER_PREPEND_1 + count - 1))
				continue;
			const struct plan_member *member = plan_member_of(plan, order.peer);
			if (member != NULL)
				prepend_to(out, &member->sessions, count);
		}
	}
}

void rules_audience_of(const struct plan *plan, const struct bgp_attrs *attrs,
		       struct rules_audience *out)
{
	bool denied = false;
	uint32_t prepend_count = 0;

	*out = (struct rules_audience){ .is_blackhole = rules_is_blackhole(attrs) };
	general_orders(plan, attrs, &denied, &prepend_count);
	if (!denied)
		out->allowed = plan->all;
	if (prepend_count != 0)
		out->prepended[prepend_count] = plan->all;
	peer_prepends(plan, attrs, out);
	for (int denials = 0; denials <= 1; denials++) {
		struct order_walk walk = order_walk_of(plan, attrs);
		struct order order;
		while (order_next(&walk, &order)) {
			if (order.peer != 0)
				peer_order(plan, order, denials == 1, out);
		}
	}
	if (out->is_blackhole)
		session_set_and(&out->allowed, &plan->blackhole_receivers);
}

struct octets rules_denial_of(const struct plan *plan, const struct bgp_attrs *attrs,
			      uint32_t peer_asn)
{
	const uint32_t about[] = { peer_asn, 0 };

	for (uint32_t i = 0; i < 2; i++) {
		struct rd standard = rd_of_octets(attrs->communities);
		struct rd large = rd_of_octets(attrs->large);
		while (rd_more(&standard) || rd_more(&large)) {
			bool is_standard = rd_more(&standard);
			struct octets item = is_standard ?
						     rd_take(&standard, BGP_COMMUNITY_OCTETS) :
						     rd_take(&large, BGP_LARGE_OCTETS);
			struct rd rd = rd_of_octets(item);
			struct order order = is_standard ? standard_order(plan, rd_u32(&rd)) :
							   large_order(plan, item);
			if (order.steer == STEER_DENY && order.peer == about[i])
				return item;
		}
	}
	return (struct octets){ 0 };
}

struct octets rules_export_communities(const struct plan *plan, const struct bgp_attrs *attrs,
				       bool is_blackhole, struct wr *out)
{
	struct rd rd = rd_of_octets(attrs->communities);
	uint32_t mark = wr_mark(out);
	bool has_no_export = false;

	while (rd_more(&rd)) {
		uint32_t value = rd_u32(&rd);
		if (standard_order(plan, value).steer != STEER_NONE)
			continue;
		has_no_export |= value == RULES_NO_EXPORT;
		wr_u32(out, value);
	}
	if (is_blackhole && !has_no_export)
		wr_u32(out, RULES_NO_EXPORT);
	return octets_of(out->start + mark, out->pos - mark);
}

struct octets rules_export_large(const struct plan *plan, const struct bgp_attrs *attrs,
				 struct wr *out)
{
	struct rd rd = rd_of_octets(attrs->large);
	uint32_t mark = wr_mark(out);

	while (rd_more(&rd)) {
		struct octets item = rd_take(&rd, BGP_LARGE_OCTETS);
		if (large_order(plan, item).steer == STEER_NONE)
			wr_octets(out, item);
	}
	return octets_of(out->start + mark, out->pos - mark);
}

/* RFC 4360 3.1 and RFC 5668 2: the administrator stands behind type and subtype. */
static bool extended_is_own(const struct plan *plan, struct octets item)
{
	struct rd rd = rd_of_octets(item);
	uint8_t type = rd_u8(&rd) & 0x3f;

	rd_skip(&rd, 1);
	if (type == 0)
		return plan->asn <= UINT16_MAX && rd_u16(&rd) == plan->asn;
	return type == 2 && rd_u32(&rd) == plan->asn;
}

bool rules_has_own_extended(const struct plan *plan, const struct bgp_attrs *attrs)
{
	struct rd rd = rd_of_octets(attrs->extended);

	while (rd_more(&rd)) {
		if (extended_is_own(plan, rd_take(&rd, BGP_EXTENDED_OCTETS)))
			return true;
	}
	return false;
}

struct octets rules_export_extended(const struct plan *plan, const struct bgp_attrs *attrs,
				    struct wr *out)
{
	struct rd rd = rd_of_octets(attrs->extended);
	uint32_t mark = wr_mark(out);

	while (rd_more(&rd)) {
		struct octets item = rd_take(&rd, BGP_EXTENDED_OCTETS);
		if (!extended_is_own(plan, item))
			wr_octets(out, item);
	}
	return octets_of(out->start + mark, out->pos - mark);
}
