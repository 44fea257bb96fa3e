/* server/front.c — one thread, poll(2), and callers that may be anybody. */
#include "server/front.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "server/lock.h"
#include "server/thread.h"
#include "sys/process.h"
#include "sys/tcp.h"
#include "web/head.h"
#include "web/http.h"
#include "web/whois.h"

#define LISTENERS_MAX (2u * EXCHANGE_DOORS_MAX)
#define LOOK_ROUND_MS 1000
#define ACCEPTS_MAX 64u /* a round, of each listener */
#define PAUSE_MS 100    /* when the system has no descriptor for a caller */
#define IPV6_NETWORK_BITS 64u

enum caller_state {
	CALLER_ASKS = 0,
	CALLER_HEARS, /* WHOIS: `answer` is on its way */
	/* HTTP: the library has the connection; `tcp.fd` is a second descriptor of it, by which it
	 * is seen to end and can be ended. */
	CALLER_HANDED,
};

struct caller {
	struct tcp_caller tcp;
	bool is_whois;
	enum caller_state state;
	uint32_t seen; /* octets of the question that were there when last looked */
	struct instant until;
	struct web_answer answer;
	uint32_t written;
};

struct front {
	struct heap heap;
	int wake_fd;
	pthread_t thread;
	bool is_running;
	_Atomic bool must_end;
	struct lock lock; /* of `published` */
	struct published *published;
	struct http *http;
	uint32_t listener_count;
	int listener[LISTENERS_MAX];
	bool is_whois[LISTENERS_MAX];
	uint32_t caller_count;
	struct caller caller[FRONT_CALLERS_MAX];
	struct pollfd poll[1 + LISTENERS_MAX + FRONT_CALLERS_MAX];
	char question[HEAD_OCTETS_MAX];
};

static struct published *snapshot(void *context)
{
	struct front *front = context;

	lock_take(&front->lock);
	struct published *published = front->published != NULL ? published_ref(front->published) :
								 NULL;
	lock_give(&front->lock);
	return published;
}

void front_publish(struct front *front, struct published *published)
{
	if (front == NULL)
		return;
	lock_take(&front->lock);
	struct published *before = front->published;
	front->published = published_ref(published);
	lock_give(&front->lock);
	published_unref(before);
}

/* --- callers ---------------------------------------------------------------------------------- */

static void caller_forget(struct front *front, uint32_t index)
{
	if (front->caller[index].state == CALLER_HEARS)
		answer_fini(&front->caller[index].answer);
	front->caller_count--;
	if (index != front->caller_count)
		front->caller[index] = front->caller[front->caller_count];
}

static void caller_end(struct front *front, uint32_t index)
{
	if (front->caller[index].state == CALLER_HANDED)
		tcp_cut(front->caller[index].tcp.fd);
	else
		tcp_close(front->caller[index].tcp.fd);
	caller_forget(front, index);
}

/* Of IPv6 a network counts as one: it is one customer's. */
static bool is_same_place(const struct address *a, const struct address *b)
{
	uint32_t octets = a->family == FAMILY_IPV4 ? 4 : IPV6_NETWORK_BITS / 8;

	return a->family == b->family && memcmp(a->octet, b->octet, octets) == 0;
}

/* With all places taken the one who has waited longest goes, unless his answer is on its way. */
static bool place_make(struct front *front, const struct tcp_caller *tcp)
{
	uint32_t oldest = FRONT_CALLERS_MAX;
	uint32_t same = 0;

	for (uint32_t i = 0; i < front->caller_count; i++) {
		const struct caller *caller = &front->caller[i];
		if (is_same_place(&caller->tcp.address, &tcp->address))
			same++;
		if (caller->state == CALLER_ASKS &&
		    (oldest == FRONT_CALLERS_MAX ||
		     caller->until.ns < front->caller[oldest].until.ns))
			oldest = i;
	}
	if (same >= FRONT_CALLERS_OF_ONE_MAX)
		return false;
	if (front->caller_count < FRONT_CALLERS_MAX)
		return true;
	if (oldest == FRONT_CALLERS_MAX)
		return false;
	caller_end(front, oldest);
	return true;
}

