/* cli/request_show.c — requests listed, one in full, and who waits. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "cli/pooling.h"
#include "text/columns.h"

static const struct column request_columns[] = {
	{ "REQUEST", true },    { "POOL", false },  { "SIZE", false }, { "HOLDER", false },
	{ "REQUESTED", false }, { "STATE", false }, { "PLACE", true }, { "OUTCOME", false },
};

static const enum colour state_colour[REQUEST_STATES] = {
	[REQUEST_EVALUATED] = COLOUR_CYAN, [REQUEST_QUEUED] = COLOUR_YELLOW,
	[REQUEST_GRANTED] = COLOUR_GREEN,  [REQUEST_REFUSED] = COLOUR_RED,
	[REQUEST_LAPSED] = COLOUR_DIM,
};

struct listing {
	const struct pools_session *session;
	struct columns columns;
	struct json json;
	bool as_json;
};

/* The block, or why there is none. */
static void outcome_print(const struct pools_session *session,
			  const struct numbers_request *request, char out[2 * NUMBERS_TEXT_MAX])
{
	const struct numbers_delegation *at = numbers_delegation_of(&session->book,
								    request->delegation_id);
	char block[PREFIX_TEXT_MAX] = "-";

	if (at != NULL)
		block_print(&at->prefix, block);
	if (request->state == REQUEST_GRANTED)
		(void)snprintf(out, 2 * NUMBERS_TEXT_MAX, "%s", block);
	else if (request->reason[0] != '\0')
		(void)snprintf(out, 2 * NUMBERS_TEXT_MAX, "%s (clause %s, version %u)",
			       request->reason, request->cite.clause, request->cite.version);
	else
		(void)snprintf(out, 2 * NUMBERS_TEXT_MAX, "-");
}

static void request_row(struct listing *listing, const struct numbers_request *request)
{
	const struct pools_session *session = listing->session;
	struct columns *columns = &listing->columns;
	char outcome[2 * NUMBERS_TEXT_MAX];
	char day[UTC_DAY_TEXT_MAX];
	uint32_t place = numbers_queue_place(&session->book, &session->rules, request->id);

	outcome_print(session, request, outcome);
	day_print(request->requested_at_s, day);
	columns_cell(columns, COLOUR_BOLD, "%lld", (long long)request->id);
	columns_cell(columns, COLOUR_NONE, "%s",
		     numbers_pool_of(&session->book, request->pool_id)->name);
	columns_cell(columns, COLOUR_NONE, "/%u", request->len_bits);
	columns_cell(columns, COLOUR_NONE, "%s", request->holder);
	columns_cell(columns, COLOUR_NONE, "%s", day);
	columns_cell(columns, state_colour[request->state], "%s",
		     request_state_name(request->state));
	if (place != 0)
		columns_cell(columns, COLOUR_NONE, "%u", place);
	else
		columns_cell(columns, COLOUR_NONE, "-");
	columns_cell(columns, COLOUR_NONE, "%s", outcome);
}

void json_request(struct json *json, const struct pools_session *session,
		  const struct numbers_request *request)
{
	const struct numbers_delegation *at = numbers_delegation_of(&session->book,
								    request->delegation_id);
	uint32_t place = numbers_queue_place(&session->book, &session->rules, request->id);

	json_object_open(json);
	json_field_i64(json, "request", request->id);
	json_field_text(json, "pool", numbers_pool_of(&session->book, request->pool_id)->name);
	json_field_text(json, "state", request_state_name(request->state));
	json_field_u64(json, "length", request->len_bits);
	json_field_text(json, "holder", request->holder);
	json_field_text(json, "organisation", request->organisation);
	json_field_text(json, "ipv6", request->ipv6[0] != '\0' ? request->ipv6 : NULL);
	json_field_wall(json, "requested_at", (struct wall){ request->requested_at_s });
	json_field_wall(json, "changed_at", (struct wall){ request->changed_at_s });
	json_key(json, "place");
	if (place != 0)
		json_u64(json, place);
	else
		json_none(json);
	if (at != NULL)
		json_field_prefix(json, "granted", &at->prefix);
	else
		json_field_text(json, "granted", NULL);
	json_field_text(json, "reason", request->reason[0] != '\0' ? request->reason : NULL);
	json_cite(json, session, &request->cite);
	json_object_close(json);
}

static void listing_begin(struct listing *listing, struct desk *desk, struct heap *heap)
{
	json_init(&listing->json, desk->out, 2);
	columns_init(&listing->columns, heap, desk->out, request_columns,
		     (uint32_t)(sizeof request_columns / sizeof *request_columns),
		     desk->has_colour);
	columns_fit(&listing->columns, desk->columns);
	if (listing->as_json)
		json_array_open(&listing->json);
}

static void listing_put(struct listing *listing, const struct numbers_request *request)
{
	if (listing->as_json)
		json_request(&listing->json, listing->session, request);
	else
		request_row(listing, request);
}

static bool is_cited(const struct numbers_book *book, uint32_t version)
{
	for (uint32_t i = 0; i < book->request_count; i++) {
		if (book->request[i].reason[0] != '\0' && book->request[i].cite.version == version)
			return true;
	}
	return false;
}

/* The decisions behind what the table names by the numbers of versions. */
static void versions_print(const struct pools_session *session, struct text_sink out)
{
	if (is_cited(&session->book, 0))
		(void)text_put(out,
			       "\nversion 0: as Plenum ships the rule book, none was adopted\n");
	for (uint32_t i = 0; i < session->versions.count; i++) {
		const struct rules_version *version = &session->versions.item[i];
		if (is_cited(&session->book, version->number))
			(void)text_put(out, "\nversion %u: decided by %s: %s\n", version->number,
				       version->by, version->decision);
	}
}

