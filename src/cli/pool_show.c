/* cli/pool_show.c — pools listed, one in full, who holds what, when one runs out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pooling.h"
#include "numbers/derive.h"
#include "numbers/forecast.h"
#include "text/columns.h"

static const struct column list_columns[] = {
	{ "POOL", false },      { "TYPE", false }, { "PREFIX", false },
	{ "GRANTED", true },    { "HELD", true },  { "RETURNING", true },
	{ "QUARANTINE", true }, { "FREE", true },  { "WAITING", true },
};

static const struct column range_columns[] = {
	{ "BLOCK", false }, { "STATE", false }, { "HOLDER", false },
	{ "SINCE", false }, { "UNTIL", false }, { "NOTE", false },
};

static const struct column forecast_columns[] = {
	{ "POOL", false },     { "LEFT", true },      { "RATE", true },
	{ "RUNS OUT", false }, { "EARLIEST", false }, { "LATEST", false },
};

static const enum colour state_colour[DELEGATION_STATES] = {
	[DELEGATION_GRANTED] = COLOUR_GREEN,
	[DELEGATION_HELD] = COLOUR_CYAN,
	[DELEGATION_RETURNING] = COLOUR_YELLOW,
	[DELEGATION_QUARANTINE] = COLOUR_RED,
};

#define COLUMN_COUNT(list) ((uint32_t)(sizeof(list) / sizeof *(list)))

static void sum_json(struct json *json, const struct numbers_sum *sum, uint32_t waiting)
{
	json_field_object(json, "addresses");
	json_field_wide(json, "total", sum->total);
	for (uint32_t i = 0; i < DELEGATION_ENDED; i++)
		json_field_wide(json, delegation_state_name((enum delegation_state)i), sum->of[i]);
	json_field_wide(json, "free", sum->free);
	json_field_wide(json, "kept_for_growth", sum->kept);
	json_field_wide(json, "fragments", sum->fragments);
	json_object_close(json);
	json_field_u64(json, "waiting", waiting);
}

static void pool_json(struct json *json, const struct numbers_pool *pool)
{
	json_field_text(json, "name", pool->name);
	json_field_text(json, "type", pool_type_name(pool->type));
	json_field_prefix(json, "prefix", &pool->prefix);
	json_field_wall(json, "opened_at", (struct wall){ pool->opened_at_s });
}

/* --- pool list -------------------------------------------------------------------------------- */

static uint32_t waiting_in(const struct pools_session *session, int64_t pool_id)
{
	int64_t first = 0;

	return numbers_queue(&session->book, &session->rules, pool_id, &first, 1);
}

static struct fault list_json(struct desk *desk, struct pools_session *session)
{
	struct json json;

	json_init(&json, desk->out, 2);
	json_array_open(&json);
	for (uint32_t i = 0; i < session->book.pool_count; i++) {
		const struct numbers_pool *pool = &session->book.pool[i];
		struct numbers_sum sum;
		if (pool->is_closed)
			continue;
		TRY(numbers_sum(&session->book, &session->rules, pool->id, &sum));
		json_object_open(&json);
		pool_json(&json, pool);
		sum_json(&json, &sum, waiting_in(session, pool->id));
		json_object_close(&json);
	}
	json_array_close(&json);
	return json_done(&json) ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

static void count_cell(struct columns *columns, enum colour colour, space_wide count)
{
	char text[VALUE_TEXT_MAX];

	addresses_print(count, text);
	columns_cell(columns, count != 0 ? colour : COLOUR_DIM, "%s", text);
}

static struct fault list_table(struct desk *desk, struct pools_session *session)
{
	struct columns columns CLEAN(columns_fini);

