/* model/steer.c — communities, one receiver at a time. */
#include "model/steer.h"

#define WELL_KNOWN 65535u

/* What all communities together say, about everybody and about this one. */
struct said {
	bool nobody;
	bool not_me;
	bool me;
	uint32_t prepend_all;
	uint32_t prepend_me;
};

static void larger(uint32_t *most, uint32_t count)
{
	if (count > *most)
		*most = count;
}

/* A standard community names a peer by two octets; the exchange's own number, and 0, name all. */
static void standard_say(const struct plan *plan, uint32_t receiver_asn, uint32_t high,
			 uint32_t low, struct said *said)
{
	bool names_all = low == 0 || low == plan->asn;
	bool names_me = !names_all && low == receiver_asn;

	if (high == 0) {
		said->nobody |= names_all;
		said->not_me |= names_me;
	} else if (high == plan->asn) {
		said->me |= names_me;
	} else if (high >= 65511 && high <= 65513) {
		if (names_all)
			larger(&said->prepend_all, high - 65510);
		if (names_me)
			larger(&said->prepend_me, high - 65510);
	}
}

static void large_say(const struct plan *plan, uint32_t receiver_asn, const uint32_t part[3],
		      struct said *said)
{
	bool names_all = part[2] == 0;
	bool names_me = !names_all && part[2] == receiver_asn;

	if (part[0] != plan->asn)
		return;
	if (part[1] == 0) {
		said->nobody |= names_all;
		said->not_me |= names_me;
	} else if (part[1] == 1) {
		said->me |= names_me;
	} else if (part[1] >= 101 && part[1] <= 103) {
		if (names_all)
			larger(&said->prepend_all, part[1] - 100);
		if (names_me)
			larger(&said->prepend_me, part[1] - 100);
	}
}

bool steer_has_standard(const struct bgp_attrs *attrs, uint16_t high, uint16_t low)
{
	struct rd rd = rd_of_octets(attrs->communities);

	while (rd_more(&rd)) {
		uint16_t first = rd_u16(&rd);
		uint16_t second = rd_u16(&rd);
		if (first == high && second == low)
			return true;
	}
	return false;
}

bool steer_allows(const struct plan *plan, const struct bgp_attrs *attrs,
		  const struct plan_session *receiver, uint8_t *prepend_count)
{
	struct rd standard = rd_of_octets(attrs->communities);
	struct rd large = rd_of_octets(attrs->large);
	struct said said = { 0 };

	while (rd_more(&standard)) {
		uint32_t high = rd_u16(&standard);
		uint32_t low = rd_u16(&standard);
		standard_say(plan, receiver->asn, high, low, &said);
	}
	while (rd_more(&large)) {
		uint32_t part[3] = { rd_u32(&large), rd_u32(&large), rd_u32(&large) };
		large_say(plan, receiver->asn, part, &said);
	}
	*prepend_count = (uint8_t)(said.prepend_me != 0 ? said.prepend_me : said.prepend_all);
	if (steer_has_standard(attrs, WELL_KNOWN, 666) && !receiver->takes_blackhole)
		return false;
	return !said.not_me && (said.me || !said.nobody);
}

bool steer_is_own_standard(const struct plan *plan, uint16_t high, uint16_t low)
{
	(void)low;
	return high == 0 || high == plan->asn || (high >= 65511 && high <= 65513);
}

bool steer_is_own_large(const struct plan *plan, uint32_t global)
{
	return global == plan->asn;
}
