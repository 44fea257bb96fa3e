/* rpki/session.c — the moves of one RTR cache's session.
 *
 * Invariants
 *  1. `data` changes at End of Data and at its expiry, never in between.
 *  2. A Serial Query is sent only for `data`, with the session, serial and version it came with.
 *  3. What a cache did wrong makes the next query one for everything; what it said before holds
 *     until its expiry.  (RFC 8210 5.1 wants it flushed when session identifiers differ: a cache
 *     that was replaced would let in every route that its ROAs refuse.)
 *  4. An error is never answered with an error. */
#include "rpki/session.h"

#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"

void rtr_session_init(struct rtr_session *session, struct heap *heap, struct instant now)
{
	*session = (struct rtr_session){ .heap = heap,
					 .version = RTR_VERSION_MAX,
					 .version_max = RTR_VERSION_MAX,
					 .refresh_s = RTR_REFRESH_S,
					 .retry_s = RTR_RETRY_S,
					 .expire_s = RTR_EXPIRE_S,
					 .reconnect_s = RTR_RECONNECT_S_MIN,
					 .next_at = now };
}

void rtr_session_fini(struct rtr_session *session)
{
	rpki_update_clear(&session->update);
	rpki_data_unref(session->data);
	heap_free(session->heap, session->partial, session->partial_room);
	*session = (struct rtr_session){ 0 };
}

bool rtr_session_is_connected(const struct rtr_session *session)
{
	return session->state > RTR_STATE_CONNECTING;
}

bool rtr_session_is_current(const struct rtr_session *session)
{
	return session->is_fresh && session->data != NULL;
}

struct instant rtr_session_deadline(const struct rtr_session *session)
{
	return instant_sooner(session->next_at, session->expires_at);
}

const char *rtr_state_name(enum rtr_state state)
{
	static const char *const names[] = {
		[RTR_STATE_APART] = "apart",     [RTR_STATE_CONNECTING] = "connecting",
		[RTR_STATE_ASKED] = "asked",     [RTR_STATE_RECEIVING] = "receiving",
		[RTR_STATE_CURRENT] = "current", [RTR_STATE_WAITING] = "no data there",
	};

	return names[state];
}

static void wait_for(struct rtr_session *session, struct instant now, uint32_t seconds)
{
	session->next_at = instant_add(now, span_s(seconds));
}

/* --- ends ------------------------------------------------------------------------------------- */

/* Each failure in a row doubles the wait. */
static void part(struct rtr_session *session, struct instant now)
{
	uint32_t most = session->retry_s < RTR_RECONNECT_S_MAX ? session->retry_s :
								 RTR_RECONNECT_S_MAX;

	if (!session->is_lowered)
		session->version = session->version_max;
	session->state = RTR_STATE_APART;
	session->is_agreed = false;
	session->is_fresh = false;
	session->has_notify = false;
	session->partial_len = 0;
	rpki_update_clear(&session->update);
	session->counts.failures++;
	wait_for(session, now, session->reconnect_s < most ? session->reconnect_s : most);
	session->reconnect_s = session->reconnect_s < most ? session->reconnect_s * 2 : most;
}

/* The cache is told `error`, unless it is its own. */
static uint32_t give_up(struct rtr_session *session, struct instant now, struct wr *out,
			const struct rtr_pdu *pdu, enum rtr_error error, const char *text)
{
	struct octets whole = pdu == NULL ? octets_of(NULL, 0) : pdu->whole;
	bool is_answer = pdu != NULL && pdu->type == RTR_ERROR_REPORT;

	(void)snprintf(session->last_error, sizeof session->last_error, "%s", text);
	if (!is_answer && out != NULL)
		rtr_write_error(out, session->version, error, whole, text);
	session->has_session = false;
	session->is_lowered = false;
	/* Drafts up to 10 have another ASPA: without them there are still VRPs. */
	if (error == RTR_ASPA_PROVIDERS)
		session->version_max = 1;
	part(session, now);
	return RTR_ORDER_CLOSE | RTR_ORDER_TELL;
}

