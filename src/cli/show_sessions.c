/* cli/show_sessions.c — every session in a line, or one for each family it carries. */
#include <ctype.h>
#include <stdio.h>

#include "base/utc.h"
#include "cli/command.h"
#include "cli/show_session.h"
#include "cli/values.h"
#include "net/asn.h"
#include "sys/process.h"
#include "text/columns.h"

#define NOTE_MAX 224u

static const struct column session_columns[] = {
	{ "MEMBER", false },  { "ADDRESS", false }, { "STATE", false },    { "AFI", false },
	{ "RECEIVED", true }, { "REFUSED", true },  { "ANNOUNCED", true }, { "NAME", false },
};

static const struct column note_columns[] = {
	{ "MEMBER", false },
	{ "ADDRESS", false },
	{ "NOTE", false },
};

/* --- what was asked for ----------------------------------------------------------------------- */

bool sessions_ask(struct desk *desk, struct session_list *out)
{
	*out = (struct session_list){ .heap = heap_libc() };
	if (!failed(serving_sessions(desk->serving, &out->heap, &out->session, &out->count)) &&
	    !failed(serving_counts(desk->serving, &out->heap, out->session, out->count)))
		return true;
	complain(desk->complaints, false, "out of memory");
	return false;
}

void sessions_free(struct session_list *list)
{
	if (list->session != NULL)
		heap_free(&list->heap, list->session, SESSIONS_MAX * sizeof *list->session);
	*list = (struct session_list){ 0 };
}

bool member_is_here(struct desk *desk, const char *before, uint32_t asn)
{
	struct session_list list CLEAN(sessions_free) = { .heap = heap_libc() };
	bool found = false;

	if (failed(serving_sessions(desk->serving, &list.heap, &list.session, &list.count))) {
		complain(desk->complaints, false, "out of memory");
		return false;
	}
	for (uint32_t i = 0; i < list.count; i++)
		found = found || list.session[i].asn == asn;
	if (!found)
		complain(desk->complaints, false, "%sAS%u is no member with a session here", before,
			 asn);
	return found;
}

struct sessions_filter {
	const char *word; /* NULL: all */
	bool has_state;
	bool is_established;
	bool has_address;
	struct address address;
	uint32_t asn; /* 0 = any */
};

static struct sessions_filter filter_of(const char *word)
{
	struct sessions_filter filter = { .word = word };

	if (word == NULL)
		return filter;
	filter.has_state = strcmp(word, "up") == 0 || strcmp(word, "down") == 0;
	filter.is_established = strcmp(word, "up") == 0;
	filter.has_address = !filter.has_state && address_parse(word, &filter.address);
	if (!filter.has_address && !asn_parse(word, &filter.asn))
		filter.asn = 0;
	return filter;
}

/* ASCII letters in either case. */
static bool text_holds(const char *text, const char *part)
{
	for (; *text != '\0'; text++) {
		size_t i = 0;
		while (part[i] != '\0' &&
		       tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
			i++;
		if (part[i] == '\0')
			return true;
	}
	return false;
}

static bool is_wanted(const struct sessions_filter *filter, const struct view_session *session)
{
	if (filter->word == NULL)
		return true;
	if (filter->has_state)
		return session->is_established == filter->is_established;
	if (filter->has_address)
		return address_compare(&session->address, &filter->address) == 0;
	if (filter->asn != 0)
		return session->asn == filter->asn;
	return text_holds(session->name, filter->word);
}

/* Leaves the wanted ones, in order; their number. */
static uint32_t sessions_filtered(const struct sessions_filter *filter,
				  struct view_session *session, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (is_wanted(filter, &session[i]))
			session[kept++] = session[i];
	}
	return kept;
}

/* --- cells ------------------------------------------------------------------------------------ */

/* The later of the two sides' last words; where there is none, how we fared in connecting; NULL
 * when there is nothing to tell. */
static const struct view_end *last_end(const struct view_session *session)
{
	const struct view_end *sent = session->end_sent.is_set ? &session->end_sent : NULL;
	const struct view_end *received = session->end_received.is_set ? &session->end_received :
									 NULL;

	if (sent == NULL && received == NULL)
		return session->connect_failed.is_set ? &session->connect_failed : NULL;
	if (sent == NULL || received == NULL)
		return sent != NULL ? sent : received;
	return received->at.s > sent->at.s ? received : sent;
}

