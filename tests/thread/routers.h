/* thread/routers.h — the members' routers: speakers with the routes of a made-up exchange, their
 * comings and goings, and what the model says that each must hold.
 *
 * Every member has one session over IPv4 for both families.  Every fourth is sent several paths
 * (ADD-PATH); every third can restart gracefully.
 * Owns    all it holds, from the heap it was given
 * Faults  LIMIT when memory is out; SYSTEM
 * Thread  one */
#ifndef THREAD_ROUTERS_H
#define THREAD_ROUTERS_H

#include "demo/scene.h"
#include "kit/random.h"
#include "registry/registry.h"
#include "net/port.h"

struct routers;

/* The scene's member as the registry has it. */
void routers_member(const struct scene *scene, uint32_t number, struct registry_member *out);

MUST_USE struct fault routers_new(struct heap *heap, const struct scene *scene,
				  const struct port_endpoint *server, struct routers **out);
void routers_free(struct routers *routers); /* NULL is allowed */

/* Rounds of all routers until `ms` from now; at least one. */
void routers_step(struct routers *routers, uint32_t ms);
struct instant routers_now(struct routers *routers);

/* Something happens: routes are withdrawn or announced again, a connection is cut or ended, a
 * refresh is asked for. */
MUST_USE struct fault routers_stir(struct routers *routers, struct random *random);

/* Who is neither connected nor trying tries again now. */
void routers_urge(struct routers *routers);

/* Works out what each must hold under the plan, from what is announced now. */
MUST_USE struct fault routers_expect(struct routers *routers, struct plan *plan);

/* How many hold exactly that; those that do not, as comments of the case. */
uint32_t routers_right(const struct routers *routers);
void routers_tell(const struct routers *routers);

uint32_t routers_count(const struct routers *routers);

/* Routes announced now, of a family, as the model counts them. */
uint64_t routers_routes(const struct routers *routers, enum family family);

#endif
