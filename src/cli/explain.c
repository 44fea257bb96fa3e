/* cli/explain.c — why a route is as it is: the candidates of a prefix in order of rank, each with
 * its checks and what put it there. */
#include <stdio.h>

#include "cli/book_text.h"
#include "cli/explaining.h"
#include "cli/route_text.h"
#include "cli/show_session.h"
#include "cli/values.h"

#define TICK "\xe2\x9c\x93"
#define CROSS "\xe2\x9c\x97"
#define INDENT "      "
#define ROUTES_SHORT 10u /* told of when not all are asked for */

bool explain_wants_candidate(const struct explaining *explaining,
			     const struct view_candidate *candidate)
{
	return explaining->from_asn == 0 || candidate->route.asn == explaining->from_asn;
}

bool explain_wants_receiver(const struct explaining *explaining,
			    const struct view_receiver *receiver)
{
	return explaining->to_asn == 0 || receiver->asn == explaining->to_asn;
}

const char *explain_other_reason(const struct view_candidate *candidate)
{
	for (uint32_t i = 0; i < candidate->check_count; i++) {
		if (!candidate->check[i].passed)
			return NULL;
	}
	return candidate->route.reason;
}

/* --- a candidate ------------------------------------------------------------------------------ */

enum detail {
	DETAIL_HEAD =
		0, /* where one receiver is asked about, what is known of the routes stands back */
	DETAIL_STEPS, /* what the decision looked at, and what failed */
	DETAIL_FULL,
};

static void mark_put(const struct desk *desk, bool passed)
{
	enum colour colour = passed ? COLOUR_GREEN : COLOUR_RED;

	(void)text_put(desk->out, INDENT "%s%s%s ", colour_on(colour, desk->has_colour),
		       passed ? TICK : CROSS, colour_off(desk->has_colour));
}

static void check_put(const struct desk *desk, const struct view_check *check)
{
	bool has_detail = check->detail[0] != '\0';

	mark_put(desk, check->passed);
	if (check->passed)
		(void)text_put(desk->out, "%s%s%s\n", check->name, has_detail ? ": " : "",
			       check->detail);
	else
		(void)text_put(desk->out, "%s: %s%s%s\n", check->name, check->text,
			       has_detail ? "  Found: " : "", check->detail);
}

/* Those that failed; the passed ones only where a member was named. */
static void checks_put(const struct explaining *explaining, const struct view_candidate *candidate,
		       enum detail detail)
{
	const struct desk *desk = explaining->desk;
	uint32_t passed_count = 0;

	if (explain_other_reason(candidate) != NULL) {
		mark_put(desk, false);
		(void)text_put(desk->out, "%s: %s\n", candidate->route.reason,
			       candidate->route.reason_text);
	}
	for (uint32_t i = 0; i < candidate->check_count; i++) {
		passed_count += candidate->check[i].passed ? 1 : 0;
		if (!candidate->check[i].passed || explaining->from_asn != 0)
			check_put(desk, &candidate->check[i]);
	}
	if (explaining->from_asn != 0 || passed_count == 0 || detail != DETAIL_FULL)
		return;
	mark_put(desk, true);
	(void)text_put(desk->out, "%u check%s passed\n", passed_count,
		       passed_count == 1 ? "" : "s");
}

/* What of the rule book refused it, and who decided that. */
static void clause_put(const struct desk *desk, const struct view_route *route)
{
	struct view_book book;
	char text[BOOK_TEXT_MAX];

	if (route->clause.number[0] == '\0')
		return;
	serving_book(desk->serving, &book);
	book_print(&book, text);
	(void)text_put(desk->out, INDENT "clause %s: %s\n" INDENT "of %s\n", route->clause.number,
		       route->clause.text, text);
}

