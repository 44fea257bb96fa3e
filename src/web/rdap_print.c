/* web/rdap_print.c — RDAP's objects as JSON. */
#include "web/rdap_print.h"

#include <stdio.h>
#include <string.h>

#include "base/utc.h"

#define URL_MAX (PUBLISHED_TEXT_MAX + 128u)

static const char *status_word(enum published_status status)
{
	switch (status) {
	case PUBLISHED_ALLOCATED:
	case PUBLISHED_ASSIGNED:
		return "active";
	case PUBLISHED_AVAILABLE:
		return "inactive";
	case PUBLISHED_RESERVED:
		return "reserved";
	}
	return "active";
}

static const char *type_word(enum published_status status)
{
	switch (status) {
	case PUBLISHED_ALLOCATED:
		return "ALLOCATED";
	case PUBLISHED_ASSIGNED:
		return "ASSIGNED";
	case PUBLISHED_AVAILABLE:
		return "AVAILABLE";
	case PUBLISHED_RESERVED:
		return "RESERVED";
	}
	return "ALLOCATED";
}

static void begin(struct json *json, struct web_answer *out)
{
	out->content_type = RDAP_CONTENT_TYPE;
	json_init(json, text_buffer_sink(&out->body), 2);
	json_object_open(json);
	json_field_array(json, "rdapConformance");
	json_text(json, "rdap_level_0");
	json_text(json, "cidr0");
	json_text(json, "nro_rdap_profile_0");
	json_array_close(json);
}

static void notice_put(struct json *json, const char *title, const char *text)
{
	json_object_open(json);
	json_field_text(json, "title", title);
	json_field_array(json, "description");
	json_text(json, text);
	json_array_close(json);
	json_object_close(json);
}

static void end(const struct published *published, struct json *json, struct web_answer *out)
{
	json_field_array(json, "notices");
	notice_put(json, "About these data",
		   "What this exchange has recorded publicly; personal data are left out unless "
		   "their owner made them public.");
	json_array_close(json);
	if (published->whois[0] != '\0')
		json_field_text(json, "port43", published->whois);
	json_field_text(json, "lang", "en");
	json_object_close(json);
	if (!json_done(json))
		answer_text(out, WEB_FAILED, "The answer could not be made.\n");
}

static void link_put(const struct published *published, struct json *json, const char *kind,
		     const char *word)
{
	char url[URL_MAX];

	(void)snprintf(url, sizeof url, "%s/rdap/%s/%s", published->base_url, kind, word);
	json_field_array(json, "links");
	json_object_open(json);
	json_field_text(json, "value", url);
	json_field_text(json, "rel", "self");
	json_field_text(json, "href", url);
	json_field_text(json, "type", RDAP_CONTENT_TYPE);
	json_object_close(json);
	json_array_close(json);
}

static void event_put(struct json *json, const char *action, struct wall at)
{
	char text[UTC_TEXT_MAX];

	if (at.s == 0)
		return;
	utc_print(at, text);
	json_object_open(json);
	json_field_text(json, "eventAction", action);
	json_field_text(json, "eventDate", text);
	json_object_close(json);
}

static void events_put(struct json *json, struct wall registered_at, struct wall changed_at)
{
	if (registered_at.s == 0 && changed_at.s == 0)
		return;
	json_field_array(json, "events");
	event_put(json, "registration", registered_at);
	event_put(json, "last changed", changed_at);
	json_array_close(json);
}

static void status_put(struct json *json, const char *word)
{
	json_field_array(json, "status");
	json_text(json, word);
	json_array_close(json);
}

/* --- entities --------------------------------------------------------------------------------- */

static void card_line(struct json *json, const char *name, const char *type, const char *value)
{
	if (value[0] == '\0')
		return;
	json_array_open(json);
	json_text(json, name);
	json_object_open(json);
	json_object_close(json);
	json_text(json, type);
	json_text(json, value);
	json_array_close(json);
}

static void card_put(struct json *json, const struct published_entity *entity)
{
	char phone[PUBLISHED_HANDLE_MAX + 8];

	(void)snprintf(phone, sizeof phone, "%s%s", entity->phone[0] != '\0' ? "tel:" : "",
		       entity->phone);
	json_field_array(json, "vcardArray");
	json_text(json, "vcard");
	json_array_open(json);
	card_line(json, "version", "text", "4.0");
	card_line(json, "fn", "text", entity->name);
	card_line(json, "kind", "text", entity->is_organisation ? "org" : "group");
	card_line(json, "email", "text", entity->email);
	card_line(json, "tel", "uri", phone);
	card_line(json, "url", "uri", entity->url);
	json_array_close(json);
	json_array_close(json);
}

/* What is said of an entity inside another object; the objects inside it only when it is the one
 * asked for. */
static void entity_put(const struct published *published, struct json *json,
		       const struct published_entity *entity)
{
	json_field_text(json, "objectClassName", "entity");
	json_field_text(json, "handle", entity->handle);
	card_put(json, entity);
	json_field_array(json, "roles");
	json_text(json, entity->role[0] != '\0' ? entity->role : "registrant");
	json_array_close(json);
	events_put(json, entity->registered_at, entity->changed_at);
	link_put(published, json, "entity", entity->handle);
}

