/* registry/fact.c — values of facts: checked, made uniform, read back. */
#include "registry/fact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "net/asn.h"
#include "net/prefix.h"
#include "registry/registry.h"
#include "text/utf8.h"

#define MAC_OCTETS 6u
#define DIGEST_DIGITS 64u

uint32_t fact_field_count(const struct fact_kind *kind)
{
	uint32_t count = 0;

	while (kind->field[count].name != NULL)
		count++;
	CHECK(count <= FACT_FIELDS_MAX);
	return count;
}

void fact_init(struct fact *fact, enum fact_id id, const char *key)
{
	fact->kind = fact_kind_of(id);
	(void)snprintf(fact->key, sizeof fact->key, "%s", key);
	for (uint32_t i = 0; i < FACT_FIELDS_MAX; i++)
		fact->value[i][0] = '\0';
}

uint32_t fact_field_index(const struct fact_kind *kind, const char *name)
{
	uint32_t at = 0;

	while (kind->field[at].name != NULL && strcmp(kind->field[at].name, name) != 0)
		at++;
	CHECK(kind->field[at].name != NULL);
	return at;
}

const char *fact_at(const struct fact *fact, uint32_t field)
{
	const char *missing = fact->kind->field[field].missing;

	return fact->value[field][0] != '\0' || missing == NULL ? fact->value[field] : missing;
}

const char *fact_of(const struct fact *fact, const char *name)
{
	return fact_at(fact, fact_field_index(fact->kind, name));
}

bool fact_number(const struct fact *fact, const char *name, int64_t *out)
{
	const char *text = fact_of(fact, name);
	uint32_t number = 0;

	if (!decimal_u32(text, UINT32_MAX, &number))
		return false;
	*out = number;
	return true;
}

bool fact_is_number(const struct fact_field *field)
{
	return field->type == FACT_NUMBER || field->type == FACT_ASN || field->type == FACT_SPEED;
}

bool fact_yes(const struct fact *fact, const char *name)
{
	return strcmp(fact_of(fact, name), "yes") == 0;
}

bool fact_list_next(const char *list, uint32_t *from, char out[FACT_VALUE_MAX])
{
	size_t len = strcspn(list + *from, "\n");

	if (list[*from] == '\0')
		return false;
	(void)snprintf(out, FACT_VALUE_MAX, "%.*s", (int)len, list + *from);
	*from += (uint32_t)len + (list[*from + len] == '\n' ? 1u : 0u);
	return true;
}

/* --- one value of each type ------------------------------------------------------------------- */

/* NULL: good, and `out` has it; else what is wrong. */
typedef const char *(*value_taker)(const struct fact_field *field, const char *text,
				   char out[FACT_VALUE_MAX]);

static const char *plain_take(const struct fact_field *field, const char *text,
			      char out[FACT_VALUE_MAX])
{
	(void)field;
	size_t len = strlen(text);
	while (len != 0 && text[len - 1] == ' ')
		len--;
	if (len >= FACT_VALUE_MAX)
		return "is too long";
	(void)snprintf(out, FACT_VALUE_MAX, "%.*s", (int)len, text);
	return utf8_is_plain(octets_of_text(out)) ?
		       NULL :
		       "has a line break, another control character, or is not UTF-8";
}

static const char *number_take(const struct fact_field *field, const char *text,
			       char out[FACT_VALUE_MAX])
{
	uint32_t number = 0;

	if (field->type == FACT_ASN && !asn_read(octets_of_text(text), &number))
		return "is not an AS number";
	if (field->type != FACT_ASN && !decimal_u32(text, FACT_NUMBER_MAX, &number))
		return "is not a number from 0 to 2147483647";
	(void)snprintf(out, FACT_VALUE_MAX, "%u", number);
	return NULL;
}

