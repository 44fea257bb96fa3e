/* bgp/session.c — the state machine.
 *
 * Invariants
 *  1. state is ESTABLISHED exactly when one place is, and then the other place is free.
 *  2. A place that is not IDLE has had our OPEN written to it.
 *  3. In IDLE both places are free and no deadline is armed, but for the damping's.
 *  4. Whatever ends a place writes at most one NOTIFICATION to it.
 *  5. The retry deadline is set exactly when the session is active by configuration and in state
 *     ACTIVE: settle, at the end of everything that moves it.
 *
 * Moves
 *   IDLE -> ACTIVE             bgp_session_start (passive; active sessions connect at once)
 *   ACTIVE -> CONNECT          bgp_session_tick, retry deadline
 *   CONNECT -> ACTIVE          bgp_session_connect_failed
 *   any -> CONNECT             place_end, while an attempt of ours is under way
 *   any -> OPEN_SENT           bgp_session_connected
 *   OPEN_SENT -> OPEN_CONFIRM  open_received, collision_resolve
 *   OPEN_CONFIRM -> ESTABLISHED  established
 *   any -> ACTIVE              place_end, bgp_session_closed
 *   any -> IDLE                bgp_session_stop; place_fail, while the damping holds
 *   IDLE -> ACTIVE             damping_over, when it ends */
#include "bgp/session.h"

#include "base/check.h"
#include "base/rd.h"
#include "bgp/attrs.h"
#include "bgp/family.h"

const char *bgp_state_name(enum bgp_state state)
{
	switch (state) {
	case BGP_STATE_IDLE:
		return "Idle";
	case BGP_STATE_CONNECT:
		return "Connect";
	case BGP_STATE_ACTIVE:
		return "Active";
	case BGP_STATE_OPEN_SENT:
		return "OpenSent";
	case BGP_STATE_OPEN_CONFIRM:
		return "OpenConfirm";
	case BGP_STATE_ESTABLISHED:
		return "Established";
	}
	return "unknown";
}

void bgp_session_init(struct bgp_session *session, const struct bgp_session_config *config)
{
	*session = (struct bgp_session){ .config = *config,
					 .retry_s = BGP_RETRY_S_MIN,
					 .chance = config->peer_asn ^ config->offer.router_id };
}

uint32_t bgp_session_established_place(const struct bgp_session *session)
{
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		if (session->connection[i].state == BGP_STATE_ESTABLISHED)
			return i;
	}
	return BGP_CONNECTIONS;
}

/* The session is as far as its further place. */
static void state_follow(struct bgp_session *session)
{
	enum bgp_state furthest = BGP_STATE_IDLE;

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		if (session->connection[i].state > furthest)
			furthest = session->connection[i].state;
	}
	if (furthest != BGP_STATE_IDLE)
		session->state = furthest;
	else if (session->state != BGP_STATE_IDLE)
		session->state = session->is_connecting ? BGP_STATE_CONNECT : BGP_STATE_ACTIVE;
}

/* Unlike one another for two sessions, and stirred by the numbers the caller brings: enough to keep
 * a thousand sessions from speaking all at once. */
static uint32_t chance_next(struct bgp_session *session)
{
	session->chance = session->chance * 1664525u + 1013904223u;
	return session->chance >> 16;
}

static void chance_stir(struct bgp_session *session, uint32_t random)
{
	session->chance ^= random;
}

/* RFC 4271 10: each time a timer is set, a part of it between three quarters and the whole. */
static struct span jittered(struct bgp_session *session, int64_t whole_s)
{
	int64_t quarter_ms = whole_s * 1000 / 4;

	return span_ms(whole_s * 1000 - quarter_ms +
		       (int64_t)(chance_next(session) % 1024) * quarter_ms / 1024);
}