/* And how long it has been up, or down as far as is known. */
static void state_cell(const struct view_session *session, struct wall now, struct columns *columns)
{
	const struct view_end *end = last_end(session);
	char span[VALUE_TEXT_MAX];

	value_span_print(now.s - session->established_at.s, span);
	if (session->is_established) {
		columns_cell(columns, COLOUR_GREEN, "up %s", span);
		return;
	}
	value_span_print(end != NULL ? now.s - end->at.s : 0, span);
	bool has_span = end != NULL && session->established_count != 0;
	columns_cell(columns, COLOUR_RED, "%s%s%s", session->state, has_span ? " " : "",
		     has_span ? span : "");
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

/* A mark stands where the limit is near, in print as on a terminal. */
static void received_cell(const struct view_session_family *family, struct columns *columns)
{
	char limit[16];
	char blocked[16] = "";

	limit_print(family->routes_max, limit);
	if (family->blocked != 0)
		(void)snprintf(blocked, sizeof blocked, " +%u", family->blocked);
	columns_cell(columns, family->is_crowded ? COLOUR_YELLOW : COLOUR_NONE, "%s%u/%s%s",
		     family->is_crowded ? "!" : "", family->held - family->blocked, limit, blocked);
}

static void family_cells(const struct view_session *session, enum family family,
			 struct columns *columns)
{
	const struct view_session_family *of = &session->family[family];

	columns_cell(columns, COLOUR_NONE, "%s", family_words[family]);
	received_cell(of, columns);
	columns_cell(columns, of->refused != 0 ? COLOUR_RED : COLOUR_NONE, "%u", of->refused);
	columns_cell(columns, COLOUR_NONE, "%u", of->announced);
}

/* --- the table -------------------------------------------------------------------------------- */

static bool is_carried(const struct view_session_family *family)
{
	return family->is_agreed || family->held != 0;
}

static void session_cells(const struct view_session *session, struct wall now,
			  struct columns *columns)
{
	char address[ADDRESS_TEXT_MAX];

	address_print(&session->address, address);
	columns_cell(columns, COLOUR_BOLD, "AS%u", session->asn);
	columns_cell(columns, COLOUR_NONE, "%s", address);
	state_cell(session, now, columns);
}

static void session_print(const struct view_session *session, struct wall now,
			  struct columns *columns)
{
	bool is_first = true;

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		bool is_last = f + 1 == FAMILY_COUNT;
		bool carries = is_carried(&session->family[f]);
		if (!carries && !(is_last && is_first))
			continue;
		if (is_first)
			session_cells(session, now, columns);
		for (uint32_t i = 0; i < 3 && !is_first; i++)
			columns_cell(columns, COLOUR_NONE, "%s", "");
		if (carries)
			family_cells(session, (enum family)f, columns);
		for (uint32_t i = 0; i < 4 && !carries; i++)
			columns_cell(columns, COLOUR_DIM, "-");
		columns_cell(columns, COLOUR_NONE, "%s", is_first ? session->name : "");
		is_first = false;
	}
}

static bool table_print(struct desk *desk, const struct view_session *session, uint32_t count)
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

/* --- notes ------------------------------------------------------------------------------------ */

/* Why a session is down, in few words, without codes and what was said along with them. */
static void down_note_print(const struct view_session *session, char out[NOTE_MAX])
{
	const struct view_end *end = last_end(session);
	const char *never = session->established_count == 0 ? "never up, " : "";
	char until[UTC_TEXT_MAX];

	utc_print(session->is_blocked ? session->blocked_until : session->held_off_until, until);
	if (session->is_blocked)
		(void)snprintf(out, NOTE_MAX, "%s, shut until %s", session->blocked_for, until);
	else if (session->is_held_off)
		(void)snprintf(out, NOTE_MAX, "failed %u times, held off until %s",
			       session->failures, until);
	else if (end == NULL)
		(void)snprintf(out, NOTE_MAX, "never up");
	else if (end->code == 0)
		(void)snprintf(out, NOTE_MAX, "%s%.*s", never, (int)NOTE_MAX - 16, end->words);
	else
		(void)snprintf(out, NOTE_MAX, "%s%s said %.*s", never,
			       end == &session->end_sent ? "we" : "they",
			       (int)strcspn(end->words, "(") - 1, end->words);
}