/* A cache that hangs up on a version it does not know says so in its own way. */
static void lower(struct rtr_session *session, uint8_t to)
{
	session->is_lowered = session->version != 0;
	session->version = session->version == 0 ? session->version_max :
			   to < session->version ? to :
						   (uint8_t)(session->version - 1);
}

uint32_t rtr_session_closed(struct rtr_session *session, struct instant now, const char *why)
{
	bool is_deaf = session->state == RTR_STATE_ASKED && !session->is_agreed;

	if (session->state == RTR_STATE_APART)
		return 0;
	(void)snprintf(session->last_error, sizeof session->last_error, "%s", why);
	if (is_deaf && !session->is_lowered)
		lower(session, (uint8_t)(session->version - 1));
	part(session, now);
	return RTR_ORDER_TELL;
}

/* --- queries ---------------------------------------------------------------------------------- */

static void ask(struct rtr_session *session, struct instant now, struct wr *out)
{
	session->asked_in_full = !session->has_session || session->data == NULL ||
				 session->data_version != session->version;
	if (session->asked_in_full)
		rtr_write_reset_query(out, session->version);
	else
		rtr_write_serial_query(out, session->version, session->session, session->serial);
	session->state = RTR_STATE_ASKED;
	session->has_notify = false;
	wait_for(session, now, RTR_SILENCE_S);
}

uint32_t rtr_session_connected(struct rtr_session *session, struct instant now, struct wr *out)
{
	CHECK(session->state == RTR_STATE_CONNECTING);
	session->is_agreed = false;
	session->is_lowered = false;
	session->counts.connections++;
	ask(session, now, out);
	return 0;
}

static uint32_t expire(struct rtr_session *session, struct instant now)
{
	if (!instant_due(session->expires_at, now))
		return 0;
	rpki_data_unref(session->data);
	session->data = NULL;
	session->has_session = false;
	session->is_fresh = false;
	session->expires_at = (struct instant){ 0 };
	(void)snprintf(session->last_error, sizeof session->last_error,
		       "its data is too old and is not used any more");
	return RTR_ORDER_CHANGED | RTR_ORDER_TELL;
}

uint32_t rtr_session_tick(struct rtr_session *session, struct instant now, struct wr *out)
{
	uint32_t orders = expire(session, now);

	if (!instant_due(session->next_at, now))
		return orders;
	switch (session->state) {
	case RTR_STATE_APART:
		session->state = RTR_STATE_CONNECTING;
		wait_for(session, now, RTR_SILENCE_S);
		return orders | RTR_ORDER_CONNECT;
	case RTR_STATE_CONNECTING:
		return orders | RTR_ORDER_CLOSE |
		       rtr_session_closed(session, now, "cannot connect: no answer");
	case RTR_STATE_ASKED:
		return orders | RTR_ORDER_CLOSE |
		       rtr_session_closed(session, now, "it does not answer");
	case RTR_STATE_RECEIVING:
		return orders | RTR_ORDER_CLOSE |
		       rtr_session_closed(session, now,
					  "it fell silent in the middle of an answer");
	case RTR_STATE_CURRENT:
	case RTR_STATE_WAITING:
		ask(session, now, out);
		return orders;
	}
	return orders;
}

/* --- what a cache says ------------------------------------------------------------------------ */