static void candidate_head(const struct desk *desk, const struct view_route *route)
{
	char from[ADDRESS_TEXT_MAX];

	address_print(&route->from, from);
	if (route->rank != 0)
		(void)text_put(desk->out, "  %s#%-4u", colour_on(COLOUR_BOLD, desk->has_colour),
			       route->rank);
	else
		(void)text_put(desk->out, "  %s-    ", colour_on(COLOUR_BOLD, desk->has_colour));
	(void)text_put(desk->out, "AS%u%s %s, ", route->asn, colour_off(desk->has_colour), from);
	if (route->reason != NULL)
		(void)text_put(desk->out, "%srefused: %s%s\n",
			       colour_on(COLOUR_RED, desk->has_colour), route->reason,
			       colour_off(desk->has_colour));
	else if (route->rank == 1)
		(void)text_put(desk->out, "%sthe best%s\n",
			       colour_on(COLOUR_GREEN, desk->has_colour),
			       colour_off(desk->has_colour));
	else
		(void)text_put(desk->out, "behind #%u: %s\n", route->rank - 1,
			       route->step != NULL ? route->step : "the same in every step");
}

static void candidate_print(const struct explaining *explaining,
			    const struct view_candidate *candidate, enum detail detail)
{
	const struct desk *desk = explaining->desk;

	candidate_head(desk, &candidate->route);
	if (detail == DETAIL_HEAD)
		return;
	if (detail == DETAIL_FULL)
		route_attributes_put(&candidate->route, desk->config->exchange.asn, desk->out);
	else
		route_steps_put(&candidate->route, desk->out);
	if (candidate->is_blackhole)
		(void)text_put(desk->out, INDENT "a blackhole route (RFC 7999): only members that "
						 "want these get it\n");
	if (candidate->is_graceful_shutdown)
		(void)text_put(desk->out, INDENT "its sender shuts down gracefully (RFC 8326): any "
						 "other route is better\n");
	checks_put(explaining, candidate, detail);
	clause_put(desk, &candidate->route);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void head_print(const struct explaining *explaining)
{
	const struct view_explain *explain = explaining->explain;
	struct text_sink out = explaining->desk->out;
	char asked[PREFIX_TEXT_MAX];
	char prefix[PREFIX_TEXT_MAX];
	uint32_t refused = 0;

	prefix_print(&explain->asked, asked);
	prefix_print(&explain->prefix, prefix);
	for (uint32_t i = 0; i < explain->candidate_count; i++)
		refused += explain->candidate[i].route.reason != NULL ? 1 : 0;
	if (!prefix_equal(&explain->asked, &explain->prefix))
		(void)text_put(out, "%s is not held; the longest that covers it is %s:\n\n", asked,
			       prefix);
	(void)text_put(out, "%s%s%s: %u route%s",
		       colour_on(COLOUR_BOLD, explaining->desk->has_colour), prefix,
		       colour_off(explaining->desk->has_colour), explain->candidate_count,
		       explain->candidate_count == 1 ? "" : "s");
	if (refused != 0 && explain->candidate_count == 1)
		(void)text_put(out, ", refused");
	else if (refused != 0)
		(void)text_put(out, ", %u refused", refused);
	(void)text_put(out, "\n");
}

/* Of several routes the first in full, of the next few what put them behind it. */
static uint32_t candidates_print(const struct explaining *explaining)
{
	const struct view_explain *explain = explaining->explain;
	struct text_sink out = explaining->desk->out;
	bool is_brief = explaining->to_asn != 0 && explaining->from_asn == 0;
	bool is_full = explaining->wants_all || explaining->from_asn != 0;
	uint32_t wanted = 0;
	uint32_t shown = 0;

	for (uint32_t i = 0; i < explain->candidate_count; i++) {
		enum detail detail = is_full || shown == 0 ? DETAIL_FULL : DETAIL_STEPS;
		if (!explain_wants_candidate(explaining, &explain->candidate[i]) ||
		    (++wanted > ROUTES_SHORT && !is_full))
			continue;
		(void)text_put_text(out, is_brief && shown != 0 ? "" : "\n");
		candidate_print(explaining, &explain->candidate[i],
				is_brief ? DETAIL_HEAD : detail);
		shown++;
	}
	if (wanted > shown)
		(void)text_put(out, "\n  and %u more route%s; --all shows them\n", wanted - shown,
			       value_plural(wanted - shown));
	return wanted;
}

/* Of a route that was not sent nobody gets or lacks anything.  False: there is none. */
static bool explain_print(const struct explaining *explaining)
{
	struct text_sink out = explaining->desk->out;

	head_print(explaining);
	bool found = candidates_print(explaining) != 0;
	if (!found)
		(void)text_put(out, "\n  AS%u sent no route for it\n", explaining->from_asn);
	if (found || explaining->to_asn != 0)
		(void)text_put(out, "\n");
	if (explaining->to_asn != 0)
		explain_story_print(explaining);
	else if (found && !explain_receivers_print(explaining))
		complain(explaining->desk->complaints, false, "out of memory");
	return found;
}

bool explain_any_candidate(const struct explaining *explaining)
{
	for (uint32_t i = 0; i < explaining->explain->candidate_count; i++) {
		if (explain_wants_candidate(explaining, &explaining->explain->candidate[i]))
			return true;
	}
	return false;
}

static enum exit_code absent_tell(struct desk *desk, const struct view_explain *explain,
				  bool as_json)
{
	struct explaining explaining = { .desk = desk, .explain = explain };
	char asked[PREFIX_TEXT_MAX];

	prefix_print(&explain->asked, asked);
	if (as_json)
		return explain_json(&explaining) ? EXIT_FOUND : EXIT_COULD_NOT;
	(void)text_put(desk->out,
		       "%s: no member sent a route for it, nor for a prefix that covers "
		       "it\n",
		       asked);
	return EXIT_FOUND;
}

static bool arguments_take(struct desk *desk, const struct arguments *arguments,
			   struct prefix *prefix, struct explaining *out)
{
	const char *from = argument_of(arguments, "from");
	const char *to = argument_of(arguments, "to");
	bool had_host_bits = false;

	*out = (struct explaining){ .desk = desk, .wants_all = argument_yes(arguments, "all") };
	if (!prefix_parse(arguments->word[0], prefix, &had_host_bits))
		complain(desk->complaints, false,
			 "\"%s\" is no prefix, such as 203.0.113.0/24, and no address",
			 arguments->word[0]);
	else if (had_host_bits)
		complain(desk->complaints, true, "%s has bits behind its length; they are left out",
			 arguments->word[0]);
	if (from != NULL)
		(void)value_asn(from, &out->from_asn, desk->complaints);
	if (to != NULL)
		(void)value_asn(to, &out->to_asn, desk->complaints);
	if (desk->complaints->error_count != 0)
		return false;
	bool from_is_here = out->from_asn == 0 || member_is_here(desk, "--from: ", out->from_asn);
	bool to_is_here = out->to_asn == 0 || member_is_here(desk, "--to: ", out->to_asn);
	return from_is_here && to_is_here;
}

enum exit_code command_explain(struct desk *desk, const struct arguments *arguments)
{
	struct view_explain explain CLEAN(view_explain_fini) = { 0 };
	bool as_json = argument_yes(arguments, "json");
	struct explaining explaining;
	struct prefix prefix;

	if (!arguments_take(desk, arguments, &prefix, &explaining))
		return EXIT_COULD_NOT;
	struct fault fault = serving_explain(desk->serving, &prefix, &explain);
	if (fault.kind == FAULT_ABSENT)
		return absent_tell(desk, &explain, as_json);
	if (failed(fault)) {
		complain(desk->complaints, false, "out of memory");
		return EXIT_COULD_NOT;
	}
	explaining.explain = &explain;
	if (as_json && !explain_json(&explaining))
		return EXIT_COULD_NOT;
	bool found = as_json ? explain_any_candidate(&explaining) : explain_print(&explaining);
	if (desk->complaints->error_count != 0)
		return EXIT_COULD_NOT;
	return found ? EXIT_DONE : EXIT_FOUND;
}
