/* cli/explain_receivers.c — who gets a route and who does not: the members grouped by what they
 * have in common, or the story of one. */
#include <stdio.h>

#include "cli/explaining.h"
#include "cli/show_session.h"
#include "cli/values.h"
#include "text/attributes.h"
#include "text/columns.h"
#include "text/utf8.h"

#define NAMES_MAX 100u /* named in a group; the others are counted */
#define WRAP_COLUMNS 80u
#define NAMES_INDENT "      "

/* What receivers may have in common. */
struct group {
	bool is_up;   /* the session is established and agreed on the family */
	bool is_down; /* the session is not established */
	uint32_t given_count;
	uint32_t given_first;
	uint8_t prepend_count;
	const char *why_not;
	struct octets denial;
};

static struct group group_of(const struct view_receiver *receiver)
{
	bool is_up = receiver->is_established && receiver->has_family;

	if (!is_up)
		return (struct group){ .is_down = !receiver->is_established };
	return (struct group){ .is_up = true,
			       .given_count = receiver->given_count,
			       .given_first = receiver->given_first,
			       .prepend_count = receiver->prepend_count,
			       .why_not = receiver->why_not,
			       .denial = receiver->denial };
}

static bool group_equal(const struct group *a, const struct group *b)
{
	return a->is_up == b->is_up && a->is_down == b->is_down &&
	       a->given_count == b->given_count && a->given_first == b->given_first &&
	       a->prepend_count == b->prepend_count && a->why_not == b->why_not &&
	       octets_equal(a->denial, b->denial);
}

static void why_print(const char *why_not, struct octets denial, char out[EXPLAIN_WHY_MAX])
{
	char community[ATTRIBUTE_TEXT_MAX];
	struct rd rd = rd_of_octets(denial);
	enum community_kind kind = denial.len_octets == 4 ? COMMUNITY_STANDARD : COMMUNITY_LARGE;

	if (denial.len_octets != 0 && attribute_community_next(kind, &rd, community))
		(void)snprintf(out, EXPLAIN_WHY_MAX, "the sender's community %s keeps it from here",
			       community);
	else
		(void)snprintf(out, EXPLAIN_WHY_MAX, "%s", why_not != NULL ? why_not : "");
}

void explain_why_print(const struct view_receiver *receiver, char out[EXPLAIN_WHY_MAX])
{
	why_print(receiver->why_not, receiver->denial, out);
}

/* --- names ------------------------------------------------------------------------------------ */

struct names {
	struct text_sink out;
	uint32_t columns; /* where lines are broken */
	uint32_t used;
	uint32_t count;
	uint32_t left_out;
};

static uint32_t width_of(const char *text)
{
	struct octets octets = octets_of_text(text);
	uint32_t width = 0;

	for (uint32_t at = 0; at < octets.len_octets;)
		width += utf8_width(utf8_take(octets, &at, NULL));
	return width;
}

static void name_put(struct names *names, const char *text)
{
	uint32_t width = width_of(text);

	if (names->count == 0) {
		(void)text_put(names->out, NAMES_INDENT);
		names->used = (uint32_t)strlen(NAMES_INDENT);
	} else if (names->used + 2 + width > names->columns) {
		(void)text_put(names->out, ",\n" NAMES_INDENT);
		names->used = (uint32_t)strlen(NAMES_INDENT);
	} else {
		(void)text_put(names->out, ", ");
		names->used += 2;
	}
	(void)text_put_text(names->out, text);
	names->used += width;
	names->count++;
}

static bool has_one_session(const struct view_explain *explain, uint32_t index)
{
	uint32_t asn = explain->receiver[index].asn;
	bool before = index != 0 && explain->receiver[index - 1].asn == asn;
	bool behind = index + 1 < explain->receiver_count &&
		      explain->receiver[index + 1].asn == asn;

	return !before && !behind;
}

/* Of a member with several sessions the address says which. */
static void receiver_put(struct names *names, const struct view_explain *explain, uint32_t index)
{
	const struct view_receiver *receiver = &explain->receiver[index];
	char text[VIEW_DETAIL_MAX + ADDRESS_TEXT_MAX + 16];
	char address[ADDRESS_TEXT_MAX];

	if (names->count == NAMES_MAX) {
		names->left_out++;
		return;
	}
	address_print(&receiver->address, address);
	if (has_one_session(explain, index))
		(void)snprintf(text, sizeof text, "AS%u %s", receiver->asn, receiver->name);
	else
		(void)snprintf(text, sizeof text, "AS%u %s (%s)", receiver->asn, receiver->name,
			       address);
	name_put(names, text);
}

/* --- groups ----------------------------------------------------------------------------------- */

