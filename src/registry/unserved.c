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
	bool offers_blackhole = exchange->has_blackhole_next_hop[FAMILY_IPV4] ||
				exchange->has_blackhole_next_hop[FAMILY_IPV6];

	/* To an active member we connect. */
	for (uint32_t i = 0; i < member->address_count && !member->is_active; i++) {
		if (!member->is_idle && !member->no_session[i])
			unserved_take_address(unserved, exchange, member->asn, &member->address[i]);
	}
	if (member->takes_blackhole && !offers_blackhole)
		tally_add(&unserved->no_blackhole, member->asn);
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
	names_print(&unserved->no_blackhole, names);
	if (unserved->no_blackhole.count != 0)
		complain(complaints, true,
			 "no blackhole_next_hop: %u member%s blackhole routes that the exchange "
			 "does not offer (%s)",
			 unserved->no_blackhole.count,
			 unserved->no_blackhole.count == 1 ? " takes" : "s take", names);
}