/* Of a family what is not as it usually is; "" when nothing. */
static const char *family_note(const struct view_session_family *family)
{
	if (family->is_stale)
		return "routes kept from before its restart";
	switch (family->sending) {
	case VIEW_SENDING_NOTHING:
	case VIEW_SENDING_LIVE:
		return "";
	case VIEW_SENDING_DEFERRED:
		return "nothing is sent until others are back, after a restart";
	case VIEW_SENDING_COPY:
		return "the table is being sent";
	}
	return "";
}

static void note_cells(const struct view_session *session, const char *before, const char *note,
		       struct columns *columns)
{
	char address[ADDRESS_TEXT_MAX];

	address_print(&session->address, address);
	columns_cell(columns, COLOUR_BOLD, "AS%u", session->asn);
	columns_cell(columns, COLOUR_NONE, "%s", address);
	columns_cell(columns, COLOUR_YELLOW, "%s%s%s", before, before[0] != '\0' ? ": " : "", note);
}

/* How many there were. */
static uint32_t session_notes(const struct view_session *session, struct columns *columns)
{
	char note[NOTE_MAX];
	uint32_t count = 0;

	if (!session->is_established) {
		down_note_print(session, note);
		note_cells(session, "", note, columns);
		count++;
	}
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		const char *of_family = family_note(&session->family[f]);
		if (of_family[0] == '\0')
			continue;
		note_cells(session, family_words[f], of_family, columns);
		count++;
	}
	return count;
}

/* Below the table, where a line has room for them. */
static bool notes_print(struct desk *desk, const struct view_session *session, uint32_t count)
{
	struct heap heap = heap_libc();
	struct columns columns CLEAN(columns_fini) = { 0 };
	uint32_t notes = 0;

	columns_init(&columns, &heap, desk->out, note_columns,
		     sizeof note_columns / sizeof *note_columns, desk->has_colour);
	columns_fit(&columns, desk->columns);
	for (uint32_t i = 0; i < count; i++)
		notes += session_notes(&session[i], &columns);
	return notes == 0 || (text_put(desk->out, "\n") && columns_end(&columns));
}

static bool sessions_print(struct desk *desk, const struct view_session *session, uint32_t count)
{
	return table_print(desk, session, count) && notes_print(desk, session, count);
}

static bool summary_print(struct desk *desk, uint32_t count, uint32_t established_count)
{
	bool all = established_count == count;
	enum colour colour = all ? COLOUR_GREEN : COLOUR_RED;

	return text_put(desk->out, "\n%s%u of %u session%s established%s\n",
			colour_on(colour, desk->has_colour), established_count, count,
			value_plural(count), colour_off(desk->has_colour));
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

/* Nothing to show: that no session is down is an answer, that no name is like that a slip. */
static enum exit_code nothing_tell(struct desk *desk, const struct sessions_filter *filter,
				   bool as_json)
{
	if (filter->word != NULL && !filter->has_state) {
		complain(desk->complaints, false,
			 "%s: no session of such a number, address or name; plenum show sessions "
			 "lists all",
			 filter->word);
		return EXIT_COULD_NOT;
	}
	if (as_json)
		return sessions_json(desk, NULL, 0) ? EXIT_DONE : EXIT_COULD_NOT;
	if (filter->word != NULL)
		(void)text_put(desk->out, "no session is %s\n", filter->word);
	else
		(void)text_put(desk->out, "no sessions: there are no members with addresses\n");
	return EXIT_DONE;
}

enum exit_code command_show_sessions(struct desk *desk, const struct arguments *arguments)
{
	struct sessions_filter filter = filter_of(arguments->word_count != 0 ? arguments->word[0] :
									       NULL);
	bool as_json = argument_yes(arguments, "json");
	struct session_list list CLEAN(sessions_free) = { 0 };
	uint32_t established_count = 0;

	if (!sessions_ask(desk, &list))
		return EXIT_COULD_NOT;
	uint32_t count = sessions_filtered(&filter, list.session, list.count);
	for (uint32_t i = 0; i < count; i++)
		established_count += list.session[i].is_established ? 1 : 0;
	if (count == 0)
		return nothing_tell(desk, &filter, as_json);
	bool ok = as_json ? sessions_json(desk, list.session, count) :
			    sessions_print(desk, list.session, count) &&
				    summary_print(desk, count, established_count);
	if (!ok)
		return EXIT_COULD_NOT;
	return established_count == count ? EXIT_DONE : EXIT_FOUND;
}
