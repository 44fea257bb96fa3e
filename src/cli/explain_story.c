/* cli/explain_story.c — what one member gets of a prefix, and why not another route. */
#include <stdio.h>

#include "cli/explaining.h"
#include "cli/show_session.h"
#include "cli/values.h"
#include "text/columns.h"

/* RFC 7999 3.2: not to go further; and where the exchange has a place to discard it. */
static void blackhole_story(const struct view_receiver *receiver, struct text_sink out)
{
	char next_hop[ADDRESS_TEXT_MAX];

	if (!receiver->is_blackhole)
		return;
	address_print(&receiver->next_hop, next_hop);
	(void)text_put(out, "  It is a blackhole route (RFC 7999)%s.\n",
		       receiver->adds_no_export ? ": NO_EXPORT is added to it" :
						  ", which has NO_EXPORT already");
	if (receiver->replaces_next_hop && !receiver->translates_next_hop)
		(void)text_put(out,
			       "  Its next hop is sent as %s, where the exchange discards what "
			       "comes.\n",
			       next_hop);
}

/* RFC 8950: the sender's address of the other kind. */
static void next_hop_story(const struct view_receiver *receiver, struct text_sink out)
{
	char next_hop[ADDRESS_TEXT_MAX];

	if (!receiver->translates_next_hop)
		return;
	address_print(&receiver->next_hop, next_hop);
	(void)text_put(out,
		       "  Its next hop is sent as %s, since it takes %s ones (ipv6_only_lan; "
		       "plenum show slat).\n",
		       next_hop, family_words[receiver->next_hop.family]);
}

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
			       value_plural(receiver->prepend_count));
	blackhole_story(receiver, out);
	next_hop_story(receiver, out);
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
