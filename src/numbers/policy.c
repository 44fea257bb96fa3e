/* numbers/policy.c — what holds as long as no rule book says otherwise, and names. */
#include "numbers/policy.h"

#include <string.h>

#include "base/check.h"

struct numbers_rules numbers_rules_default(void)
{
	/* Sizes, spans and conditions as the registries have them today: a /26 first, a /22 at
	 * most, half of it used after a year, 24 months before a transfer. */
	return (struct numbers_rules){
		.version = 0,
		.of = {
			[POOL_PEERING_V4] = { .takes_requests = true,
					      .default_len_bits = 32,
					      .minimum_len_bits = 32,
					      .maximum_len_bits = 32,
					      .has_queue = true,
					      .quarantine_days = 90,
					      .return_days = 180 },
			[POOL_PEERING_V6] = { .takes_requests = true,
					      .default_len_bits = 128,
					      .minimum_len_bits = 128,
					      .maximum_len_bits = 128,
					      .placement = PLACE_DERIVED,
					      .quarantine_days = 90,
					      .return_days = 180 },
			[POOL_RESERVE] = { .maximum_len_bits = 128, .return_days = 180 },
			[POOL_REGISTRY_V4] = { .takes_requests = true,
					       .default_len_bits = 26,
					       .minimum_len_bits = 22,
					       .maximum_len_bits = 27,
					       .kept_bits = 1,
					       .must_hold_ipv6 = true,
					       .never_held = true,
					       .one_place = true,
					       .has_queue = true,
					       .is_transferable = true,
					       .hold_days = 730,
					       .quarantine_days = 180,
					       .return_days = 180,
					       .review_days = 365,
					       .review_percent = 50 },
			[POOL_REGISTRY_V6] = { .takes_requests = true,
					       .default_len_bits = 48,
					       .minimum_len_bits = 32,
					       .maximum_len_bits = 64,
					       .placement = PLACE_SPARSE,
					       .one_place = true,
					       .has_queue = true,
					       .is_transferable = true,
					       .hold_days = 730,
					       .quarantine_days = 90,
					       .return_days = 180 },
		},
	};
}

static const char *const type_name[POOL_TYPES] = {
	[POOL_PEERING_V4] = "peering-v4",   [POOL_PEERING_V6] = "peering-v6",
	[POOL_RESERVE] = "reserve",         [POOL_REGISTRY_V4] = "registry-v4",
	[POOL_REGISTRY_V6] = "registry-v6",
};

const char *pool_type_name(enum pool_type type)
{
	CHECK(type < POOL_TYPES);
	return type_name[type];
}

bool pool_type_of(const char *text, enum pool_type *out)
{
	for (uint32_t i = 0; i < POOL_TYPES; i++) {
		if (strcmp(text, type_name[i]) == 0) {
			*out = (enum pool_type)i;
			return true;
		}
	}
	return false;
}

bool pool_type_fits(enum pool_type type, enum family family)
{
	if (type == POOL_RESERVE)
		return true;
	bool is_ipv6 = type == POOL_PEERING_V6 || type == POOL_REGISTRY_V6;
	return is_ipv6 == (family == FAMILY_IPV6);
}

static const struct {
	const char *clause;
	const char *text;
} reasons[NUMBERS_REASONS] = {
	[NUMBERS_GOOD] = { "", "nothing is wrong" },
	[NUMBERS_NO_REQUESTS] = { "takes-requests", "the pool is not for requests" },
	[NUMBERS_TOO_LARGE] = { "maximum-size", "the block is larger than the largest there is" },
	[NUMBERS_TOO_SMALL] = { "minimum-size", "the block is smaller than the smallest there is" },
	[NUMBERS_NO_ASN] = { "derived",
			     "the address is made of an AS number, and the holder is none" },
	[NUMBERS_NO_IPV6] = { "must-hold-ipv6", "the organisation must hold IPv6 first" },
	[NUMBERS_HELD_BEFORE] = { "never-held",
				  "the organisation has had space of this kind before" },
	[NUMBERS_SECOND_PLACE] = { "one-place", "the organisation has an open request already" },
	[NUMBERS_FULL] = { "waiting-list", "nothing of that size is left" },
	[NUMBERS_NOT_NEXT] = { "queue-order", "others have waited longer" },
	[NUMBERS_TAKEN] = { "one-hand", "it is in somebody's hand" },
	[NUMBERS_KEPT_BACK] = { "kept-back", "the exchange keeps it for itself" },
	[NUMBERS_QUARANTINED] = { "quarantine", "it is in quarantine" },
	[NUMBERS_NO_TRANSFER] = { "transfer", "space of this kind is not transferred" },
	[NUMBERS_HOLD_PERIOD] = { "hold-period",
				  "it has not been held long enough to be transferred" },
	[NUMBERS_NO_ROOM] = { "growth", "there is no room to grow in place" },
	[NUMBERS_REVIEW] = { "review", "too little of it is in use" },
	[NUMBERS_BY_STAFF] = { "evaluation", "the request was not found to be justified" },
};

const char *numbers_reason_clause(enum numbers_reason reason)
{
	CHECK(reason < NUMBERS_REASONS);
	return reasons[reason].clause;
}

const char *numbers_reason_text(enum numbers_reason reason)
{
	CHECK(reason < NUMBERS_REASONS);
	return reasons[reason].text;
}
