/* web/rdap.c — questions understood, objects found; rdap_print.c writes them. */
#include "web/rdap.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "net/asn.h"
#include "web/rdap_print.h"

#define LABEL_OCTETS_MAX 63u
#define NIBBLES 32u

/* --- reading the question --------------------------------------------------------------------- */

/* RFC 1035 3.5: octets backwards; RFC 2317: "0/26" or "0-63" as the last of four. */
static bool reverse_ipv4_read(char *labels, struct prefix *out)
{
	uint8_t octet[4] = { 0 };
	uint32_t count = 0;
	uint32_t last_bits = 8;
	char *rest = NULL;
	uint32_t value[4] = { 0 };

	for (char *label = strtok_r(labels, ".", &rest); label != NULL;
	     label = strtok_r(NULL, ".", &rest)) {
		unsigned int number = 0;
		unsigned int bits = 0;
		char end = '\0';
		if (count == 4)
			return false;
		if (count == 0 && sscanf(label, "%3u/%2u%c", &number, &bits, &end) == 2 &&
		    bits >= 24 && bits <= 32)
			last_bits = bits - 24;
		else if (sscanf(label, "%3u%c", &number, &end) != 1)
			return false;
		if (number > 255)
			return false;
		value[count++] = number;
	}
	if (count == 0 || (last_bits != 8 && count != 4))
		return false;
	for (uint32_t i = 0; i < count; i++)
		octet[i] = (uint8_t)value[count - 1 - i];
	*out = (struct prefix){ .family = FAMILY_IPV4 };
	out->len_bits = (uint8_t)(8 * (count - 1) + last_bits);
	mem_copy(out->octet, octet, sizeof octet);
	prefix_mask(out);
	return true;
}

/* RFC 3596 2.5: nibbles backwards. */
static bool reverse_ipv6_read(char *labels, struct prefix *out)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t nibble[NIBBLES];
	uint32_t count = 0;
	char *rest = NULL;

	for (char *label = strtok_r(labels, ".", &rest); label != NULL;
	     label = strtok_r(NULL, ".", &rest)) {
		const char *digit = label[1] == '\0' ? strchr(digits, label[0]) : NULL;
		if (digit == NULL || count == NIBBLES)
			return false;
		nibble[count++] = (uint8_t)(digit - digits);
	}
	if (count == 0)
		return false;
	*out = (struct prefix){ .family = FAMILY_IPV6, .len_bits = (uint8_t)(4 * count) };
	for (uint32_t i = 0; i < count; i++)
		out->octet[i / 2] |= (uint8_t)(nibble[count - 1 - i] << (i % 2 == 0 ? 4 : 0));
	return true;
}

/* "2.0.192.in-addr.arpa" with or without the closing dot. */
static bool reverse_read(const char *name, struct prefix *out)
{
	static const char *const ends[] = { ".in-addr.arpa", ".ip6.arpa" };
	char labels[WEB_PATH_OCTETS_MAX];
	size_t len = strlen(name);

	if (len == 0 || len >= sizeof labels)
		return false;
	for (size_t i = 0; i <= len; i++)
		labels[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') :
							       name[i];
	if (labels[len - 1] == '.')
		labels[--len] = '\0';
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t end_len = strlen(ends[i]);
		if (len <= end_len || strcmp(labels + len - end_len, ends[i]) != 0)
			continue;
		labels[len - end_len] = '\0';
		return i == 0 ? reverse_ipv4_read(labels, out) : reverse_ipv6_read(labels, out);
	}
	return false;
}

/* --- the kinds of question -------------------------------------------------------------------- */

static void answer_ip(const struct published *published, const char *word, struct web_answer *out)
{
	struct prefix prefix;

	if (!prefix_parse(word, &prefix, NULL)) {
		rdap_error(published, WEB_BAD_REQUEST,
			   "This is neither an address nor a prefix, as 192.0.2.1 or "
			   "2001:db8::/64.",
			   out);
		return;
	}
	struct address first = prefix_first(&prefix);
	struct address last = prefix_last(&prefix);
	const struct published_network *network = published_network_of(published, &first, &last);
	if (network == NULL)
		rdap_error(published, WEB_NOT_FOUND,
			   "No pool of this exchange holds it; the registry of its region may "
			   "know more.",
			   out);
	else
		rdap_network(published, network, out);
}

static void answer_autnum(const struct published *published, const char *word,
			  struct web_answer *out)
{
	const struct published_autnum *autnum = NULL;
	uint32_t asn = 0;

	if (!asn_read(octets_of_text(word), &asn)) { /* RFC 9082 3.1.2; people type the letters */
		rdap_error(published, WEB_BAD_REQUEST, "This is no AS number, as 64500.", out);
		return;
	}
	autnum = published_autnum_of(published, asn);
	if (autnum == NULL)
		rdap_error(published, WEB_NOT_FOUND, "No member of this exchange has this number.",
			   out);
	else
		rdap_autnum(published, autnum, out);
}

static void answer_entity(const struct published *published, const char *word,
			  struct web_answer *out)
{
	const struct published_entity *entity = published_entity_of(published, word);

	if (entity == NULL)
		rdap_error(published, WEB_NOT_FOUND, "Nobody here has this handle.", out);
	else
		rdap_entity(published, entity, out);
}

static void answer_domain(const struct published *published, const char *word,
			  struct web_answer *out)
{
	const struct published_network *network = NULL;
	struct prefix zone;

	if (!reverse_read(word, &zone)) {
		rdap_error(published, WEB_BAD_REQUEST,
			   "Only reverse zones are registered here: a name below in-addr.arpa or "
			   "ip6.arpa.",
			   out);
		return;
	}
	struct address first = prefix_first(&zone);
	struct address last = prefix_last(&zone);
	network = published_network_of(published, &first, &last);
	if (network == NULL)
		rdap_error(published, WEB_NOT_FOUND, "No pool of this exchange holds this zone.",
			   out);
	else
		rdap_domain(published, word, network, out);
}

static void answer_help(const struct published *published, const char *word, struct web_answer *out)
{
	(void)word;
	rdap_help(published, out);
}

void rdap_answer(const struct published *published, const char *path, struct web_answer *out)
{
	static const struct {
		const char *name;
		bool takes_word;
		void (*answer)(const struct published *published, const char *word,
			       struct web_answer *out);
	} kinds[] = {
		{ "ip", true, answer_ip },         { "autnum", true, answer_autnum },
		{ "entity", true, answer_entity }, { "domain", true, answer_domain },
		{ "help", false, answer_help },
	};
	/* RFC 9082 3.1.4, 3.2: questions that this registry has no objects for. */
	static const char *const others[] = { "nameserver", "nameservers", "domains",
					      "entities",   "ips",         "autnums" };
	size_t len = strcspn(path, "/");
	const char *word = path[len] == '/' ? path + len + 1 : "";

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strlen(kinds[i].name) != len || strncmp(path, kinds[i].name, len) != 0)
			continue;
		if (kinds[i].takes_word == (word[0] != '\0'))
			kinds[i].answer(published, word, out);
		else
			rdap_error(published, WEB_BAD_REQUEST,
				   kinds[i].takes_word ? "What is asked for is missing." :
							 "Nothing may follow.",
				   out);
		return;
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		if (strlen(others[i]) == len && strncmp(path, others[i], len) == 0) {
			rdap_error(published, WEB_NOT_IMPLEMENTED,
				   "This kind of question is not answered here; see help.", out);
			return;
		}
	}
	rdap_error(published, WEB_BAD_REQUEST, "There is no such kind of question; see help.", out);
}
