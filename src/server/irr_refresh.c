/* server/irr_refresh.c — what is to become of an answer. */
#include "server/irr_refresh.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "sys/files.h"

void irr_names_of(uint32_t asn, const char *as_macro, char out[REGISTRY_TEXT_MAX])
{
	if (as_macro[0] != '\0')
		(void)snprintf(out, REGISTRY_TEXT_MAX, "%s", as_macro);
	else
		(void)snprintf(out, REGISTRY_TEXT_MAX, "AS%u", asn);
}

/* --- hearing it ------------------------------------------------------------------------------- */

/* FAULT_ABSENT: there is no file. */
static struct fault file_hear(const struct irr_errand *errand, struct irr_draft *draft,
			      struct irr_kept *heard)
{
	const char *folder = errand->config->irr_files;
	struct heap heap = heap_libc();
	struct octets text = { 0 };
	char path[PATH_MAX];

	if (folder[0] == '\0')
		return fault_of(FAULT_ABSENT, 0);
	int len = snprintf(path, sizeof path, "%s%s%s/AS%u.txt",
			   folder[0] == '/' ? "" : errand->directory, folder[0] == '/' ? "" : "/",
			   folder, errand->asn);
	if (len < 0 || len >= (int)sizeof path)
		return fault_of(FAULT_SYSTEM, ENAMETOOLONG);
	(void)snprintf(heard->whence, sizeof heard->whence, "%.*s", IRR_WHENCE_MAX - 1, path);
	struct fault fault = file_read_regular(&heap, path, IRR_READ_OCTETS_MAX, &text);
	if (fault.kind == FAULT_SYSTEM && fault.code == ENOENT)
		return fault_of(FAULT_ABSENT, 0);
	if (failed(fault)) {
		(void)snprintf(heard->why, sizeof heard->why, "%s",
			       fault.kind == FAULT_SYSTEM ? strerror(fault.code) : "too large");
		return fault;
	}
	fault = irr_read(text, draft);
	if (failed(fault)) {
		uint32_t line = 0;
		uint32_t column = 0;
		irr_place_of(text, fault.at_octet, &line, &column);
		(void)snprintf(heard->why, sizeof heard->why,
			       fault.kind == FAULT_LIMIT ?
				       "more than fits" :
				       "line %u, column %u is neither a prefix nor AS and a number",
			       line, column);
	}
	file_free(&heap, text);
	return fault;
}

static struct fault server_hear(const struct irr_errand *errand, struct irr_draft *draft,
				struct irr_kept *heard)
{
	const struct exchange_config *config = errand->config;
	struct heap heap = heap_libc();
	struct irr_question question = { 0 };

	(void)snprintf(question.server, sizeof question.server, "%s", config->irr_server);
	(void)snprintf(question.sources, sizeof question.sources, "%s", config->irr_sources);
	(void)snprintf(question.names, sizeof question.names, "%s", heard->names);
	(void)snprintf(heard->whence, sizeof heard->whence, "%.200s %.50s", config->irr_server,
		       config->irr_sources);
	for (uint32_t i = 0; i < IRR_WANTED_COUNT; i++) {
		struct child_said said CLEAN(child_said_fini) = { .heap = &heap };
		question.wanted = (uint8_t)i;
		struct fault fault = errand->asker.ask(errand->asker.context, &question, &heap,
						       &said);
		(void)snprintf(heard->why, sizeof heard->why, "%s", said.why);
		if (failed(fault))
			return fault;
		struct octets text = octets_of(said.octets, said.len_octets);
		/* No answer at all is not an empty list. */
		fault = said.len_octets != 0 ? irr_read(text, draft) : fault_of(FAULT_MALFORMED, 0);
		if (failed(fault)) {
			(void)snprintf(heard->why, sizeof heard->why,
				       fault.kind == FAULT_LIMIT ?
					       "the answer holds more than fits" :
					       "the answer is no list: octet %u of %u",
				       fault.at_octet, said.len_octets);
			return fault;
		}
	}
	heard->why[0] = '\0';
	return fault_none();
}

/* --- judging it ------------------------------------------------------------------------------- */

static bool is_to_be_held(const struct irr_kept *before, struct irr_kept *heard)
{
	uint64_t had = before->set != NULL ? before->set->window_count : 0;
	uint64_t has = heard->set->window_count;
	bool is_same_name = strcmp(before->names, heard->names) == 0;

	if (has == 0 || heard->set->origin_count == 0)
		(void)snprintf(heard->why, sizeof heard->why, "it holds no %s",
			       has == 0 ? "prefix" : "network");
	else if (is_same_name && had >= IRR_SHRINK_FROM && has * 100 < had * IRR_SHRINK_PERCENT)
		(void)snprintf(heard->why, sizeof heard->why,
			       "it shrank from %llu prefixes to %llu", (unsigned long long)had,
			       (unsigned long long)has);
	return heard->why[0] != '\0';
}

