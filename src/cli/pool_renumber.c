/* cli/pool_renumber.c — how a LAN or a delegation gets a larger block, step by step. */
#include <stdio.h>
#include <string.h>

#include "cli/pooling.h"
#include "numbers/renumber.h"
#include "text/columns.h"

static const struct column step_columns[] = {
	{ "FROM DAY", false }, { "TO DAY", false }, { "WHAT", false },
	{ "WHO", false },      { "OLD", false },    { "NEW", false },
};

static const char *const what[RENUMBER_KINDS] = {
	[RENUMBER_ANNOUNCE] = "tell all holders",
	[RENUMBER_BOTH] = "use both blocks",
	[RENUMBER_MOVE] = "move",
	[RENUMBER_END] = "use the old one no more",
	[RENUMBER_RETURN] = "return the old one",
	[RENUMBER_FREE] = "its quarantine ends",
};

struct printing {
	struct columns columns;
	struct json json;
	bool as_json;
	uint32_t moves;
};

struct step_words {
	char from[PREFIX_TEXT_MAX];
	char to[PREFIX_TEXT_MAX];
	char first[UTC_DAY_TEXT_MAX];
	char last[UTC_DAY_TEXT_MAX];
};

static struct step_words words_of(const struct renumber_step *step)
{
	struct step_words words;

	block_print(&step->from, words.from);
	block_print(&step->to, words.to);
	day_print(step->day_s, words.first);
	day_print(step->until_s, words.last);
	return words;
}

static bool step_put(void *context, const struct renumber_step *step)
{
	struct printing *printing = context;
	const struct step_words words = words_of(step);

	printing->moves += step->kind == RENUMBER_MOVE ? 1 : 0;
	if (printing->as_json) {
		json_object_open(&printing->json);
		json_field_text(&printing->json, "step", renumber_kind_name(step->kind));
		json_field_text(&printing->json, "from_day", words.first);
		json_field_text(&printing->json, "to_day", words.last);
		json_field_text(&printing->json, "holder", step->holder);
		json_field_text(&printing->json, "old", words.from);
		json_field_text(&printing->json, "new", words.to);
		json_object_close(&printing->json);
		return true;
	}
	columns_cell(&printing->columns, COLOUR_NONE, "%s", words.first);
	columns_cell(&printing->columns, COLOUR_NONE, "%s",
		     step->kind == RENUMBER_MOVE ? words.last : "-");
	columns_cell(&printing->columns, COLOUR_BOLD, "%s", what[step->kind]);
	columns_cell(&printing->columns, COLOUR_NONE, "%s",
		     step->holder != NULL ? step->holder : "-");
	columns_cell(&printing->columns, COLOUR_NONE, "%s", words.from);
	columns_cell(&printing->columns, COLOUR_GREEN, "%s", words.to);
	return true;
}

/* --- as commands ------------------------------------------------------------------------------ */

struct script {
	struct desk *desk;
	const char *pool; /* all of which moves; NULL: one holder's block */
};

static bool lan_step_put(const struct script *script, const struct renumber_step *step,
			 const char *from, const char *to, const char *last)
{
	struct text_sink out = script->desk->out;
	const char *directory = script->desk->directory;

	if (step->kind == RENUMBER_BOTH)
		return text_put(out,
				"# Before: %s stands in lans of exchange.yaml, the server has an "
				"address there and in listen, and was restarted.\n"
				"plenum pool add -C %s %.24s-new %s --type %s\n",
				to, directory, script->pool, to,
				step->to.family == FAMILY_IPV4 ? "peering-v4" : "peering-v6");
	if (step->kind == RENUMBER_MOVE)
		return text_put(out,
				"plenum member edit -C %s %s --at %s --add-ip %s\n"
				"# Until %s, when %s is up:\n"
				"plenum member edit -C %s %s --at %s --remove-ip %s\n",
				directory, step->holder, from, to, last, to, directory,
				step->holder, to, from);
	if (step->kind == RENUMBER_FREE)
		return text_put(out, "plenum pool remove -C %s %s\n", directory, script->pool);
	return true;
}

static bool script_put(void *context, const struct renumber_step *step)
{
	const struct script *script = context;
	const struct step_words words = words_of(step);

	if (!text_put(script->desk->out, "\n# %s: %s%s%s, %s to %s\n", words.first,
		      what[step->kind], step->holder != NULL ? " " : "",
		      step->holder != NULL ? step->holder : "", words.from, words.to))
		return false;
	if (script->pool != NULL)
		return lan_step_put(script, step, words.from, words.to, words.last);
	if (step->kind == RENUMBER_RETURN)
		return text_put(script->desk->out,
				"plenum request return -C %s %s --reason \"moved to %s\"\n",
				script->desk->directory, words.from, words.to);
	return true;
}

/* The first pool of the type that has a block of this size free. */
static struct fault place_find(const struct pools_session *session, enum pool_type type,
			       enum family family, uint8_t len_bits, const char *holder,
			       struct prefix *out)
{
	for (uint32_t i = 0; i < session->book.pool_count; i++) {
		const struct numbers_pool *pool = &session->book.pool[i];
		bool is_there = false;
		if (pool->is_closed || pool->type != type ||
		    pool->prefix.family != (uint8_t)family || len_bits < pool->prefix.len_bits)
			continue;
		TRY(numbers_place(&session->book, &session->rules, pool->id, len_bits, holder,
				  &is_there, out));
		if (is_there)
			return fault_none();
	}
	return fault_of(FAULT_ABSENT, 0);
}