/* How many sessions, and of how many members. */
static uint32_t sessions_of(const struct view_explain *explain, const struct group *group,
			    uint32_t *member_count)
{
	uint32_t count = 0;
	uint32_t last_asn = 0;

	*member_count = 0;
	for (uint32_t i = 0; i < explain->receiver_count; i++) {
		struct group other = group_of(&explain->receiver[i]);
		if (!group_equal(group, &other))
			continue;
		count++;
		*member_count += explain->receiver[i].asn != last_asn ? 1 : 0;
		last_asn = explain->receiver[i].asn;
	}
	return count;
}

/* The group gets what is asked about. */
static bool is_given(const struct explaining *explaining, const struct group *group)
{
	const struct view_explain *explain = explaining->explain;

	return group->given_count != 0 &&
	       (explaining->from_asn == 0 ||
		explain->candidate[group->given_first].route.asn == explaining->from_asn);
}

static void given_put(const struct explaining *explaining, const struct group *group,
		      struct text_sink out)
{
	const struct view_route *route = &explaining->explain->candidate[group->given_first].route;
	char why[EXPLAIN_WHY_MAX];

	why_print(group->why_not, group->denial, why);
	(void)text_put(out, "the route of AS%u (#%u)", route->asn, route->rank);
	if (group->prepend_count != 0)
		(void)text_put(out, ", AS%u prepended %ux", route->asn, group->prepend_count);
	if (group->given_count > 1)
		(void)text_put(out, " and %u more (ADD-PATH)", group->given_count - 1);
	if (!is_given(explaining, group))
		(void)text_put(out, " instead");
	if (group->why_not != NULL)
		(void)text_put(out, ", not #1: %s", why);
}

static void group_head(const struct explaining *explaining, const struct group *group,
		       struct text_sink out)
{
	char why[EXPLAIN_WHY_MAX];
	uint32_t members = 0;
	uint32_t sessions = sessions_of(explaining->explain, group, &members);

	why_print(group->why_not, group->denial, why);
	if (group->is_up)
		(void)text_put(out, "  %u member%s get%s ", members, members == 1 ? "" : "s",
			       members == 1 ? "s" : "");
	else
		(void)text_put(out, "  %u session%s ", sessions, sessions == 1 ? "" : "s");
	if (group->given_count != 0)
		given_put(explaining, group, out);
	else if (group->is_up)
		(void)text_put(out, "nothing: %s", why);
	else if (group->is_down)
		(void)text_put(out, sessions == 1 ? "is down" : "are down");
	else
		(void)text_put(out, "did not agree on %s",
			       family_words[explaining->explain->prefix.family]);
	(void)text_put(out, "\n");
}

static void group_print(const struct explaining *explaining, const struct group *group)
{
	const struct view_explain *explain = explaining->explain;
	struct names names = { .out = explaining->desk->out,
			       .columns = explaining->desk->columns != 0 ?
						  explaining->desk->columns :
						  WRAP_COLUMNS };

	group_head(explaining, group, explaining->desk->out);
	for (uint32_t i = 0; i < explain->receiver_count; i++) {
		struct group other = group_of(&explain->receiver[i]);
		if (group_equal(group, &other))
			receiver_put(&names, explain, i);
	}
	if (names.left_out != 0)
		(void)text_put(names.out, " and %u more; --json names all", names.left_out);
	(void)text_put(names.out, "\n");
}

static bool is_first_of(const struct view_explain *explain, uint32_t index)
{
	struct group group = group_of(&explain->receiver[index]);

	for (uint32_t i = 0; i < index; i++) {
		struct group other = group_of(&explain->receiver[i]);
		if (group_equal(&group, &other))
			return false;
	}
	return true;
}

/* Once for each group, where its first receiver stands. */
static bool groups_print(const struct explaining *explaining, bool given, bool is_up,
			 const char *title)
{
	const struct view_explain *explain = explaining->explain;
	struct desk *desk = explaining->desk;
	bool any = false;

	for (uint32_t i = 0; i < explain->receiver_count; i++) {
		struct group group = group_of(&explain->receiver[i]);
		if (is_given(explaining, &group) != given || group.is_up != is_up ||
		    !is_first_of(explain, i))
			continue;
		if (!any && title != NULL)
			(void)text_put(desk->out, "%s%s%s\n",
				       colour_on(COLOUR_BOLD, desk->has_colour), title,
				       colour_off(desk->has_colour));
		any = true;
		group_print(explaining, &group);
	}
	return any;
}

static bool is_all_refused(const struct explaining *explaining)
{
	for (uint32_t i = 0; i < explaining->explain->candidate_count; i++) {
		const struct view_candidate *candidate = &explaining->explain->candidate[i];
		if (explain_wants_candidate(explaining, candidate) && candidate->route.rank != 0)
			return false;
	}
	return true;
}

void explain_receivers_print(const struct explaining *explaining)
{
	if (is_all_refused(explaining)) {
		(void)text_put(explaining->desk->out, "nobody gets it: it is refused\n");
		return;
	}
	if (!groups_print(explaining, true, true, "who gets it"))
		(void)text_put(explaining->desk->out, "nobody gets it\n");
	bool any = groups_print(explaining, false, true, "who does not");
	(void)groups_print(explaining, false, false, any ? NULL : "who does not");
}

