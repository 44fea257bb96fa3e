/* cli/show_session.c — all that is known of a member's sessions. */
#include "cli/show_session.h"

#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "cli/book_text.h"
#include "cli/command.h"
#include "cli/values.h"
#include "net/asn.h"
#include "sys/process.h"
#include "text/columns.h"

const char *const family_names[FAMILY_COUNT] = { "ipv4", "ipv6" };
const char *const family_words[FAMILY_COUNT] = { "IPv4", "IPv6" };

#define LABEL "  %-16s"
#define AT_TEXT_MAX (UTC_TEXT_MAX + VALUE_TEXT_MAX + 8)

static const char *sending_name(enum view_sending sending)
{
	static const char *const name[] = { "nothing", "deferred", "copy", "live" };

	return name[sending];
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* `ruling` NULL: it is no refusal of ours. */
static void json_end(struct json *json, const char *name, const struct view_end *end,
		     const struct view_ruling *ruling)
{
	json_key(json, name);
	if (!end->is_set) {
		json_none(json);
		return;
	}
	json_object_open(json);
	json_field_wall(json, "at", end->at);
	json_field_u64(json, "code", end->code);
	json_field_u64(json, "subcode", end->subcode);
	json_field_text(json, "text", end->words);
	if (ruling != NULL)
		json_ruling(json, ruling);
	json_object_close(json);
}

static void json_agreed(struct json *json, const struct view_session *session)
{
	struct address router_id = address_ipv4(session->router_id);

	json_key(json, "agreed");
	if (!session->is_established) {
		json_none(json);
		return;
	}
	json_object_open(json);
	json_field_address(json, "router_id", &router_id);
	json_field_u64(json, "hold_s", session->hold_s);
	json_field_bool(json, "as4", session->as4);
	json_field_bool(json, "refresh", session->refresh);
	json_field_bool(json, "enhanced_refresh", session->enhanced_refresh);
	json_field_bool(json, "graceful_restart", session->graceful_restart);
	json_field_bool(json, "extended_message", session->extended_message);
	json_field_bool(json, "extended_next_hop", session->extended_next_hop);
	json_field_bool(json, "role", session->has_role);
	json_object_close(json);
}

static void json_family(struct json *json, const char *name,
			const struct view_session_family *family)
{
	json_field_object(json, name);
	json_field_bool(json, "agreed", family->is_agreed);
	json_field_u64(json, "received", family->held);
	json_field_u64(json, "refused", family->refused);
	json_field_u64(json, "announced", family->announced);
	json_field_u64(json, "max_prefix", family->routes_max);
	json_field_u64(json, "blocked", family->blocked);
	json_field_bool(json, "near_max_prefix", family->is_crowded);
	json_field_bool(json, "stale", family->is_stale);
	json_field_bool(json, "add_path", family->add_path);
	json_field_text(json, "sending", sending_name(family->sending));
	json_object_close(json);
}

static void json_malformed(struct json *json, const struct view_malformed *malformed)
{
	json_field_object(json, "malformed");
	json_field_u64(json, "attribute_discarded", malformed->discarded);
	json_field_u64(json, "treated_as_withdrawn", malformed->withdrawn);
	json_field_u64(json, "session_reset", malformed->reset);
	json_field_wall(json, "last_at", malformed->at);
	json_field_text(json, "last_text", malformed->words[0] != '\0' ? malformed->words : NULL);
	json_object_close(json);
}

static void json_discarded(struct json *json, const struct view_session *session)
{
	json_field_array(json, "attributes_discarded");
	for (uint32_t i = 0; i < session->discard_count; i++) {
		json_object_open(json);
		json_field_u64(json, "code", session->discard[i].code);
		json_field_text(json, "name", session->discard[i].name);
		json_field_u64(json, "updates", session->discard[i].updates);
		json_object_close(json);
	}
	json_array_close(json);
}

void json_session(struct json *json, const struct view_session *session)
{
	json_object_open(json);
	json_field_u64(json, "asn", session->asn);
	json_field_text(json, "name", session->name);
	json_field_address(json, "address", &session->address);
	json_field_text(json, "state", session->state);
	json_field_bool(json, "established", session->is_established);
	json_field_wall(json, "established_at",
			session->is_established ? session->established_at : (struct wall){ 0 });
	json_field_u64(json, "established_count", session->established_count);
	json_field_text(json, "max_prefix_action", session->limit_action);
	json_field_text(json, "max_prefix_clause", session->limit_clause.number);
	json_field_u64(json, "attribute_octets", session->attribute_octets);
	json_field_u64(json, "attribute_octets_max", session->attribute_octets_max);
	json_field_wall(json, "blocked_until", session->blocked_until);
	json_field_wall(json, "held_off_until", session->held_off_until);
	json_field_u64(json, "failures", session->failures);
	json_field_bool(json, "active", session->is_active);
	json_field_bool(json, "has_password", session->has_password);
	json_field_bool(json, "gtsm", session->gtsm);
	json_agreed(json, session);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		json_family(json, family_names[f], &session->family[f]);
	json_field_u64(json, "updates_received", session->updates_received);
	json_field_u64(json, "updates_malformed", session->updates_malformed);
	json_malformed(json, &session->malformed);
	json_discarded(json, session);
	json_field_u64(json, "routes_received", session->routes_received);
	json_field_u64(json, "withdrawals_received", session->withdrawals_received);
	json_field_u64(json, "octets_received", session->octets_received);
	json_field_u64(json, "octets_sent", session->octets_sent);
	json_end(json, "end_sent", &session->end_sent, &session->end_ruling);
	json_end(json, "end_received", &session->end_received, NULL);
	json_end(json, "connect_failed", &session->connect_failed, NULL);
	json_object_close(json);
}

/* --- words ------------------------------------------------------------------------------------ */

static void at_print(struct wall at, char out[AT_TEXT_MAX])
{
	char wall[UTC_TEXT_MAX];
	char span[VALUE_TEXT_MAX];

	utc_print(at, wall);
	value_span_print(process_wall().s - at.s, span);
	(void)snprintf(out, AT_TEXT_MAX, "%s, %s ago", wall, span);
}

static void state_print(const struct desk *desk, const struct view_session *session)
{
	char at[AT_TEXT_MAX];
	enum colour colour = session->is_established ? COLOUR_GREEN : COLOUR_RED;

	(void)text_put(desk->out, LABEL "%s%s%s", "state", colour_on(colour, desk->has_colour),
		       session->state, colour_off(desk->has_colour));
	if (session->is_established) {
		at_print(session->established_at, at);
		(void)text_put(desk->out, " since %s", at);
	}
	if (session->established_count > 1)
		(void)text_put(desk->out, "; up %u times so far", session->established_count);
	else if (session->established_count == 0)
		(void)text_put(desk->out, "; not up since the start");
	(void)text_put(desk->out, "\n");
	utc_print(session->blocked_until, at);
	if (session->is_blocked)
		(void)text_put(desk->out, LABEL "%s: shut until %s\n", "blocked",
			       session->blocked_for, at);
	utc_print(session->held_off_until, at);
	if (session->is_held_off)
		(void)text_put(desk->out,
			       LABEL "%u failures in a row: no connection is taken until %s\n",
			       "held off", session->failures, at);
}

static void connection_print(const struct view_session *session, struct text_sink out)
{
	(void)text_put(out, LABEL "%s%s%s\n", "connection",
		       session->is_active ? "either side connects" : "the member connects",
		       session->has_password ? ", with a TCP MD5 password" : "",
		       session->gtsm ? ", from the same link only (GTSM)" : "");
}

static void agreed_print(const struct view_session *session, struct text_sink out)
{
	const struct {
		bool has;
		const char *name;
	} capability[] = {
		{ session->as4, "four-octet AS numbers" },
		{ session->refresh, "route refresh" },
		{ session->enhanced_refresh, "enhanced route refresh" },
		{ session->graceful_restart, "graceful restart" },
		{ session->extended_message, "extended messages" },
		{ session->extended_next_hop, "extended next hop" },
		{ session->has_role, "role" },
	};
	struct address router_id = address_ipv4(session->router_id);
	char text[ADDRESS_TEXT_MAX];
	const char *gap = "";

	if (!session->is_established)
		return;
	address_print(&router_id, text);
	(void)text_put(out, LABEL "%s\n" LABEL, "identifier", text, "agreed");
	for (uint32_t i = 0; i < sizeof capability / sizeof *capability; i++) {
		if (!capability[i].has)
			continue;
		(void)text_put(out, "%s%s", gap, capability[i].name);
		gap = ", ";
	}
	(void)text_put(out, "%s\n", gap[0] == '\0' ? "no capability" : "");
	if (session->hold_s != 0)
		(void)text_put(out, LABEL "hold time %u s, a KEEPALIVE every %u s\n", "timers",
			       session->hold_s, session->hold_s / 3u);
	else
		(void)text_put(out, LABEL "no hold time, no KEEPALIVEs\n", "timers");
}

static const char *limit_words(const char *action)
{
	if (strcmp(action, "warn") == 0)
		return "they are taken in all the same";
	if (strcmp(action, "block") == 0)
		return "they are refused till there is room";
	return "the session is shut";
}

static const char *sending_words(enum view_sending sending)
{
	switch (sending) {
	case VIEW_SENDING_NOTHING:
		return "nothing is sent";
	case VIEW_SENDING_DEFERRED:
		return "sending begins when the sessions awaited after the restart are back";
	case VIEW_SENDING_COPY:
		return "the table is being sent";
	case VIEW_SENDING_LIVE:
		return "kept up to date";
	}
	return "";
}

static void limit_print(const struct view_session *session, const struct view_session_family *of,
			struct text_sink out)
{
	char blocked[VALUE_TEXT_MAX];

	value_count_print(of->blocked, blocked);
	if (of->blocked != 0)
		(void)text_put(out,
			       LABEL
			       "%s of them refused for want of room (max-prefixes); they get in "
			       "when others go\n",
			       "", blocked);
	else if (of->held > of->routes_max)
		(void)text_put(out, LABEL "more than agreed (max-prefix action %s)\n", "",
			       session->limit_action);
	else if (of->is_crowded)
		(void)text_put(out, LABEL "near the limit; beyond it: %s\n", "",
			       limit_words(session->limit_action));
}

static void family_print(const struct view_session *session, enum family family,
			 struct text_sink out)
{
	const struct view_session_family *of = &session->family[family];
	char held[VALUE_TEXT_MAX];
	char most[VALUE_TEXT_MAX];
	char refused[VALUE_TEXT_MAX];
	char announced[VALUE_TEXT_MAX];

	value_count_print(of->held, held);
	value_count_print(of->routes_max, most);
	value_count_print(of->refused, refused);
	value_count_print(of->announced, announced);
	if (session->is_established && !of->is_agreed) {
		(void)text_put(out, LABEL "not agreed on\n", family_words[family]);
		return;
	}
	(void)text_put(out, LABEL "received %s (limit %s)%s, refused %s, announced %s; %s%s\n",
		       family_words[family], held, most,
		       of->is_stale ? " (kept from before the member's restart)" : "", refused,
		       announced, sending_words(of->sending),
		       of->add_path ? ", several paths a prefix" : "");
	limit_print(session, of, out);
}

static void attributes_print(const struct view_session *session, struct text_sink out)
{
	char octets[VALUE_TEXT_MAX];
	char most[VALUE_TEXT_MAX];

	if (session->attribute_octets == 0)
		return;
	value_octets_print(session->attribute_octets, octets);
	value_octets_print(session->attribute_octets_max, most);
	(void)text_put(out, LABEL "%s of at most %s\n", "attributes", octets, most);
}

static void malformed_print(const struct view_session *session, struct text_sink out)
{
	const struct view_malformed *malformed = &session->malformed;
	char at[AT_TEXT_MAX];

	if (session->updates_malformed == 0)
		return;
	(void)text_put(out,
		       LABEL "%llu UPDATE%s (RFC 7606): %llu with an attribute discarded, %llu "
			     "treated as withdrawn, %llu reset\n",
		       "malformed", (unsigned long long)session->updates_malformed,
		       session->updates_malformed == 1 ? "" : "s",
		       (unsigned long long)malformed->discarded,
		       (unsigned long long)malformed->withdrawn,
		       (unsigned long long)malformed->reset);
	at_print(malformed->at, at);
	(void)text_put(out, LABEL "the last: %s; %s\n", "", malformed->words, at);
}

static void discarded_print(const struct view_session *session, struct text_sink out)
{
	for (uint32_t i = 0; i < session->discard_count; i++) {
		const struct view_discard *discard = &session->discard[i];
		bool has_name = discard->name != NULL;
		(void)text_put(out, LABEL "attribute %u%s%s%s of %u UPDATE%s\n",
			       i == 0 ? "left out" : "", discard->code, has_name ? " (" : "",
			       has_name ? discard->name : "", has_name ? ")" : "", discard->updates,
			       discard->updates == 1 ? "" : "s");
	}
}

static void counts_print(const struct view_session *session, struct text_sink out)
{
	char updates[VALUE_TEXT_MAX];
	char routes[VALUE_TEXT_MAX];
	char withdrawals[VALUE_TEXT_MAX];
	char received[VALUE_TEXT_MAX];
	char sent[VALUE_TEXT_MAX];

	value_count_print(session->updates_received, updates);
	value_count_print(session->routes_received, routes);
	value_count_print(session->withdrawals_received, withdrawals);
	value_octets_print(session->octets_received, received);
	value_octets_print(session->octets_sent, sent);
	(void)text_put(out, LABEL "%s UPDATE%s with %s route%s and %s withdrawal%s; %s\n",
		       "received", updates, value_plural(session->updates_received), routes,
		       value_plural(session->routes_received), withdrawals,
		       value_plural(session->withdrawals_received), received);
	malformed_print(session, out);
	discarded_print(session, out);
	(void)text_put(out, LABEL "%s\n", "sent", sent);
}

static void ruling_put(const struct view_ruling *ruling, struct text_sink out)
{
	char text[VIEW_RULING_TEXT_MAX];

	if (ruling->clause.number[0] == '\0')
		return;
	view_ruling_print(ruling, text);
	(void)text_put(out, LABEL "%s\n" LABEL "%s\n", "", text, "", ruling->clause.text);
}

static void end_print(const char *label, const struct view_end *end, struct text_sink out)
{
	char at[AT_TEXT_MAX];

	if (!end->is_set)
		return;
	at_print(end->at, at);
	(void)text_put(out, LABEL "%s\n" LABEL, label, at, "");
	(void)text_put_text(out, end->words);
	(void)text_put_text(out, "\n");
}

/* Of the member as a whole, in one line. */
static void refusals_print(const struct view_refusals *refusals, uint32_t count,
			   struct text_sink out)
{
	if (count == 0)
		return;
	(void)text_put(out, "\nAS%u: routes refused:", refusals[0].asn);
	for (uint32_t i = 0; i < count; i++) {
		char number[VALUE_TEXT_MAX];
		value_count_print(refusals[i].count, number);
		(void)text_put(out, "%s %s %s", i == 0 ? "" : ",", number, refusals[i].reason);
	}
	(void)text_put(out, "; plenum show rejected AS%u lists them\n", refusals[0].asn);
}

static void session_print(const struct desk *desk, const struct view_session *session)
{
	char address[ADDRESS_TEXT_MAX];

	address_print(&session->address, address);
	(void)text_put(desk->out, "%sAS%u %s%s, %s\n", colour_on(COLOUR_BOLD, desk->has_colour),
		       session->asn, session->name, colour_off(desk->has_colour), address);
	state_print(desk, session);
	connection_print(session, desk->out);
	agreed_print(session, desk->out);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		family_print(session, (enum family)f, desk->out);
	attributes_print(session, desk->out);
	counts_print(session, desk->out);
	end_print("we said last", &session->end_sent, desk->out);
	ruling_put(&session->end_ruling, desk->out);
	end_print("they said last", &session->end_received, desk->out);
	end_print("we tried last", &session->connect_failed, desk->out);
}

/* --- the command ------------------------------------------------------------------------------ */

struct wanted {
	uint32_t asn; /* 0 = by address */
	struct address address;
};

static bool is_wanted(const struct wanted *wanted, const struct view_session *session)
{
	return wanted->asn != 0 ? session->asn == wanted->asn :
				  address_compare(&session->address, &wanted->address) == 0;
}

static bool sessions_json(struct desk *desk, const struct wanted *wanted,
			  const struct view_session *session, uint32_t count)
{
	struct json json;

	json_init(&json, desk->out, 2);
	json_array_open(&json);
	for (uint32_t i = 0; i < count; i++) {
		if (is_wanted(wanted, &session[i]))
			json_session(&json, &session[i]);
	}
	json_array_close(&json);
	return json_done(&json);
}

static bool sessions_print(struct desk *desk, const struct wanted *wanted,
			   const struct view_session *session, uint32_t count)
{
	struct heap heap = heap_libc();
	struct view_refusals *refusals = NULL;
	uint32_t refusal_count = 0;
	uint32_t room = 0;
	uint32_t asn = wanted->asn;
	bool any = false;

	for (uint32_t i = 0; i < count; i++) {
		if (!is_wanted(wanted, &session[i]))
			continue;
		(void)text_put_text(desk->out, any ? "\n" : "");
		session_print(desk, &session[i]);
		any = true;
	}
	if (asn != 0 &&
	    !failed(serving_refusals(desk->serving, asn, &heap, &refusals, &refusal_count, &room)))
		refusals_print(refusals, refusal_count, desk->out);
	heap_free(&heap, refusals, room * sizeof *refusals);
	return true;
}

enum exit_code command_show_session(struct desk *desk, const struct arguments *arguments)
{
	const char *word = arguments->word[0];
	struct wanted wanted = { 0 };
	struct session_list list CLEAN(sessions_free) = { 0 };
	uint32_t found = 0;
	bool ok = true;
	uint32_t established_count = 0;

	if (!address_parse(word, &wanted.address) && !asn_parse(word, &wanted.asn)) {
		complain(desk->complaints, false,
			 "\"%s\" is neither an AS number, such as AS201001, nor an address", word);
		return EXIT_COULD_NOT;
	}
	if (!sessions_ask(desk, &list))
		return EXIT_COULD_NOT;
	for (uint32_t i = 0; i < list.count; i++) {
		if (!is_wanted(&wanted, &list.session[i]))
			continue;
		found++;
		established_count += list.session[i].is_established ? 1 : 0;
	}
	if (found == 0)
		complain(desk->complaints, false,
			 "%s: no member has a session there; plenum show "
			 "sessions lists all",
			 word);
	else if (argument_yes(arguments, "json"))
		ok = sessions_json(desk, &wanted, list.session, list.count);
	else
		ok = sessions_print(desk, &wanted, list.session, list.count);
	if (found == 0 || !ok)
		return EXIT_COULD_NOT;
	return established_count == found ? EXIT_DONE : EXIT_FOUND;
}
