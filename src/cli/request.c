/* cli/request.c — requests made and decided, delegations returned, handed on, reviewed. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "cli/pooling.h"
#include "text/json.h"
#include "text/sink.h"

#define SAID_MAX 1280u

static void text_take(const struct arguments *arguments, const char *option, char *out, size_t room,
		      struct complaints *complaints)
{
	const char *text = argument_of(arguments, option);

	out[0] = '\0';
	if (text != NULL && strlen(text) >= room)
		complain(complaints, false, "--%s is longer than %zu octets", option, room - 1);
	else if (text != NULL)
		(void)snprintf(out, room, "%s", text);
}

static void ipv6_take(const struct arguments *arguments, char out[PREFIX_TEXT_MAX],
		      struct complaints *complaints)
{
	const char *text = argument_of(arguments, "ipv6");
	struct prefix prefix;

	out[0] = '\0';
	if (text == NULL)
		return;
	if (prefix_parse(text, &prefix, NULL) && prefix.family == FAMILY_IPV6)
		prefix_print(&prefix, out);
	else
		complain(complaints, false, "--ipv6 \"%s\" is not an IPv6 prefix", text);
}

static bool id_take(const struct arguments *arguments, int64_t *out, struct complaints *complaints)
{
	uint32_t id = 0;

	if (!decimal_u32(arguments->word[0], UINT32_MAX, &id) || id == 0) {
		complain(complaints, false,
			 "\"%s\" is no number of a request; plenum request list shows them",
			 arguments->word[0]);
		return false;
	}
	*out = id;
	return true;
}

/* --- what became of a request ----------------------------------------------------------------- */

static void outcome_print(const struct pools_session *session, int64_t id, char out[SAID_MAX])
{
	const struct numbers_request *request = numbers_request_of(&session->book, id);
	const struct numbers_delegation *at = numbers_delegation_of(&session->book,
								    request->delegation_id);
	char block[PREFIX_TEXT_MAX] = "";
	char behind[NUMBERS_CITE_TEXT_MAX];

	pools_cite_print(session, &request->cite, behind);
	if (at != NULL)
		block_print(&at->prefix, block);
	const struct numbers_pool *pool = numbers_pool_of(&session->book, request->pool_id);
	bool is_lan = pool->type == POOL_PEERING_V4 || pool->type == POOL_PEERING_V6;

	if (request->state == REQUEST_GRANTED)
		(void)snprintf(out, SAID_MAX, "request %lld of %s: granted %s (%s)%s%s",
			       (long long)id, request->holder, block, behind,
			       is_lan ? "; a connection gets it with --ip " : "",
			       is_lan ? block : "");
	else if (request->state == REQUEST_QUEUED)
		(void)snprintf(out, SAID_MAX,
			       "request %lld of %s: on the waiting list, place %u: %s (%s)",
			       (long long)id, request->holder,
			       numbers_queue_place(&session->book, &session->rules, id),
			       request->reason, behind);
	else if (request->state == REQUEST_EVALUATED)
		(void)snprintf(out, SAID_MAX,
			       "request %lld of %s: the rules allow it; plenum request grant %lld "
			       "gives it",
			       (long long)id, request->holder, (long long)id);
	else
		(void)snprintf(out, SAID_MAX, "request %lld of %s: %s%s%s (%s)", (long long)id,
			       request->holder, request_state_name(request->state),
			       request->reason[0] != '\0' ? ": " : "", request->reason, behind);
}

/* A refusal is recorded, too; the complaint tells of it in words. */
static enum exit_code outcome_end(struct desk *desk, const struct arguments *arguments,
				  struct pools_session *session, struct fault fault, int64_t id)
{
	char said[SAID_MAX] = "";
	struct heap heap = heap_libc();
	struct text_buffer object CLEAN(text_buffer_fini) = { 0 };
	const struct numbers_request *request = numbers_request_of(&session->book, id);
	struct json json;

	text_buffer_init(&object, &heap, 0);
	if (!failed(fault) && request != NULL) {
		outcome_print(session, id, said);
		json_init(&json, text_buffer_sink(&object), 2);
		json_request(&json, session, request);
		if (!json_done(&json))
			fault = fault_of(FAULT_LIMIT, 0);
	}
	enum exit_code code = pooling_done(desk, session, fault, said);
	if (code == EXIT_DONE && argument_yes(arguments, "json"))
		(void)text_put_text(desk->out, text_buffer_of(&object));
	else if (code == EXIT_DONE && desk->complaints->error_count == 0)
		(void)text_put(desk->out, "%s\n", said);
	return code;
}

/* --- request add, grant, refuse, withdraw ----------------------------------------------------- */

