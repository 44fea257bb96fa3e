/* server/restart.c — who is awaited after a restart. */
#include "server/restart.h"

void restart_init(struct restart *restart)
{
	*restart = (struct restart){ 0 };
	lock_init(&restart->lock, LOCK_RESTART);
	atomic_init(&restart->is_over, true);
}

void restart_begin(struct restart *restart, const struct session_set *awaited, struct instant now)
{
	restart->awaited = *awaited;
	restart->deadline = instant_add(now, span_s(RESTART_DEFER_S_MAX));
	atomic_store(&restart->is_over, session_set_is_empty(awaited));
}

void restart_fini(struct restart *restart)
{
	lock_fini(&restart->lock);
}

bool restart_heard(struct restart *restart, struct session_id session)
{
	if (restart_is_over(restart))
		return false;
	lock_take(&restart->lock);
	session_set_remove(&restart->awaited, session);
	bool is_last = !restart_is_over(restart) && session_set_is_empty(&restart->awaited);
	if (is_last)
		atomic_store(&restart->is_over, true);
	lock_give(&restart->lock);
	return is_last;
}

bool restart_due(struct restart *restart, struct instant now)
{
	if (restart_is_over(restart) || now.ns < restart->deadline.ns)
		return false;
	return !atomic_exchange(&restart->is_over, true);
}
