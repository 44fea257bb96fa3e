/* cli/demoing.h — a demo that runs, and what is told of it.
 *
 *   demo.c       the phases
 *   demo_tell.c  the summary in words and JSON, and what to type next
 *   demo_live.c  the table that lives on the terminal
 * Owns    struct demo: the scene, the stage, the play
 * Faults  false: not written, or memory is out
 * Thread  the process's first */
#ifndef CLI_DEMOING_H
#define CLI_DEMOING_H

#include "cli/command.h"
#include "cli/progress.h"
#include "demo/play.h"
#include "rules/reason.h"

/* Of the last comparison. */
enum demo_verdict {
	DEMO_NOT_COMPARED = 0, /* interrupted, and it would have taken long */
	DEMO_EXACT,
	DEMO_DIFFERS,
	DEMO_CHANGED, /* somebody else changed the exchange: the model does not know it */
};

struct demo_live {
	uint32_t line_count; /* of the frame that stands; 0 = none */
	uint16_t columns;    /* of the terminal when it was put */
	struct instant said_at;
	uint64_t changes; /* then */
	double cpu_s;
};

struct demo {
	struct desk *desk;
	const struct arguments *arguments;
	struct heap heap;
	struct scene scene;
	struct stage stage;
	struct play *play;
	struct progress progress;
	struct demo_live live;
	uint32_t worker_count;
	uint32_t for_s; /* 0 = until told */
	uint32_t timeout_s;
	bool wants_json;
	bool is_complete;
	enum demo_verdict verdict;
	uint64_t plan_version; /* of the server when it began */
	/* When everybody held what he should. */
	struct play_counts first;
	struct play_totals first_totals;
	uint64_t first_reasons[FAMILY_COUNT][REASON_COUNT];
	double sessions_s;
	double converged_s;
};

double demo_seconds_since(const struct demo *demo, struct instant begin);

/* --- demo_tell.c --- */
void demo_summary_print(const struct demo *demo, struct text_sink out);
void demo_next_print(const struct demo *demo, struct text_sink out);
void demo_verdict_print(const struct demo *demo, struct text_sink out);
MUST_USE bool demo_summary_json(const struct demo *demo, struct text_sink out);

/* --- demo_live.c --- */

/* Once a second: on a terminal that has room a table, put again in its place; on a smaller one a
 * line; elsewhere a line more. */
void demo_live_say(struct demo *demo, struct instant begin);

/* What was put last stands. */
void demo_live_end(struct demo *demo);

#endif