static struct fault add(struct pools_session *session, const struct arguments *arguments,
			struct numbers_event *asked, int64_t *id)
{
	const struct numbers_pool *pool = pool_named(session, arguments->word[0]);
	const char *size = argument_of(arguments, "size");
	enum numbers_reason reason = NUMBERS_GOOD;

	if (pool == NULL)
		return fault_of(FAULT_ABSENT, 0);
	asked->pool_id = pool->id;
	if (size != NULL && !len_take("--size", size, (enum family)pool->prefix.family,
				      &asked->len_bits, session->complaints))
		return fault_of(FAULT_CONFLICT, 0);
	TRY(pools_ask(session, asked, id, &reason));
	if (reason == NUMBERS_GOOD && argument_yes(arguments, "grant"))
		return pools_grant(session, *id);
	return fault_none();
}

enum exit_code command_request_add(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	struct numbers_event asked = { 0 };
	int64_t id = 0;

	(void)holder_take(arguments->word[1], asked.holder, desk->complaints);
	text_take(arguments, "purpose", asked.purpose, sizeof asked.purpose, desk->complaints);
	ipv6_take(arguments, asked.ipv6, desk->complaints);
	if (desk->complaints->error_count != 0 || !pooling_begin(desk, true, &session))
		return EXIT_COULD_NOT;
	struct fault fault = add(&session, arguments, &asked, &id);
	return outcome_end(desk, arguments, &session, fault, id);
}

enum exit_code command_request_grant(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	int64_t id = 0;

	if (!id_take(arguments, &id, desk->complaints) || !pooling_begin(desk, true, &session))
		return EXIT_COULD_NOT;
	return outcome_end(desk, arguments, &session, pools_grant(&session, id), id);
}

static enum exit_code request_close(struct desk *desk, const struct arguments *arguments,
				    enum numbers_event_kind kind)
{
	struct pools_session session;
	char reason[NUMBERS_TEXT_MAX];
	int64_t id = 0;

	text_take(arguments, "reason", reason, sizeof reason, desk->complaints);
	if (reason[0] == '\0' && desk->complaints->error_count == 0)
		complain(desk->complaints, false, "say why, with --reason: it is recorded");
	if (!id_take(arguments, &id, desk->complaints) || desk->complaints->error_count != 0 ||
	    !pooling_begin(desk, true, &session))
		return EXIT_COULD_NOT;
	return outcome_end(desk, arguments, &session,
			   pools_close_request(&session, id, kind, reason), id);
}

enum exit_code command_request_refuse(struct desk *desk, const struct arguments *arguments)
{
	return request_close(desk, arguments, EVENT_REFUSED);
}

enum exit_code command_request_withdraw(struct desk *desk, const struct arguments *arguments)
{
	return request_close(desk, arguments, EVENT_LAPSED);
}

/* --- request return, transfer, review --------------------------------------------------------- */

/* The id of the block named; 0 with a complaint. */
static int64_t block_take(const struct pools_session *session, const struct arguments *arguments)
{
	const struct numbers_delegation *at = delegation_named(session, arguments->word[0]);

	return at != NULL ? at->id : 0;
}

static void state_print(const struct pools_session *session, int64_t id, char out[SAID_MAX])
{
	const struct numbers_delegation *at = numbers_delegation_of(&session->book, id);
	char block[PREFIX_TEXT_MAX];
	char until[UTC_DAY_TEXT_MAX];
	char behind[NUMBERS_CITE_TEXT_MAX];

	block_print(&at->prefix, block);
	day_print(at->until_s, until);
	pools_cite_print(session, &at->cite, behind);
	(void)snprintf(out, SAID_MAX, "%s of %s: %s until %s (%s)", block, at->holder,
		       delegation_state_name(at->state), until, behind);
}

enum exit_code command_request_return(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	const char *by = argument_of(arguments, "by");
	char reason[NUMBERS_TEXT_MAX];
	char said[SAID_MAX] = "";
	int64_t until_s = 0;

	text_take(arguments, "reason", reason, sizeof reason, desk->complaints);
	if (by != NULL && !day_parse(by, &until_s))
		complain(desk->complaints, false, "--by \"%s\" is not a day, such as 2027-01-31",
			 by);
	if (desk->complaints->error_count != 0 || !pooling_begin(desk, true, &session))
		return EXIT_COULD_NOT;
	int64_t id = block_take(&session, arguments);
	struct fault fault = id != 0 ? pools_return(&session, id, until_s, reason) :
				       fault_of(FAULT_ABSENT, 0);
	if (!failed(fault))
		state_print(&session, id, said);
	enum exit_code code = pooling_done(desk, &session, fault, said);
	if (code == EXIT_DONE)
		(void)text_put(desk->out, "%s\n", said);
	return code;
}

