/* cli/explain_receivers.c — who gets a route and who does not: the members grouped by what they
 * have in common.
 *
 * Members are counted, not sessions: one that has the route over IPv4 is not told of once more
 * because its IPv6 session carries no IPv4.  A session that carries the family stands for its
 * member; where none does, the member stands among those who have none up, or none that agreed on
 * the family.  Of most groups the first few members are named, since they are exceptions; of the
 * one that most belong to, none: their number says it all. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/explaining.h"
#include "cli/show_session.h"
#include "cli/values.h"
#include "text/attributes.h"
#include "text/columns.h"
#include "text/utf8.h"

#define NAMES_SHORT 10u /* named in a group when not all are asked for */
#define WRAP_COLUMNS 80u
#define NAMES_INDENT "      "

enum kind {
	KIND_CARRIES = 0, /* the session is up and agreed on the family */
	KIND_DOWN,        /* none of the member's sessions carries it, one at least is down */
	KIND_NOT_AGREED,  /* all are up, none agreed on it */
	KIND_DOWN_BESIDE, /* down, while another of the member's carries it */
	KIND_NONE,        /* said elsewhere: not told of */
};

/* What receivers have in common. */
struct group {
	enum kind kind;
	uint32_t given_count;
	uint32_t given_first;
	uint8_t prepend_count;
	bool is_blackhole;
	const char *why_not;
	bool has_denial;
	struct octets denial; /* of the first */
	bool denials_differ;
	uint32_t session_count;
	uint32_t member_count;
	uint32_t last_asn; /* counted last */
	const struct view_receiver *first;
};

struct groups {
	struct heap heap;
	const struct explaining *explaining;
	const struct view_explain *explain;
	uint32_t *group_of; /* each receiver's; UINT32_MAX = none */
	struct group *group;
	uint32_t count;
	uint32_t room;
	bool is_cut; /* not everybody was named */
};

static bool carries(const struct view_receiver *receiver)
{
	return receiver->is_established && receiver->has_family;
}

/* The member's receivers stand together: the first of them, and how many there are. */
static uint32_t member_of(const struct view_explain *explain, uint32_t index, uint32_t *count)
{
	uint32_t asn = explain->receiver[index].asn;
	uint32_t first = index;
	uint32_t end = index + 1;

	while (first != 0 && explain->receiver[first - 1].asn == asn)
		first--;
	while (end < explain->receiver_count && explain->receiver[end].asn == asn)
		end++;
	*count = end - first;
	return first;
}

static enum kind kind_of(const struct view_explain *explain, uint32_t index)
{
	const struct view_receiver *receiver = &explain->receiver[index];
	uint32_t count = 0;
	uint32_t first = member_of(explain, index, &count);
	bool any_carries = false;
	bool any_down = false;

	if (carries(receiver))
		return KIND_CARRIES;
	for (uint32_t i = first; i < first + count; i++) {
		any_carries |= carries(&explain->receiver[i]);
		any_down |= !explain->receiver[i].is_established;
	}
	/* Over the other protocol it would hardly have carried this. */
	if (any_carries)
		return !receiver->is_established &&
				       receiver->address.family == explain->prefix.family ?
			       KIND_DOWN_BESIDE :
			       KIND_NONE;
	if (index != first)
		return KIND_NONE;
	return any_down ? KIND_DOWN : KIND_NOT_AGREED;
}

/* --- grouping --------------------------------------------------------------------------------- */

static bool belongs(const struct group *group, enum kind kind, const struct view_receiver *receiver)
{
	if (group->kind != kind || kind != KIND_CARRIES)
		return group->kind == kind;
	return group->given_count == receiver->given_count &&
	       group->given_first == receiver->given_first &&
	       group->prepend_count == receiver->prepend_count &&
	       address_compare(&group->first->next_hop, &receiver->next_hop) == 0 &&
	       group->why_not == receiver->why_not &&
	       group->has_denial == (receiver->denial.len_octets != 0);
}

static struct group group_begin(enum kind kind, const struct view_receiver *receiver)
{
	if (kind != KIND_CARRIES)
		return (struct group){ .kind = kind, .first = receiver };
	return (struct group){ .kind = kind,
			       .given_count = receiver->given_count,
			       .given_first = receiver->given_first,
			       .prepend_count = receiver->prepend_count,
			       .is_blackhole = receiver->is_blackhole,
			       .why_not = receiver->why_not,
			       .has_denial = receiver->denial.len_octets != 0,
			       .denial = receiver->denial,
			       .first = receiver };
}