static void settle(struct bgp_session *session, struct instant now)
{
	if (session->state != BGP_STATE_ACTIVE || !session->config.is_active) {
		session->retry_deadline = (struct instant){ 0 };
		return;
	}
	if (instant_is_set(session->retry_deadline))
		return;
	session->retry_deadline = instant_add(now, jittered(session, session->retry_s));
	session->retry_s *= 2;
	if (session->retry_s > BGP_RETRY_S_MAX)
		session->retry_s = BGP_RETRY_S_MAX;
}

void bgp_session_start(struct bgp_session *session, struct instant now)
{
	if (session->state != BGP_STATE_IDLE)
		return;
	session->state = BGP_STATE_ACTIVE;
	session->damping.until = (struct instant){ 0 };
	session->retry_s = BGP_RETRY_S_MIN;
	if (session->config.is_active)
		session->retry_deadline = now;
}

/* What was ended by us stays so. */
static void damping_over(struct bgp_session *session)
{
	if (!instant_is_set(session->damping.until))
		return;
	session->damping.until = (struct instant){ 0 };
	if (session->state == BGP_STATE_IDLE)
		session->state = BGP_STATE_ACTIVE;
}

void bgp_session_configure(struct bgp_session *session, const struct bgp_session_config *config,
			   struct instant now)
{
	session->config = *config;
	damping_over(session);
	session->damping.failures = 0;
	settle(session, now);
}

/* RFC 8538 3.1: with the N bit whatever must really end the session says so.  Everything else, a
 * hold timer too, is survived like a restart. */
static bool is_hard(const struct bgp_refusal *refusal)
{
	if (refusal->code != BGP_ERROR_CEASE)
		return false;
	return refusal->subcode == BGP_CEASE_MAX_PREFIXES ||
	       refusal->subcode == BGP_CEASE_ADMIN_SHUTDOWN ||
	       refusal->subcode == BGP_CEASE_DECONFIGURED ||
	       refusal->subcode == BGP_CEASE_OUT_OF_RESOURCES ||
	       refusal->subcode == BGP_CEASE_HARD_RESET || refusal->subcode == BGP_CEASE_BFD_DOWN;
}

static void place_refuse(struct bgp_session *session, uint32_t place,
			 const struct bgp_refusal *refusal, struct instant now,
			 struct bgp_outputs outputs, struct bgp_outcome *outcome)
{
	const struct bgp_connection *connection = &session->connection[place];
	bool wraps = connection->state == BGP_STATE_ESTABLISHED &&
		     connection->negotiated.gr_notification && is_hard(refusal) &&
		     refusal->subcode != BGP_CEASE_HARD_RESET;
	struct bgp_refusal said = wraps ? bgp_refusal_hard(refusal) : *refusal;

	bgp_notification_write(outputs.wr[place], &said);
	said.whole = (struct octets){ 0 };
	session->last_sent = (struct bgp_last_error){ said, true, now };
	outcome->orders |= BGP_ORDER_SENT;
}

/* Ends one place; refusal NULL: no NOTIFICATION is owed or wanted. */
static void place_end(struct bgp_session *session, uint32_t place,
		      const struct bgp_refusal *refusal, struct instant now,
		      struct bgp_outputs outputs, struct bgp_outcome *outcome)
{
	struct bgp_connection *connection = &session->connection[place];

	if (connection->state == BGP_STATE_IDLE)
		return;
	if (refusal != NULL)
		place_refuse(session, place, refusal, now, outputs, outcome);
	if (connection->state == BGP_STATE_ESTABLISHED) {
		bool is_survived = refusal == NULL ? connection->negotiated.graceful_restart :
						     connection->negotiated.gr_notification &&
							     !is_hard(refusal);
		outcome->orders |= BGP_ORDER_LOST | (is_survived ? BGP_ORDER_KEEP_ROUTES : 0u);
		session->flap_count++;
	}
	outcome->orders |= (uint32_t)BGP_ORDER_CLOSE_0 << place;
	*connection = (struct bgp_connection){ 0 };
	state_follow(session);
}

