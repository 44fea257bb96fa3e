/* bench/members.h — an exchange of members with one IPv4 address each: AS1000 and those behind it,
 * 127.1.0.0 and those behind it.
 * Owns    the plan is the caller's, sealed; its rules may still be set
 * Thread  any */
#ifndef BENCH_MEMBERS_H
#define BENCH_MEMBERS_H

#include "base/check.h"
#include "plan/plan.h"

#define RS_ASN 64700u
#define MEMBER_ASN 1000u
#define MEMBER_ADDRESS 0x7f010000u

static inline struct plan *plan_of_members(uint32_t members)
{
	struct plan *plan = plan_new();

	CHECK(plan != NULL);
	plan->asn = RS_ASN;
	for (uint32_t i = 0; i < members; i++) {
		struct plan_session session = { .id = { (uint16_t)i },
						.asn = MEMBER_ASN + i,
						.address = address_ipv4(MEMBER_ADDRESS + i) };
		CHECK(!failed(plan_member_add(plan, MEMBER_ASN + i, "member")));
		CHECK(!failed(plan_session_add(plan, &session)));
	}
	plan_seal(plan);
	return plan;
}

#endif
