/* sys/doorman.c — one request, one answer with a descriptor.
 *
 * Requests are numbered: an answer that came too late for its asker is dropped by the next one. */
#include "sys/doorman.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "sys/calls.h"
#include "sys/dial.h"
#include "sys/passing.h"
#include "sys/reach.h"

#define STALE_MAX 64u /* answers dropped before one is given up */

struct request {
	uint32_t number;
	struct address from;
	struct port_endpoint to;
	struct port_secret secret;
};

struct answer {
	uint32_t number;
	struct fault fault;
};

/* --- the doorman ------------------------------------------------------------------------------ */

bool doorman_lets(const struct doorman_rules *rules, const struct port_endpoint *to)
{
	for (uint32_t i = 0; i < rules->endpoint_count; i++) {
		const struct port_endpoint *endpoint = &rules->endpoint[i];
		if (endpoint->port == to->port &&
		    address_compare(&endpoint->address, &to->address) == 0)
			return true;
	}
	for (uint32_t i = 0; i < rules->network_count; i++) {
		if (prefix_has_address(&rules->network[i], &to->address))
			return true;
	}
	return false;
}

static bool request_is_sound(const struct request *request)
{
	return request->to.address.family < FAMILY_COUNT && request->from.family < FAMILY_COUNT &&
	       request->secret.peer.family < FAMILY_COUNT &&
	       request->secret.len_octets <= PORT_PASSWORD_MAX;
}

static bool request_serve(int socket, const struct doorman_rules *rules)
{
	struct request request;
	ssize_t got = recv(socket, &request, sizeof request, 0);
	int fd = -1;

	if (got < 0 && errno == EINTR)
		return true;
	if (got != (ssize_t)sizeof request)
		return false;
	struct answer answer = { .number = request.number };
	if (request_is_sound(&request) && doorman_lets(rules, &request.to))
		answer.fault = dial_begin(&request.from, &request.to, &request.secret, &fd);
	else
		answer.fault = fault_of(FAULT_SYSTEM, EACCES);
	explicit_bzero(&request.secret, sizeof request.secret);
	bool is_given = passing_give(socket, &answer, sizeof answer, fd);
	if (fd >= 0)
		(void)close(fd);
	return is_given;
}

/* What cannot be taken away from it on this kernel is not: it has little as it is. */
static void live(int fd, const void *context)
{
	struct doorman_rules rules = *(const struct doorman_rules *)context;
	struct reach anywhere = { .is_any_port = true };

	if (failed(reach_close(&anywhere)) || failed(calls_close(CALLS_DOORMAN)))
		anywhere.abi = 0;
	while (request_serve(fd, &rules))
		continue;
}

/* --- who asks it ------------------------------------------------------------------------------ */

struct fault doorman_begin(struct doorman *doorman, const struct doorman_rules *rules)
{
	const struct helper_task task = { SOCK_SEQPACKET, DOORMAN_PATIENCE_S, live, rules };

	*doorman = (struct doorman){ 0 };
	TRY(helper_begin(&doorman->helper, &task));
	CHECK(pthread_mutex_init(&doorman->mutex, NULL) == 0);
	return fault_none();
}

void doorman_end(struct doorman *doorman)
{
	if (doorman->helper.process == 0)
		return;
	helper_end(&doorman->helper);
	CHECK(pthread_mutex_destroy(&doorman->mutex) == 0);
}

/* Called while errno is that of the call. */
static struct fault no_answer(void)
{
	return fault_of(FAULT_SYSTEM, errno == EAGAIN ? ETIMEDOUT : (uint16_t)errno);
}

static struct fault answer_await(struct doorman *doorman, int *out)
{
	for (uint32_t i = 0; i < STALE_MAX; i++) {
		struct answer answer;
		if (!passing_take(doorman->helper.fd, &answer, sizeof answer, 0, out))
			return no_answer();
		if (answer.number == doorman->asked && (failed(answer.fault) || *out >= 0))
			return answer.fault;
		if (*out >= 0)
			(void)close(*out);
	}
	return fault_of(FAULT_SYSTEM, EPIPE);
}

struct fault doorman_connect(struct doorman *doorman, const struct address *from,
			     const struct port_endpoint *to, const struct port_secret *secret,
			     int *out)
{
	struct request request = { .from = *from, .to = *to, .secret = *secret };
	struct fault fault;

	CHECK(pthread_mutex_lock(&doorman->mutex) == 0);
	request.number = ++doorman->asked;
	if (!helper_is_ready(&doorman->helper))
		fault = fault_of(FAULT_SYSTEM, ECHILD);
	else if (send(doorman->helper.fd, &request, sizeof request, MSG_NOSIGNAL) !=
		 (ssize_t)sizeof request)
		fault = no_answer();
	else
		fault = answer_await(doorman, out);
	CHECK(pthread_mutex_unlock(&doorman->mutex) == 0);
	explicit_bzero(&request.secret, sizeof request.secret);
	return fault;
}
