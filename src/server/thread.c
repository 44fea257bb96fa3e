/* server/thread.c — a thread's beginning, with all signals held off. */
#include "server/thread.h"

#include <signal.h>

#include "base/check.h"

bool thread_begin(pthread_t *thread, void *(*run)(void *context), void *context)
{
	sigset_t all;
	sigset_t before;

	/* A thread begins with the mask of the one that makes it. */
	CHECK(sigfillset(&all) == 0);
	CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	bool has_begun = pthread_create(thread, NULL, run, context) == 0;
	CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	return has_begun;
}