static bool receiver_add(struct groups *groups, uint32_t index)
{
	const struct view_receiver *receiver = &groups->explain->receiver[index];
	enum kind kind = kind_of(groups->explain, index);
	uint32_t at = 0;

	groups->group_of[index] = UINT32_MAX;
	if (kind == KIND_NONE)
		return true;
	while (at < groups->count && !belongs(&groups->group[at], kind, receiver))
		at++;
	if (at == groups->count) {
		if (!heap_grow(&groups->heap, (void **)&groups->group, &groups->room, at + 1,
			       sizeof *groups->group))
			return false;
		groups->group[groups->count++] = group_begin(kind, receiver);
	}
	struct group *group = &groups->group[at];
	groups->group_of[index] = at;
	group->session_count++;
	group->member_count += group->last_asn != receiver->asn ? 1 : 0;
	group->last_asn = receiver->asn;
	group->denials_differ |= group->has_denial &&
				 !octets_equal(group->denial, receiver->denial);
	return true;
}

static void groups_fini(struct groups *groups)
{
	heap_free(&groups->heap, groups->group, groups->room * sizeof *groups->group);
	heap_free(&groups->heap, groups->group_of,
		  groups->explain->receiver_count * sizeof *groups->group_of);
}

/* --- why -------------------------------------------------------------------------------------- */

static bool denial_print(struct octets denial, char out[ATTRIBUTE_TEXT_MAX])
{
	struct rd rd = rd_of_octets(denial);
	enum community_kind kind = denial.len_octets == 4 ? COMMUNITY_STANDARD : COMMUNITY_LARGE;

	return denial.len_octets != 0 && attribute_community_next(kind, &rd, out);
}

static void why_print(const char *why_not, struct octets denial, char out[EXPLAIN_WHY_MAX])
{
	char community[ATTRIBUTE_TEXT_MAX];

	if (denial_print(denial, community))
		(void)snprintf(out, EXPLAIN_WHY_MAX, "the sender's community %s keeps it from here",
			       community);
	else
		(void)snprintf(out, EXPLAIN_WHY_MAX, "%s", why_not != NULL ? why_not : "");
}

void explain_why_print(const struct view_receiver *receiver, char out[EXPLAIN_WHY_MAX])
{
	why_print(receiver->why_not, receiver->denial, out);
}

static void group_why_print(const struct group *group, char out[EXPLAIN_WHY_MAX])
{
	if (group->denials_differ)
		(void)snprintf(out, EXPLAIN_WHY_MAX, "communities of the sender keep it from here");
	else
		why_print(group->why_not, group->denial, out);
}

/* --- names ------------------------------------------------------------------------------------ */

struct names {
	struct text_sink out;
	uint32_t columns; /* where lines are broken */
	uint32_t used;
	uint32_t count;
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

/* Of a member with several sessions that stand for it the address says which; where members of a
 * group have their communities, each its own. */
static void receiver_put(struct names *names, const struct groups *groups, uint32_t index)
{
	const struct view_explain *explain = groups->explain;
	const struct view_receiver *receiver = &explain->receiver[index];
	const struct group *group = &groups->group[groups->group_of[index]];
	char text[VIEW_DETAIL_MAX + ADDRESS_TEXT_MAX + ATTRIBUTE_TEXT_MAX + 24];
	char address[ADDRESS_TEXT_MAX];
	char community[ATTRIBUTE_TEXT_MAX];
	uint32_t count = 0;
	uint32_t first = member_of(explain, index, &count);
	uint32_t standing = 0;

	for (uint32_t i = first; i < first + count; i++)
		standing += groups->group_of[i] != UINT32_MAX ? 1 : 0;
	address_print(&receiver->address, address);
	bool has_community = group->denials_differ && denial_print(receiver->denial, community);
	(void)snprintf(text, sizeof text, "AS%u %s%s%s%s%s%s%s", receiver->asn, receiver->name,
		       standing > 1 ? " (" : "", standing > 1 ? address : "",
		       standing > 1 ? ")" : "", has_community ? " [" : "",
		       has_community ? community : "", has_community ? "]" : "");
	name_put(names, text);
}

/* --- printing --------------------------------------------------------------------------------- */

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
	char next_hop[ADDRESS_TEXT_MAX];

	group_why_print(group, why);
	address_print(&group->first->next_hop, next_hop);
	(void)text_put(out, "the route of AS%u (#%u)", route->asn, route->rank);
	if (group->prepend_count != 0)
		(void)text_put(out, ", AS%u prepended %ux", route->asn, group->prepend_count);
	if (group->given_count > 1)
		(void)text_put(out, " and %u more (ADD-PATH)", group->given_count - 1);
	if (group->is_blackhole || group->first->translates_next_hop)
		(void)text_put(out, ", next hop %s%s", next_hop,
			       group->first->adds_no_export ? ", NO_EXPORT added" : "");
	if (!is_given(explaining, group))
		(void)text_put(out, " instead");
	if (group->why_not != NULL)
		(void)text_put(out, ", not #1: %s", why);
}

