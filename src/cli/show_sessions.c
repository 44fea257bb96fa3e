/* cli/show_sessions.c — every session in a line. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/show_session.h"
#include "cli/values.h"
#include "sys/process.h"
#include "text/columns.h"

#define CROWDED_PERCENT 90u /* of what a session may announce */

static const struct column session_columns[] = {
	{ "MEMBER", false }, { "ADDRESS", false }, { "STATE", false },
	{ "UP/DOWN", true }, { "IPV4", true },     { "IPV6", true },
	{ "SENT", false },   { "NAME", false },    { "LAST END", false },
};

static enum colour state_colour(const struct view_session *session)
{
	return session->is_established ? COLOUR_GREEN : COLOUR_RED;
}

/* The later of the two sides' last words; NULL when there is none. */
static const struct view_end *last_end(const struct view_session *session)
{
	const struct view_end *sent = session->end_sent.is_set ? &session->end_sent : NULL;
	const struct view_end *received = session->end_received.is_set ? &session->end_received :
									 NULL;

	if (sent == NULL || received == NULL)
		return sent != NULL ? sent : received;
	return received->at.s > sent->at.s ? received : sent;
}

/* How long it has been up, or down as far as is known. */
static void span_print(const struct view_session *session, struct wall now,
		       char out[VALUE_TEXT_MAX])
{
	const struct view_end *end = last_end(session);

	if (session->is_established)
		value_span_print(now.s - session->established_at.s, out);
	else if (end != NULL)
		value_span_print(now.s - end->at.s, out);
	else
		(void)snprintf(out, VALUE_TEXT_MAX, "never up");
}

/* 250000 is 250k: round thousands only, so that nothing is lost. */
static void limit_print(uint32_t limit, char out[16])
{
	if (limit != 0 && limit % 1000000 == 0)
		(void)snprintf(out, 16, "%uM", limit / 1000000);
	else if (limit != 0 && limit % 1000 == 0)
		(void)snprintf(out, 16, "%uk", limit / 1000);
	else
		(void)snprintf(out, 16, "%u", limit);
}

static void routes_cell(const struct view_session_family *family, struct columns *columns)
{
	bool is_crowded = (uint64_t)family->held * 100 >=
			  (uint64_t)family->routes_max * CROWDED_PERCENT;
	char limit[16];

	limit_print(family->routes_max, limit);
	if (!family->is_agreed && family->held == 0)
		columns_cell(columns, COLOUR_DIM, "-");
	else
		columns_cell(columns, is_crowded ? COLOUR_YELLOW : COLOUR_NONE, "%u/%s%s",
			     family->held, limit, family->is_stale ? " stale" : "");
}

static void sent_cell(const struct view_session *session, struct columns *columns)
{
	enum view_sending ipv4 = session->family[FAMILY_IPV4].sending;
	enum view_sending ipv6 = session->family[FAMILY_IPV6].sending;
	enum view_sending either = ipv4 != VIEW_SENDING_NOTHING ? ipv4 : ipv6;
	bool is_one = ipv4 == ipv6 || ipv4 == VIEW_SENDING_NOTHING || ipv6 == VIEW_SENDING_NOTHING;

	if (either == VIEW_SENDING_NOTHING)
		columns_cell(columns, COLOUR_DIM, "-");
	else if (is_one)
		columns_cell(columns, either == VIEW_SENDING_LIVE ? COLOUR_NONE : COLOUR_YELLOW,
			     "%s", sending_name(either));
	else
		columns_cell(columns, COLOUR_YELLOW, "%s, %s", sending_name(ipv4),
			     sending_name(ipv6));
}

/* In few words: without codes and what was said along with them. */
static void end_cell(const struct view_session *session, struct columns *columns)
{
	const struct view_end *end = last_end(session);
	char until[WALL_TEXT_MAX];

	process_wall_print(session->blocked_until, until);
	if (session->is_established)
		columns_cell(columns, COLOUR_NONE, "%s", "");
	else if (session->is_blocked)
		columns_cell(columns, COLOUR_RED, "%s, shut until %s", session->blocked_for, until);
	else if (end == NULL)
		columns_cell(columns, COLOUR_DIM, "%s", "");
	else if (end->code == 0)
		columns_cell(columns, COLOUR_DIM, "%s", end->words);
	else
		columns_cell(columns, COLOUR_DIM, "%s said %.*s",
			     end == &session->end_sent ? "we" : "they",
			     (int)strcspn(end->words, "(") - 1, end->words);
}

static void session_print(const struct view_session *session, struct wall now,
			  struct columns *columns)
{
	char address[ADDRESS_TEXT_MAX];
	char span[VALUE_TEXT_MAX];

	address_print(&session->address, address);
	span_print(session, now, span);
	columns_cell(columns, COLOUR_BOLD, "AS%u", session->asn);
	columns_cell(columns, COLOUR_NONE, "%s", address);
	columns_cell(columns, state_colour(session), "%s", session->state);
	columns_cell(columns, COLOUR_NONE, "%s", span);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		routes_cell(&session->family[f], columns);
	sent_cell(session, columns);
	columns_cell(columns, COLOUR_NONE, "%s", session->name);
	end_cell(session, columns);
}

static bool sessions_print(struct desk *desk, const struct view_session *session, uint32_t count)
{
	struct heap heap = heap_libc();
	struct columns columns CLEAN(columns_fini) = { 0 };
	struct wall now = process_wall();

	columns_init(&columns, &heap, desk->out, session_columns,
		     sizeof session_columns / sizeof *session_columns, desk->has_colour);
	columns_fit(&columns, desk->columns);
	for (uint32_t i = 0; i < count; i++)
		session_print(&session[i], now, &columns);
	return columns_end(&columns);
}

static bool summary_print(struct desk *desk, uint32_t count, uint32_t established_count)
{
	bool all = established_count == count;
	enum colour colour = all ? COLOUR_GREEN : COLOUR_RED;

	if (count == 0)
		return text_put(desk->out, "\nno sessions: there are no members with addresses\n");
	return text_put(desk->out, "\n%s%u of %u sessions established%s\n",
			colour_on(colour, desk->has_colour), established_count, count,
			colour_off(desk->has_colour));
}

static bool sessions_json(struct desk *desk, const struct view_session *session, uint32_t count)
{
	struct json json;

	json_init(&json, desk->out, 2);
	json_array_open(&json);
	for (uint32_t i = 0; i < count; i++)
		json_session(&json, &session[i]);
	json_array_close(&json);
	return json_done(&json);
}

enum exit_code command_show_sessions(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct view_session *session = NULL;
	uint32_t count = 0;
	uint32_t established_count = 0;

	if (failed(serving_sessions(desk->serving, &heap, &session, &count))) {
		complain(desk->complaints, false, "out of memory");
		return EXIT_COULD_NOT;
	}
	for (uint32_t i = 0; i < count; i++)
		established_count += session[i].is_established ? 1 : 0;
	bool ok = argument_yes(arguments, "json") ?
			  sessions_json(desk, session, count) :
			  sessions_print(desk, session, count) &&
				  summary_print(desk, count, established_count);
	heap_free(&heap, session, SESSIONS_MAX * sizeof *session);
	if (!ok)
		return EXIT_COULD_NOT;
	return established_count == count ? EXIT_DONE : EXIT_FOUND;
}