/* --to PREFIX, or --to /LENGTH of a block that is free. */
static bool to_take(const struct pools_session *session, const struct arguments *arguments,
		    enum pool_type type, struct renumbering *out)
{
	const char *to = argument_of(arguments, "to");
	enum family family = (enum family)out->from.family;
	uint8_t len_bits = (uint8_t)(out->from.len_bits - 1);
	bool had_host_bits = false;

	if (to != NULL && to[0] != '/' && prefix_parse(to, &out->to, &had_host_bits) &&
	    !had_host_bits && out->to.family == (uint8_t)family &&
	    out->to.len_bits <= out->from.len_bits && !prefix_contains(&out->to, &out->from))
		return true;
	if (to != NULL && to[0] != '/') {
		complain(session->complaints, false,
			 "--to \"%s\" is not another prefix, as large or larger", to);
		return false;
	}
	if (to != NULL && !len_take("--to", to, family, &len_bits, session->complaints))
		return false;
	if (len_bits <= out->from.len_bits &&
	    !failed(place_find(session, type, family, len_bits,
			       out->holder != NULL ? out->holder : "", &out->to)))
		return true;
	complain(session->complaints, false,
		 "no pool of type %s has a free /%u: name the block with --to PREFIX",
		 pool_type_name(type), len_bits);
	return false;
}

static bool days_take(const struct pools_session *session, const struct arguments *arguments,
		      uint32_t days, struct renumbering *out)
{
	const char *start = argument_of(arguments, "start");

	out->start_s = (session->now_s / NUMBERS_DAY_S + 1 + RENUMBER_NOTICE_DAYS) * NUMBERS_DAY_S;
	out->both_days = argument_number(arguments, "days", 1, NUMBERS_DAYS_MAX, days,
					 session->complaints);
	if (start != NULL && !day_parse(start, &out->start_s))
		complain(session->complaints, false,
			 "--start \"%s\" is not a day, such as 2027-01-31", start);
	return session->complaints->error_count == 0;
}

static bool all_take(const struct pools_session *session, const struct arguments *arguments,
		     struct renumbering *out)
{
	const struct numbers_pool *pool = numbers_pool_named(&session->book, arguments->word[0]);
	enum pool_type from = POOL_RESERVE;

	if (pool != NULL) {
		out->from = pool->prefix;
		out->pool_id = pool->id;
	} else {
		const struct numbers_delegation *at = delegation_named(session, arguments->word[0]);
		if (at == NULL)
			return false;
		pool = numbers_pool_of(&session->book, at->pool_id);
		out->from = at->prefix;
		out->holder = at->holder;
		from = pool->type;
	}
	const struct numbers_policy *policy = &session->rules.of[pool->type];
	out->quarantine_days = policy->quarantine_days;
	return to_take(session, arguments, from, out) &&
	       days_take(session, arguments, policy->return_days != 0 ? policy->return_days : 90,
			 out);
}

static struct fault plan_script(struct desk *desk, const struct pools_session *session,
				const struct renumbering *all)
{
	const struct numbers_pool *pool = numbers_pool_of(&session->book, all->pool_id);
	struct script script = { .desk = desk, .pool = pool != NULL ? pool->name : NULL };

	(void)text_put(desk->out, "# Each at its day, by hand: what comes before it must be done, "
				  "and be seen to work.\n");
	return numbers_renumber(&session->book, all, script_put, &script);
}

static struct fault plan_print(struct desk *desk, struct pools_session *session,
			       const struct renumbering *all, bool as_json)
{
	struct printing printing = { .as_json = as_json };
	struct heap heap = heap_libc();
	bool ok = true;

	json_init(&printing.json, desk->out, 2);
	columns_init(&printing.columns, &heap, desk->out, step_columns,
		     (uint32_t)(sizeof step_columns / sizeof *step_columns), desk->has_colour);
	columns_fit(&printing.columns, desk->columns);
	if (as_json)
		json_array_open(&printing.json);
	struct fault fault = numbers_renumber(&session->book, all, step_put, &printing);
	if (as_json) {
		json_array_close(&printing.json);
		ok = json_done(&printing.json);
	} else {
		ok = columns_end(&printing.columns) &&
		     text_put(desk->out,
			      "\n%u holder%s; both blocks are in use for %u days.  This is a "
			      "plan: nothing was changed; --commands gives what carries it out.\n",
			      printing.moves, value_plural(printing.moves), all->both_days);
	}
	columns_fini(&printing.columns);
	TRY(fault);
	return ok ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

enum exit_code command_pool_renumber(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	struct renumbering all = { 0 };

	if (!pooling_begin(desk, false, &session))
		return EXIT_COULD_NOT;
	struct fault fault = fault_of(FAULT_CONFLICT, 0);
	bool is_good = all_take(&session, arguments, &all);
	if (is_good && argument_yes(arguments, "commands"))
		fault = plan_script(desk, &session, &all);
	else if (is_good)
		fault = plan_print(desk, &session, &all, argument_yes(arguments, "json"));
	return pooling_end(&session, fault, "the plan cannot be made");
}
