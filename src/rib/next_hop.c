/* rib/next_hop.c — who can use the next hop of an IPv4 route, and in which form it is told.
 *
 * What a next hop can become depends on the plan and the attribute set alone; which of the two
 * kinds a receiver is, on what it agreed to when it came up.  So for lists that must not change
 * when sessions come and go there is "whatever they agree to" (certain) and "if they agree to the
 * right thing" (possible), and for what is sent there is "as they are now". */
#include "base/mem.h"
#include "rib/shard.h"

struct next_hop_use {
	const struct plan *plan;
	struct plan_next_hop next_hop;
	enum plan_next_hop_users users[2]; /* of the receivers that are not extended; that are */
};

static struct next_hop_use use_of(const struct rib *rib, struct attr_id attr, bool old_plan)
{
	const struct attr_set *set = attr_table_of(&rib->attrs, attr);
	bool is_old = old_plan && rib->replan.before != NULL;
	struct next_hop_use use = { .plan = is_old ? rib->replan.before : rib->plan,
				    .next_hop = is_old ? set->next_hop_old : set->next_hop };

	if (!use.next_hop.is_ipv6 && !plan_translates(use.plan))
		return use; /* everyone, as most routes are for */
	for (uint32_t i = 0; i < 2; i++)
		use.users[i] = plan_next_hop_users(use.plan, use.next_hop, i == 1);
	return use;
}

static bool is_for_all(const struct next_hop_use *use)
{
	return use->users[0] == NEXT_HOP_USERS_ALL && use->users[1] == NEXT_HOP_USERS_ALL;
}

bool rib_next_hop_is_for_all(const struct rib *rib, enum family family, struct attr_id attr,
			     bool old_plan)
{
	if (family != FAMILY_IPV4)
		return true;
	struct next_hop_use use = use_of(rib, attr, old_plan);
	return is_for_all(&use);
}

bool rib_next_hop_is_for_readers(const struct rib *rib, enum family family, struct attr_id attr)
{
	if (family != FAMILY_IPV4)
		return true;
	struct next_hop_use use = use_of(rib, attr, false);
	for (uint32_t i = 0; i < 2; i++) {
		if ((rib->unserved_users[i] & 1u << use.users[i]) != 0)
			return false;
	}
	return true;
}

void rib_next_hop_note_readers(struct rib *rib)
{
	struct session_set readers[2] = { 0 };

	for (uint32_t i = 0; i < RIB_PROFILES_MAX; i++) {
		const struct profile *profile = &rib->profile[i];
		if (profile->used && profile->wire.family == FAMILY_IPV4)
			session_set_or(&readers[profile->wire.extended_next_hop ? 1 : 0],
				       &profile->sessions);
	}
	for (uint32_t i = 0; i < 2; i++) {
		rib->unserved_users[i] = 0;
		for (uint32_t users = NEXT_HOP_USERS_ON_IPV4; users <= NEXT_HOP_USERS_NONE;
		     users++) {
			struct session_set left = readers[i];
			session_set_and_not(
				&left, plan_users_of(rib->plan, (enum plan_next_hop_users)users));
			if (!session_set_is_empty(&left))
				rib->unserved_users[i] |= (uint8_t)(1u << users);
		}
	}
}

bool rib_next_hop_narrow(const struct rib *rib, enum family family, struct attr_id attr,
			 bool old_plan, struct session_set *who)
{
	if (family != FAMILY_IPV4)
		return false;
	struct next_hop_use use = use_of(rib, attr, old_plan);
	if (is_for_all(&use))
		return false;
	struct session_set extended = *who;
	session_set_and(&extended, &rib->extended_next_hop);
	session_set_and_not(who, &extended);
	session_set_and(&extended, plan_users_of(use.plan, use.users[1]));
	session_set_and(who, plan_users_of(use.plan, use.users[0]));
	session_set_or(who, &extended);
	return true;
}

void rib_next_hop_foresee(const struct rib *rib, enum family family, struct attr_id attr,
			  struct session_set *certain, struct session_set *possible)
{
	if (family != FAMILY_IPV4)
		return;
	struct next_hop_use use = use_of(rib, attr, false);
	if (is_for_all(&use))
		return;
	struct session_set either = *plan_users_of(use.plan, use.users[0]);
	session_set_or(&either, plan_users_of(use.plan, use.users[1]));
	session_set_and(possible, &either);
	for (uint32_t i = 0; i < 2; i++)
		session_set_and(certain, plan_users_of(use.plan, use.users[i]));
}

bool rib_next_hop_suits(const struct rib *rib, enum family family, struct attr_id attr,
			bool old_plan, struct session_id session)
{
	if (family != FAMILY_IPV4)
		return true;
	struct next_hop_use use = use_of(rib, attr, old_plan);
	uint32_t kind = session_set_has(&rib->extended_next_hop, session) ? 1 : 0;
	return use.users[kind] == NEXT_HOP_USERS_ALL ||
	       session_set_has(plan_users_of(use.plan, use.users[kind]), session);
}

/* --- a change of plan ------------------------------------------------------------------------- */

static bool same_form(const struct next_hop_use *a, const struct next_hop_use *b, bool is_extended)
{
	struct plan_next_hop_form x = plan_next_hop_form(a->plan, a->next_hop, is_extended);
	struct plan_next_hop_form y = plan_next_hop_form(b->plan, b->next_hop, is_extended);

	return octets_equal(octets_of(x.octet, x.len_octets), octets_of(y.octet, y.len_octets));
}

bool rib_next_hop_changes(const struct rib *rib, enum family family, struct attr_id attr)
{
	if (family != FAMILY_IPV4 || rib->replan.before == NULL ||
	    (!plan_translates(rib->plan) && !plan_translates(rib->replan.before)))
		return false;
	struct next_hop_use old = use_of(rib, attr, true);
	struct next_hop_use new = use_of(rib, attr, false);
	for (uint32_t i = 0; i < 2; i++) {
		if (old.users[i] != new.users[i] || !same_form(&old, &new, i == 1) ||
		    (rib->replan.changed_users & 1u << new.users[i]) != 0)
			return true;
	}
	return false;
}

void rib_next_hop_keep_same(const struct rib *rib, enum family family, struct attr_id attr,
			    struct session_set *who)
{
	if (family != FAMILY_IPV4 || rib->replan.before == NULL)
		return;
	struct next_hop_use old = use_of(rib, attr, true);
	struct next_hop_use new = use_of(rib, attr, false);
	if (!same_form(&old, &new, true))
		session_set_and_not(who, &rib->extended_next_hop);
	if (!same_form(&old, &new, false))
		session_set_and(who, &rib->extended_next_hop);
}

void rib_next_hop_note_change(struct rib *rib)
{
	struct replan *replan = &rib->replan;
	struct session_set both = rib->plan->all;

	session_set_and(&both, &replan->before->all);
	for (uint32_t users = NEXT_HOP_USERS_ON_IPV4; users <= NEXT_HOP_USERS_TAKES_IPV4; users++) {
		struct session_set old = *plan_users_of(replan->before,
							(enum plan_next_hop_users)users);
		struct session_set new = *plan_users_of(rib->plan, (enum plan_next_hop_users)users);
		session_set_and(&old, &both);
		session_set_and(&new, &both);
		if (!session_set_equal(&old, &new))
			replan->changed_users |= (uint8_t)(1u << users);
	}
}