static uint32_t take_error(struct rtr_session *session, const struct rtr_pdu *pdu,
			   struct instant now, struct wr *out)
{
	if (pdu->session == RTR_UNSUPPORTED_VERSION && !session->is_agreed &&
	    session->version != 0) {
		lower(session, pdu->version);
		ask(session, now, out);
		return 0;
	}
	(void)snprintf(session->last_error, sizeof session->last_error, "it reports: %s",
		       rtr_error_name(pdu->session));
	if (pdu->session == RTR_NO_DATA && session->state == RTR_STATE_ASKED) {
		session->is_agreed = true;
		session->state = RTR_STATE_WAITING;
		session->has_session = false;
		session->is_fresh = false;
		wait_for(session, now, session->retry_s);
		return RTR_ORDER_TELL;
	}
	if (!rtr_error_is_fatal(pdu->session))
		return RTR_ORDER_TELL;
	session->has_session = false;
	session->is_lowered = false;
	part(session, now);
	return RTR_ORDER_CLOSE | RTR_ORDER_TELL;
}

static uint32_t take_notify(struct rtr_session *session, const struct rtr_pdu *pdu,
			    struct instant now, struct wr *out)
{
	if (session->state == RTR_STATE_WAITING) {
		session->next_at = now;
		return 0;
	}
	if (session->state != RTR_STATE_CURRENT) {
		session->has_notify = true;
		return 0;
	}
	if (pdu->session != session->session)
		return give_up(session, now, out, pdu, RTR_CORRUPT_DATA,
			       "Serial Notify of another session");
	if (pdu->serial != session->serial)
		session->next_at = instant_sooner(
			session->next_at, instant_add(session->updated_at, span_s(RTR_NOTIFY_S)));
	return 0;
}

static uint32_t take_response(struct rtr_session *session, const struct rtr_pdu *pdu,
			      struct instant now, struct wr *out)
{
	if (session->state != RTR_STATE_ASKED)
		return give_up(session, now, out, pdu, RTR_CORRUPT_DATA,
			       "Cache Response without a query");
	if (!session->asked_in_full && pdu->version != session->data_version)
		return give_up(session, now, out, pdu, RTR_UNEXPECTED_VERSION,
			       "Cache Response to a Serial Query of another version");
	if (!session->asked_in_full && pdu->session != session->session)
		return give_up(session, now, out, pdu, RTR_CORRUPT_DATA,
			       "Cache Response of another session");
	session->session = pdu->session;
	session->has_session = !session->asked_in_full;
	session->state = RTR_STATE_RECEIVING;
	rpki_update_begin(&session->update, session->heap, session->asked_in_full);
	wait_for(session, now, RTR_SILENCE_S);
	return 0;
}

static uint32_t take_reset(struct rtr_session *session, const struct rtr_pdu *pdu,
			   struct instant now, struct wr *out)
{
	if (session->state != RTR_STATE_ASKED || session->asked_in_full)
		return give_up(session, now, out, pdu, RTR_CORRUPT_DATA,
			       "Cache Reset without a Serial Query");
	session->has_session = false;
	ask(session, now, out);
	return 0;
}

static uint32_t take_record(struct rtr_session *session, const struct rtr_pdu *pdu,
			    struct instant now, struct wr *out)
{
	if (session->state != RTR_STATE_RECEIVING)
		return give_up(session, now, out, pdu, RTR_CORRUPT_DATA,
			       "a record outside an answer");
	wait_for(session, now, RTR_SILENCE_S);
	if (pdu->type == RTR_ROUTER_KEY)
		return 0;
	if (session->update.is_full && !pdu->announces)
		return give_up(session, now, out, pdu, RTR_UNKNOWN_WITHDRAWAL,
			       "a withdrawal in a full answer");
	if (failed(rpki_update_add(&session->update, pdu)))
		return give_up(session, now, out, NULL, RTR_INTERNAL_ERROR,
			       "too many records, or no memory for them");
	return 0;
}

static bool timers_fit(const struct rtr_pdu *pdu)
{
	return !pdu->has_timers ||
	       (pdu->refresh_s >= 1 && pdu->refresh_s <= RTR_REFRESH_S_MAX && pdu->retry_s >= 1 &&
		pdu->retry_s <= RTR_RETRY_S_MAX && pdu->expire_s >= RTR_EXPIRE_S_MIN &&
		pdu->expire_s <= RTR_EXPIRE_S_MAX && pdu->expire_s > pdu->refresh_s &&
		pdu->expire_s > pdu->retry_s);
}

