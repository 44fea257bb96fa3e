/* thread/load_ask.c — questions: over the control socket, of the running exchange itself, and by
 * callers that do not keep to the rules. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "thread/load.h"

#define ROUTES_LOOKED_AT_MAX 200u

/* --- over the control socket ------------------------------------------------------------------ */

static void question_make(struct hand *hand, char out[128])
{
	char prefix[PREFIX_TEXT_MAX];
	char address[ADDRESS_TEXT_MAX];
	uint32_t asn = hand_member(hand)->asn;
	uint32_t other = hand_member(hand)->asn;

	prefix_print(hand_prefix(hand), prefix);
	address_print(&hand_member(hand)->address[FAMILY_IPV4], address);
	const char *json = random_below(&hand->random, 2) == 0 ? "" : " --json";
	switch (random_below(&hand->random, 12)) {
	case 0:
		(void)snprintf(out, 128, "show status%s", json);
		break;
	case 1:
		(void)snprintf(out, 128, "show sessions%s", json);
		break;
	case 2:
		(void)snprintf(out, 128, "show session AS%u%s", asn, json);
		break;
	case 3:
		(void)snprintf(out, 128, "show session %s%s", address, json);
		break;
	case 4:
		(void)snprintf(out, 128, "show routes%s", json);
		break;
	case 5:
		(void)snprintf(out, 128, "show routes AS%u --family ipv4%s", asn, json);
		break;
	case 6:
		(void)snprintf(out, 128, "show routes %s%s", prefix, json);
		break;
	case 7:
		(void)snprintf(out, 128, "show rejected%s", json);
		break;
	case 8:
		(void)snprintf(out, 128, "show rejected AS%u%s", asn, json);
		break;
	case 9:
		(void)snprintf(out, 128, "explain %s%s", prefix, json);
		break;
	case 10:
		(void)snprintf(out, 128, "explain %s --from AS%u --to AS%u", prefix, asn, other);
		break;
	default:
		(void)snprintf(out, 128, "check");
		break;
	}
}

bool hand_asks(struct hand *hand)
{
	struct heap heap = heap_libc();
	struct text_buffer answer CLEAN(text_buffer_fini);
	char question[128];

	text_buffer_init(&answer, &heap, 0);
	question_make(hand, question);
	int code = hand_ask(hand, question, &answer);
	const char *text = text_buffer_of(&answer);
	if (code == EXIT_DONE || code == EXIT_FOUND)
		return text[0] != '\0' ? true : hand_wrong(hand, "%s: no word", question);
	if (hand_may_fail(hand))
		return true;
	/* A member may just not be there. */
	if (strstr(text, "no member") != NULL || strstr(text, "no session") != NULL)
		return true;
	return hand_wrong(hand, "%s: code %d, %.300s", question, code, text);
}

/* --- of the exchange itself ------------------------------------------------------------------- */

struct looking {
	uint32_t count;
	uint64_t octets; /* read, so that a sanitizer sees it */
};

static bool route_look(void *context, const struct view_route *route)
{
	struct looking *looking = context;

	for (uint32_t i = 0; i < route->attrs.as_path.len_octets; i++)
		looking->octets += route->attrs.as_path.at[i];
	return ++looking->count < ROUTES_LOOKED_AT_MAX;
}

static bool routes_look(struct hand *hand, struct serving *serving)
{
	struct serving_filter filter = { .refused_only = random_below(&hand->random, 2) == 0 };
	struct looking looking = { 0 };

	if (random_below(&hand->random, 2) == 0)
		filter.asn = hand_member(hand)->asn;
	if (random_below(&hand->random, 2) == 0) {
		filter.has_prefix = true;
		filter.prefix = *hand_prefix(hand);
		filter.is_exact = random_below(&hand->random, 2) == 0;
	}
	if (failed(serving_routes(serving, &filter, route_look, &looking)))
		return hand_wrong(hand, "serving_routes failed");
	return true;
}

static bool sessions_look(struct hand *hand, struct serving *serving)
{
	struct heap heap = heap_libc();
	struct view_session *session = NULL;
	uint32_t count = 0;

	if (failed(serving_sessions(serving, &heap, &session, &count)))
		return hand_wrong(hand, "serving_sessions failed");
	for (uint32_t i = 1; i < count; i++) {
		if (session[i - 1].asn > session[i].asn)
			(void)hand_wrong(hand, "sessions are not in order");
	}
	heap_free(&heap, session, SESSIONS_MAX * sizeof *session);
	return !hand->was_wrong;
}

static bool refusals_look(struct hand *hand, struct serving *serving)
{
	struct heap heap = heap_libc();
	struct view_refusals *refusals = NULL;
	uint32_t count = 0;
	uint32_t room = 0;

	struct fault fault = serving_refusals(serving, 0, &heap, &refusals, &count, &room);
	heap_free(&heap, refusals, room * sizeof *refusals);
	return !failed(fault) || hand_wrong(hand, "serving_refusals failed");
}

static bool explain_look(struct hand *hand, struct serving *serving)
{
	struct view_explain explain;
	uint64_t octets = 0;

	struct fault fault = serving_explain(serving, hand_prefix(hand), &explain);
	if (fault.kind == FAULT_ABSENT)
		return true;
	if (failed(fault))
		return hand_wrong(hand, "serving_explain failed");
	for (uint32_t i = 0; i < explain.candidate_count; i++)
		octets += explain.candidate[i].route.attrs.as_path.len_octets;
	view_explain_fini(&explain);
	return octets != 0 || hand_wrong(hand, "a route without a path is explained");
}

bool hand_looks(struct hand *hand)
{
	struct serving *serving = served_direct(hand->load->served);
	struct view_status status;
	struct prefix found;

	switch (random_below(&hand->random, 6)) {
	case 0:
		serving_status(serving, &status);
		return status.established_count <= status.session_count ||
		       hand_wrong(hand, "%u of %u sessions are established",
				  status.established_count, status.session_count);
	case 1:
		return sessions_look(hand, serving);
	case 2:
		return refusals_look(hand, serving);
	case 3:
		return explain_look(hand, serving);
	case 4:
		(void)serving_longest(serving, hand_prefix(hand), &found);
		return true;
	default:
		return routes_look(hand, serving);
	}
}

/* --- out of line ------------------------------------------------------------------------------ */

static bool say(int fd, const void *octets, size_t len)
{
	return send(fd, octets, len, MSG_NOSIGNAL) == (ssize_t)len;
}

bool hand_is_rude(struct hand *hand)
{
	static const uint8_t nonsense[] = { 0, 0, 0, 9, 77, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct heap heap = heap_libc();
	struct text_buffer request CLEAN(text_buffer_fini);
	uint8_t octet;

	text_buffer_init(&request, &heap, 0);
	CHECK(served_request(hand->load->served, "show routes --json", &request));
	int fd = served_connect(hand->load->served);
	if (fd < 0)
		hand_waits();
	if (fd < 0)
		return atomic_load(&hand->load->may_end) ||
		       hand_wrong(hand, "cannot connect to the control socket");
	switch (random_below(&hand->random, 5)) {
	case 0: /* not a word */
		break;
	case 1: /* half a request */
		(void)say(fd, request.text, request.len_octets / 2);
		break;
	case 2: /* goes while it is answered */
		if (say(fd, request.text, request.len_octets))
			(void)!recv(fd, &octet, 1, 0);
		break;
	case 3: /* goes without waiting for the answer */
		(void)say(fd, request.text, request.len_octets);
		break;
	default:
		(void)say(fd, nonsense, sizeof nonsense);
		break;
	}
	(void)close(fd);
	return true;
}
