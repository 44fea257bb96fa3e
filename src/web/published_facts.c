/* web/published_facts.c — facts of the registry as RDAP's entities. */
#include "web/published_facts.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/utc.h"
#include "registry/fact_store.h"
#include "text/utf8.h"

#define EXCHANGE_KEY "1"

static void text_take(char *out, uint32_t room, const char *text)
{
	(void)utf8_clean(octets_of_text(text), " ", out, room);
}

/* Facts take three letters, too; here two are the rule. */
static void country_take(char out[PUBLISHED_COUNTRY_MAX], const char *text)
{
	if (strlen(text) == 2)
		(void)snprintf(out, PUBLISHED_COUNTRY_MAX, "%s", text);
}

struct fault published_exchange_read(struct store *store, struct published *published)
{
	struct fact fact;
	struct fault fault = fact_get(store, FACT_EXCHANGE, EXCHANGE_KEY, &fact);

	if (fault.kind == FAULT_ABSENT)
		return fault_none();
	TRY(fault);
	country_take(published->country, fact_of(&fact, "country"));
	return fault_none();
}

struct adding {
	struct published *published;
	struct fault fault;
};

static bool each_organisation(void *context, const struct fact *fact)
{
	struct adding *adding = context;
	struct published_entity entity = { .is_organisation = true };

	(void)snprintf(entity.handle, sizeof entity.handle, "ORG-%.48s", fact->key);
	text_take(entity.name, sizeof entity.name, fact_of(fact, "name"));
	text_take(entity.url, sizeof entity.url, fact_of(fact, "url"));
	country_take(entity.country, fact_of(fact, "country"));
	(void)utc_read(octets_of_text(fact_of(fact, "joined")), &entity.registered_at);
	adding->fault = published_entity_add(adding->published, &entity);
	return !failed(adding->fault);
}

struct fault published_organisations_add(struct store *store, struct published *published)
{
	struct adding adding = { .published = published };

	TRY(fact_walk(store, FACT_ORGANISATION, NULL, NULL, each_organisation, &adding));
	return adding.fault;
}

struct fault published_member_add(struct store *store, struct published *published,
				  const struct registry_member *member,
				  char holder[PUBLISHED_HANDLE_MAX])
{
	struct published_autnum autnum = { .asn = member->asn };
	struct published_entity entity = { .is_organisation = true };
	const char *organisation = "";
	struct fact fact;
	char key[16];

	(void)snprintf(key, sizeof key, "%u", member->asn);
	struct fault fault = fact_get(store, FACT_MEMBER, key, &fact);
	if (!failed(fault)) {
		organisation = fact_of(&fact, "organisation");
		text_take(entity.url, sizeof entity.url, fact_of(&fact, "url"));
		(void)utc_read(octets_of_text(fact_of(&fact, "member_since")),
			       &autnum.registered_at);
	} else if (fault.kind != FAULT_ABSENT) {
		return fault;
	}
	if (organisation[0] != '\0')
		(void)snprintf(holder, PUBLISHED_HANDLE_MAX, "ORG-%.48s", organisation);
	else
		(void)snprintf(holder, PUBLISHED_HANDLE_MAX, "AS%u-ORG", member->asn);
	text_take(autnum.name, sizeof autnum.name, member->name);
	text_take(autnum.as_macro, sizeof autnum.as_macro, member->as_macro);
	(void)snprintf(autnum.holder_handle, sizeof autnum.holder_handle, "%s", holder);
	TRY(published_autnum_add(published, &autnum));
	if (organisation[0] != '\0')
		return fault_none();
	(void)snprintf(entity.handle, sizeof entity.handle, "%s", holder);
	text_take(entity.name, sizeof entity.name, member->name);
	entity.registered_at = autnum.registered_at;
	return published_entity_add(published, &entity);
}

/* --- contacts --------------------------------------------------------------------------------- */

/* RFC 9083 10.2.4 */
static const char *rdap_role(const char *role)
{
	static const char *const pairs[][2] = {
		{ "noc", "noc" },
		{ "technical", "technical" },
		{ "peering", "technical" },
		{ "emergency", "noc" },
		{ "abuse", "abuse" },
		{ "billing", "billing" },
		{ "policy", "administrative" },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		if (strcmp(pairs[i][0], role) == 0)
			return pairs[i][1];
	}
	return "administrative";
}

static bool each_contact(void *context, const struct fact *fact)
{
	struct adding *adding = context;
	struct published_entity entity = { 0 };

	if (!fact_yes(fact, "public") || fact_yes(fact, "erased"))
		return true;
	(void)snprintf(entity.handle, sizeof entity.handle, "CONTACT-%.48s", fact->key);
	(void)snprintf(entity.role, sizeof entity.role, "%s", rdap_role(fact_of(fact, "role")));
	text_take(entity.name, sizeof entity.name, fact_of(fact, "name"));
	if (entity.name[0] == '\0')
		text_take(entity.name, sizeof entity.name, fact_of(fact, "role"));
	text_take(entity.email, sizeof entity.email, fact_of(fact, "email"));
	text_take(entity.phone, sizeof entity.phone, fact_of(fact, "phone"));
	const char *organisation = fact_of(fact, "organisation");
	if (organisation[0] != '\0')
		(void)snprintf(entity.organisation, sizeof entity.organisation, "ORG-%.48s",
			       organisation);
	(void)decimal_u32(fact_of(fact, "asn"), UINT32_MAX, &entity.asn);
	adding->fault = published_entity_add(adding->published, &entity);
	return !failed(adding->fault);
}

struct fault published_contacts_add(struct store *store, struct published *published)
{
	struct adding adding = { .published = published };

	TRY(fact_walk(store, FACT_CONTACT, NULL, NULL, each_contact, &adding));
	return adding.fault;
}
