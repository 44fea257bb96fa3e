/* unit/server/lock.c — who waits for a lock gets it, however soon its holder comes again. */
#include "server/lock.h"

#include <stdatomic.h>
#include <time.h>

#include "kit/tap.h"

#define ROUNDS 20u

struct waiting {
	struct lock lock;
	_Atomic bool is_in;
};

static void *take_once(void *context)
{
	struct waiting *waiting = context;

	lock_take(&waiting->lock);
	atomic_store(&waiting->is_in, true);
	lock_give(&waiting->lock);
	return NULL;
}

/* Held for longer than patience lasts, given back and taken again at once: who waited was in
 * between.  Without that it is a matter of chance, for seconds. */
static void case_fair(void)
{
	struct timespec pause = { .tv_nsec = 100000 };

	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct waiting waiting = { .is_in = false };
		pthread_t thread;
		lock_init(&waiting.lock, LOCK_SHARD);
		lock_take(&waiting.lock);
		expect_true(pthread_create(&thread, NULL, take_once, &waiting) == 0);
		for (uint32_t j = 0; j < 50000 && !atomic_load(&waiting.lock.is_awaited); j++)
			(void)nanosleep(&pause, NULL);
		expect_true(atomic_load(&waiting.lock.is_awaited));
		lock_give(&waiting.lock);
		lock_take(&waiting.lock);
		expect_true(atomic_load(&waiting.is_in));
		lock_give(&waiting.lock);
		expect_true(pthread_join(thread, NULL) == 0);
		expect_true(!atomic_load(&waiting.lock.is_awaited));
		lock_fini(&waiting.lock);
	}
}

static const struct tap_case cases[] = {
	{ "a lock whose holder takes it again at once", case_fair, 0 },
};
TAP_MAIN(cases)
