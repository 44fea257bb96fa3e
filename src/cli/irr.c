/* cli/irr.c — plenum irr refresh and accept. */
#include <stdio.h>
#include <string.h>

#include "cli/irr.h"
#include "cli/values.h"
#include "sys/fault.h"
#include "sys/process.h"

/* --- members ---------------------------------------------------------------------------------- */

static bool list_take(void *context, const struct registry_member *member)
{
	struct irr_list *list = context;

	if ((list->only != 0 && member->asn != list->only) ||
	    (list->count != 0 && list->item[list->count - 1].asn == member->asn))
		return true;
	if (!heap_grow(&list->heap, (void **)&list->item, &list->room, list->count + 1,
		       sizeof *list->item))
		return false;
	struct irr_item *item = &list->item[list->count++];
	*item = (struct irr_item){ .asn = member->asn };
	(void)snprintf(item->name, sizeof item->name, "%s", member->name);
	(void)snprintf(item->as_macro, sizeof item->as_macro, "%s", member->as_macro);
	return true;
}

bool irr_list_read(struct desk *desk, const struct arguments *arguments, struct irr_list *list)
{
	*list = (struct irr_list){ .heap = heap_libc() };
	if (arguments->word_count != 0 &&
	    !value_asn(arguments->word[0], &list->only, desk->complaints))
		return false;
	struct fault fault = registry_walk(desk->store, list_take, list);
	if (failed(fault))
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 store_error(desk->store));
	else if (list->count == 0 && list->only != 0)
		complain(desk->complaints, false, "AS%u is no member", list->only);
	return !failed(fault) && (list->count != 0 || list->only == 0);
}

/* Without the record: what follows takes its time. */
static bool list_read_held(struct desk *desk, const struct arguments *arguments,
			   struct irr_list *list)
{
	if (desk->serving == NULL)
		return irr_list_read(desk, arguments, list);
	serving_record_take(desk->serving);
	bool ok = irr_list_read(desk, arguments, list);
	serving_record_give(desk->serving);
	return ok;
}

void irr_list_fini(struct irr_list *list)
{
	heap_free(&list->heap, list->item, list->room * sizeof *list->item);
	list->item = NULL;
}

/* --- refresh ---------------------------------------------------------------------------------- */

static enum irr_outcome refresh_one(struct desk *desk, const struct irr_item *item,
				    char said[IRR_SAID_MAX])
{
	enum irr_outcome outcome = IRR_OUTCOME_NOTHING;

	if (desk->serving != NULL) {
		/* One that started before the source was named. */
		if (failed(serving_irr_refresh(desk->serving, item->asn, item->as_macro, &outcome,
					       said)))
			(void)snprintf(said, IRR_SAID_MAX,
				       "AS%u: exchange.yaml named neither irr_server nor irr_files "
				       "when plenum serve started",
				       item->asn);
		return outcome;
	}
	struct irr_errand errand = { .directory = desk->directory,
				     .config = desk->config,
				     .asker = irr_asker_here(),
				     .now = process_wall(),
				     .asn = item->asn,
				     .as_macro = item->as_macro };
	return irr_refresh(&errand, said);
}

enum exit_code command_irr_refresh(struct desk *desk, const struct arguments *arguments)
{
	struct irr_list list CLEAN(irr_list_fini) = { .heap = heap_libc() };
	enum exit_code code = EXIT_DONE;
	char said[IRR_SAID_MAX];

	if (!list_read_held(desk, arguments, &list))
		return EXIT_COULD_NOT;
	for (uint32_t i = 0; i < list.count; i++) {
		enum irr_outcome outcome = refresh_one(desk, &list.item[i], said);
		if (outcome == IRR_OUTCOME_FAILED || outcome == IRR_OUTCOME_NOTHING) {
			complain(desk->complaints, false, "%s", said);
			code = EXIT_COULD_NOT;
			continue;
		}
		(void)text_put(desk->out, "%s\n", said);
		if (outcome == IRR_OUTCOME_HELD && code == EXIT_DONE)
			code = EXIT_FOUND;
	}
	return code;
}

/* --- accept ----------------------------------------------------------------------------------- */

enum exit_code command_irr_accept(struct desk *desk, const struct arguments *arguments)
{
	uint32_t asn = 0;

	if (!value_asn(arguments->word[0], &asn, desk->complaints))
		return EXIT_COULD_NOT;
	struct fault fault = irr_kept_accept(desk->directory, asn);
	if (fault.kind == FAULT_ABSENT)
		complain(desk->complaints, false, "of AS%u nothing is held back", asn);
	else if (failed(fault))
		complain(desk->complaints, false, "AS%u: what is held back cannot be taken: %s",
			 asn, system_word(fault));
	if (failed(fault))
		return EXIT_COULD_NOT;
	if (desk->serving != NULL) {
		fault = serving_irr_reload(desk->serving, asn);
		if (failed(fault) && fault.kind != FAULT_ABSENT) {
			complain(desk->complaints, false, "AS%u: it is taken, but not yet served",
				 asn);
			return EXIT_COULD_NOT;
		}
	}
	(void)text_put(desk->out, "AS%u: what was held back is in force\n", asn);
	return EXIT_DONE;
}
