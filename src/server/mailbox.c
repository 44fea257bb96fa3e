/* server/mailbox.c — letters and errands for a worker. */
#include "server/mailbox.h"

#include <stdatomic.h>

#include "base/check.h"

void mailbox_init(struct mailbox *mailbox)
{
	lock_init(&mailbox->lock, LOCK_MAILBOX);
	lock_init(&mailbox->errand_lock, LOCK_ERRAND);
	CHECK(pthread_cond_init(&mailbox->errand_done, NULL) == 0);
}

void mailbox_fini(struct mailbox *mailbox)
{
	lock_fini(&mailbox->lock);
	lock_fini(&mailbox->errand_lock);
	CHECK(pthread_cond_destroy(&mailbox->errand_done) == 0);
}

bool mailbox_leave(struct mailbox *mailbox, const struct letter *letter)
{
	lock_take(&mailbox->lock);
	bool fits = mailbox->count < MAILBOX_LETTERS_MAX;
	if (fits) {
		uint32_t at = (mailbox->first + mailbox->count++) % MAILBOX_LETTERS_MAX;
		mailbox->letter[at] = *letter;
		atomic_store(&mailbox->has_something, true);
	}
	lock_give(&mailbox->lock);
	return fits;
}

bool mailbox_take(struct mailbox *mailbox, struct letter *out)
{
	if (!atomic_load(&mailbox->has_something))
		return false;
	lock_take(&mailbox->lock);
	bool any = mailbox->count != 0;
	if (any) {
		*out = mailbox->letter[mailbox->first];
		mailbox->first = (mailbox->first + 1) % MAILBOX_LETTERS_MAX;
		mailbox->count--;
	}
	if (mailbox->count == 0)
		atomic_store(&mailbox->has_something, mailbox->errand != NULL);
	lock_give(&mailbox->lock);
	return any;
}

void mailbox_run(struct mailbox *mailbox, struct worker *worker)
{
	if (!atomic_load(&mailbox->has_something))
		return;
	lock_take(&mailbox->lock);
	errand_run run = mailbox->errand;
	void *context = mailbox->errand_context;
	lock_give(&mailbox->lock);
	if (run == NULL)
		return;
	run(worker, context);
	lock_take(&mailbox->lock);
	mailbox->errand = NULL;
	atomic_store(&mailbox->has_something, mailbox->count != 0);
	CHECK(pthread_cond_signal(&mailbox->errand_done) == 0);
	lock_give(&mailbox->lock);
}

void mailbox_ask(struct mailbox *mailbox, errand_run run, void *context, struct port *wake)
{
	lock_take(&mailbox->errand_lock);
	lock_take(&mailbox->lock);
	CHECK(mailbox->errand == NULL);
	mailbox->errand_context = context;
	mailbox->errand = run;
	atomic_store(&mailbox->has_something, true);
	lock_give(&mailbox->lock);
	wake->wake(wake);
	lock_take(&mailbox->lock);
	while (mailbox->errand != NULL)
		lock_wait(&mailbox->lock, &mailbox->errand_done);
	lock_give(&mailbox->lock);
	lock_give(&mailbox->errand_lock);
}
