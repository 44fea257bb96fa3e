/* view/foresight.c — the end of a foresight. */
#include "view/foresight.h"

void view_foresight_fini(struct view_foresight *foresight)
{
	heap_free(&foresight->heap, foresight->row, foresight->row_room * sizeof *foresight->row);
	foresight->row = NULL;
	foresight->row_room = 0;
}