/* True: the system has no room for another caller now. */
static bool callers_take(struct front *front, uint32_t listener, struct instant now)
{
	for (uint32_t i = 0; i < ACCEPTS_MAX; i++) {
		struct tcp_caller tcp;
		struct fault fault = tcp_accept(front->listener[listener], &tcp);
		if (failed(fault))
			return fault.kind == FAULT_SYSTEM;
		if (!place_make(front, &tcp)) {
			(void)close(tcp.fd);
			continue;
		}
		front->caller[front->caller_count++] = (struct caller){
			.tcp = tcp,
			.is_whois = front->is_whois[listener],
			.until = instant_add(now, span_s(FRONT_PATIENCE_S))
		};
	}
	return false;
}

/* --- HTTP ------------------------------------------------------------------------------------- */

static void head_refuse(struct front *front, uint32_t index, int status, const char *why)
{
	char text[512];
	uint32_t len = 0;

	(void)snprintf(text, sizeof text,
		       "HTTP/1.1 %d Refused\r\nContent-Type: text/plain\r\nConnection: close\r\n"
		       "Content-Length: %zu\r\n\r\n%s\n",
		       status, strlen(why) + 1, why);
	/* Closed either way: whoever does not take it loses it. */
	(void)failed(tcp_write(front->caller[index].tcp.fd, octets_of_text(text), &len));
	caller_end(front, index);
}

/* The caller keeps its place till the connection ends, so that no one can hold more than that. */
static void head_hand(struct front *front, uint32_t index)
{
	struct caller *caller = &front->caller[index];
	struct tcp_caller tcp = caller->tcp;
	int second = tcp_second(tcp.fd);

	if (second < 0) {
		caller_end(front, index);
		return;
	}
	tcp_peek_end(tcp.fd);
	caller->tcp.fd = second;
	caller->state = CALLER_HANDED;
	caller->until = instant_add(process_now(), span_s(FRONT_ANSWER_S));
	http_take(front->http, tcp.fd, &tcp.from, tcp.from_len);
}

static void head_look(struct front *front, uint32_t index, struct octets head)
{
	const char *why = "";
	int status = head_judge(head, &why);

	if (status == 0)
		return;
	if (status != WEB_OK) {
		head_refuse(front, index, status, why);
		return;
	}
	head_hand(front, index);
}

/* --- WHOIS ------------------------------------------------------------------------------------ */

static void answer_go_on(struct front *front, uint32_t index)
{
	struct caller *caller = &front->caller[index];
	struct text_buffer *body = &caller->answer.body;
	struct octets rest = octets_of(text_buffer_of(body) + caller->written,
				       body->len_octets - caller->written);
	uint32_t len = 0;
	struct fault fault = tcp_write(caller->tcp.fd, rest, &len);

	caller->written += len;
	if ((failed(fault) && fault.kind != FAULT_AGAIN) || caller->written == body->len_octets)
		caller_end(front, index);
}

static void question_look(struct front *front, uint32_t index, struct octets question)
{
	struct caller *caller = &front->caller[index];
	const uint8_t *end = memchr(question.at, '\n', question.len_octets);

	if (end == NULL && question.len_octets <= WHOIS_QUESTION_OCTETS_MAX)
		return;
	struct published *published = snapshot(front);
	if (published == NULL) {
		caller_end(front, index);
		return;
	}
	if (end != NULL)
		question.len_octets = (uint32_t)(end - question.at);
	answer_init(&caller->answer);
	caller->state = CALLER_HEARS;
	caller->until = instant_add(process_now(), span_s(FRONT_ANSWER_S));
	whois_answer(published, question, &caller->answer);
	published_unref(published);
	answer_go_on(front, index);
}

/* --- the thread ------------------------------------------------------------------------------- */

static void caller_look(struct front *front, uint32_t index)
{
	struct caller *caller = &front->caller[index];
	uint32_t len = 0;

	if (caller->state == CALLER_HEARS) {
		answer_go_on(front, index);
		return;
	}
	if (caller->state == CALLER_HANDED) {
		caller_end(front, index);
		return;
	}
	struct fault fault = tcp_peek(caller->tcp.fd, front->question, sizeof front->question,
				      caller->seen, &len);
	if (failed(fault)) {
		if (fault.kind != FAULT_AGAIN)
			caller_end(front, index);
		return;
	}
	caller->seen = len;
	struct octets octets = octets_of(front->question, len);
	if (caller->is_whois)
		question_look(front, index, octets);
	else
		head_look(front, index, octets);
}

/* Of a connection handed on only its end is looked for, which is always reported. */
static short events_of(const struct caller *caller)
{
	return caller->state == CALLER_HANDED ? 0 :
	       caller->state == CALLER_HEARS  ? POLLOUT :
						POLLIN;
}

