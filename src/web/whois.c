/* web/whois.c — WHOIS questions, and RPSL objects for answers. */
#include "web/whois.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "net/asn.h"
#include "text/utf8.h"

#define VALUE_COLUMN 16

static void attribute_put(struct text_sink sink, const char *name, const char *value)
{
	char label[VALUE_COLUMN + 1];

	if (value[0] == '\0')
		return;
	(void)snprintf(label, sizeof label, "%s:", name);
	(void)text_put(sink, "%-*s%s\n", VALUE_COLUMN, label, value);
}

static void time_put(struct text_sink sink, const char *name, struct wall at)
{
	char text[UTC_TEXT_MAX];

	utc_print(at, text);
	if (at.s != 0)
		attribute_put(sink, name, text);
}

static void tail_put(const struct published *published, struct text_sink sink,
		     struct wall registered_at, struct wall changed_at)
{
	char source[PUBLISHED_HANDLE_MAX];
	size_t i = 0;

	for (; published->registry[i] != '\0'; i++)
		source[i] = published->registry[i] >= 'a' && published->registry[i] <= 'z' ?
				    (char)(published->registry[i] - 'a' + 'A') :
				    published->registry[i];
	source[i] = '\0';
	time_put(sink, "created", registered_at);
	time_put(sink, "last-modified", changed_at);
	attribute_put(sink, "source", source);
	(void)text_put_text(sink, "\n");
}

static void entity_put(const struct published *published, struct text_sink sink,
		       const struct published_entity *entity)
{
	if (entity->is_organisation) {
		attribute_put(sink, "organisation", entity->handle);
		attribute_put(sink, "org-name", entity->name);
		attribute_put(sink, "country", entity->country);
	} else {
		attribute_put(sink, "role", entity->name);
		attribute_put(sink, "nic-hdl", entity->handle);
		attribute_put(sink, "remarks", entity->role);
	}
	attribute_put(sink, "e-mail", entity->email);
	attribute_put(sink, "phone", entity->phone);
	attribute_put(sink, "remarks", entity->url);
	tail_put(published, sink, entity->registered_at, entity->changed_at);
}

static void holder_put(const struct published *published, struct text_sink sink, uint32_t holder)
{
	if (holder == PUBLISHED_NONE)
		return;
	entity_put(published, sink, &published->entity[holder]);
	for (uint32_t i = published->entity[holder].contact; i != PUBLISHED_NONE;
	     i = published->entity[i].next_held)
		entity_put(published, sink, &published->entity[i]);
}

static const char *handle_of(const struct published *published, uint32_t index)
{
	return index == PUBLISHED_NONE ? "" : published->entity[index].handle;
}

static void network_put(const struct published *published, struct text_sink sink,
			const struct published_network *network)
{
	static const char *const words[] = { "ALLOCATED", "ASSIGNED", "AVAILABLE", "RESERVED" };
	bool is_ipv4 = network->first.family == FAMILY_IPV4;
	char range[2 * ADDRESS_TEXT_MAX + 4];
	char first[ADDRESS_TEXT_MAX];
	char last[ADDRESS_TEXT_MAX];
	struct prefix prefix;

	if (!is_ipv4 && published_prefix_of(network, &prefix)) {
		prefix_print(&prefix, range);
	} else {
		address_print(&network->first, first);
		address_print(&network->last, last);
		(void)snprintf(range, sizeof range, "%s - %s", first, last);
	}
	attribute_put(sink, is_ipv4 ? "inetnum" : "inet6num", range);
	attribute_put(sink, "netname", network->name);
	attribute_put(sink, "org", handle_of(published, network->holder));
	attribute_put(sink, "country", published->country);
	attribute_put(sink, "status", words[network->status]);
	tail_put(published, sink, network->registered_at, network->changed_at);
}

static void autnum_put(const struct published *published, struct text_sink sink,
		       const struct published_autnum *autnum)
{
	char text[16];

	(void)snprintf(text, sizeof text, "AS%u", autnum->asn);
	attribute_put(sink, "aut-num", text);
	attribute_put(sink, "as-name", autnum->name);
	attribute_put(sink, "org", handle_of(published, autnum->holder));
	if (autnum->as_macro[0] != '\0') {
		char line[PUBLISHED_TEXT_MAX + 48];
		(void)snprintf(line, sizeof line, "to AS%u announce %s", published->asn,
			       autnum->as_macro);
		attribute_put(sink, "export", line);
	}
	tail_put(published, sink, autnum->registered_at, autnum->changed_at);
}

/* --- questions -------------------------------------------------------------------------------- */

static void none_put(struct text_sink sink)
{
	(void)text_put_text(sink, "%ERROR:101: no entries found\n%\n"
				  "% Nothing in the record of this exchange fits.\n");
}

static void help_put(const struct published *published, struct text_sink sink)
{
	(void)text_put(
		sink,
		"%% The record of %s: ask for an address, a prefix, an AS number or a handle.\n"
		"%%\n"
		"%%   whois -h HOST 192.0.2.1\n"
		"%%   whois -h HOST 2001:db8::/64\n"
		"%%   whois -h HOST AS64500\n",
		published->exchange);
}

static bool question_answer(const struct published *published, const char *question,
			    struct text_sink sink)
{
	const struct published_autnum *autnum = NULL;
	const struct published_entity *entity = NULL;
	const struct published_network *network = NULL;
	struct prefix prefix;
	uint32_t asn = 0;

	if (prefix_parse(question, &prefix, NULL)) {
		struct address first = prefix_first(&prefix);
		struct address last = prefix_last(&prefix);
		network = published_network_of(published, &first, &last);
		if (network == NULL)
			return false;
		network_put(published, sink, network);
		holder_put(published, sink, network->holder);
		return true;
	}
	/* A bare number is no question that RPSL knows. */
	if (asn_has_letters(octets_of_text(question)) && asn_read(octets_of_text(question), &asn)) {
		autnum = published_autnum_of(published, asn);
		if (autnum != NULL) {
			autnum_put(published, sink, autnum);
			holder_put(published, sink, autnum->holder);
			return true;
		}
	}
	entity = published_entity_of(published, question);
	if (entity == NULL)
		return false;
	entity_put(published, sink, entity);
	return true;
}

void whois_answer(const struct published *published, struct octets question, struct web_answer *out)
{
	struct text_sink sink = text_buffer_sink(&out->body);
	char text[WHOIS_QUESTION_OCTETS_MAX + 1];

	while (question.len_octets != 0 && (question.at[0] == ' ' || question.at[0] == '\t'))
		question = octets_of(question.at + 1, question.len_octets - 1);
	while (question.len_octets != 0 && question.at[question.len_octets - 1] <= ' ')
		question.len_octets--;
	(void)text_put(sink, "%% %s, AS%u: what is recorded publicly.\n\n", published->exchange,
		       published->asn);
	if (question.len_octets > WHOIS_QUESTION_OCTETS_MAX ||
	    !utf8_clean(question, "", text, sizeof text) || !utf8_is_plain(question)) {
		(void)text_put_text(sink, "%ERROR:107: this is no question; ask \"help\"\n");
		return;
	}
	if (text[0] == '\0' || strcmp(text, "help") == 0 || strcmp(text, "-h") == 0)
		help_put(published, sink);
	else if (!question_answer(published, text, sink))
		none_put(sink);
}