static enum irr_outcome failure(const struct irr_errand *errand, const struct irr_kept *heard,
				const char *why, char said[IRR_SAID_MAX])
{
	(void)snprintf(said, IRR_SAID_MAX, "AS%u: %s from %s: %s", errand->asn, heard->names,
		       heard->whence, why[0] != '\0' ? why : "no answer");
	irr_failure_note(errand->directory, errand->asn, why[0] != '\0' ? why : "no answer");
	return IRR_OUTCOME_FAILED;
}

static enum irr_outcome take(const struct irr_errand *errand, struct irr_kept *heard,
			     char said[IRR_SAID_MAX])
{
	struct irr_kept before CLEAN(irr_kept_fini) = { 0 };
	struct fault fault = irr_kept_read(errand->directory, errand->asn, IRR_FILE_IN_FORCE,
					   &before);
	/* A file that is not as it was written counts for nothing. */
	bool is_same = !failed(fault) && strcmp(before.names, heard->names) == 0 &&
		       irr_set_equal(before.set, heard->set);
	bool is_held = !is_same && is_to_be_held(&before, heard);
	enum irr_file which = is_held ? IRR_FILE_HELD : IRR_FILE_IN_FORCE;

	heard->at = errand->now;
	fault = irr_kept_write(errand->directory, errand->asn, which, heard);
	if (!failed(fault) && !is_held)
		fault = irr_kept_remove(errand->directory, errand->asn, IRR_FILE_HELD);
	if (failed(fault))
		return failure(errand, heard, "it cannot be written into the directory", said);
	irr_failure_note(errand->directory, errand->asn, "");
	if (is_held)
		(void)snprintf(said, IRR_SAID_MAX,
			       "AS%u: %s is not taken: %s; plenum irr accept AS%u takes it all "
			       "the same",
			       errand->asn, heard->names, heard->why, errand->asn);
	else
		(void)snprintf(said, IRR_SAID_MAX, "AS%u: %s: %u prefix%s of %u network%s%s",
			       errand->asn, heard->names, heard->set->window_count,
			       heard->set->window_count == 1 ? "" : "es", heard->set->origin_count,
			       heard->set->origin_count == 1 ? "" : "s",
			       is_same ? ", as before" : "");
	return is_held ? IRR_OUTCOME_HELD : is_same ? IRR_OUTCOME_SAME : IRR_OUTCOME_CHANGED;
}

static enum irr_outcome finish(const struct irr_errand *errand, struct fault fault,
			       struct irr_draft *draft, struct irr_kept *heard,
			       char said[IRR_SAID_MAX])
{
	if (!failed(fault))
		fault = irr_draft_seal(draft, &heard->set);
	if (failed(fault))
		return failure(errand, heard, heard->why, said);
	return take(errand, heard, said);
}

enum irr_outcome irr_refresh_file(const struct irr_errand *errand, char said[IRR_SAID_MAX])
{
	struct heap heap = heap_libc();
	struct irr_draft draft CLEAN(irr_draft_fini);
	struct irr_kept heard CLEAN(irr_kept_fini) = { 0 };

	said[0] = '\0';
	irr_draft_init(&draft, &heap);
	irr_names_of(errand->asn, errand->as_macro, heard.names);
	struct fault fault = file_hear(errand, &draft, &heard);
	if (fault.kind == FAULT_ABSENT)
		return IRR_OUTCOME_NOTHING;
	return finish(errand, fault, &draft, &heard, said);
}

enum irr_outcome irr_refresh(const struct irr_errand *errand, char said[IRR_SAID_MAX])
{
	struct heap heap = heap_libc();
	struct irr_draft draft CLEAN(irr_draft_fini);
	struct irr_kept heard CLEAN(irr_kept_fini) = { 0 };
	enum irr_outcome outcome = irr_refresh_file(errand, said);

	if (outcome != IRR_OUTCOME_NOTHING)
		return outcome;
	irr_draft_init(&draft, &heap);
	irr_names_of(errand->asn, errand->as_macro, heard.names);
	if (errand->config->irr_server[0] == '\0') {
		(void)snprintf(said, IRR_SAID_MAX,
			       "AS%u: no file, and no irr_server in exchange.yaml", errand->asn);
		return IRR_OUTCOME_NOTHING;
	}
	struct fault fault = server_hear(errand, &draft, &heard);
	return finish(errand, fault, &draft, &heard, said);
}
