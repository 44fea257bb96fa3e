/* view/confinement.h — what the serving process cannot do any more.
 * Shape   a plain value; strings are for people
 * Owns    nothing
 * Thread  any */
#ifndef VIEW_CONFINEMENT_H
#define VIEW_CONFINEMENT_H

#include <stdbool.h>
#include <stdint.h>

#define VIEW_USER_MAX 64u

/* A process beside the serving one. */
struct view_helper {
	bool is_wanted;
	int32_t process;      /* which begins it; 0 = gone, and with it what it was for */
	uint32_t again_count; /* how often it ended and was begun anew */
};

struct view_confinement {
	bool is_confined; /* false: it was begun without, as tests do */
	char user[VIEW_USER_MAX];
	uint32_t uid;
	uint64_t capabilities; /* 0 = none */
	bool no_new_privileges;
	bool no_core_files;
	bool has_filter; /* of system calls */
	bool is_reduced; /* a build with a sanitizer: less is refused */
	uint32_t calls_allowed;
	bool opens_sockets;         /* libpq and the resolver may */
	uint32_t landlock_abi;      /* 0 = files are not held */
	struct view_helper doorman; /* makes connections */
	struct view_helper irr;     /* asks for as-sets */
};

#endif