/* "10000", or "10G", "2.5G", "100M", "1.6T": never with more than a Mbit/s can tell. */
static const char *speed_take(const struct fact_field *field, const char *text,
			      char out[FACT_VALUE_MAX])
{
	static const char wrong[] = "is no speed in Mbit/s, such as 10000, 10G or 2.5G";
	static const struct {
		char letter;
		uint64_t mbps;
	} unit[] = { { '\0', 1 }, { 'M', 1 }, { 'G', 1000 }, { 'T', 1000000 } };
	uint64_t whole = 0;
	uint64_t rest = 0;
	uint64_t part = 1;
	const char *at = text;

	(void)field;
	for (; *at >= '0' && *at <= '9' && whole <= FACT_NUMBER_MAX; at++)
		whole = whole * 10 + (uint64_t)(*at - '0');
	if (at == text)
		return wrong;
	if (*at == '.') {
		for (at++; *at >= '0' && *at <= '9' && part < 1000000; at++, part *= 10)
			rest = rest * 10 + (uint64_t)(*at - '0');
	}
	for (uint32_t i = 0; i < sizeof unit / sizeof *unit; i++) {
		uint64_t mbps = whole * unit[i].mbps + rest * unit[i].mbps / part;
		bool is_unit = *at == unit[i].letter && (*at == '\0' || at[1] == '\0');
		if (!is_unit || rest * unit[i].mbps % part != 0 || mbps > FACT_NUMBER_MAX)
			continue;
		(void)snprintf(out, FACT_VALUE_MAX, "%llu", (unsigned long long)mbps);
		return NULL;
	}
	return wrong;
}

/* Nothing that a browser or a reader of the schema's "uri" stumbles over. */
static const char *url_take(const struct fact_field *field, const char *text,
			    char out[FACT_VALUE_MAX])
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "-._~:/?#[]@!$&'()*+,;=%";
	const char *scheme = strstr(text, "://");

	(void)field;
	if (text[strspn(text, good)] != '\0' || (scheme == NULL && strchr(text, '.') == NULL) ||
	    scheme == text || (scheme != NULL && scheme[3] == '\0'))
		return "is not an address on the web, such as https://net.example/";
	if (snprintf(out, FACT_VALUE_MAX, "%s%s", scheme == NULL ? "http://" : "", text) >=
	    (int)FACT_VALUE_MAX)
		return "is too long";
	return NULL;
}

static const char *email_take(const struct fact_field *field, const char *text,
			      char out[FACT_VALUE_MAX])
{
	const char *wrong = plain_take(field, text, out);
	const char *at = strchr(out, '@');

	if (wrong != NULL)
		return wrong;
	if (at == NULL || at == out || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
	    strpbrk(out, " ,;<>\"") != NULL)
		return "is not an e-mail address, such as noc@net.example";
	return NULL;
}

static bool digits_take(const char **text, uint32_t count, uint32_t max, uint32_t *out)
{
	*out = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (**text < '0' || **text > '9')
			return false;
		*out = *out * 10 + (uint32_t)(*(*text)++ - '0');
	}
	return *out <= max;
}

static bool octet_take(const char **text, char octet)
{
	return *(*text) == octet && *(*text)++ != '\0';
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap ? 1u : 0u);
}

/* "2026-01-05", or with "T10:00:00", with a fraction and with "Z" or "+00:00". */
static const char *time_take(const struct fact_field *field, const char *text,
			     char out[FACT_VALUE_MAX])
{
	static const char wrong[] = "is not a date, such as 2026-01-05 or 2026-01-05T10:00:00Z";
	uint32_t year = 0;
	uint32_t month = 0;
	uint32_t day = 0;
	uint32_t hour = 0;
	uint32_t minute = 0;
	uint32_t second = 0;

	(void)field;
	if (!digits_take(&text, 4, 9999, &year) || !octet_take(&text, '-') ||
	    !digits_take(&text, 2, 12, &month) || month == 0 || !octet_take(&text, '-') ||
	    !digits_take(&text, 2, 31, &day) || day == 0 || day > month_days(year, month))
		return wrong;
	if (*text != '\0') {
		if (!(octet_take(&text, 'T') || octet_take(&text, 't') || octet_take(&text, ' ')) ||
		    !digits_take(&text, 2, 23, &hour) || !octet_take(&text, ':') ||
		    !digits_take(&text, 2, 59, &minute) || !octet_take(&text, ':') ||
		    !digits_take(&text, 2, 59, &second))
			return wrong;
		if (octet_take(&text, '.'))
			text += strspn(text, "0123456789");
		if (strcmp(text, "Z") != 0 && strcmp(text, "z") != 0 &&
		    strcmp(text, "+00:00") != 0 && *text != '\0')
			return "is not a time of UTC: end it with Z";
	}
	(void)snprintf(out, FACT_VALUE_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ", year, month, day,
		       hour, minute, second);
	return NULL;
}

