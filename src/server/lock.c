/* server/lock.c — mutexes with their order checked. */
#include "server/lock.h"

#include <stdint.h>

#include "base/check.h"

/* The ranks that this thread holds, a bit each. */
static _Thread_local uint32_t held;

void lock_init(struct lock *lock, enum lock_rank rank)
{
	CHECK(pthread_mutex_init(&lock->mutex, NULL) == 0);
	lock->rank = rank;
}

void lock_fini(struct lock *lock)
{
	CHECK(pthread_mutex_destroy(&lock->mutex) == 0);
}

void lock_take(struct lock *lock)
{
	CHECK(held >> lock->rank == 0);
	CHECK(pthread_mutex_lock(&lock->mutex) == 0);
	held |= UINT32_C(1) << lock->rank;
}

void lock_give(struct lock *lock)
{
	CHECK((held >> lock->rank & 1) != 0);
	held &= ~(UINT32_C(1) << lock->rank);
	CHECK(pthread_mutex_unlock(&lock->mutex) == 0);
}

void lock_wait(struct lock *lock, pthread_cond_t *condition)
{
	CHECK((held >> lock->rank & 1) != 0);
	held &= ~(UINT32_C(1) << lock->rank);
	CHECK(pthread_cond_wait(condition, &lock->mutex) == 0);
	held |= UINT32_C(1) << lock->rank;
}
