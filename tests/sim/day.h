/* sim/day.h — what a day has beside the ordinary events: each kind comes several times, at instants
 * that the seed drew, and says whether it could come; what it must hold to it fails itself.
 *
 *   day.c      the agenda, the hours and the end of a day
 *   flood.c    connections of those who mean ill
 *   storm.c    routes of those who mean ill
 *   trouble.c  what befalls the machine
 * Thread  one */
#ifndef SIM_DAY_H
#define SIM_DAY_H

#include "sim/world.h"

/* Ordinary events go on for so long. */
void day_mix(struct world *world, struct span time);

void day_recover(struct world *world);

/* It is up over a good line, reads what comes at once, and takes IPv4. */
bool day_hears(const struct world *world, uint32_t slot);

/* It can say IPv4 routes, too, and has said all that it had to. */
bool day_is_sound(const struct world *world, uint32_t slot);

/* One that is, and has no limit; SIM_SLOTS: nobody. */
uint32_t day_sound(struct world *world, uint32_t but);

/* Streams that the workers hold; octets. */
uint32_t day_links(const struct world *world);
uint64_t day_worker_octets(const struct world *world);

/* --- flood.c --- */
bool flood_strangers(struct world *world);
bool flood_own_address(struct world *world);
bool flood_half_open(struct world *world);
bool flood_trickle_open(struct world *world);
bool flood_trickle_session(struct world *world);

/* --- storm.c --- */
bool storm_limit(struct world *world);
bool storm_leak(struct world *world);
bool storm_fresh(struct world *world);
bool storm_capped(struct world *world);
bool storm_colliding(struct world *world);
bool storm_flaps(struct world *world);
void storm_mend(struct world *world, uint32_t slot);

/* --- trouble.c --- */
bool trouble_descriptors(struct world *world);
bool trouble_disk_full(struct world *world);
bool trouble_locked(struct world *world);
bool trouble_clock_forward(struct world *world);
bool trouble_clock_back(struct world *world);

#endif
