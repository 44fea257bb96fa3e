/* web/statistics.c — rows out of the snapshot, twice: counted, then written. */
#include "web/statistics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utc.h"

#define DATE_TEXT_MAX 9u

enum kind {
	KIND_ASN = 0,
	KIND_IPV4,
	KIND_IPV6,
	KIND_COUNT,
};

static const char *const kind_names[KIND_COUNT] = { "asn", "ipv4", "ipv6" };

struct report {
	const struct published *published;
	bool is_counting;
	uint64_t count[KIND_COUNT];
	struct wall first; /* the oldest registration */
	struct text_sink sink;
};

/* "20261128"; empty for what is not recorded. */
static void date_print(struct wall at, char out[DATE_TEXT_MAX])
{
	char day[UTC_DAY_TEXT_MAX];

	utc_day_print(at, day);
	(void)snprintf(out, DATE_TEXT_MAX, "%.4s%.2s%.2s", day, day + 5, day + 8);
	if (at.s == 0)
		out[0] = '\0';
}

/* Of a row: who has it and since when. */
struct holding {
	const char *status;
	const struct published_entity *holder; /* NULL: nobody or the exchange */
	struct wall since;
};

static void row_put(struct report *report, enum kind kind, const char *start, uint64_t value,
		    const struct holding *holding)
{
	const struct published_entity *holder = holding->holder;
	bool is_held = strcmp(holding->status, "assigned") == 0;
	const char *country = !is_held ? "" :
			      holder != NULL && holder->country[0] != '\0' ?
					 holder->country :
					 report->published->country;
	char date[DATE_TEXT_MAX];

	report->count[kind]++;
	if (holding->since.s != 0 && (report->first.s == 0 || holding->since.s < report->first.s))
		report->first = holding->since;
	if (report->is_counting)
		return;
	date_print(holding->since, date);
	(void)text_put(report->sink, "%s|%s|%s|%s|%" PRIu64 "|%s|%s|%s\n",
		       report->published->registry, country, kind_names[kind], start, value,
		       is_held ? date : "", holding->status, holder != NULL ? holder->handle : "");
}

static uint64_t ipv4_count(const struct address *first, const struct address *last)
{
	return (uint64_t)address_ipv4_of(last) - address_ipv4_of(first) + 1;
}

static void range_put(struct report *report, struct address first, const struct address *last,
		      const struct holding *holding)
{
	char text[ADDRESS_TEXT_MAX];
	bool is_more = true;

	if (first.family == FAMILY_IPV4) {
		address_print(&first, text);
		row_put(report, KIND_IPV4, text, ipv4_count(&first, last), holding);
		return;
	}
	while (is_more && address_compare(&first, last) <= 0) {
		struct prefix prefix = prefix_widest(&first, last);
		struct address end = prefix_last(&prefix);
		address_print(&first, text);
		row_put(report, KIND_IPV6, text, prefix.len_bits, holding);
		is_more = address_after(&end, &first);
	}
}

static bool address_before(const struct address *address, struct address *out)
{
	*out = *address;
	for (uint32_t at = address_len_octets((enum family)address->family); at-- > 0;) {
		if (out->octet[at]-- != 0)
			return true;
	}
	return false;
}

static const struct published_entity *entity_at(const struct published *published, uint32_t index)
{
	return index == PUBLISHED_NONE ? NULL : &published->entity[index];
}

static void network_put(struct report *report, const struct published_network *network)
{
	struct holding holding = {
		.status = network->status == PUBLISHED_ASSIGNED  ? "assigned" :
			  network->status == PUBLISHED_AVAILABLE ? "available" :
								   "reserved",
		.holder = entity_at(report->published, network->holder),
		.since = network->registered_at,
	};

	range_put(report, network->first, &network->last, &holding);
}

/* What lies directly in the pool, and what is free between. */
static void pool_put(struct report *report, uint32_t pool)
{
	const struct published *published = report->published;
	const struct published_network *outer = &published->network[pool];
	struct holding holding = { .status = "available" };
	struct address at = outer->first;
	bool is_more = true;

	for (uint32_t i = pool + 1; i < published->network_count && is_more; i++) {
		const struct published_network *inner = &published->network[i];
		struct address before;
		if (inner->parent != pool)
			continue;
		if (address_compare(&at, &inner->first) < 0 &&
		    address_before(&inner->first, &before))
			range_put(report, at, &before, &holding);
		if (inner->status != PUBLISHED_ALLOCATED)
			network_put(report, inner);
		is_more = address_after(&inner->last, &at);
	}
	if (is_more && address_compare(&at, &outer->last) <= 0)
		range_put(report, at, &outer->last, &holding);
}

static void family_put(struct report *report, enum family family)
{
	const struct published *published = report->published;

	for (uint32_t i = 0; i < published->network_count; i++) {
		const struct published_network *network = &published->network[i];
		if (network->first.family != family)
			continue;
		if (network->status == PUBLISHED_ALLOCATED)
			pool_put(report, i);
		else if (network->parent == PUBLISHED_NONE)
			network_put(report, network);
	}
}

static void rows_put(struct report *report)
{
	const struct published *published = report->published;

	for (uint32_t i = 0; i < published->autnum_count; i++) {
		const struct published_autnum *autnum = &published->autnum[i];
		struct holding holding = { .status = "assigned",
					   .holder = entity_at(published, autnum->holder),
					   .since = autnum->registered_at };
		char text[16];
		(void)snprintf(text, sizeof text, "%u", autnum->asn);
		row_put(report, KIND_ASN, text, 1, &holding);
	}
	family_put(report, FAMILY_IPV4);
	family_put(report, FAMILY_IPV6);
}

bool statistics_is_path(const struct published *published, const char *path)
{
	char own[PUBLISHED_HANDLE_MAX + 32];

	(void)snprintf(own, sizeof own, "/delegated-%s-extended-latest", published->registry);
	return strcmp(path, own) == 0;
}

void statistics_answer(const struct published *published, struct web_answer *out)
{
	struct report report = { .published = published,
				 .is_counting = true,
				 .sink = text_buffer_sink(&out->body) };
	char serial[DATE_TEXT_MAX];
	char first[DATE_TEXT_MAX];
	uint64_t count = 0;

	rows_put(&report);
	for (enum kind kind = KIND_ASN; kind < KIND_COUNT; kind++)
		count += report.count[kind];
	date_print(published->changed_at, serial);
	date_print(report.first, first);
	(void)text_put(report.sink, "2|%s|%s|%" PRIu64 "|%s|%s|+0000\n", published->registry,
		       serial, count, first[0] != '\0' ? first : serial, serial);
	for (enum kind kind = KIND_ASN; kind < KIND_COUNT; kind++)
		(void)text_put(report.sink, "%s|*|%s|*|%" PRIu64 "|summary\n", published->registry,
			       kind_names[kind], report.count[kind]);
	report.is_counting = false;
	rows_put(&report);
}
