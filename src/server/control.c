/* server/control.c — commands over the control socket. */
#include "server/control.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/check.h"
#include "base/heap.h"
#include "base/rd.h"
#include "base/wr.h"
#include "server/control_request.h"
#include "server/lock.h"
#include "server/thread.h"
#include "sys/local.h"
#include "sys/process.h"

#define HEADER_OCTETS 14u
#define PAUSE_MS 200   /* when no caller can be taken */
#define ENDING_MS 2000 /* for answers that are being written at the end */

struct caller {
	struct control *control;
	int fd; /* -1 = free */
};

struct control {
	struct heap heap;
	struct lock lock; /* the callers */
	pthread_cond_t ended;
	int listener;
	int spare; /* for a caller when descriptors have run out; -1 = he has it */
	control_run run;
	void *context;
	uint32_t caller_count;
	struct caller caller[CONTROL_CALLERS_MAX];
};

/* --- the side that serves --------------------------------------------------------------------- */

static bool frame_put(void *context, enum control_frame kind, struct octets octets)
{
	const int *fd = context;
	uint8_t header[5];

	do {
		uint32_t len = octets.len_octets < CONTROL_FRAME_OCTETS_MAX ?
				       octets.len_octets :
				       CONTROL_FRAME_OCTETS_MAX;
		struct wr wr = wr_of(header, sizeof header);
		wr_u8(&wr, kind);
		wr_u32(&wr, len);
		if (failed(local_write(*fd, wr_octets_of(&wr))) ||
		    failed(local_write(*fd, octets_of(octets.at, len))))
			return false;
		octets = octets_of(octets.at + len, octets.len_octets - len);
	} while (octets.len_octets != 0);
	return true;
}

static void request_serve(struct control *control, int fd, uint8_t *body, uint32_t len_octets)
{
	static const char sentence[] = "plenum: the request is not understood: is the running "
				       "plenum of the same version?\n";
	const char *words[CONTROL_WORDS_MAX];
	struct control_request request = { 0 };
	uint8_t code = 2;

	if (failed(control_request_read(octets_of(body, len_octets), words, &request))) {
		if (!frame_put(&fd, CONTROL_ERROR, octets_of_text(sentence)))
			return;
	} else {
		code = control->run(control->context, &request,
				    (struct control_reply){ frame_put, &fd });
	}
	(void)frame_put(&fd, CONTROL_EXIT, octets_of(&code, 1));
}

static void caller_serve(struct control *control, int fd)
{
	struct heap heap = heap_libc();
	uint8_t length[4];

	if (failed(local_read(fd, length, sizeof length)))
		return;
	struct rd rd = rd_of(length, sizeof length);
	uint32_t len_octets = rd_u32(&rd);
	if (len_octets == 0 || len_octets > CONTROL_REQUEST_OCTETS_MAX)
		return;
	uint8_t *body = heap_take(&heap, len_octets);
	if (body == NULL)
		return;
	if (!failed(local_read(fd, body, len_octets)))
		request_serve(control, fd, body, len_octets);
	explicit_bzero(body, len_octets); /* a password may have been among the words */
	heap_free(&heap, body, len_octets);
}

/* With the lock. */
static void caller_close(struct control *control, int fd)
{
	if (control->spare != -1) {
		local_close(fd);
		return;
	}
	local_close_to_spare(fd, control->listener);
	control->spare = fd;
}

static void *caller_run(void *context)
{
	struct caller *caller = context;
	struct control *control = caller->control;

	caller_serve(control, caller->fd);
	lock_take(&control->lock);
	caller_close(control, caller->fd);
	caller->fd = -1;
	control->caller_count--;
	CHECK(pthread_cond_signal(&control->ended) == 0);
	lock_give(&control->lock);
	return NULL;
}

static struct caller *caller_take(struct control *control, int fd)
{
	struct caller *found = NULL;