/* The same for a failure, which counts; with a Cease of ours it is none. */
static void place_fail(struct bgp_session *session, uint32_t place,
		       const struct bgp_refusal *refusal, struct instant now,
		       struct bgp_outputs outputs, struct bgp_outcome *outcome)
{
	enum bgp_state state = session->connection[place].state;
	struct span up = { state == BGP_STATE_ESTABLISHED ?
				   instant_since(now, session->established_at).ns :
				   0 };

	place_end(session, place, refusal, now, outputs, outcome);
	if (!session->config.damps || state == BGP_STATE_IDLE ||
	    (refusal != NULL && refusal->code == BGP_ERROR_CEASE))
		return;
	bgp_damping_fail(&session->damping, up, now);
	if (bgp_damping_holds(&session->damping, now) && session->state < BGP_STATE_OPEN_SENT)
		session->state = BGP_STATE_IDLE;
}

struct bgp_outcome bgp_session_stop(struct bgp_session *session, const struct bgp_refusal *refusal,
				    struct instant now, struct bgp_outputs outputs)
{
	struct bgp_outcome outcome = { 0 };

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++)
		place_end(session, i, refusal, now, outputs, &outcome);
	session->state = BGP_STATE_IDLE;
	session->is_connecting = false;
	session->damping = (struct bgp_damping){ 0 };
	settle(session, now);
	return outcome;
}

struct bgp_outcome bgp_session_refuse(struct bgp_session *session, uint32_t place,
				      const struct bgp_refusal *refusal, struct instant now,
				      struct bgp_outputs outputs)
{
	struct bgp_outcome outcome = { .place = place };

	place_fail(session, place, refusal, now, outputs, &outcome);
	settle(session, now);
	return outcome;
}

bool bgp_session_connected(struct bgp_session *session, bool is_ours, struct instant now,
			   struct bgp_outputs outputs, uint32_t *place)
{
	struct bgp_connection *connection = NULL;

	if (is_ours)
		session->is_connecting = false;
	for (uint32_t i = 0; i < BGP_CONNECTIONS && connection == NULL; i++) {
		if (session->connection[i].state == BGP_STATE_IDLE) {
			connection = &session->connection[i];
			*place = i;
		}
	}
	if (session->state == BGP_STATE_IDLE || connection == NULL ||
	    bgp_damping_holds(&session->damping, now))
		return false;
	*connection = (struct bgp_connection){
		.state = BGP_STATE_OPEN_SENT,
		.is_ours = is_ours,
		.offer = session->config.offer,
		.open_deadline = instant_add(now, span_s(BGP_OPEN_WAIT_S)),
	};
	bgp_open_write(outputs.wr[*place], &connection->offer);
	state_follow(session);
	settle(session, now);
	return true;
}

void bgp_session_connect_failed(struct bgp_session *session, struct instant now, uint32_t random)
{
	chance_stir(session, random);
	session->is_connecting = false;
	state_follow(session);
	settle(session, now);
}

struct bgp_outcome bgp_session_closed(struct bgp_session *session, uint32_t place,
				      struct instant now, uint32_t random)
{
	struct bgp_outcome outcome = { .place = place };

	chance_stir(session, random);
	if (session->connection[place].state == BGP_STATE_ESTABLISHED)
		session->last_received = (struct bgp_last_error){ .at = now };
	place_fail(session, place, NULL, now, (struct bgp_outputs){ 0 }, &outcome);
	settle(session, now);
	return outcome;
}

/* --- OPEN ------------------------------------------------------------------------------------- */

static void hold_arm(struct bgp_connection *connection, struct instant now)
{
	connection->hold_deadline = (struct instant){ 0 };
	if (connection->negotiated.hold_s != 0)
		connection->hold_deadline = instant_add(now, span_s(connection->negotiated.hold_s));
}

static void keepalive_arm(struct bgp_session *session, uint32_t place, struct instant now)
{
	struct bgp_connection *connection = &session->connection[place];

	connection->keepalive_deadline = (struct instant){ 0 };
	if (connection->negotiated.keepalive_s != 0)
		connection->keepalive_deadline = instant_add(
			now, jittered(session, connection->negotiated.keepalive_s));
}