static uint32_t polls_fill(struct front *front, bool is_paused)
{
	uint32_t count = 0;

	front->poll[count++] = (struct pollfd){ .fd = front->wake_fd, .events = POLLIN };
	for (uint32_t i = 0; i < front->listener_count; i++)
		front->poll[count++] = (struct pollfd){ .fd = is_paused ? -1 : front->listener[i],
							.events = POLLIN };
	for (uint32_t i = 0; i < front->caller_count; i++)
		front->poll[count++] = (struct pollfd){ .fd = front->caller[i].tcp.fd,
							.events = events_of(&front->caller[i]) };
	return count;
}

/* Callers from the last on: one that goes is replaced by one that was looked at already.  Whose
 * time is over goes, too, when there is an octet from him each time. */
static void callers_look(struct front *front, struct instant now)
{
	const struct pollfd *poll = &front->poll[1 + front->listener_count];

	for (uint32_t i = front->caller_count; i-- > 0;) {
		if (instant_due(front->caller[i].until, now))
			caller_end(front, i);
		else if (poll[i].revents != 0)
			caller_look(front, i);
	}
}

static void *front_run(void *context)
{
	struct front *front = context;
	bool is_paused = false;

	while (!atomic_load(&front->must_end)) {
		uint32_t count = polls_fill(front, is_paused);
		(void)poll(front->poll, count, is_paused ? PAUSE_MS : LOOK_ROUND_MS);
		struct instant now = process_now();
		callers_look(front, now);
		is_paused = false;
		for (uint32_t i = 0; i < front->listener_count; i++) {
			if (front->poll[1 + i].revents != 0)
				is_paused = callers_take(front, i, now) || is_paused;
		}
	}
	return NULL;
}

/* --- beginning and end ------------------------------------------------------------------------ */

static void doors_open(struct front *front, const struct exchange_door *door, bool is_whois,
		       struct complaints *complaints)
{
	for (uint32_t i = 0; i < door->count; i++) {
		char text[ADDRESS_TEXT_MAX];
		struct fault fault = tcp_listen(&door->at[i],
						&front->listener[front->listener_count]);
		if (!failed(fault)) {
			front->is_whois[front->listener_count++] = is_whois;
			continue;
		}
		address_print(&door->at[i].address, text);
		complain(complaints, false, "cannot listen on %s port %u for %s: %s", text,
			 door->at[i].port, is_whois ? "WHOIS" : "HTTP", strerror(fault.code));
	}
}

bool front_new(const struct exchange_config *config, struct front **out,
	       struct complaints *complaints)
{
	struct heap heap = heap_libc();
	uint32_t errors = complaints->error_count;

	*out = NULL;
	if (config->web.count + config->whois.count == 0)
		return true;
	struct front *front = heap_zero(&heap, sizeof *front);
	if (front == NULL) {
		complain(complaints, false, "cannot start: out of memory");
		return false;
	}
	front->heap = heap;
	lock_init(&front->lock, LOCK_PUBLISHED);
	front->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	doors_open(front, &config->web, false, complaints);
	doors_open(front, &config->whois, true, complaints);
	if (complaints->error_count != errors) {
		front_free(front);
		return false;
	}
	*out = front;
	return true;
}

bool front_begin(struct front *front, struct complaints *complaints)
{
	if (front == NULL)
		return true;
	if (failed(http_new(snapshot, front, &front->http))) {
		complain(complaints, false, "cannot start: no thread for HTTP");
		return false;
	}
	front->is_running = thread_begin(&front->thread, front_run, front);
	if (!front->is_running)
		complain(complaints, false, "cannot start a thread");
	return front->is_running;
}

void front_free(struct front *front)
{
	uint64_t one = 1;

	if (front == NULL)
		return;
	atomic_store(&front->must_end, true);
	(void)!write(front->wake_fd, &one, sizeof one);
	if (front->is_running)
		CHECK(pthread_join(front->thread, NULL) == 0);
	http_free(front->http);
	while (front->caller_count != 0)
		caller_end(front, front->caller_count - 1);
	for (uint32_t i = 0; i < front->listener_count; i++)
		(void)close(front->listener[i]);
	(void)close(front->wake_fd);
	published_unref(front->published);
	lock_fini(&front->lock);
	struct heap heap = front->heap;
	heap_free(&heap, front, sizeof *front);
}
