/* registry/unserved.c — members that the exchange cannot serve as they are: a sentence a cause,
 * however many they are. */
#include <stdio.h>

#include "registry/inside.h"

#define NAMES_TEXT_MAX 80u

static void tally_add(struct tally *tally, uint32_t asn)
{
	if (tally->count != 0 && tally->last_asn == asn)
		return;
	if (tally->count < TALLY_NAMED_MAX)
		tally->asn[tally->count] = asn;
	tally->last_asn = asn;
	tally->count++;
}

/* "AS1, AS2, AS3 and 84 more" */
static void names_print(const struct tally *tally, char out[NAMES_TEXT_MAX])
{
	uint32_t named = tally->count < TALLY_NAMED_MAX ? tally->count : TALLY_NAMED_MAX;
	int len = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < named; i++)
		len += snprintf(out + len, NAMES_TEXT_MAX - (size_t)len, "%sAS%u",
				i != 0 ? ", " : "", tally->asn[i]);
	if (tally->count > named)
		(void)snprintf(out + len, NAMES_TEXT_MAX - (size_t)len, " and %u more",
			       tally->count - named);
}

static bool has_listener(const struct registry_exchange *exchange, uint8_t family)
{
	for (uint32_t i = 0; i < exchange->listen_count; i++) {
		if (exchange->listen[i].address.family == family)
			return true;
	}
	return exchange->listen_count == 0;
}

void unserved_take_address(struct unserved *unserved, const struct registry_exchange *exchange,
			   uint32_t asn, const struct address *address)
{
	if (!has_listener(exchange, address->family))
		tally_add(&unserved->no_listener[address->family], asn);
}

void unserved_take(struct unserved *unserved, const struct registry_exchange *exchange,
		   const struct registry_member *member)
{
	struct plan_rules rules = registry_rules_of(exchange);

	/* To an active member we connect. */
	for (uint32_t i = 0; i < member->address_count && !member->is_active; i++) {
		if (!member->is_idle && !member->no_session[i])
			unserved_take_address(unserved, exchange, member->asn, &member->address[i]);
	}
	if (member->takes_blackhole && !rules.blackhole)
		tally_add(&unserved->no_blackhole, member->asn);
	if (rules.ipv6_only_lan == IPV6_ONLY_LAN_OFF || member->address_count == 0 ||
	    member->is_idle)
		return;
	struct plan_slat_row row = registry_slat_row(exchange, member);
	if (!row.has_ipv6)
		tally_add(&unserved->no_ipv6, member->asn);
	if (!row.has_ipv4 && rules.ipv6_only_lan != IPV6_ONLY_LAN_REQUIRE)
		tally_add(&unserved->no_ipv4, member->asn);
}

/* RFC 8950: whom one kind of members or the other cannot reach. */
static void next_hops_tell(const struct unserved *unserved, struct complaints *complaints)
{
	const struct tally *no_ipv6 = &unserved->no_ipv6;
	const struct tally *no_ipv4 = &unserved->no_ipv4;
	char names[NAMES_TEXT_MAX];

	names_print(no_ipv6, names);
	if (no_ipv6->count != 0)
		complain(complaints, true,
			 "ipv6_only_lan: %u member%s no IPv6 address, so who takes IPv6 next hops "
			 "alone gets no IPv4 route of %s: give one with member edit --add-ip (%s)",
			 no_ipv6->count, no_ipv6->count == 1 ? " has" : "s have",
			 no_ipv6->count == 1 ? "it" : "them", names);
	names_print(no_ipv4, names);
	if (no_ipv4->count != 0)
		complain(complaints, true,
			 "ipv6_only_lan: %u member%s no IPv4 address, so who takes IPv4 next hops "
			 "alone gets no IPv4 route of %s with an IPv6 one: give one with member "
			 "edit --slat-ipv4 (%s)",
			 no_ipv4->count, no_ipv4->count == 1 ? " has" : "s have",
			 no_ipv4->count == 1 ? "it" : "them", names);
}

void unserved_tell(const struct unserved *unserved, struct complaints *complaints)
{
	char names[NAMES_TEXT_MAX];

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		const struct tally *tally = &unserved->no_listener[f];
		const char *family = f == FAMILY_IPV4 ? "IPv4" : "IPv6";
		names_print(tally, names);
		if (tally->count != 0)
			complain(complaints, true,
				 "no %s listener: %u member%s cannot connect over %s (%s)", family,
				 tally->count, tally->count == 1 ? "" : "s", family, names);
	}
	next_hops_tell(unserved, complaints);
	names_print(&unserved->no_blackhole, names);
	if (unserved->no_blackhole.count != 0)
		complain(complaints, true,
			 "no blackholing: %u member%s blackhole routes that the exchange does not "
			 "offer (%s)",
			 unserved->no_blackhole.count,
			 unserved->no_blackhole.count == 1 ? " takes" : "s take", names);
}