/* RFC 4271 6.8.  Both made by the same side: the other end gave the older one up, or it would not
 * have begun anew. */
static bool collision_stays(const struct bgp_session *session, uint32_t place,
			    const struct bgp_open *theirs)
{
	const struct bgp_connection *fresh = &session->connection[place];

	if (fresh->is_ours == session->connection[1 - place].is_ours)
		return true;
	return fresh->is_ours == bgp_collision_ours_stays(&fresh->offer, theirs);
}

static bool collision_resolve(struct bgp_session *session, uint32_t place,
			      const struct bgp_open *open, struct instant now,
			      struct bgp_outputs outputs, struct bgp_outcome *outcome)
{
	uint32_t other = 1 - place;
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_COLLISION);
	struct bgp_connection *rival = &session->connection[other];

	if (rival->state == BGP_STATE_ESTABLISHED) {
		/* RFC 4724 4.2: a peer that restarts comes back before its old connection is known
		 * to be dead; that one goes, silently.  Again and again it is a failure like any
		 * other. */
		if (rival->negotiated.graceful_restart && open->graceful_restart) {
			place_fail(session, other, NULL, now, outputs, outcome);
			return true;
		}
		place_end(session, place, &refusal, now, outputs, outcome);
		return false;
	}
	if (rival->state != BGP_STATE_OPEN_CONFIRM)
		return true;
	if (collision_stays(session, place, open)) {
		place_end(session, other, &refusal, now, outputs, outcome);
		return true;
	}
	place_end(session, place, &refusal, now, outputs, outcome);
	return false;
}

static void open_received(struct bgp_session *session, uint32_t place, struct octets body,
			  struct instant now, struct bgp_outputs outputs,
			  struct bgp_outcome *outcome)
{
	struct bgp_connection *connection = &session->connection[place];
	struct bgp_session_config config = session->config;
	struct bgp_refusal refusal;
	struct bgp_open open;

	config.offer = connection->offer;
	if (failed(bgp_open_read(body, &open, &refusal)) ||
	    failed(bgp_open_judge(&config, &open, &refusal))) {
		place_fail(session, place, &refusal, now, outputs, outcome);
		return;
	}
	if (!collision_resolve(session, place, &open, now, outputs, outcome))
		return;
	connection->negotiated = bgp_negotiate(&connection->offer, &open);
	connection->state = BGP_STATE_OPEN_CONFIRM;
	hold_arm(connection, now);
	/* Without a hold time the KEEPALIVE that is due now is awaited no longer than an OPEN. */
	connection->open_deadline = (struct instant){ 0 };
	if (!instant_is_set(connection->hold_deadline))
		connection->open_deadline = instant_add(now, span_s(BGP_OPEN_WAIT_S));
	keepalive_arm(session, place, now);
	bgp_keepalive_write(outputs.wr[place]);
	state_follow(session);
}

static void established(struct bgp_session *session, uint32_t place, struct instant now,
			struct bgp_outputs outputs, struct bgp_outcome *outcome)
{
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_COLLISION);
	struct bgp_connection *connection = &session->connection[place];

	place_end(session, 1 - place, &refusal, now, outputs, outcome);
	connection->state = BGP_STATE_ESTABLISHED;
	connection->open_deadline = (struct instant){ 0 };
	session->established_at = now;
	session->established_count++;
	session->retry_s = BGP_RETRY_S_MIN;
	outcome->orders |= BGP_ORDER_ESTABLISHED;
	state_follow(session);
}

/* --- other messages --------------------------------------------------------------------------- */

/* RFC 8538 4: with the N bit all but a hard reset is survivable; without it nothing is. */
static void notification_received(struct bgp_session *session, uint32_t place, struct octets body,
				  struct instant now, struct bgp_outcome *outcome)
{
	struct bgp_refusal refusal;
	bool n_bit = session->connection[place].negotiated.gr_notification;

