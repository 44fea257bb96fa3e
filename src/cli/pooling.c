/* cli/pooling.c — names, sizes and days of pools in text. */
#include "cli/pooling.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "net/asn.h"

#define COUNTED_MAX ((space_wide)10000000000u) /* above it a power of two says more */

void day_print(int64_t at_s, char out[UTC_DAY_TEXT_MAX])
{
	if (at_s <= 0 || at_s > UTC_S_MAX)
		(void)snprintf(out, UTC_DAY_TEXT_MAX, "-");
	else
		utc_day_print((struct wall){ at_s }, out);
}

bool day_parse(const char *text, int64_t *out)
{
	struct wall at;

	if (!utc_day_read(octets_of_text(text), &at))
		return false;
	*out = at.s;
	return true;
}

void addresses_print(space_wide count, char out[VALUE_TEXT_MAX])
{
	uint32_t bits = 0;

	if (count < COUNTED_MAX) {
		value_count_print((uint64_t)count, out);
		return;
	}
	while (bits < 127 && ((space_wide)1 << (bits + 1)) <= count)
		bits++;
	(void)snprintf(out, VALUE_TEXT_MAX, "%s2^%u", count == (space_wide)1 << bits ? "" : "over ",
		       bits);
}

void json_field_wide(struct json *json, const char *name, space_wide count)
{
	char text[SPACE_TEXT_MAX];

	/* A reader's number has 53 bits: what is larger is text. */
	if (count <= ((space_wide)1 << 53)) {
		json_field_u64(json, name, (uint64_t)count);
		return;
	}
	space_print(count, text);
	json_field_text(json, name, text);
}

void json_cite(struct json *json, const struct pools_session *session,
	       const struct numbers_cite *cite)
{
	const struct rules_version *version = pools_version_of(session, cite);

	json_field_text(json, "clause", cite->clause[0] != '\0' ? cite->clause : NULL);
	json_field_u64(json, "rules_version", cite->version);
	json_field_text(json, "decision", version != NULL ? version->decision : NULL);
	json_field_text(json, "decided_by", version != NULL ? version->by : NULL);
}

const struct numbers_pool *pool_named(const struct pools_session *session, const char *name)
{
	const struct numbers_pool *pool = numbers_pool_named(&session->book, name);

	if (pool == NULL)
		complain(session->complaints, false,
			 "there is no pool \"%s\"; plenum pool list shows all", name);
	return pool;
}

static const struct numbers_delegation *delegation_in(const struct pools_session *session,
						      const char *text, bool is_back)
{
	struct prefix prefix;

	if (!prefix_parse(text, &prefix, NULL)) {
		complain(session->complaints, false, "\"%s\" is neither a prefix nor an address",
			 text);
		return NULL;
	}
	const struct numbers_delegation *at = numbers_holding(&session->book, &prefix);
	char block[PREFIX_TEXT_MAX] = "";
	if (at == NULL) {
		complain(session->complaints, false, "%s is in nobody's hand", text);
		return NULL;
	}
	block_print(&at->prefix, block);
	if (!prefix_equal(&at->prefix, &prefix))
		complain(session->complaints, false,
			 "%s is a part of %s of %s: name the whole; plenum request review shrinks "
			 "a block",
			 text, block, at->holder[0] != '\0' ? at->holder : "the exchange");
	else if (is_back !=
		 (at->state == DELEGATION_QUARANTINE || at->state == DELEGATION_RETURNING))
		complain(session->complaints, false, "%s is %s%s", text,
			 delegation_state_name(at->state),
			 is_back ? ": nobody gave it back" : ", and in nobody's hand");
	else if (!is_back && at->state != DELEGATION_GRANTED)
		complain(session->complaints, false, "%s is held by the exchange itself", text);
	else
		return at;
	return NULL;
}

const struct numbers_delegation *delegation_named(const struct pools_session *session,
						  const char *text)
{
	return delegation_in(session, text, false);
}

const struct numbers_delegation *returned_named(const struct pools_session *session,
						const char *text)
{
	return delegation_in(session, text, true);
}

static bool is_handle(const char *text)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-._";

	return text[0] != '\0' && strlen(text) < NUMBERS_HANDLE_MAX &&
	       text[strspn(text, good)] == '\0';
}

bool holder_take(const char *text, char out[NUMBERS_HANDLE_MAX], struct complaints *complaints)
{
	uint32_t asn = 0;

	if (asn_has_letters(octets_of_text(text)) && asn_parse(text, &asn)) {
		(void)snprintf(out, NUMBERS_HANDLE_MAX, "AS%u", asn);
		return true;
	}
	if (!is_handle(text)) {
		complain(complaints, false,
			 "\"%s\" is no holder: name an AS as AS64500, or an organisation by its "
			 "handle, such as ORG-12",
			 text);
		return false;
	}
	(void)snprintf(out, NUMBERS_HANDLE_MAX, "%s", text);
	return true;
}

bool len_take(const char *what, const char *text, enum family family, uint8_t *out,
	      struct complaints *complaints)
{
	uint32_t len = 0;

	if (decimal_u32(text[0] == '/' ? text + 1 : text, prefix_bits_max(family), &len) &&
	    len != 0) {
		*out = (uint8_t)len;
		return true;
	}
	complain(complaints, false, "%s \"%s\" is not the length of an %s prefix, such as /%u",
		 what, text, family == FAMILY_IPV4 ? "IPv4" : "IPv6",
		 family == FAMILY_IPV4 ? 26u : 48u);
	return false;
}

void block_print(const struct prefix *prefix, char out[PREFIX_TEXT_MAX])
{
	prefix_print(prefix, out);
	if (prefix->len_bits == prefix_bits_max((enum family)prefix->family))
		out[strcspn(out, "/")] = '\0';
}

bool pooling_begin(struct desk *desk, bool is_change, struct pools_session *session)
{
	struct fault fault = pools_session_begin(session, desk->store, is_change, desk->complaints);

	if (failed(fault))
		fault = pools_session_end(session, fault, "the numbers");
	return !failed(fault);
}

enum exit_code pooling_end(struct pools_session *session, struct fault fault, const char *what)
{
	fault = pools_session_end(session, fault, what);
	return failed(fault) ? EXIT_COULD_NOT : EXIT_DONE;
}

enum exit_code pooling_done(struct desk *desk, struct pools_session *session, struct fault fault,
			    const char *said)
{
	enum exit_code code = pooling_end(session, fault, "the numbers");

	return code == EXIT_DONE ? desk_changed(desk, "%s", said) : code;
}
