/* registry/import_facts.c — what a member export says beside members and addresses, compared with
 * the registry and written.
 *
 * The same walk does both: first each difference becomes a change to be shown; then, in the
 * transaction that has made members, connections and addresses what they shall be, the facts are
 * written.  What the file does not say stays.
 *
 * A connection is known by its addresses: a connection of the file is the one of ours that has its
 * first address.  Where two of the file would be one of ours, the first says what it is.  Ports
 * are taken in order; contacts are the same when their e-mail is, or without one their phone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "registry/fact_store.h"
#include "registry/importing.h"

#define CLAIMS_MAX 64u /* connections of a member that are told apart */

struct claim {
	int64_t connection_id;
	uint32_t file_connection;
};

struct comparing {
	struct importing *importing;
	struct store *store;
	bool writes;
	uint32_t asn; /* of the claims */
	uint32_t claim_count;
	struct claim claim[CLAIMS_MAX];
	uint32_t port_connection; /* the file's connection whose ports are taken */
	uint32_t port_index;      /* of the next */
};

/* --- what a thing of the file is in the registry ---------------------------------------------- */

static const struct ixf_member *member_of(const struct importing *importing, uint32_t asn)
{
	uint32_t low = 0;
	uint32_t high = importing->file->member_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (importing->file->member[middle].asn < asn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < importing->file->member_count && importing->file->member[low].asn == asn ?
		     &importing->file->member[low] :
		     NULL;
}

/* The first address that counts of a connection of the file. */
static const struct wanted *anchor_of(const struct importing *importing,
				      const struct ixf_member *member, uint32_t connection)
{
	for (uint32_t i = 0; i < member->address_count; i++) {
		const struct wanted *wanted = &importing->wanted[member->address_first + i];
		if (!wanted->is_out && wanted->file->connection == connection)
			return wanted;
	}
	return NULL;
}

/* The connection's number; 0 = it is yet to be made. */
static struct fault connection_resolve(struct comparing *comparing, const struct wanted *anchor,
				       int64_t *id)
{
	char address[ADDRESS_TEXT_MAX];
	char key[FACT_KEY_MAX];
	uint32_t asn = 0;

	*id = anchor->at != NULL ? anchor->at->connection_id : 0;
	if (!comparing->writes)
		return fault_none();
	address_print(&anchor->file->address, address);
	TRY(fact_connection_of(comparing->store, address, key, &asn));
	*id = strtoll(key, NULL, 10);
	return fault_none();
}

/* False: another connection of the file has it already. */
static bool connection_claim(struct comparing *comparing, uint32_t asn, int64_t id,
			     uint32_t file_connection)
{
	if (comparing->asn != asn) {
		comparing->asn = asn;
		comparing->claim_count = 0;
	}
	for (uint32_t i = 0; i < comparing->claim_count && id != 0; i++) {
		if (comparing->claim[i].connection_id == id)
			return comparing->claim[i].file_connection == file_connection;
	}
	if (comparing->claim_count < CLAIMS_MAX)
		comparing->claim[comparing->claim_count++] = (struct claim){ id, file_connection };
	return true;
}

static bool address_counts(const struct importing *importing, const struct ixf_member *member,
			   const char *key)
{
	char text[ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < member->address_count; i++) {
		const struct wanted *wanted = &importing->wanted[member->address_first + i];
		address_print(&wanted->file->address, text);
		if (!wanted->is_out && strcmp(text, key) == 0)
			return true;
	}
	return false;
}

/* --- lists of the registry -------------------------------------------------------------------- */

struct seeking {
	const struct ixf_list *file;
	const struct ixf_thing *thing;
	uint32_t index;
	bool is_found;
	struct fact *out;
};

static bool same(const struct seeking *seeking, const struct fact *held, const char *name)
{
	uint32_t field = fact_field_index(held->kind, name);
	const char *said = ixf_said(seeking->file, seeking->thing, field);

	return said != NULL && strcmp(said, held->value[field]) == 0;
}

static bool contact_seek(void *context, const struct fact *held)
{
	struct seeking *seeking = context;
	bool has_email = ixf_said(seeking->file, seeking->thing,
				  fact_field_index(held->kind, "email")) != NULL;
	bool has_phone = ixf_said(seeking->file, seeking->thing,
				  fact_field_index(held->kind, "phone")) != NULL;

	seeking->is_found = has_email ? same(seeking, held, "email") :
			    has_phone ? same(seeking, held, "phone") :
					fact_of(held, "email")[0] == '\0' &&
						fact_of(held, "phone")[0] == '\0';
	if (seeking->is_found)
		*seeking->out = *held;
	return !seeking->is_found;
}

static bool port_seek(void *context, const struct fact *held)
{
	struct seeking *seeking = context;

	seeking->is_found = seeking->index == 0;
	if (seeking->is_found)
		*seeking->out = *held;
	else
		seeking->index--;
	return !seeking->is_found;
}

/* --- one fact --------------------------------------------------------------------------------- */

struct text_pair {
	char was[REGISTRY_CHANGE_TEXT_MAX];
	char becomes[REGISTRY_CHANGE_TEXT_MAX];
};

static void value_put(char out[REGISTRY_CHANGE_TEXT_MAX], const char *name, const char *value)
{
	size_t len = strlen(out);
	char shown[FACT_VALUE_MAX];

	(void)snprintf(shown, sizeof shown, "%s", value[0] != '\0' ? value : "none");
	for (char *at = shown; *at != '\0'; at++)
		*at = *at == '\n' ? ' ' : *at;
	(void)snprintf(out + len, REGISTRY_CHANGE_TEXT_MAX - len, "%s%s %s", len != 0 ? ", " : "",
		       name, shown);
}

/* What differs; with `was` NULL what is said. */
static void texts_of(const struct fact *was, const struct fact *becomes, struct text_pair *out)
{
	*out = (struct text_pair){ 0 };
	for (uint32_t i = 0; becomes->kind->field[i].name != NULL; i++) {
		const char *name = becomes->kind->field[i].name;
		if (was == NULL && becomes->value[i][0] != '\0') {
			value_put(out->becomes, name, becomes->value[i]);
		} else if (was != NULL && strcmp(was->value[i], becomes->value[i]) != 0) {
			value_put(out->was, name, fact_at(was, i));
			value_put(out->becomes, name, fact_at(becomes, i));
		}
	}
}

static uint32_t text_keep(struct importing *importing, const char *text)
{
	struct registry_import *out = importing->out;
	uint32_t len = (uint32_t)strlen(text) + 1;
	uint32_t at = out->text_len_octets != 0 ? out->text_len_octets : 1;

	if (text[0] == '\0')
		return 0;
	if (!heap_grow(out->heap, (void **)&out->text, &out->text_room, at + len, 1)) {
		importing->memory_is_out = true;
		return 0;
	}
	out->text[0] = '\0';
	mem_copy(out->text + at, text, len);
	out->text_len_octets = at + len;
	return at;
}

static void change_tell(struct importing *importing, enum registry_change_kind kind, uint32_t asn,
			const struct fact *fact, const struct text_pair *texts)
{
	struct registry_change *change = importing_change(importing, kind, asn);
	bool has_subject = fact->kind->id != FACT_EXCHANGE && fact->kind->id != FACT_MEMBER &&
			   fact->key[0] != '\0';

	if (change == NULL)
		return;
	change->fact = fact->kind->id;
	if (has_subject)
		(void)snprintf(change->subject, sizeof change->subject, "%s", fact->key);
	uint32_t was_at = text_keep(importing, texts->was);
	uint32_t becomes_at = text_keep(importing, texts->becomes);
	change->was_at = was_at;
	change->becomes_at = becomes_at;
	importing->out->facts_added += kind == CHANGE_FACT_ADD ? 1 : 0;
	importing->out->facts_changed += kind == CHANGE_FACT_EDIT ? 1 : 0;
	importing->out->facts_removed += kind == CHANGE_FACT_REMOVE ? 1 : 0;
}

static bool is_empty(const struct fact *fact)
{
	for (uint32_t i = 0; fact->kind->field[i].name != NULL; i++) {
		if (fact->value[i][0] != '\0')
			return false;
	}
	return true;
}

static bool differs(const struct fact *a, const struct fact *b)
{
	for (uint32_t i = 0; a->kind->field[i].name != NULL; i++) {
		if (strcmp(a->value[i], b->value[i]) != 0)
			return true;
	}
	return false;
}

/* What the registry has, and what it shall have. */
struct fact_pair {
	bool is_held;
	struct fact held;
	struct fact becomes;
};

static struct fault pair_finish(struct comparing *comparing, uint32_t asn, struct fact_pair *pair)
{
	/* Connections and addresses are there without it; switches and ports are it. */
	enum fact_id id = pair->becomes.kind->id;
	bool stands_alone = id == FACT_SWITCH || id == FACT_VLAN || id == FACT_PORT;
	struct text_pair texts;

	if (pair->is_held ? !differs(&pair->held, &pair->becomes) :
			    !stands_alone && is_empty(&pair->becomes))
		return fault_none();
	if (!comparing->writes) {
		texts_of(pair->is_held ? &pair->held : NULL, &pair->becomes, &texts);
		change_tell(comparing->importing,
			    pair->is_held ? CHANGE_FACT_EDIT : CHANGE_FACT_ADD, asn, &pair->becomes,
			    &texts);
		return fault_none();
	}
	if (pair->becomes.key[0] == '\0')
		TRY(fact_next_key(comparing->store, id, pair->becomes.key));
	return fact_write(comparing->store, &pair->becomes, comparing->importing->complaints);
}

static void held_set(struct fact_pair *pair, enum fact_id id, const char *key)
{
	pair->is_held = false;
	fact_init(&pair->held, id, key);
}

static struct fault held_get(struct comparing *comparing, enum fact_id id, const char *key,
			     struct fact_pair *pair)
{
	struct fault fault = fact_get(comparing->store, id, key, &pair->held);

	if (fault.kind == FAULT_ABSENT) {
		held_set(pair, id, key);
		return fault_none();
	}
	pair->is_held = true;
	return fault;
}

/* The as-set that all of the member's addresses have is the member's own. */
static bool is_members_macro(const struct ixf_thing *thing, uint32_t field,
			     const struct ixf_member *member, const char *said)
{
	return thing->kind == FACT_ADDRESS && member != NULL &&
	       field == fact_field_index(fact_kind_of(FACT_ADDRESS), "as_macro") &&
	       strcmp(said, member->as_macro) == 0;
}

static void said_set(const struct importing *importing, const struct ixf_thing *thing,
		     const struct ixf_member *member, struct fact_pair *pair)
{
	pair->becomes = pair->held;
	for (uint32_t i = 0; pair->becomes.kind->field[i].name != NULL; i++) {
		const char *said = ixf_said(importing->file, thing, i);
		if (said != NULL)
			(void)fact_set(&pair->becomes, i,
				       is_members_macro(thing, i, member, said) ? "" : said);
	}
}

/* --- things of each kind ---------------------------------------------------------------------- */

static struct fault plain_compare(struct comparing *comparing, const struct ixf_thing *thing,
				  const struct ixf_member *member)
{
	struct fact_pair pair;

	TRY(held_get(comparing, thing->kind, thing->key, &pair));
	said_set(comparing->importing, thing, member, &pair);
	return pair_finish(comparing, thing->asn, &pair);
}

/* Of an address that another member has still, nothing stays. */
static struct fault facts_of_address_compare(struct comparing *comparing,
					     const struct ixf_thing *thing,
					     const struct ixf_member *member)
{
	struct fact_pair pair;
	char connection[FACT_KEY_MAX];
	uint32_t asn = thing->asn;

	struct fault fault = fact_connection_of(comparing->store, thing->key, connection, &asn);
	if (failed(fault) && fault.kind != FAULT_ABSENT)
		return fault;
	if (asn == thing->asn)
		return plain_compare(comparing, thing, member);
	held_set(&pair, FACT_ADDRESS, thing->key);
	said_set(comparing->importing, thing, member, &pair);
	return pair_finish(comparing, thing->asn, &pair);
}

static struct fault contact_compare(struct comparing *comparing, const struct ixf_thing *thing)
{
	struct fact_pair pair;
	struct seeking seeking = { .file = comparing->importing->file,
				   .thing = thing,
				   .out = &pair.held };
	char asn[16];

	held_set(&pair, FACT_CONTACT, "");
	(void)snprintf(asn, sizeof asn, "%u", thing->asn);
	TRY(fact_walk(comparing->store, FACT_CONTACT, "asn", asn, contact_seek, &seeking));
	pair.is_held = seeking.is_found;
	said_set(comparing->importing, thing, NULL, &pair);
	return pair_finish(comparing, thing->asn, &pair);
}

/* The connection that a thing is of.  False: it takes no part. */
static struct fault connection_of(struct comparing *comparing, const struct ixf_thing *thing,
				  const struct ixf_member *member, int64_t *id, bool *counts)
{
	const struct wanted *anchor = anchor_of(comparing->importing, member, thing->connection);

	*counts = anchor != NULL;
	if (!*counts)
		return fault_none();
	TRY(connection_resolve(comparing, anchor, id));
	*counts = connection_claim(comparing, thing->asn, *id, thing->connection);
	return fault_none();
}

static void connection_key(int64_t id, char out[FACT_KEY_MAX])
{
	out[0] = '\0';
	if (id != 0)
		(void)snprintf(out, FACT_KEY_MAX, "%" PRId64, id);
}

static struct fault connection_compare(struct comparing *comparing, const struct ixf_thing *thing,
				       const struct ixf_member *member)
{
	struct fact_pair pair;
	char key[FACT_KEY_MAX];
	int64_t id = 0;
	bool counts = false;

	TRY(connection_of(comparing, thing, member, &id, &counts));
	if (!counts)
		return fault_none();
	connection_key(id, key);
	held_set(&pair, FACT_CONNECTION, key);
	if (id != 0)
		TRY(held_get(comparing, FACT_CONNECTION, key, &pair));
	said_set(comparing->importing, thing, NULL, &pair);
	return pair_finish(comparing, thing->asn, &pair);
}

static struct fault port_compare(struct comparing *comparing, const struct ixf_thing *thing,
				 const struct ixf_member *member)
{
	struct fact_pair pair;
	struct seeking seeking = { .out = &pair.held };
	char key[FACT_KEY_MAX];
	int64_t id = 0;
	bool counts = false;

	TRY(connection_of(comparing, thing, member, &id, &counts));
	if (!counts)
		return fault_none();
	if (comparing->port_connection != thing->connection)
		comparing->port_index = 0;
	comparing->port_connection = thing->connection;
	seeking.index = comparing->port_index++;
	connection_key(id, key);
	held_set(&pair, FACT_PORT, "");
	if (id != 0)
		TRY(fact_walk(comparing->store, FACT_PORT, "connection", key, port_seek, &seeking));
	pair.is_held = seeking.is_found;
	if (!pair.is_held)
		(void)fact_set(&pair.held, fact_field_index(pair.held.kind, "connection"), key);
	said_set(comparing->importing, thing, NULL, &pair);
	return pair_finish(comparing, thing->asn, &pair);
}

/* Ports of ours behind the last that the file has of the connection. */
static struct fault ports_finish(struct comparing *comparing, const struct ixf_thing *thing,
				 const struct ixf_member *member)
{
	struct fact port;
	struct seeking seeking = { .out = &port };
	struct text_pair texts;
	char key[FACT_KEY_MAX];
	int64_t id = 0;
	bool counts = false;

	TRY(connection_of(comparing, thing, member, &id, &counts));
	if (!counts || id == 0)
		return fault_none();
	connection_key(id, key);
	for (uint32_t index = comparing->port_index;; index += comparing->writes ? 0 : 1) {
		seeking.index = index;
		seeking.is_found = false;
		TRY(fact_walk(comparing->store, FACT_PORT, "connection", key, port_seek, &seeking));
		if (!seeking.is_found)
			return fault_none();
		if (comparing->writes) {
			TRY(fact_remove(comparing->store, FACT_PORT, port.key,
					comparing->importing->complaints));
			continue;
		}
		texts_of(NULL, &port, &texts);
		(void)snprintf(texts.was, sizeof texts.was, "%s", texts.becomes);
		texts.becomes[0] = '\0';
		change_tell(comparing->importing, CHANGE_FACT_REMOVE, thing->asn, &port, &texts);
	}
}

static struct fault thing_compare(struct comparing *comparing, const struct ixf_thing *thing)
{
	const struct importing *importing = comparing->importing;
	const struct ixf_member *member = thing->asn != 0 ? member_of(importing, thing->asn) : NULL;

	if (thing->asn == 0 ? importing_is_others(importing) :
			      member == NULL || importing_usable(importing, member) == 0)
		return fault_none();
	switch (thing->kind) {
	case FACT_CONTACT:
		return contact_compare(comparing, thing);
	case FACT_CONNECTION:
		return connection_compare(comparing, thing, member);
	case FACT_PORT:
		return port_compare(comparing, thing, member);
	case FACT_ADDRESS:
		if (!address_counts(importing, member, thing->key))
			return fault_none();
		return facts_of_address_compare(comparing, thing, member);
	case FACT_EXCHANGE:
	case FACT_SWITCH:
	case FACT_VLAN:
	case FACT_ORGANISATION:
	case FACT_MEMBER:
	case FACT_DOCUMENT:
	case FACT_KINDS:
		break;
	}
	return plain_compare(comparing, thing, member);
}

static bool ports_end(const struct ixf_list *file, uint32_t index)
{
	const struct ixf_thing *thing = &file->thing[index];

	return thing->kind == FACT_PORT &&
	       (index + 1 == file->thing_count || file->thing[index + 1].kind != FACT_PORT ||
		file->thing[index + 1].connection != thing->connection);
}

static struct fault things_walk(struct comparing *comparing)
{
	const struct ixf_list *file = comparing->importing->file;

	for (uint32_t i = 0; i < file->thing_count; i++) {
		const struct ixf_thing *thing = &file->thing[i];
		TRY(thing_compare(comparing, thing));
		const struct ixf_member *member = member_of(comparing->importing, thing->asn);
		if (ports_end(file, i) && member != NULL)
			TRY(ports_finish(comparing, thing, member));
	}
	return fault_none();
}

struct fault importing_facts_compare(struct importing *importing, struct store *store)
{
	struct comparing comparing = { .importing = importing,
				       .store = store,
				       .port_connection = UINT32_MAX };

	return things_walk(&comparing);
}

struct fault importing_facts_write(struct importing *importing, struct store *store)
{
	struct comparing comparing = { .importing = importing,
				       .store = store,
				       .writes = true,
				       .port_connection = UINT32_MAX };

	return things_walk(&comparing);
}