	if (failed(bgp_notification_read(body, &refusal)))
		refusal = bgp_refusal_of(BGP_ERROR_NONE, 0);
	refusal.whole = (struct octets){ 0 };
	session->last_received = (struct bgp_last_error){ refusal, false, now };
	place_fail(session, place, NULL, now, (struct bgp_outputs){ 0 }, outcome);
	outcome->orders |= BGP_ORDER_RECEIVED;
	bool is_hard_reset = refusal.code == BGP_ERROR_CEASE &&
			     refusal.subcode == BGP_CEASE_HARD_RESET;
	if (!n_bit || is_hard_reset)
		outcome->orders &= ~(uint32_t)BGP_ORDER_KEEP_ROUTES;
}

/* RFC 7313 5: wrong length of a marker is an error; an unknown subtype or family is ignored. */
static void refresh_received(struct bgp_session *session, uint32_t place,
			     const struct bgp_message *message, struct instant now,
			     struct bgp_outputs outputs, struct bgp_outcome *outcome)
{
	const struct bgp_negotiated *agreed = &session->connection[place].negotiated;
	struct rd rd = rd_of_octets(message->body);
	uint16_t afi = rd_u16(&rd);
	uint8_t kind = rd_u8(&rd);
	uint8_t safi = rd_u8(&rd);
	enum family family;
	bool is_ours = bgp_family_of(afi, safi, &family);

	if (agreed->enhanced_refresh && (kind == BGP_REFRESH_BEGIN || kind == BGP_REFRESH_END) &&
	    !rd_done(&rd)) {
		struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_REFRESH,
							    BGP_REFRESH_BAD_LENGTH);
		bgp_refusal_data(&refusal, message->whole);
		place_fail(session, place, &refusal, now, outputs, outcome);
		return;
	}
	if (!is_ours || !agreed->families[family] || !agreed->refresh || !rd_done(&rd) ||
	    kind > BGP_REFRESH_END || (kind != BGP_REFRESH_REQUEST && !agreed->enhanced_refresh)) {
		outcome->orders |= BGP_ORDER_IGNORED;
		outcome->ignored_subtype = kind;
		return;
	}
	outcome->orders |= BGP_ORDER_REFRESH;
	outcome->refresh_family = family;
	outcome->refresh_kind = (enum bgp_refresh_kind)kind;
}

/* RFC 6608: the subcode names the state, the data the message. */
static void unexpected(struct bgp_session *session, uint32_t place, uint8_t type,
		       struct instant now, struct bgp_outputs outputs, struct bgp_outcome *outcome)
{
	enum bgp_state state = session->connection[place].state;
	enum bgp_state_subcode subcode = state == BGP_STATE_OPEN_SENT ? BGP_STATE_IN_OPEN_SENT :
					 state == BGP_STATE_OPEN_CONFIRM ?
									BGP_STATE_IN_OPEN_CONFIRM :
									BGP_STATE_IN_ESTABLISHED;
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_STATE, (uint8_t)subcode);

	bgp_refusal_data(&refusal, octets_of(&type, 1));
	place_fail(session, place, &refusal, now, outputs, outcome);
}

static void message_in_established(struct bgp_session *session, uint32_t place,
				   const struct bgp_message *message, struct instant now,
				   struct bgp_outputs outputs, struct bgp_outcome *outcome)
{
	hold_arm(&session->connection[place], now);
	if (message->type == BGP_UPDATE)
		outcome->orders |= BGP_ORDER_UPDATE;
	else if (message->type == BGP_ROUTE_REFRESH)
		refresh_received(session, place, message, now, outputs, outcome);
	else if (message->type == BGP_OPEN)
		unexpected(session, place, message->type, now, outputs, outcome);
}

struct bgp_outcome bgp_session_message(struct bgp_session *session, uint32_t place,
				       const struct bgp_message *message, struct instant now,
				       struct bgp_outputs outputs)
{
	CHECK(place < BGP_CONNECTIONS);
	struct bgp_outcome outcome = { .place = place };
	struct bgp_connection *connection = &session->connection[place];