static const char *word_take(const struct fact_field *field, const char *text,
			     char out[FACT_VALUE_MAX])
{
	const char *choices = field->type == FACT_YES ? "yes no" : field->choices;
	size_t len = strlen(text);

	for (const char *at = choices; (at = strstr(at, text)) != NULL; at++) {
		bool begins = at == choices || at[-1] == ' ';
		if (len != 0 && begins && (at[len] == ' ' || at[len] == '\0') &&
		    strchr(text, ' ') == NULL) {
			(void)snprintf(out, FACT_VALUE_MAX, "%s", text);
			return NULL;
		}
	}
	return "is none of the words that may stand here";
}

static const char *country_take(const struct fact_field *field, const char *text,
				char out[FACT_VALUE_MAX])
{
	size_t len = strlen(text);

	(void)field;
	if ((len != 2 && len != 3) ||
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != len)
		return "is not a country's code, such as FI";
	for (size_t i = 0; i <= len; i++)
		out[i] = text[i] >= 'a' ? (char)(text[i] - 'a' + 'A') : text[i];
	return NULL;
}

static const char *prefix_take(const struct fact_field *field, const char *text,
			       char out[FACT_VALUE_MAX])
{
	struct prefix prefix;
	bool had_host_bits = false;
	enum family family = field->type == FACT_PREFIX4 ? FAMILY_IPV4 : FAMILY_IPV6;

	if (!prefix_parse(text, &prefix, &had_host_bits) || had_host_bits ||
	    prefix.family != (uint8_t)family)
		return family == FAMILY_IPV4 ? "is not an IPv4 prefix, such as 192.0.2.0/24" :
					       "is not an IPv6 prefix, such as 2001:db8:1::/64";
	prefix_print(&prefix, out);
	return NULL;
}

static uint32_t hex_of(char digit)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = digit != '\0' ? strchr(digits, digit) : NULL;

	return at != NULL ? (uint32_t)(at - digits) % 16 : 16;
}

/* "02:00:00:00:00:01", "02-00-...", "0200.0000.0001" or twelve digits. */
static const char *mac_take(const struct fact_field *field, const char *text,
			    char out[FACT_VALUE_MAX])
{
	char digits[2 * MAC_OCTETS + 1];
	uint32_t count = 0;

	(void)field;
	for (const char *at = text; *at != '\0'; at++) {
		if (strchr(":-.", *at) != NULL)
			continue;
		if (hex_of(*at) == 16 || count == 2 * MAC_OCTETS)
			count = 2 * MAC_OCTETS + 1;
		if (count > 2 * MAC_OCTETS)
			break;
		digits[count++] = "0123456789abcdef"[hex_of(*at)];
	}
	if (count != 2 * MAC_OCTETS)
		return "is not a MAC address, such as 02:00:00:00:00:01";
	digits[count] = '\0';
	if ((hex_of(digits[1]) & 1) != 0 || strspn(digits, "0") == count)
		return "is no router's MAC address: a group's, or nobody's";
	(void)snprintf(out, FACT_VALUE_MAX, "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", digits, digits + 2,
		       digits + 4, digits + 6, digits + 8, digits + 10);
	return NULL;
}

