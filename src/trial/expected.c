/* trial/expected.c — what members hold against what they must. */
#include <stdio.h>

#include "trial/generating.h"

bool expected_is_slow(const struct generator *generator, uint32_t member)
{
	uint32_t one_in = generator->stage->config->slow_one_in;

	return one_in != 0 && member % one_in == one_in - 1;
}

void expected_make(struct generator *generator)
{
	uint32_t members = generator->config->members;
	struct load_choice choice;

	for (uint32_t i = 0; i < members; i++) {
		generator->digest_wanted[i] = 0;
		generator->count_wanted[i] = 0;
	}
	for (uint32_t p = 0; p < generator->load.prefix_count; p++) {
		load_choice_of(&generator->load, p, &choice);
		for (uint32_t i = 0; i < members; i++) {
			uint32_t set;
			if (load_pick(&choice, i, &set) == NULL)
				continue;
			generator->digest_wanted[i] += speaker_digest_of(p, set);
			generator->count_wanted[i]++;
		}
	}
	generator->result->paths_wanted = 0;
	for (uint32_t i = 0; i < members; i++)
		generator->result->paths_wanted += generator->count_wanted[i];
}

bool expected_held(const struct generator *generator, uint32_t member)
{
	return speaker_holds(generator->speakers, member, generator->count_wanted[member],
			     generator->digest_wanted[member]);
}

bool expected_all(struct generator *generator, uint32_t *from)
{
	for (uint32_t i = 0; i < generator->config->members; i++) {
		uint32_t member = (*from + i) % generator->config->members;
		if (!generator->slow_ones_count && expected_is_slow(generator, member))
			continue;
		if (!expected_held(generator, member)) {
			*from = member;
			return false;
		}
	}
	return true;
}

bool expected_counts(struct generator *generator, uint32_t *from)
{
	struct speaker_view view;

	for (uint32_t i = 0; i < generator->config->members; i++) {
		uint32_t member = (*from + i) % generator->config->members;
		speaker_view_of(generator->speakers, member, &view);
		if (view.held_count != generator->count_wanted[member]) {
			*from = member;
			return false;
		}
	}
	return true;
}

bool expected_equal(struct generator *generator)
{
	struct load_choice choice;

	for (uint32_t p = 0; p < generator->load.prefix_count; p++) {
		load_choice_of(&generator->load, p, &choice);
		for (uint32_t i = 0; i < generator->config->members; i++) {
			uint32_t set;
			(void)load_pick(&choice, i, &set);
			if (speaker_set_of(generator->speakers, i, p) == set)
				continue;
			(void)snprintf(generator->result->trouble,
				       sizeof generator->result->trouble,
				       "member %u holds another route than it should for prefix "
				       "number %u, though its digest is right",
				       i, p);
			return false;
		}
	}
	return true;
}

void expected_progress(struct generator *generator)
{
	struct trial_result *result = generator->result;

	result->members_complete = 0;
	result->paths_held = 0;
	for (uint32_t i = 0; i < generator->config->members; i++) {
		struct speaker_view view;
		speaker_view_of(generator->speakers, i, &view);
		result->members_complete += expected_held(generator, i);
		result->paths_held += view.held_count;
	}
}

void expected_example(const struct generator *generator, char *out, size_t room)
{
	struct load_choice choice;
	char text[PREFIX_TEXT_MAX];

	out[0] = '\0';
	for (uint32_t p = 0; p < generator->load.prefix_count; p++) {
		load_choice_of(&generator->load, p, &choice);
		for (uint32_t i = 0; i < generator->config->members; i++) {
			uint32_t wanted;
			uint32_t set = speaker_set_of(generator->speakers, i, p);
			(void)load_pick(&choice, i, &wanted);
			if (set == wanted)
				continue;
			struct prefix prefix = load_prefix(&generator->load, p);
			prefix_print(&prefix, text);
			(void)snprintf(out, room, "; member %u %s %s", i,
				       set == 0    ? "lacks" :
				       wanted == 0 ? "should not hold" :
						     "holds another route than it should for",
				       text);
			return;
		}
	}
}