/* --- one member ------------------------------------------------------------------------------- */

static void given_story(const struct view_explain *explain, const struct view_receiver *receiver,
			struct text_sink out)
{
	const struct view_route *route = &explain->candidate[receiver->given_first].route;
	char from[ADDRESS_TEXT_MAX];
	char why[EXPLAIN_WHY_MAX];

	explain_why_print(receiver, why);
	address_print(&route->from, from);
	(void)text_put(out, "  It gets the route of AS%u from %s (#%u)", route->asn, from,
		       route->rank);
	if (receiver->why_not == NULL)
		(void)text_put(out, ", the best there is.\n");
	else
		(void)text_put(out, ".\n  It does not get the best (#%u, AS%u): %s.\n",
			       explain->candidate[0].route.rank, explain->candidate[0].route.asn,
			       why);
	if (receiver->prepend_count != 0)
		(void)text_put(out,
			       "  AS%u is prepended %u time%s to the path, as the sender's "
			       "communities ask.\n",
			       route->asn, receiver->prepend_count,
			       receiver->prepend_count == 1 ? "" : "s");
	if (receiver->given_count > 1)
		(void)text_put(out,
			       "  It takes several paths (ADD-PATH): %u are sent, this one is "
			       "the best of them.\n",
			       receiver->given_count);
}

/* Of the member named with --from: how its own route fares here. */
static void from_story(const struct explaining *explaining, const struct view_receiver *receiver)
{
	const struct view_explain *explain = explaining->explain;
	uint32_t given_rank = receiver->given_count != 0 ?
				      explain->candidate[receiver->given_first].route.rank :
				      0;

	for (uint32_t i = 0; i < explain->candidate_count; i++) {
		const struct view_route *route = &explain->candidate[i].route;
		if (route->asn != explaining->from_asn || route->rank == given_rank)
			continue;
		if (route->reason != NULL)
			(void)text_put(explaining->desk->out,
				       "  The route of AS%u is refused (%s), so nobody gets it.\n",
				       route->asn, route->reason);
		else if (given_rank != 0 && route->rank > given_rank)
			(void)text_put(explaining->desk->out,
				       "  The route of AS%u (#%u) ranks behind the one it gets.\n",
				       route->asn, route->rank);
		else if (i != 0)
			(void)text_put(explaining->desk->out,
				       "  The route of AS%u (#%u) is kept from it.\n", route->asn,
				       route->rank);
	}
}

/* The others it might have had: nobody is sent what is his own. */
static void own_story(const struct view_explain *explain, const struct view_receiver *receiver,
		      struct text_sink out)
{
	for (uint32_t i = 1; i < explain->candidate_count; i++) {
		const struct view_route *route = &explain->candidate[i].route;
		if (route->rank != 0 && route->asn == receiver->asn)
			(void)text_put(out, "  #%u is its own.\n", route->rank);
	}
}

static void receiver_story(const struct explaining *explaining,
			   const struct view_receiver *receiver)
{
	const struct view_explain *explain = explaining->explain;
	struct text_sink out = explaining->desk->out;
	const char *family = family_words[explain->prefix.family];
	char address[ADDRESS_TEXT_MAX];
	char why[EXPLAIN_WHY_MAX];

	explain_why_print(receiver, why);
	address_print(&receiver->address, address);
	(void)text_put(out, "%sto AS%u %s%s, %s\n",
		       colour_on(COLOUR_BOLD, explaining->desk->has_colour), receiver->asn,
		       receiver->name, colour_off(explaining->desk->has_colour), address);
	if (!receiver->is_established) {
		(void)text_put(out,
			       "  The session is down: it gets nothing.  plenum show session "
			       "%s says more.\n",
			       address);
		return;
	}
	if (!receiver->has_family) {
		(void)text_put(out,
			       "  The session is up, but did not agree on %s: it gets no %s "
			       "routes.\n",
			       family, family);
		return;
	}
	(void)text_put(out, "  The session is up and carries %s.\n", family);
	if (receiver->given_count != 0)
		given_story(explain, receiver, out);
	else
		(void)text_put(out, "  It gets no route for this prefix: %s.\n", why);
	if (receiver->given_count == 0)
		own_story(explain, receiver, out);
	if (explaining->from_asn != 0)
		from_story(explaining, receiver);
}

void explain_story_print(const struct explaining *explaining)
{
	const struct view_explain *explain = explaining->explain;
	bool any = false;

	for (uint32_t i = 0; i < explain->receiver_count; i++) {
		if (!explain_wants_receiver(explaining, &explain->receiver[i]))
			continue;
		(void)text_put_text(explaining->desk->out, any ? "\n" : "");
		receiver_story(explaining, &explain->receiver[i]);
		any = true;
	}
}