static struct fault listing_end(struct listing *listing, struct text_sink out)
{
	bool ok = true;

	if (listing->as_json) {
		json_array_close(&listing->json);
		ok = json_done(&listing->json);
	} else {
		ok = columns_end(&listing->columns);
		versions_print(listing->session, out);
	}
	columns_fini(&listing->columns);
	return ok ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

enum exit_code command_request_list(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	struct listing listing = { .session = &session,
				   .as_json = argument_yes(arguments, "json") };
	const char *state = argument_of(arguments, "state");
	const char *name = argument_of(arguments, "pool");
	enum request_state wanted = REQUEST_REQUESTED;
	struct heap heap = heap_libc();

	if (state != NULL && !request_state_of(state, &wanted))
		complain(desk->complaints, false,
			 "--state takes evaluated, queued, granted, refused or lapsed, not \"%s\"",
			 state);
	if (desk->complaints->error_count != 0 || !pooling_begin(desk, false, &session))
		return EXIT_COULD_NOT;
	const struct numbers_pool *pool = name != NULL ? pool_named(&session, name) : NULL;
	if (name != NULL && pool == NULL)
		return pooling_end(&session, fault_of(FAULT_ABSENT, 0), "");
	listing_begin(&listing, desk, &heap);
	for (uint32_t i = 0; i < session.book.request_count; i++) {
		const struct numbers_request *request = &session.book.request[i];
		if ((state == NULL || request->state == wanted) &&
		    (pool == NULL || request->pool_id == pool->id))
			listing_put(&listing, request);
	}
	return pooling_end(&session, listing_end(&listing, desk->out),
			   "the requests cannot be shown");
}

/* Only what the public may know: the purpose is the holder's. */
static struct fault show(struct desk *desk, const struct pools_session *session,
			 const struct numbers_request *request)
{
	char outcome[2 * NUMBERS_TEXT_MAX];
	char asked[UTC_TEXT_MAX];
	char changed[UTC_TEXT_MAX];
	char behind[NUMBERS_CITE_TEXT_MAX];
	uint32_t place = numbers_queue_place(&session->book, &session->rules, request->id);

	pools_cite_print(session, &request->cite, behind);
	outcome_print(session, request, outcome);
	utc_print((struct wall){ request->requested_at_s }, asked);
	utc_print((struct wall){ request->changed_at_s }, changed);
	(void)text_put(desk->out, "request %lld: a /%u of %s for %s\n", (long long)request->id,
		       request->len_bits, numbers_pool_of(&session->book, request->pool_id)->name,
		       request->holder);
	(void)text_put(desk->out, "    %-14s %s\n", "state", request_state_name(request->state));
	if (place != 0)
		(void)text_put(desk->out, "    %-14s %u\n", "place", place);
	(void)text_put(desk->out, "    %-14s %s\n", "outcome", outcome);
	(void)text_put(desk->out, "    %-14s %s\n", "organisation", request->organisation);
	if (request->ipv6[0] != '\0')
		(void)text_put(desk->out, "    %-14s %s\n", "holds IPv6", request->ipv6);
	if (request->purpose[0] != '\0')
		(void)text_put(desk->out, "    %-14s %s\n", "purpose", request->purpose);
	(void)text_put(desk->out, "    %-14s %s\n    %-14s %s\n", "requested", asked, "decided",
		       changed);
	if (request->cite.clause[0] != '\0')
		(void)text_put(desk->out, "    %-14s %s\n", "under", behind);
	return fault_none();
}

enum exit_code command_request_show(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	uint32_t id = 0;
	struct json json;

	if (!pooling_begin(desk, false, &session))
		return EXIT_COULD_NOT;
	(void)decimal_u32(arguments->word[0], UINT32_MAX, &id);
	const struct numbers_request *request = numbers_request_of(&session.book, id);
	if (request == NULL)
		complain(desk->complaints, false,
			 "there is no request \"%s\"; plenum request list shows all",
			 arguments->word[0]);
	if (request == NULL)
		return pooling_end(&session, fault_of(FAULT_ABSENT, 0), "");
	if (!argument_yes(arguments, "json"))
		return pooling_end(&session, show(desk, &session, request), "it cannot be shown");
	json_init(&json, desk->out, 2);
	json_request(&json, &session, request);
	return pooling_end(&session, json_done(&json) ? fault_none() : fault_of(FAULT_LIMIT, 0),
			   "it cannot be shown");
}

static struct fault queue_list(struct listing *listing, struct desk *desk,
			       const struct numbers_pool *pool, struct heap *heap)
{
	const struct pools_session *session = listing->session;
	uint32_t most = session->book.request_count + 1u;
	int64_t *ids = heap_array(heap, most, sizeof *ids);

	if (ids == NULL)
		return fault_of(FAULT_LIMIT, 0);
	uint32_t count = numbers_queue(&session->book, &session->rules, pool->id, ids, most);
	listing_begin(listing, desk, heap);
	for (uint32_t i = 0; i < count; i++)
		listing_put(listing, numbers_request_of(&session->book, ids[i]));
	heap_free(heap, ids, most * sizeof *ids);
	return listing_end(listing, desk->out);
}

enum exit_code command_request_queue(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	struct listing listing = { .session = &session,
				   .as_json = argument_yes(arguments, "json") };
	struct heap heap = heap_libc();

	if (!pooling_begin(desk, false, &session))
		return EXIT_COULD_NOT;
	const struct numbers_pool *pool = pool_named(&session, arguments->word[0]);
	struct fault fault = pool != NULL ? queue_list(&listing, desk, pool, &heap) :
					    fault_of(FAULT_ABSENT, 0);
	return pooling_end(&session, fault, "the waiting list cannot be shown");
}