static const char *macro_take(const struct fact_field *field, const char *text,
			      char out[FACT_VALUE_MAX])
{
	(void)field;
	if (strlen(text) >= REGISTRY_TEXT_MAX || !registry_macro_is_good(text))
		return "is no as-set, such as AS-EXAMPLE or RIPE::AS-EXAMPLE";
	(void)snprintf(out, FACT_VALUE_MAX, "%s", text);
	return NULL;
}

static const char *digest_take(const struct fact_field *field, const char *text,
			       char out[FACT_VALUE_MAX])
{
	size_t len = strlen(text);

	(void)field;
	for (size_t i = 0; i < len && len == DIGEST_DIGITS; i++) {
		if (hex_of(text[i]) == 16)
			return "is not a SHA-256 digest: 64 hexadecimal digits";
		out[i] = "0123456789abcdef"[hex_of(text[i])];
	}
	out[len == DIGEST_DIGITS ? len : 0] = '\0';
	return len == DIGEST_DIGITS ? NULL : "is not a SHA-256 digest: 64 hexadecimal digits";
}

/* --- lists ------------------------------------------------------------------------------------ */

/* Each item once, in the order given. */
static const char *list_take(const struct fact_field *field, const char *text, value_taker take,
			     char out[FACT_VALUE_MAX])
{
	char item[FACT_VALUE_MAX];
	char clean[FACT_VALUE_MAX];
	char before[FACT_VALUE_MAX];
	uint32_t from = 0;
	size_t len = 0;

	if (strlen(text) >= FACT_VALUE_MAX)
		return "is too long";
	out[0] = '\0';
	while (fact_list_next(text, &from, item)) {
		const char *wrong = item[0] != '\0' ? take(field, item, clean) : NULL;
		bool is_there = item[0] == '\0';
		uint32_t at = 0;
		if (wrong != NULL)
			return wrong;
		while (fact_list_next(out, &at, before))
			is_there |= strcmp(before, clean) == 0;
		if (is_there)
			continue;
		if (len + strlen(clean) + 2 > FACT_VALUE_MAX)
			return "is too long";
		len += (size_t)snprintf(out + len, FACT_VALUE_MAX - len, "%s%s",
					len != 0 ? "\n" : "", clean);
	}
	return NULL;
}

static const char *value_take(const struct fact_field *field, const char *text,
			      char out[FACT_VALUE_MAX])
{
	switch (field->type) {
	case FACT_TEXT:
		return plain_take(field, text, out);
	case FACT_NUMBER:
	case FACT_ASN:
		return number_take(field, text, out);
	case FACT_SPEED:
		return speed_take(field, text, out);
	case FACT_URL:
		return url_take(field, text, out);
	case FACT_EMAIL:
		return email_take(field, text, out);
	case FACT_TIME:
		return time_take(field, text, out);
	case FACT_YES:
	case FACT_WORD:
		return word_take(field, text, out);
	case FACT_COUNTRY:
		return country_take(field, text, out);
	case FACT_PREFIX4:
	case FACT_PREFIX6:
		return prefix_take(field, text, out);
	case FACT_LIST:
		return list_take(field, text, plain_take, out);
	case FACT_URLS:
		return list_take(field, text, url_take, out);
	case FACT_MACS:
		return list_take(field, text, mac_take, out);
	case FACT_MACRO:
		return macro_take(field, text, out);
	case FACT_DIGEST:
		return digest_take(field, text, out);
	}
	return "is of no known kind";
}

const char *fact_set(struct fact *fact, uint32_t field, const char *text)
{
	const struct fact_field *row = &fact->kind->field[field];
	char value[FACT_VALUE_MAX] = "";
	const char *wrong = text[0] != '\0' ? value_take(row, text, value) : NULL;

	if (wrong != NULL)
		return wrong;
	if (row->missing != NULL && strcmp(value, row->missing) == 0)
		value[0] = '\0';
	(void)snprintf(fact->value[field], FACT_VALUE_MAX, "%s", value);
	return NULL;
}