	if (connection->state == BGP_STATE_IDLE)
		return outcome;
	if (message->type == BGP_NOTIFICATION) {
		notification_received(session, place, message->body, now, &outcome);
	} else if (connection->state == BGP_STATE_ESTABLISHED) {
		message_in_established(session, place, message, now, outputs, &outcome);
	} else if (connection->state == BGP_STATE_OPEN_SENT && message->type == BGP_OPEN) {
		open_received(session, place, message->body, now, outputs, &outcome);
	} else if (connection->state == BGP_STATE_OPEN_CONFIRM && message->type == BGP_KEEPALIVE) {
		hold_arm(connection, now);
		established(session, place, now, outputs, &outcome);
	} else {
		unexpected(session, place, message->type, now, outputs, &outcome);
	}
	settle(session, now);
	return outcome;
}

/* --- time ------------------------------------------------------------------------------------- */

void bgp_session_sending(struct bgp_session *session, uint32_t place, bool blocked,
			 struct instant now)
{
	struct bgp_connection *connection = &session->connection[place];
	int64_t wait_s = 2 * (int64_t)connection->negotiated.hold_s;

	if (!blocked || connection->state != BGP_STATE_ESTABLISHED ||
	    connection->negotiated.hold_s == 0) {
		connection->send_hold_deadline = (struct instant){ 0 };
		return;
	}
	if (instant_is_set(connection->send_hold_deadline))
		return;
	if (wait_s < BGP_SEND_HOLD_S_MIN)
		wait_s = BGP_SEND_HOLD_S_MIN;
	connection->send_hold_deadline = instant_add(now, span_s(wait_s));
}

static void place_tick(struct bgp_session *session, uint32_t place, struct instant now,
		       struct bgp_outputs outputs, struct bgp_outcome *outcome)
{
	struct bgp_connection *connection = &session->connection[place];
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_HOLD_TIMER, 0);

	if (instant_due(connection->send_hold_deadline, now)) {
		session->last_sent = (struct bgp_last_error){
			bgp_refusal_of(BGP_ERROR_SEND_HOLD_TIMER, 0), true, now
		};
		place_fail(session, place, NULL, now, outputs, outcome);
		outcome->orders &= ~(uint32_t)BGP_ORDER_KEEP_ROUTES;
		outcome->orders |= BGP_ORDER_AT_ONCE;
	} else if (instant_due(connection->hold_deadline, now) ||
		   instant_due(connection->open_deadline, now)) {
		place_fail(session, place, &refusal, now, outputs, outcome);
	} else if (instant_due(connection->keepalive_deadline, now)) {
		bgp_keepalive_write(outputs.wr[place]);
		keepalive_arm(session, place, now);
	}
}

struct bgp_outcome bgp_session_tick(struct bgp_session *session, struct instant now,
				    uint32_t random, struct bgp_outputs outputs)
{
	struct bgp_outcome outcome = { 0 };

	chance_stir(session, random);
	if (instant_due(session->damping.until, now))
		damping_over(session);
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++)
		place_tick(session, i, now, outputs, &outcome);
	if (session->state == BGP_STATE_ACTIVE && instant_due(session->retry_deadline, now)) {
		session->is_connecting = true;
		session->state = BGP_STATE_CONNECT;
		outcome.orders |= BGP_ORDER_CONNECT;
	}
	settle(session, now);
	return outcome;
}

struct instant bgp_session_deadline(const struct bgp_session *session)
{
	struct instant soonest = instant_sooner(session->retry_deadline, session->damping.until);

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		const struct bgp_connection *connection = &session->connection[i];
		soonest = instant_sooner(soonest, connection->open_deadline);
		soonest = instant_sooner(soonest, connection->hold_deadline);
		soonest = instant_sooner(soonest, connection->keepalive_deadline);
		soonest = instant_sooner(soonest, connection->send_hold_deadline);
	}
	return soonest;
}
