/* bgp/damping.c — waits that double. */
#include "bgp/damping.h"

void bgp_damping_fail(struct bgp_damping *damping, struct span up, struct instant now)
{
	bool is_forgotten = instant_is_set(damping->failed_at) &&
			    instant_since(now, damping->failed_at).ns >=
				    span_s(BGP_DAMPING_FORGET_S).ns;
	int64_t wait_s = BGP_DAMPING_S_MIN;

	if (is_forgotten || up.ns >= span_s(BGP_DAMPING_GOOD_S).ns)
		damping->failures = 0;
	damping->failures++;
	damping->failed_at = now;
	if (damping->failures <= BGP_DAMPING_FREE)
		return;
	for (uint32_t i = BGP_DAMPING_FREE + 1; i < damping->failures && wait_s < BGP_DAMPING_S_MAX;
	     i++)
		wait_s *= 2;
	damping->until = instant_add(
		now, span_s(wait_s < BGP_DAMPING_S_MAX ? wait_s : BGP_DAMPING_S_MAX));
}
