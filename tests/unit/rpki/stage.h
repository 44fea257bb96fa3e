/* unit/rpki/stage.h — a session and the cache it follows, octet by octet.
 * Owns    struct stage: stage_init/stage_fini
 * Thread  one */
#ifndef UNIT_RPKI_STAGE_H
#define UNIT_RPKI_STAGE_H

#include "kit/tap.h"
#include "rpki/session.h"

#define ID 7u /* of the cache's session */

struct stage {
	struct heap heap;
	struct rtr_session session;
	struct instant now;
	uint32_t orders;
	uint8_t said[2 * RTR_OUT_OCTETS_MIN]; /* by us, in the last call */
	struct wr out;
	uint8_t octets[4096]; /* by the cache */
	struct wr cache;
};

void stage_init(struct stage *stage);
void stage_fini(struct stage *stage);
void stage_tick(struct stage *stage, int64_t seconds);
void stage_connect_now(struct stage *stage);
void stage_hear(struct stage *stage);
void expect_said(const struct stage *stage, enum rtr_type type, uint8_t version);
void expect_error(const struct stage *stage, enum rtr_error error);
void cache_head(struct stage *stage, uint8_t version, uint8_t type, uint16_t session, uint32_t len);
void cache_response(struct stage *stage, uint8_t version);
void cache_ipv4(struct stage *stage, uint8_t version, uint8_t third, uint32_t asn, bool announces);
void cache_aspa(struct stage *stage, uint32_t customer, uint32_t first, uint32_t second,
		bool announces);
void cache_end_with(struct stage *stage, uint8_t version, uint32_t serial, uint32_t refresh_s,
		    uint32_t retry_s, uint32_t expire_s);
void cache_end(struct stage *stage, uint8_t version, uint32_t serial);
void cache_notify(struct stage *stage, uint8_t version, uint16_t session, uint32_t serial);
void cache_error(struct stage *stage, uint8_t version, uint16_t code);
void stage_follow(struct stage *stage, uint8_t version);

#endif