/* The holder, and those who belong to him. */
static void entities_put(const struct published *published, struct json *json, uint32_t holder)
{
	if (holder == PUBLISHED_NONE)
		return;
	json_field_array(json, "entities");
	json_object_open(json);
	entity_put(published, json, &published->entity[holder]);
	json_object_close(json);
	for (uint32_t i = published->entity[holder].contact; i != PUBLISHED_NONE;
	     i = published->entity[i].next_held) {
		json_object_open(json);
		entity_put(published, json, &published->entity[i]);
		json_object_close(json);
	}
	json_array_close(json);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void prefixes_put(struct json *json, const struct published_network *network)
{
	struct address at = network->first;
	bool is_more = true;

	json_field_array(json, "cidr0_cidrs");
	while (is_more && address_compare(&at, &network->last) <= 0) {
		struct prefix prefix = prefix_widest(&at, &network->last);
		struct address last = prefix_last(&prefix);
		char text[ADDRESS_TEXT_MAX];
		address_print(&at, text);
		json_object_open(json);
		json_field_text(json, prefix.family == FAMILY_IPV4 ? "v4prefix" : "v6prefix", text);
		json_field_u64(json, "length", prefix.len_bits);
		json_object_close(json);
		is_more = address_after(&last, &at);
	}
	json_array_close(json);
}

static void network_put(const struct published *published, struct json *json,
			const struct published_network *network)
{
	char text[ADDRESS_TEXT_MAX];

	json_field_text(json, "objectClassName", "ip network");
	json_field_text(json, "handle", network->handle);
	address_print(&network->first, text);
	json_field_text(json, "startAddress", text);
	address_print(&network->last, text);
	json_field_text(json, "endAddress", text);
	json_field_text(json, "ipVersion", network->first.family == FAMILY_IPV4 ? "v4" : "v6");
	json_field_text(json, "name", network->name);
	json_field_text(json, "type", type_word(network->status));
	if (strcmp(published->country, "ZZ") != 0 && published->country[0] != '\0')
		json_field_text(json, "country", published->country);
	if (network->parent != PUBLISHED_NONE)
		json_field_text(json, "parentHandle", published->network[network->parent].handle);
	status_put(json, status_word(network->status));
	prefixes_put(json, network);
	events_put(json, network->registered_at, network->changed_at);
	address_print(&network->first, text);
	link_put(published, json, "ip", text);
}

static void autnum_put(const struct published *published, struct json *json,
		       const struct published_autnum *autnum)
{
	char text[16];

	(void)snprintf(text, sizeof text, "AS%u", autnum->asn);
	json_field_text(json, "objectClassName", "autnum");
	json_field_text(json, "handle", text);
	json_field_u64(json, "startAutnum", autnum->asn);
	json_field_u64(json, "endAutnum", autnum->asn);
	json_field_text(json, "name", autnum->name);
	status_put(json, "active");
	events_put(json, autnum->registered_at, autnum->changed_at);
	link_put(published, json, "autnum", text + 2);
}

void rdap_network(const struct published *published, const struct published_network *network,
		  struct web_answer *out)
{
	struct json json;

	begin(&json, out);
	network_put(published, &json, network);
	entities_put(published, &json, network->holder);
	end(published, &json, out);
}

void rdap_autnum(const struct published *published, const struct published_autnum *autnum,
		 struct web_answer *out)
{
	struct json json;

	begin(&json, out);
	autnum_put(published, &json, autnum);
	entities_put(published, &json, autnum->holder);
	end(published, &json, out);
}

void rdap_entity(const struct published *published, const struct published_entity *entity,
		 struct web_answer *out)
{
	struct json json;

	begin(&json, out);
	entity_put(published, &json, entity);
	json_field_array(&json, "networks");
	for (uint32_t i = entity->network; i != PUBLISHED_NONE;
	     i = published->network[i].next_held) {
		json_object_open(&json);
		network_put(published, &json, &published->network[i]);
		json_object_close(&json);
	}
	json_array_close(&json);
	json_field_array(&json, "autnums");
	for (uint32_t i = entity->autnum; i != PUBLISHED_NONE; i = published->autnum[i].next_held) {
		json_object_open(&json);
		autnum_put(published, &json, &published->autnum[i]);
		json_object_close(&json);
	}
	json_array_close(&json);
	end(published, &json, out);
}

void rdap_domain(const struct published *published, const char *name,
		 const struct published_network *network, struct web_answer *out)
{
	struct json json;

	begin(&json, out);
	json_field_text(&json, "objectClassName", "domain");
	json_field_text(&json, "handle", name);
	json_field_text(&json, "ldhName", name);
	status_put(&json, "active");
	link_put(published, &json, "domain", name);
	json_field_object(&json, "network");
	network_put(published, &json, network);
	json_object_close(&json);
	entities_put(published, &json, network->holder);
	end(published, &json, out);
}

void rdap_help(const struct published *published, struct web_answer *out)
{
	struct json json;

	begin(&json, out);
	json_field_array(&json, "notices");
	notice_put(&json, "What may be asked",
		   "/rdap/ip/ADDRESS, /rdap/ip/PREFIX/LENGTH, /rdap/autnum/NUMBER, "
		   "/rdap/entity/HANDLE, /rdap/domain/NAME of a reverse zone. The smallest "
		   "network that holds all that is asked for answers.");
	json_array_close(&json);
	json_field_text(&json, "lang", "en");
	json_object_close(&json);
	if (!json_done(&json))
		answer_text(out, WEB_FAILED, "The answer could not be made.\n");
	(void)published;
}

void rdap_error(const struct published *published, enum web_status status, const char *why,
		struct web_answer *out)
{
	struct json json;
	const char *title = status == WEB_NOT_FOUND       ? "Not found" :
			    status == WEB_NOT_IMPLEMENTED ? "Not implemented" :
							    "Not understood";

	out->status = status;
	begin(&json, out);
	json_field_u64(&json, "errorCode", (uint64_t)status);
	json_field_text(&json, "title", title);
	json_field_array(&json, "description");
	json_text(&json, why);
	json_array_close(&json);
	end(published, &json, out);
}
