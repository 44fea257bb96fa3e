/* thread/load.c — the hands' threads. */
#include "thread/load.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "kit/tap.h"

#define MOMENT_MS 2

bool hand_wrong(struct hand *hand, const char *format, ...)
{
	va_list arguments;

	if (hand->was_wrong)
		return false;
	hand->was_wrong = true;
	va_start(arguments, format);
	(void)vsnprintf(hand->wrong, sizeof hand->wrong, format, arguments);
	va_end(arguments);
	return false;
}

void hand_waits(void)
{
	(void)poll(NULL, 0, MOMENT_MS);
}

int hand_ask(struct hand *hand, const char *line, struct text_buffer *answer)
{
	int code = -1;

	do {
		code = served_ask(hand->load->served, line, answer);
		hand->found_no_place = code == EXIT_COULD_NOT &&
				       strstr(text_buffer_of(answer), "too many commands") != NULL;
		if (hand->found_no_place || code < 0)
			hand_waits();
	} while (hand->found_no_place && !atomic_load(&hand->load->is_over));
	return code;
}

bool hand_may_fail(const struct hand *hand)
{
	return hand->found_no_place || atomic_load(&hand->load->may_end);
}

const struct scene_member *hand_member(struct hand *hand)
{
	const struct scene *scene = hand->load->scene;

	return &scene->member[random_below(&hand->random, scene->member_count)];
}

const struct prefix *hand_prefix(struct hand *hand)
{
	const struct scene *scene = hand->load->scene;

	return &scene->route[random_below(&hand->random, scene->route_count)].prefix;
}

static bool round_run(struct hand *hand)
{
	switch (hand->kind) {
	case HAND_ASKS:
		return hand_asks(hand);
	case HAND_LOOKS:
		return hand_looks(hand);
	case HAND_RUDE:
		return hand_is_rude(hand);
	case HAND_EDITS:
		return hand_edits(hand);
	case HAND_EDITS_ITSELF:
		return hand_edits_itself(hand);
	}
	return false;
}

static void *hand_run(void *context)
{
	struct hand *hand = context;

	while (!atomic_load(&hand->load->is_over) && round_run(hand))
		atomic_fetch_add(&hand->rounds, 1);
	return NULL;
}

void load_begin(struct load *load, struct served *served, const struct scene *scene,
		const enum hand_kind *kinds, uint32_t count, uint64_t seed)
{
	CHECK(count <= LOAD_HANDS_MAX);
	*load = (struct load){ .served = served, .scene = scene, .hand_count = count };
	for (uint32_t i = 0; i < count; i++) {
		struct hand *hand = &load->hand[i];
		hand->load = load;
		hand->kind = kinds[i];
		hand->number = i;
		hand->random = (struct random){ seed + i * UINT64_C(0x1000003) };
		CHECK(pthread_create(&hand->thread, NULL, hand_run, hand) == 0);
	}
}

uint32_t load_rounds(const struct load *load)
{
	uint32_t fewest = UINT32_MAX;

	for (uint32_t i = 0; i < load->hand_count; i++) {
		uint32_t rounds = atomic_load(&load->hand[i].rounds);
		fewest = rounds < fewest ? rounds : fewest;
	}
	return fewest;
}

void load_end(struct load *load)
{
	atomic_store(&load->is_over, true);
	for (uint32_t i = 0; i < load->hand_count; i++) {
		struct hand *hand = &load->hand[i];
		CHECK(pthread_join(hand->thread, NULL) == 0);
		printf("# hand %u of kind %d: %u rounds\n", i, (int)hand->kind,
		       atomic_load(&hand->rounds));
		expect_true(!hand->was_wrong);
		if (hand->was_wrong)
			printf("# hand %u of kind %d: %s\n", i, (int)hand->kind, hand->wrong);
	}
}