/* What was gathered becomes the snapshot; LIMIT, or the error to tell. */
static struct fault snapshot_take(struct rtr_session *session, bool *is_new)
{
	struct rpki_data *fresh = NULL;

	*is_new = session->update.is_full || !rpki_update_is_empty(&session->update);
	if (!*is_new)
		return fault_none();
	TRY(rpki_update_apply(&session->update, session->data, session->version >= 2, &fresh));
	rpki_data_unref(session->data);
	session->data = fresh;
	return fault_none();
}

static void timers_take(struct rtr_session *session, const struct rtr_pdu *pdu, struct instant now)
{
	session->refresh_s = pdu->has_timers ? pdu->refresh_s : RTR_REFRESH_S;
	session->retry_s = pdu->has_timers ? pdu->retry_s : RTR_RETRY_S;
	session->expire_s = pdu->has_timers ? pdu->expire_s : RTR_EXPIRE_S;
	session->reconnect_s = RTR_RECONNECT_S_MIN;
	session->updated_at = now;
	session->expires_at = instant_add(now, span_s(session->expire_s));
	wait_for(session, now, session->has_notify ? RTR_NOTIFY_S : session->refresh_s);
}

static uint32_t take_end(struct rtr_session *session, const struct rtr_pdu *pdu, struct instant now,
			 struct wr *out)
{
	bool is_new = false;

	if (session->state != RTR_STATE_RECEIVING)
		return give_up(session, now, out, pdu, RTR_CORRUPT_DATA,
			       "End of Data outside an answer");
	if (pdu->session != session->session)
		return give_up(session, now, out, pdu, RTR_CORRUPT_DATA,
			       "End of Data of another session");
	if (!timers_fit(pdu))
		return give_up(session, now, out, pdu, RTR_CORRUPT_DATA,
			       "End of Data with intervals out of range");
	struct fault fault = snapshot_take(session, &is_new);
	if (fault.kind == FAULT_MALFORMED)
		return give_up(session, now, out, NULL, (enum rtr_error)fault.code,
			       fault.code == RTR_DUPLICATE ? "a record was announced twice" :
							     "an unknown record was withdrawn");
	if (failed(fault))
		return give_up(session, now, out, NULL, RTR_INTERNAL_ERROR,
			       "too many records, or no memory for them");
	if (session->update.is_full)
		session->counts.full_answers++;
	else
		session->counts.steps++;
	rpki_update_clear(&session->update);
	session->serial = pdu->serial;
	session->has_session = true;
	session->data_version = session->version;
	session->is_fresh = true;
	session->state = RTR_STATE_CURRENT;
	timers_take(session, pdu, now);
	return is_new ? RTR_ORDER_CHANGED : 0;
}

/* The first answer settles the version: what was asked for, or a lower one.  RFC 8210 7 */
static bool version_fits(struct rtr_session *session, const struct rtr_pdu *pdu)
{
	if (session->is_agreed)
		return pdu->version == session->version;
	if (pdu->version > session->version)
		return false;
	session->version = pdu->version;
	session->is_agreed = true;
	session->is_lowered = false;
	return true;
}

static uint32_t take(struct rtr_session *session, const struct rtr_pdu *pdu, struct instant now,
		     struct wr *out)
{
	if (pdu->type == RTR_ERROR_REPORT)
		return take_error(session, pdu, now, out);
	if (pdu->type == RTR_SERIAL_NOTIFY && !session->is_agreed)
		return 0;
	if (!version_fits(session, pdu))
		return give_up(session, now, out, pdu, RTR_UNEXPECTED_VERSION,
			       "a PDU of another version");
	switch ((enum rtr_type)pdu->type) {
	case RTR_SERIAL_NOTIFY:
		return take_notify(session, pdu, now, out);
	case RTR_CACHE_RESPONSE:
		return take_response(session, pdu, now, out);
	case RTR_IPV4_PREFIX:
	case RTR_IPV6_PREFIX:
	case RTR_ASPA:
	case RTR_ROUTER_KEY:
		return take_record(session, pdu, now, out);
	case RTR_END_OF_DATA:
		return take_end(session, pdu, now, out);
	case RTR_CACHE_RESET:
		return take_reset(session, pdu, now, out);
	case RTR_SERIAL_QUERY:
	case RTR_RESET_QUERY:
	case RTR_ERROR_REPORT:
		break;
	}
	return give_up(session, now, out, pdu, RTR_CORRUPT_DATA,
		       "a query, which caches do not send");
}