static enum exit_code return_undo(struct desk *desk, const struct arguments *arguments,
				  bool is_over)
{
	struct pools_session session;
	char reason[NUMBERS_TEXT_MAX];
	char block[PREFIX_TEXT_MAX] = "";
	char said[SAID_MAX] = "";

	text_take(arguments, "reason", reason, sizeof reason, desk->complaints);
	if (reason[0] == '\0' && desk->complaints->error_count == 0)
		complain(desk->complaints, false, "say why, with --reason: it is recorded");
	if (desk->complaints->error_count != 0 || !pooling_begin(desk, true, &session))
		return EXIT_COULD_NOT;
	const struct numbers_delegation *at = returned_named(&session, arguments->word[0]);
	struct fault fault = fault_of(FAULT_ABSENT, 0);
	if (at != NULL) {
		block_print(&at->prefix, block);
		(void)snprintf(said, sizeof said, "%s: %s%s%s", block, is_over ? "free; " : "",
			       at->holder, is_over ? " had it" : " has it again");
		fault = pools_undo_return(&session, at->id, is_over, reason);
	}
	enum exit_code code = pooling_done(desk, &session, fault, said);
	if (code == EXIT_DONE)
		(void)text_put(desk->out, "%s\n", said);
	return code;
}

enum exit_code command_request_resume(struct desk *desk, const struct arguments *arguments)
{
	return return_undo(desk, arguments, false);
}

enum exit_code command_request_release(struct desk *desk, const struct arguments *arguments)
{
	return return_undo(desk, arguments, true);
}

enum exit_code command_request_transfer(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	char holder[NUMBERS_HANDLE_MAX];
	char ipv6[PREFIX_TEXT_MAX];
	char reason[NUMBERS_TEXT_MAX];
	char said[SAID_MAX];

	(void)holder_take(arguments->word[1], holder, desk->complaints);
	text_take(arguments, "reason", reason, sizeof reason, desk->complaints);
	ipv6_take(arguments, ipv6, desk->complaints);
	if (desk->complaints->error_count != 0 || !pooling_begin(desk, true, &session))
		return EXIT_COULD_NOT;
	int64_t id = block_take(&session, arguments);
	struct fault fault = id != 0 ? pools_transfer(&session, id, holder, ipv6, reason) :
				       fault_of(FAULT_ABSENT, 0);
	(void)snprintf(said, sizeof said, "%s: transferred to %s", arguments->word[0], holder);
	enum exit_code code = pooling_done(desk, &session, fault, said);
	if (code == EXIT_DONE)
		(void)text_put(desk->out, "%s\n", said);
	return code;
}

static struct fault review(struct pools_session *session, const struct arguments *arguments,
			   uint32_t used, char said[SAID_MAX])
{
	const char *keep = argument_of(arguments, "keep");
	const struct numbers_delegation *at = delegation_named(session, arguments->word[0]);
	struct prefix kept;
	char before[PREFIX_TEXT_MAX];
	char after[PREFIX_TEXT_MAX];
	char behind[NUMBERS_CITE_TEXT_MAX];

	if (at == NULL)
		return fault_of(FAULT_ABSENT, 0);
	int64_t id = at->id;
	block_print(&at->prefix, before);
	if (keep != NULL &&
	    (!prefix_parse(keep, &kept, NULL) || !prefix_contains(&at->prefix, &kept))) {
		complain(session->complaints, false, "--keep \"%s\" does not lie in %s", keep,
			 before);
		return fault_of(FAULT_CONFLICT, 0);
	}
	TRY(pools_review(session, id, used, keep != NULL ? &kept : NULL));
	at = numbers_delegation_of(&session->book, id);
	block_print(&at->prefix, after);
	pools_cite_print(session, &at->cite, behind);
	if (strcmp(before, after) == 0)
		(void)snprintf(said, SAID_MAX, "%s: reviewed, %u in use; it stays", before, used);
	else
		(void)snprintf(said, SAID_MAX,
			       "%s: shrunk to %s, %u in use; the rest is in quarantine (%s)",
			       before, after, used, behind);
	return fault_none();
}

enum exit_code command_request_review(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	char said[SAID_MAX] = "";
	uint32_t used = argument_number(arguments, "used", 0, UINT32_MAX, 0, desk->complaints);

	if (argument_of(arguments, "used") == NULL)
		complain(desk->complaints, false, "--used N: how many addresses are in use");
	if (desk->complaints->error_count != 0 || !pooling_begin(desk, true, &session))
		return EXIT_COULD_NOT;
	struct fault fault = review(&session, arguments, used, said);
	enum exit_code code = pooling_done(desk, &session, fault, said);
	if (code == EXIT_DONE)
		(void)text_put(desk->out, "%s\n", said);
	return code;
}