	lock_take(&control->lock);
	for (uint32_t i = 0; i < CONTROL_CALLERS_MAX && found == NULL; i++) {
		if (control->caller[i].fd == -1)
			found = &control->caller[i];
	}
	if (found != NULL) {
		found->fd = fd;
		control->caller_count++;
	}
	lock_give(&control->lock);
	return found;
}

static void caller_drop(struct control *control, struct caller *caller)
{
	lock_take(&control->lock);
	caller->fd = -1;
	control->caller_count--;
	lock_give(&control->lock);
}

/* Who looks into an exchange that is short of descriptors is let in all the same. */
static struct fault caller_accept(struct control *control, int wake, int wait_ms, int *fd)
{
	struct fault fault = local_accept(control->listener, wake, wait_ms, fd);

	if (fault.kind != FAULT_SYSTEM || (fault.code != EMFILE && fault.code != ENFILE))
		return fault;
	lock_take(&control->lock);
	bool has_spare = control->spare != -1;
	if (has_spare)
		local_close(control->spare);
	control->spare = -1;
	lock_give(&control->lock);
	if (!has_spare)
		return fault;
	fault = local_accept(control->listener, wake, 0, fd);
	if (failed(fault)) {
		lock_take(&control->lock);
		if (control->spare == -1)
			control->spare = local_spare(control->listener);
		lock_give(&control->lock);
	}
	return fault;
}

struct fault control_step(struct control *control, int wake, int wait_ms)
{
	static const char busy[] = "plenum: too many commands at once; try again in a moment\n";
	const uint8_t code = 2;
	pthread_t thread;
	int fd = -1;

	struct fault fault = caller_accept(control, wake, wait_ms, &fd);
	if (fault.kind == FAULT_SYSTEM) {
		/* He is still there and would be reported at once. */
		(void)!failed(local_accept(-1, wake, PAUSE_MS, &fd));
		return fault;
	}
	if (failed(fault))
		return fault;
	struct caller *caller = caller_take(control, fd);
	if (caller != NULL && thread_begin(&thread, caller_run, caller)) {
		CHECK(pthread_detach(thread) == 0);
		return fault_none();
	}
	if (caller != NULL)
		caller_drop(control, caller);
	if (frame_put(&fd, CONTROL_ERROR, octets_of_text(busy)))
		(void)frame_put(&fd, CONTROL_EXIT, octets_of(&code, 1));
	lock_take(&control->lock);
	caller_close(control, fd);
	lock_give(&control->lock);
	return fault_none();
}

struct fault control_new(const char *directory, control_run run, void *context,
			 struct control **out)
{
	struct heap heap = heap_libc();
	struct control *control = heap_zero(&heap, sizeof *control);

	if (control == NULL)
		return fault_of(FAULT_LIMIT, 0);
	struct fault fault = local_listen(directory, CONTROL_SOCKET, &control->listener);
	if (failed(fault)) {
		heap_free(&heap, control, sizeof *control);
		return fault;
	}
	control->heap = heap;
	control->spare = local_spare(control->listener);
	control->run = run;
	control->context = context;
	lock_init(&control->lock, LOCK_CALLERS);
	lock_condition_init(&control->ended);
	for (uint32_t i = 0; i < CONTROL_CALLERS_MAX; i++)
		control->caller[i] = (struct caller){ .control = control, .fd = -1 };
	*out = control;
	return fault_none();
}

static void callers_end(struct control *control, void (*end)(int fd))
{
	for (uint32_t i = 0; i < CONTROL_CALLERS_MAX; i++) {
		if (control->caller[i].fd != -1)
			end(control->caller[i].fd);
	}
}