static uint32_t take_wrong(struct rtr_session *session, const struct rtr_pdu *pdu, uint16_t error,
			   struct instant now, struct wr *out)
{
	char text[RTR_ERROR_TEXT_MAX];

	if (error == RTR_UNSUPPORTED_VERSION && session->is_agreed)
		error = RTR_UNEXPECTED_VERSION;
	(void)snprintf(text, sizeof text, "%s in a PDU of type %u", rtr_error_name(error),
		       pdu->type);
	return give_up(session, now, out, pdu, (enum rtr_error)error, text);
}

/* --- the stream ------------------------------------------------------------------------------- */

static bool keep(struct rtr_session *session, struct octets octets)
{
	if (octets.len_octets == 0)
		return true;
	if (!heap_grow(session->heap, (void **)&session->partial, &session->partial_room,
		       session->partial_len + octets.len_octets, 1))
		return false;
	mem_copy(session->partial + session->partial_len, octets.at, octets.len_octets);
	session->partial_len += octets.len_octets;
	return true;
}

/* All whole PDUs of the stretch; *used, how much they were.  What is written must leave room for
 * what the next may say: each may be answered once. */
static uint32_t take_all(struct rtr_session *session, struct octets stream, uint32_t *used,
			 struct instant now, struct wr *out)
{
	uint32_t orders = 0;

	*used = 0;
	while ((orders & RTR_ORDER_CLOSE) == 0 && *used < stream.len_octets) {
		struct octets left = octets_of(stream.at + *used, stream.len_octets - *used);
		struct rtr_pdu pdu;
		struct fault fault = rtr_pdu_read(left, &pdu);
		if (fault.kind == FAULT_SHORT)
			break;
		if (failed(fault))
			return orders | take_wrong(session, &pdu, fault.code, now, out);
		*used += pdu.whole.len_octets;
		orders |= take(session, &pdu, now, out);
		/* Only a cache that answers before it is asked fills it. */
		if (wr_left(out) < RTR_WRITTEN_OCTETS_MAX && (orders & RTR_ORDER_CLOSE) == 0)
			return orders | give_up(session, now, NULL, NULL, RTR_CORRUPT_DATA,
						"it answers what it was not asked");
	}
	return orders;
}

uint32_t rtr_session_octets(struct rtr_session *session, struct octets octets, struct instant now,
			    struct wr *out)
{
	uint32_t used = 0;

	if (!rtr_session_is_connected(session))
		return 0;
	bool is_kept = session->partial_len != 0;
	if (is_kept && !keep(session, octets))
		return give_up(session, now, out, NULL, RTR_INTERNAL_ERROR, "out of memory");
	struct octets stream = is_kept ? octets_of(session->partial, session->partial_len) : octets;
	uint32_t orders = take_all(session, stream, &used, now, out);
	if ((orders & RTR_ORDER_CLOSE) != 0)
		return orders;
	struct octets rest = octets_of(stream.at + used, stream.len_octets - used);
	if (is_kept) {
		mem_move(session->partial, rest.at, rest.len_octets);
		session->partial_len = rest.len_octets;
	} else if (!keep(session, rest)) {
		return orders |
		       give_up(session, now, out, NULL, RTR_INTERNAL_ERROR, "out of memory");
	}
	return orders;
}
