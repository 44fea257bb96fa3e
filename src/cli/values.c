/* cli/values.c — values in and out. */
#include "cli/values.h"

#include <stdio.h>

#include "base/decimal.h"
#include "base/utc.h"
#include "net/asn.h"

bool value_asn(const char *text, uint32_t *out, struct complaints *complaints)
{
	if (asn_parse(text, out))
		return true;
	complain(complaints, false, "\"%s\" is not an AS number, such as AS201001", text);
	return false;
}

void value_span_print(int64_t seconds, char out[VALUE_TEXT_MAX])
{
	static const struct {
		int64_t s;
		char letter;
	} unit[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	uint32_t at = 0;

	if (seconds < 0)
		seconds = 0;
	while (at < 3 && seconds < unit[at].s)
		at++;
	int64_t whole = seconds / unit[at].s;
	int64_t rest = at < 3 ? seconds % unit[at].s / unit[at + 1].s : 0;
	if (rest != 0)
		(void)snprintf(out, VALUE_TEXT_MAX, "%lld%c %lld%c", (long long)whole,
			       unit[at].letter, (long long)rest, unit[at + 1].letter);
	else
		(void)snprintf(out, VALUE_TEXT_MAX, "%lld%c", (long long)whole, unit[at].letter);
}

void value_speed_print(uint64_t mbps, char out[VALUE_TEXT_MAX])
{
	static const struct {
		uint64_t mbps;
		char letter;
	} unit[] = { { 1000000, 'T' }, { 1000, 'G' }, { 1, 'M' } };
	uint32_t at = 0;

	while (at < 2 && mbps < unit[at].mbps)
		at++;
	uint64_t tenths = mbps * 10 / unit[at].mbps;
	bool is_round = mbps * 10 % unit[at].mbps == 0;
	if (!is_round)
		(void)snprintf(out, VALUE_TEXT_MAX, "%lluM", (unsigned long long)mbps);
	else if (tenths % 10 != 0)
		(void)snprintf(out, VALUE_TEXT_MAX, "%llu.%llu%c",
			       (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10),
			       unit[at].letter);
	else
		(void)snprintf(out, VALUE_TEXT_MAX, "%llu%c", (unsigned long long)(tenths / 10),
			       unit[at].letter);
}

void value_octets_print(uint64_t octets, char out[VALUE_TEXT_MAX])
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	uint64_t tenths = octets * 10;
	uint32_t at = 0;

	while (tenths >= 10240 && at < 4) {
		tenths = (tenths + 512) / 1024;
		at++;
	}
	if (at == 0 || tenths >= 1000)
		(void)snprintf(out, VALUE_TEXT_MAX, "%llu %s", (unsigned long long)(tenths / 10),
			       unit[at]);
	else
		(void)snprintf(out, VALUE_TEXT_MAX, "%llu.%llu %s",
			       (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10),
			       unit[at]);
}

void value_count_print(uint64_t count, char out[VALUE_TEXT_MAX])
{
	decimal_grouped(count, out);
}

const char *value_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void json_address(struct json *json, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];

	address_print(address, text);
	json_text(json, text);
}

void json_field_address(struct json *json, const char *name, const struct address *address)
{
	json_key(json, name);
	json_address(json, address);
}

void json_field_prefix(struct json *json, const char *name, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	prefix_print(prefix, text);
	json_field_text(json, name, text);
}

void json_field_wall(struct json *json, const char *name, struct wall at)
{
	char text[UTC_TEXT_MAX];

	utc_print(at, text);
	json_field_text(json, name, at.s > 0 && at.s <= UTC_S_MAX ? text : NULL);
}