void control_free(struct control *control)
{
	if (control == NULL)
		return;
	lock_take(&control->lock);
	callers_end(control, local_end);
	struct instant until = instant_add(process_now(), span_ms(ENDING_MS));
	while (control->caller_count != 0 &&
	       lock_wait_until(&control->lock, &control->ended, until))
		continue;
	callers_end(control, local_cut);
	while (control->caller_count != 0)
		lock_wait(&control->lock, &control->ended);
	lock_give(&control->lock);
	local_close(control->listener);
	if (control->spare != -1)
		local_close(control->spare);
	CHECK(pthread_cond_destroy(&control->ended) == 0);
	lock_fini(&control->lock);
	struct heap heap = control->heap;
	heap_free(&heap, control, sizeof *control);
}

/* --- the side that asks ----------------------------------------------------------------------- */

static uint32_t request_octets(const struct control_request *request)
{
	uint64_t octets = HEADER_OCTETS - 4u + request->attached.len_octets;

	for (uint32_t i = 0; i < request->word_count; i++)
		octets += 4u + strlen(request->words[i]) + 1;
	return octets > CONTROL_REQUEST_OCTETS_MAX ? 0 : (uint32_t)octets;
}

static struct fault request_send(int fd, const struct control_request *request)
{
	uint8_t header[HEADER_OCTETS];
	struct wr wr = wr_of(header, sizeof header);
	uint32_t octets = request_octets(request);

	if (octets == 0 || request->word_count > CONTROL_WORDS_MAX)
		return fault_of(FAULT_LIMIT, 0);
	wr_u32(&wr, octets);
	wr_u8(&wr, CONTROL_VERSION);
	wr_u8(&wr, request->has_colour ? CONTROL_FLAG_COLOUR : 0);
	wr_u16(&wr, request->columns);
	wr_u16(&wr, request->word_count);
	wr_u32(&wr, request->attached.len_octets);
	CHECK(wr_ok(&wr) && wr.pos == HEADER_OCTETS);
	TRY(local_write(fd, wr_octets_of(&wr)));
	for (uint32_t i = 0; i < request->word_count; i++) {
		struct octets word = octets_of_text(request->words[i]);
		wr = wr_of(header, sizeof header);
		word.len_octets++; /* with its NUL */
		wr_u32(&wr, word.len_octets);
		TRY(local_write(fd, wr_octets_of(&wr)));
		TRY(local_write(fd, word));
	}
	return local_write(fd, request->attached);
}

static struct fault frames_pass(int fd, struct control_reply reply, uint8_t *exit_code)
{
	uint8_t header[5];
	uint8_t body[CONTROL_FRAME_OCTETS_MAX];

	for (;;) {
		TRY(local_read(fd, header, sizeof header));
		struct rd rd = rd_of(header, sizeof header);
		enum control_frame kind = (enum control_frame)rd_u8(&rd);
		uint32_t len_octets = rd_u32(&rd);
		if (len_octets > sizeof body)
			return fault_of(FAULT_MALFORMED, 0);
		TRY(local_read(fd, body, len_octets));
		if (kind == CONTROL_EXIT) {
			*exit_code = len_octets == 1 ? body[0] : 2;
			return fault_none();
		}
		if (!reply.put(reply.context, kind, octets_of(body, len_octets)))
			return fault_of(FAULT_ABSENT, 0);
	}
}

struct fault control_call(const char *directory, const struct control_request *request,
			  struct control_reply reply, uint8_t *exit_code)
{
	int fd = -1;

	TRY(local_connect(directory, CONTROL_SOCKET, &fd));
	struct fault fault = request_send(fd, request);
	/* Who has no place for the request says so without having read it. */
	if (!failed(fault) ||
	    (fault.kind == FAULT_SYSTEM && (fault.code == EPIPE || fault.code == ECONNRESET)))
		fault = frames_pass(fd, reply, exit_code);
	/* Somebody served: that he went away meanwhile is not that nobody is there. */
	if (fault.kind == FAULT_ABSENT)
		fault = fault_of(FAULT_SYSTEM, ECONNRESET);
	local_close(fd);
	return fault;
}