	columns_init(&columns, &session->heap, desk->out, list_columns, COLUMN_COUNT(list_columns),
		     desk->has_colour);
	columns_fit(&columns, desk->columns);
	for (uint32_t i = 0; i < session->book.pool_count; i++) {
		const struct numbers_pool *pool = &session->book.pool[i];
		struct numbers_sum sum;
		char prefix[PREFIX_TEXT_MAX];
		if (pool->is_closed)
			continue;
		TRY(numbers_sum(&session->book, &session->rules, pool->id, &sum));
		prefix_print(&pool->prefix, prefix);
		columns_cell(&columns, COLOUR_BOLD, "%s", pool->name);
		columns_cell(&columns, COLOUR_NONE, "%s", pool_type_name(pool->type));
		columns_cell(&columns, COLOUR_NONE, "%s", prefix);
		for (uint32_t s = 0; s < DELEGATION_ENDED; s++)
			count_cell(&columns, state_colour[s], sum.of[s]);
		count_cell(&columns, COLOUR_NONE, sum.free);
		columns_cell(&columns, COLOUR_NONE, "%u", waiting_in(session, pool->id));
	}
	return columns_end(&columns) ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

enum exit_code command_pool_list(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;

	if (!pooling_begin(desk, false, &session))
		return EXIT_COULD_NOT;
	struct fault fault = argument_yes(arguments, "json") ? list_json(desk, &session) :
							       list_table(desk, &session);
	return pooling_end(&session, fault, "the pools cannot be shown");
}

/* --- pool show -------------------------------------------------------------------------------- */

struct showing {
	struct json json;
	struct columns columns;
	const struct pools_session *session;
};

static void range_text(const struct pools_range *range, char out[2 * PREFIX_TEXT_MAX])
{
	char first[ADDRESS_TEXT_MAX];
	char last[ADDRESS_TEXT_MAX];

	address_print(&range->first, first);
	address_print(&range->last, last);
	if (range->delegation != NULL)
		block_print(&range->delegation->prefix, out);
	else if (address_compare(&range->first, &range->last) == 0)
		(void)snprintf(out, 2 * PREFIX_TEXT_MAX, "%s", first);
	else
		(void)snprintf(out, 2 * PREFIX_TEXT_MAX, "%s - %s", first, last);
}

static bool range_row(void *context, const struct pools_range *range)
{
	struct showing *showing = context;
	const struct numbers_delegation *at = range->delegation;
	char block[2 * PREFIX_TEXT_MAX];
	char since[UTC_DAY_TEXT_MAX] = "-";
	char until[UTC_DAY_TEXT_MAX] = "-";
	char note[NUMBERS_TEXT_MAX] = "";

	range_text(range, block);
	if (at != NULL)
		day_print(at->granted_at_s, since);
	if (at != NULL && (at->state == DELEGATION_RETURNING || at->state == DELEGATION_QUARANTINE))
		day_print(at->until_s, until);
	if (at != NULL && at->state != DELEGATION_GRANTED)
		(void)snprintf(note, sizeof note, "%s", at->reason);
	else if (range->review_at_s != 0 && range->review_at_s <= showing->session->now_s)
		(void)snprintf(note, sizeof note, "its use is to be reviewed");
	columns_cell(&showing->columns, at != NULL ? COLOUR_BOLD : COLOUR_DIM, "%s", block);
	columns_cell(&showing->columns, at != NULL ? state_colour[at->state] : COLOUR_DIM, "%s",
		     at != NULL ? delegation_state_name(at->state) : "free");
	columns_cell(&showing->columns, COLOUR_NONE, "%s",
		     at != NULL && at->holder[0] != '\0' ? at->holder : "-");
	columns_cell(&showing->columns, COLOUR_NONE, "%s", since);
	columns_cell(&showing->columns, COLOUR_NONE, "%s", until);
	columns_cell(&showing->columns, COLOUR_NONE, "%s", note);
	return true;
}

static void delegation_json(struct json *json, const struct pools_session *session,
			    const struct numbers_delegation *at)
{
	json_field_i64(json, "delegation", at->id);
	json_field_prefix(json, "prefix", &at->prefix);
	json_field_text(json, "state", delegation_state_name(at->state));
	json_field_text(json, "holder", at->holder[0] != '\0' ? at->holder : NULL);
	json_field_text(json, "organisation",
			at->organisation[0] != '\0' ? at->organisation : NULL);
	json_field_wall(json, "granted_at", (struct wall){ at->granted_at_s });
	json_field_wall(json, "changed_at", (struct wall){ at->changed_at_s });
	json_field_wall(json, "until", (struct wall){ at->until_s });
	json_field_u64(json, "kept_for_growth_length", at->kept_len_bits);
	json_field_text(json, "reason", at->reason[0] != '\0' ? at->reason : NULL);
	json_cite(json, session, &at->cite);
}

static bool range_json(void *context, const struct pools_range *range)
{
	struct showing *showing = context;
	struct json *json = &showing->json;

	json_object_open(json);
	json_field_address(json, "first", &range->first);
	json_field_address(json, "last", &range->last);
	if (range->delegation != NULL)
		delegation_json(json, showing->session, range->delegation);
	else
		json_field_text(json, "state", "free");
	json_field_wall(json, "review_at", (struct wall){ range->review_at_s });
	json_object_close(json);
	return true;
}

static void policy_print(struct desk *desk, const struct pools_session *session,
			 const struct numbers_pool *pool)
{
	const struct numbers_policy *policy = &session->rules.of[pool->type];

	if (!policy->takes_requests)
		return;
	(void)text_put(desk->out, "A block is a /%u", policy->default_len_bits);
	if (policy->minimum_len_bits != policy->maximum_len_bits)
		(void)text_put(desk->out, ", at most a /%u and at least a /%u",
			       policy->minimum_len_bits, policy->maximum_len_bits);
	(void)text_put(desk->out, "; quarantine %u days", policy->quarantine_days);
	if (policy->is_transferable)
		(void)text_put(desk->out, "; to be held %u days before a transfer",
			       policy->hold_days);
	(void)text_put(desk->out, "%s%s%s.\n", policy->must_hold_ipv6 ? "; who holds IPv6" : "",
		       policy->never_held ? "; who never had any" : "",
		       policy->one_place ? "; one open request each" : "");
	if (policy->placement == PLACE_DERIVED)
		(void)text_put(desk->out, "An address is the LAN, the AS number and the router's: "
					  "prefix:ASHI:ASLO:RTRN; MAC 0e:RN:AS:HI:AS:LO.\n");
}

static void sum_print(struct desk *desk, const struct numbers_sum *sum)
{
	char total[VALUE_TEXT_MAX];
	char part[VALUE_TEXT_MAX];

	addresses_print(sum->total, total);
	(void)text_put(desk->out, "%s addresses: ", total);
	for (uint32_t i = 0; i < DELEGATION_ENDED; i++) {
		addresses_print(sum->of[i], part);
		(void)text_put(desk->out, "%s %s, ", part,
			       delegation_state_name((enum delegation_state)i));
	}
	addresses_print(sum->free, part);
	(void)text_put(desk->out, "%s free", part);
	addresses_print(sum->kept, part);
	if (sum->kept != 0)
		(void)text_put(desk->out, ", of them %s kept for growth", part);
	addresses_print(sum->fragments, part);
	if (sum->fragments != 0)
		(void)text_put(desk->out, ", %s in fragments too small to be given", part);
	(void)text_put(desk->out, "\n");
}

static struct fault show_table(struct desk *desk, struct showing *showing,
			       const struct numbers_pool *pool)
{
	const struct pools_session *session = showing->session;
	struct numbers_sum sum;
	char prefix[PREFIX_TEXT_MAX];

	TRY(numbers_sum(&session->book, &session->rules, pool->id, &sum));
	prefix_print(&pool->prefix, prefix);
	(void)text_put(desk->out, "%s%s%s  %s  %s\n", colour_on(COLOUR_BOLD, desk->has_colour),
		       pool->name, colour_off(desk->has_colour), pool_type_name(pool->type),
		       prefix);
	sum_print(desk, &sum);
	policy_print(desk, session, pool);
	(void)text_put(desk->out, "\n");
	struct heap heap = heap_libc();
	columns_init(&showing->columns, &heap, desk->out, range_columns,
		     COLUMN_COUNT(range_columns), desk->has_colour);
	columns_fit(&showing->columns, desk->columns);
	struct fault fault = pools_ranges(&session->book, &session->rules, pool->id, range_row,
					  showing);
	bool ok = columns_end(&showing->columns);
	columns_fini(&showing->columns);
	TRY(fault);
	return ok ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

static struct fault show_json(struct desk *desk, struct showing *showing,
			      const struct numbers_pool *pool)
{
	const struct pools_session *session = showing->session;
	struct json *json = &showing->json;
	struct numbers_sum sum;

	TRY(numbers_sum(&session->book, &session->rules, pool->id, &sum));
	json_init(json, desk->out, 2);
	json_object_open(json);
	pool_json(json, pool);
	sum_json(json, &sum, waiting_in(session, pool->id));
	json_field_array(json, "ranges");
	TRY(pools_ranges(&session->book, &session->rules, pool->id, range_json, showing));
	json_array_close(json);
	json_object_close(json);
	return json_done(json) ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

enum exit_code command_pool_show(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	struct showing showing = { .session = &session };

	if (!pooling_begin(desk, false, &session))
		return EXIT_COULD_NOT;
	const struct numbers_pool *pool = pool_named(&session, arguments->word[0]);
	struct fault fault = pool == NULL                    ? fault_of(FAULT_ABSENT, 0) :
			     argument_yes(arguments, "json") ? show_json(desk, &showing, pool) :
							       show_table(desk, &showing, pool);
	return pooling_end(&session, fault, "the pool cannot be shown");
}

/* --- pool find -------------------------------------------------------------------------------- */

/* Whether it is what was asked for: a holder, or what holds or lies in a prefix. */
static bool is_found(const struct numbers_delegation *at, const char *holder,
		     const struct prefix *prefix)
{
	if (at->state == DELEGATION_ENDED)
		return false;
	if (prefix == NULL)
		return strcmp(at->holder, holder) == 0 || strcmp(at->organisation, holder) == 0;
	return prefix_contains(&at->prefix, prefix) || prefix_contains(prefix, &at->prefix);
}

static uint32_t find(struct showing *showing, bool as_json, const char *holder,
		     const struct prefix *prefix)
{
	const struct numbers_book *book = &showing->session->book;
	uint32_t count = 0;

	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		struct pools_range range = { .pool = numbers_pool_of(book, at->pool_id),
					     .delegation = at };
		if (!is_found(at, holder, prefix))
			continue;
		range.review_at_s = numbers_review_at_s(&showing->session->rules, range.pool, at);
		count++;
		if (!as_json) {
			(void)range_row(showing, &range);
			continue;
		}
		json_object_open(&showing->json);
		json_field_text(&showing->json, "pool", range.pool->name);
		delegation_json(&showing->json, showing->session, at);
		json_field_wall(&showing->json, "review_at", (struct wall){ range.review_at_s });
		json_object_close(&showing->json);
	}
	return count;
}

enum exit_code command_pool_find(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	struct showing showing = { .session = &session };
	bool as_json = argument_yes(arguments, "json");
	char holder[NUMBERS_HANDLE_MAX] = "";
	struct prefix prefix;
	bool ok = true;

	bool is_prefix = prefix_parse(arguments->word[0], &prefix, NULL);
	if ((!is_prefix && !holder_take(arguments->word[0], holder, desk->complaints)) ||
	    !pooling_begin(desk, false, &session))
		return EXIT_COULD_NOT;
	struct heap heap = heap_libc();
	json_init(&showing.json, desk->out, 2);
	columns_init(&showing.columns, &heap, desk->out, range_columns, COLUMN_COUNT(range_columns),
		     desk->has_colour);
	columns_fit(&showing.columns, desk->columns);
	if (as_json)
		json_array_open(&showing.json);
	uint32_t count = find(&showing, as_json, holder, is_prefix ? &prefix : NULL);
	if (as_json) {
		json_array_close(&showing.json);
		ok = json_done(&showing.json);
	} else if (count != 0) {
		ok = columns_end(&showing.columns);
	} else {
		(void)text_put(desk->out, "%s: nothing is in anybody's hand\n", arguments->word[0]);
	}
	columns_fini(&showing.columns);
	enum exit_code code = pooling_end(&session, ok ? fault_none() : fault_of(FAULT_LIMIT, 0),
					  "it cannot be shown");
	return code == EXIT_DONE && count == 0 ? EXIT_FOUND : code;
}

/* --- pool forecast ---------------------------------------------------------------------------- */

static struct fault forecast_of(const struct pools_session *session,
				const struct numbers_pool *pool, struct forecast *out)
{
	struct numbers_sum sum;

	TRY(numbers_sum(&session->book, &session->rules, pool->id, &sum));
	numbers_forecast(&session->book, &session->rules, pool->id, sum.free - sum.fragments,
			 waiting_in(session, pool->id) != 0, session->now_s, out);
	return fault_none();
}

static void forecast_row(struct columns *columns, const struct numbers_pool *pool,
			 const struct forecast *forecast)
{
	char left[VALUE_TEXT_MAX];
	char day[UTC_DAY_TEXT_MAX];
	bool has_rate = forecast->periods >= FORECAST_PERIODS_MIN &&
			forecast->grants >= FORECAST_GRANTS_MIN;

	columns_cell(columns, COLOUR_BOLD, "%s", pool->name);
	value_count_print(forecast->free_blocks, left);
	columns_cell(columns, COLOUR_NONE, "%s /%u", left, forecast->block_len_bits);
	if (has_rate)
		columns_cell(columns, COLOUR_NONE, "%s%lld.%02lld",
			     forecast->rate_micro < 0 ? "-" : "",
			     (long long)(llabs(forecast->rate_micro) / 1000000),
			     (long long)(llabs(forecast->rate_micro) / 10000 % 100));
	else
		columns_cell(columns, COLOUR_DIM, "-");
	day_print(forecast->at_s, day);
	columns_cell(columns,
		     forecast->answer == FORECAST_NOW ? COLOUR_RED :
		     forecast->answer == FORECAST_AT  ? COLOUR_YELLOW :
							COLOUR_NONE,
		     "%s",
		     forecast->answer == FORECAST_NOW        ? "now" :
		     forecast->answer == FORECAST_NEVER      ? "never" :
		     forecast->answer == FORECAST_TOO_LITTLE ? "not enough history" :
							       day);
	bool is_at = forecast->answer == FORECAST_AT;
	day_print(forecast->earliest_s, day);
	columns_cell(columns, COLOUR_NONE, "%s", is_at ? day : "-");
	day_print(forecast->latest_s, day);
	columns_cell(columns, COLOUR_NONE, "%s",
		     is_at && forecast->latest_s == 0 ? "never" :
		     is_at                            ? day :
							"-");
}

static void forecast_json(struct json *json, const struct numbers_pool *pool,
			  const struct forecast *forecast)
{
	static const char *const answer[] = { "not_enough_history", "never", "at", "now" };

	json_object_open(json);
	json_field_text(json, "pool", pool->name);
	json_field_text(json, "answer", answer[forecast->answer]);
	json_field_wall(json, "at", (struct wall){ forecast->at_s });
	json_field_wall(json, "earliest", (struct wall){ forecast->earliest_s });
	json_field_wall(json, "latest", (struct wall){ forecast->latest_s });
	json_field_u64(json, "free_blocks", forecast->free_blocks);
	json_field_u64(json, "block_length", forecast->block_len_bits);
	json_field_decimal(json, "blocks_per_30_days", forecast->rate_micro, 6);
	json_field_u64(json, "periods", forecast->periods);
	json_field_u64(json, "grants", forecast->grants);
	json_object_close(json);
}

static struct fault forecasts(struct desk *desk, struct pools_session *session, const char *name,
			      bool as_json)
{
	struct columns columns CLEAN(columns_fini);
	struct json json;

	json_init(&json, desk->out, 2);
	columns_init(&columns, &session->heap, desk->out, forecast_columns,
		     COLUMN_COUNT(forecast_columns), desk->has_colour);
	if (as_json)
		json_array_open(&json);
	for (uint32_t i = 0; i < session->book.pool_count; i++) {
		const struct numbers_pool *pool = &session->book.pool[i];
		struct forecast forecast;
		if (pool->is_closed || (name != NULL && strcmp(pool->name, name) != 0))
			continue;
		TRY(forecast_of(session, pool, &forecast));
		if (as_json)
			forecast_json(&json, pool, &forecast);
		else
			forecast_row(&columns, pool, &forecast);
	}
	if (as_json) {
		json_array_close(&json);
		return json_done(&json) ? fault_none() : fault_of(FAULT_LIMIT, 0);
	}
	bool ok = columns_end(&columns) &&
		  text_put(
			  desk->out,
			  "\nRATE: blocks in 30 days, the median of all slopes between the ends of "
			  "at most %u whole\nperiods since the first grant; EARLIEST and LATEST: "
			  "the same with their quartiles.\n",
			  FORECAST_PERIODS_MAX);
	return ok ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

enum exit_code command_pool_forecast(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	const char *name = arguments->word_count != 0 ? arguments->word[0] : NULL;

	if (!pooling_begin(desk, false, &session))
		return EXIT_COULD_NOT;
	struct fault fault = name != NULL && pool_named(&session, name) == NULL ?
				     fault_of(FAULT_ABSENT, 0) :
				     forecasts(desk, &session, name,
					       argument_yes(arguments, "json"));
	return pooling_end(&session, fault, "the forecast cannot be made");
}