static void carrying_head(const struct explaining *explaining, const struct group *group,
			  struct text_sink out)
{
	char why[EXPLAIN_WHY_MAX];

	(void)text_put(out, "  %u member%s ", group->member_count,
		       group->member_count == 1 ? " gets" : "s get");
	group_why_print(group, why);
	if (group->given_count != 0)
		given_put(explaining, group, out);
	else
		(void)text_put(out, "nothing: %s", why);
}

static void group_head(const struct explaining *explaining, const struct group *group,
		       struct text_sink out)
{
	const char *family = family_words[explaining->explain->prefix.family];
	bool is_one = group->member_count == 1;
	bool is_one_session = group->session_count == 1;

	switch (group->kind) {
	case KIND_CARRIES:
		carrying_head(explaining, group, out);
		break;
	case KIND_DOWN:
		(void)text_put(out, "  %u member%s down: no session that carries %s",
			       group->member_count, is_one ? " is" : "s are", family);
		break;
	case KIND_NOT_AGREED:
		(void)text_put(out, "  %u member%s did not agree on %s", group->member_count,
			       value_plural(group->member_count), family);
		break;
	case KIND_DOWN_BESIDE:
		(void)text_put(out, "  %u session%s down, whose member%s another",
			       group->session_count, is_one_session ? " is" : "s are",
			       is_one ? " has" : "s have");
		break;
	case KIND_NONE:
		break;
	}
}

/* Where the rule is told by a number, exceptions are told by name. */
static void group_print(struct groups *groups, uint32_t number, bool is_rule)
{
	const struct desk *desk = groups->explaining->desk;
	const struct group *group = &groups->group[number];
	struct names names = { .out = desk->out,
			       .columns = desk->columns != 0 ? desk->columns : WRAP_COLUMNS };
	bool is_long = group->session_count > NAMES_SHORT && !groups->explaining->wants_all;
	uint32_t most = !is_long ? UINT32_MAX : is_rule ? 0 : NAMES_SHORT;

	group_head(groups->explaining, group, desk->out);
	(void)text_put(desk->out, "\n");
	groups->is_cut |= is_long;
	for (uint32_t i = 0; i < groups->explain->receiver_count && names.count < most; i++) {
		if (groups->group_of[i] == number)
			receiver_put(&names, groups, i);
	}
	if (names.count == 0)
		return;
	(void)text_put(desk->out, names.count < group->session_count ? " and %u more\n" : "\n",
		       group->session_count - names.count);
}

static int by_kind_and_count(const void *a, const void *b)
{
	const struct group *x = *(const struct group *const *)a;
	const struct group *y = *(const struct group *const *)b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->member_count != y->member_count)
		return x->member_count > y->member_count ? -1 : 1;
	return x < y ? -1 : x > y;
}

static bool groups_print(struct groups *groups, const struct group *const *order, bool given,
			 const char *title)
{
	const struct desk *desk = groups->explaining->desk;
	bool any = false;

	for (uint32_t i = 0; i < groups->count; i++) {
		if (is_given(groups->explaining, order[i]) != given)
			continue;
		if (!any)
			(void)text_put(desk->out, "%s%s%s\n",
				       colour_on(COLOUR_BOLD, desk->has_colour), title,
				       colour_off(desk->has_colour));
		any = true;
		group_print(groups, (uint32_t)(order[i] - groups->group), i == 0);
	}
	return any;
}

static bool groups_order_and_print(struct groups *groups)
{
	const struct group **order;
	uint32_t room = groups->count + 1;

	order = heap_array(&groups->heap, room, sizeof *order);
	if (order == NULL)
		return false;
	for (uint32_t i = 0; i < groups->count; i++)
		order[i] = &groups->group[i];
	if (groups->count != 0)
		qsort(order, groups->count, sizeof *order, by_kind_and_count);
	if (!groups_print(groups, order, true, "who gets it"))
		(void)text_put(groups->explaining->desk->out, "nobody gets it\n");
	(void)groups_print(groups, order, false, "who does not");
	if (groups->is_cut)
		(void)text_put(groups->explaining->desk->out, "\n--all names everybody\n");
	heap_free(&groups->heap, order, room * sizeof *order);
	return true;
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

bool explain_receivers_print(const struct explaining *explaining)
{
	struct groups groups CLEAN(groups_fini) = { .heap = heap_libc(),
						    .explaining = explaining,
						    .explain = explaining->explain };
	uint32_t count = explaining->explain->receiver_count;

	if (is_all_refused(explaining))
		return text_put(explaining->desk->out, "nobody gets it: it is refused\n");
	if (count == 0)
		return text_put(explaining->desk->out, "nobody gets it\n");
	groups.group_of = heap_array(&groups.heap, count, sizeof *groups.group_of);
	if (groups.group_of == NULL)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (!receiver_add(&groups, i))
			return false;
	}
	return groups_order_and_print(&groups);
}
